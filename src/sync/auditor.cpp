#include "custodialbridge/sync/auditor.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "custodialbridge/rules/audit_block.hpp"
#include "custodialbridge/rules/plan_blocks.hpp"

namespace custodialbridge::sync {

namespace {

using runtime::Deadline;
using runtime::Progress;
using runtime::Task;
using telemetry::log;
using telemetry::LogLevel;

constexpr Millis kStepTimeout{30'000};
constexpr std::uint64_t kWindow = 1'024;   // blocks looked at in the store at once
constexpr std::size_t kBlocksAtOnce = 16;  // proven at once: receipts may be megabytes a block
constexpr Millis kUnprovablePause = std::chrono::minutes(10);
constexpr unsigned kTriesUntilPassed = 3;
constexpr std::size_t kReadAgainMax = 100'000;  // known to be; others are read once more

void add_wallets(const LedgerPlan& plan, std::vector<WalletId>& named) {
    for (const Move& move : plan.moves) named.insert(named.end(), {move.debit, move.credit});
    for (const Announcement& event : plan.announcements) named.push_back(event.wallet);
    for (const Touch& touch : plan.touched) named.push_back(touch.wallet);
    named.insert(named.end(), plan.deployed.begin(), plan.deployed.end());
}

rules::RecordedBlock recorded_of(BlockNumber block, const store::AuditRows& rows) {
    const auto is_of_it = [block](const auto& row) { return row.block == block; };
    rules::RecordedBlock recorded;
    std::copy_if(rows.moves.begin(), rows.moves.end(), std::back_inserter(recorded.moves),
                 is_of_it);
    std::copy_if(rows.events.begin(), rows.events.end(), std::back_inserter(recorded.events),
                 is_of_it);
    return recorded;
}

class Auditor final : public runtime::Converging {
  public:
    explicit Auditor(AuditorParts parts)
        : parts_(std::move(parts)), chain_(std::to_string(parts_.chain.value)),
          audited_(parts_.metrics.gauge("audited_block", "History is proven up to here",
                                        {{"chain_id", chain_}})),
          unprovable_(parts_.metrics.counter("unprovable_blocks_total",
                                             "Blocks of the past that no endpoint proves any more",
                                             {{"chain_id", chain_}})),
          missing_(corrections("missing")), phantom_(corrections("phantom")),
          errors_(parts_.metrics.counter("sync_errors_total", "Failed beats of background tasks",
                                         {{"chain_id", chain_}, {"task", "auditor"}})) {}

    std::string_view name() const override { return "auditor"; }

    void failed(const Error& error, unsigned in_a_row, Millis pause) override {
        errors_.add();
        log(LogLevel::info, "history could not be audited",
            {{"chain", chain_}, {"error", error}, {"in_a_row", in_a_row},
             {"retry_in_ms", pause.count()}});
    }

    Task<Result<Progress>> converge() override {
        if (!parts_.writes() || parts_.clock.now() < next_ || !parts_.corrections.at_rest())
            co_return Progress::caught_up;
        turn_ = parts_.corrections.turns;
        const Deadline by = Deadline::after(parts_.clock, kStepTimeout);
        CB_CO_TRY(state, co_await parts_.audit.state(parts_.chain, by));
        if (!state || !state->finalized) co_return Progress::caught_up;
        audited_.set(static_cast<double>(state->audited.value));
        if (std::exchange(epoch_, state->epoch) != state->epoch) read_again_.clear();
        if (std::exchange(in_doubt_, false)) tell_listener();
        const BlockNumber first = next(state->audited);
        const BlockNumber last{std::min(state->finalized->value, first.value + kWindow - 1)};
        if (last < first) co_return Progress::caught_up;
        CB_CO_TRY(blocks, co_await parts_.audit.unproven(parts_.chain, first, last, by));
        if (blocks.empty()) {
            store::AuditedBlocks nothing_new{last};
            CB_CO_CHECKED(co_await parts_.audit.audited(parts_.chain, state->epoch,
                                                        std::move(nothing_new), by));
            co_return Progress::more;
        }
        const bool all = blocks.size() <= kBlocksAtOnce;
        if (!all) blocks.resize(kBlocksAtOnce);
        const BlockNumber reached = all ? last : blocks.back();
        CB_CO_CHECKED(co_await audit(*state, std::move(blocks), reached, by));
        co_return Progress::caught_up;  // at the idle pace: others have more urgent questions
    }

  private:
    telemetry::Counter& corrections(const char* what) {
        return parts_.metrics.counter("journal_corrections_total",
                                      "Journal rows that a block's proof showed to be wrong",
                                      {{"chain_id", chain_}, {"what", what}});
    }

    Task<Result<void>> audit(store::AuditState state, std::vector<BlockNumber> blocks,
                             BlockNumber reached, Deadline by) {
        auto numbers = blocks;
        numbers.push_back(*state.finalized);
        CB_CO_TRY(stored, co_await parts_.audit.hashes(parts_.chain, numbers, by));
        CB_CO_TRY(headers, co_await parts_.rpc.headers_of(std::move(numbers), by));
        for (const BlockHeader& header : headers)
            if (const auto ours = stored.find(header.ref.number);
                ours != stored.end() && ours->second != header.ref.hash)
                co_return Error(Errc::unavailable,
                                "block " + std::to_string(header.ref.number.value) +
                                    " is another one than the ledger's: not this chain's history");
        const Hash32 newest = headers.back().ref.hash;
        headers.pop_back();  // the finalized one: it shows that this is our branch
        std::vector<Hash32> hashes;
        for (const BlockHeader& header : headers) hashes.push_back(header.ref.hash);
        LogFilter filter = parts_.watchlist().filter();
        if (filter.empty()) co_return Result<void>{};  // nothing to be proven
        LogFilter same = filter;
        CB_CO_TRY(facts, co_await parts_.rpc.facts(std::move(hashes), std::move(filter), by));
        const std::size_t asked = facts.size();
        std::erase_if(facts, [](const auto& one) {
            return one.completeness != Completeness::proven;
        });
        if (facts.size() < asked) {
            CB_CO_TRY(passes, co_await may_pass(blocks.front(), newest, std::move(same), by));
            if (!passes) next_ = parts_.clock.now() + kUnprovablePause;
            if (!passes) co_return Result<void>{};
            unprovable_.add(static_cast<double>(asked - facts.size()));
            log(LogLevel::warn, "blocks that no endpoint proves any more are passed over",
                {{"chain", chain_}, {"from", blocks.front().value}, {"to", reached.value},
                 {"blocks", asked - facts.size()}});
        } else {
            passing_ = false;
            stuck_times_ = 0;
        }
        store::AuditedBlocks done{reached};
        blocks.clear();
        for (const rpc::BlockFacts& one : facts) {
            done.proven.push_back(one.header);
            blocks.push_back(one.header.ref.number);
        }
        CB_CO_TRY(right, co_await compare(std::move(blocks), facts, done, by));
        const bool undisturbed = parts_.corrections.turns == turn_ && parts_.writes();
        // What is corrected is looked at again.
        if (!right || !undisturbed) co_return Result<void>{};
        co_return co_await take_over(state, std::move(done), by);
    }

    /// Receipts are pruned, or of a kind that we do not know: no block may hold up all later ones
    /// for ever. Where the chain's newest blocks cannot be proven either, or the proof may still
    /// come, it is waited for.
    Task<Result<bool>> may_pass(BlockNumber at, Hash32 newest, LogFilter filter, Deadline by) {
        if (std::exchange(stuck_at_, at) != at && !passing_) stuck_times_ = 0;
        if (!passing_ && ++stuck_times_ < kTriesUntilPassed) co_return false;
        std::vector<Hash32> one{newest};
        CB_CO_TRY(facts, co_await parts_.rpc.facts(std::move(one), std::move(filter), by));
        passing_ = facts.front().completeness == Completeness::proven;
        co_return passing_;
    }

    /// What is marked now is read at the ledger's cursor, so above all that is final by now.
    Task<Result<void>> take_over(store::AuditState state, store::AuditedBlocks done, Deadline by) {
        const std::vector<Touch> touched = done.touched;
        in_doubt_ = !touched.empty();
        CB_CO_CHECKED(
            co_await parts_.audit.audited(parts_.chain, state.epoch, std::move(done), by));
        if (read_again_.size() + touched.size() > kReadAgainMax) read_again_.clear();
        for (const Touch& touch : touched) read_again_[touch] = *state.finalized;
        if (std::exchange(in_doubt_, false)) tell_listener();
        co_return Result<void>{};
    }

    void tell_listener() {
        parts_.corrections.look_again = true;
        parts_.wake();
    }

    /// Whether the blocks' rows are right; if so, `done` has what else their proofs say.
    Task<Result<bool>> compare(std::vector<BlockNumber> blocks,
                               const std::vector<rpc::BlockFacts>& facts,
                               store::AuditedBlocks& done, Deadline by) {
        std::vector<LedgerPlan> expected;
        std::vector<WalletId> named;
        for (const rpc::BlockFacts& one : facts) {
            LedgerPlan plan;
            rules::MovePlanner planner(parts_.watchlist());
            CB_CO_CHECKED(planner.read(one.logs, plan));
            add_wallets(plan, named);
            expected.push_back(std::move(plan));
        }
        CB_CO_TRY(rows, co_await parts_.audit.rows(parts_.chain, std::move(blocks),
                                                   std::move(named), by));
        const rules::FollowedSince since{std::move(rows.tracked_from), std::move(rows.opened_at)};
        std::set<Touch> touched;
        bool right = true;
        for (std::size_t i = 0; i < facts.size(); ++i) {
            const AppliedBlock block{facts[i].header, Completeness::proven};
            const BlockNumber number = block.header.ref.number;
            auto wrong = rules::audit_block(block, expected[i], recorded_of(number, rows), since,
                                            parts_.watchlist());
            for (const Touch& touch : rules::touched_then(number, expected[i], since))
                if (!is_read_after(number, touch)) touched.insert(touch);
            for (const WalletId wallet : rules::deployed_then(number, expected[i], since))
                done.deployed.push_back(wallet);
            if (!wrong) continue;
            right = false;
            if (parts_.corrections.turns != turn_) break;  // read beside a correction
            correct(std::move(*wrong));
        }
        done.touched.assign(touched.begin(), touched.end());
        co_return right;
    }

    bool is_read_after(BlockNumber block, const Touch& touch) const {
        const auto found = read_again_.find(touch);
        return found != read_again_.end() && block <= found->second;
    }

    void correct(CorrectionPlan plan) {
        plan.chain = parts_.chain;
        const BlockRef& block = plan.block.header.ref;
        const std::size_t missing = plan.missing.size() + plan.missing_events.size();
        const std::size_t phantom = plan.phantom.size() + plan.phantom_events.size();
        missing_.add(static_cast<double>(missing));
        phantom_.add(static_cast<double>(phantom));
        std::string what = std::to_string(missing);
        what.append(" rows missing, ").append(std::to_string(phantom)).append(" that never were");
        log(LogLevel::error, "the journal of a block is not what its proof says: corrected",
            {{"chain", chain_}, {"block", block.number.value}, {"hash", to_string(block.hash)},
             {"what", what}});
        parts_.alerts.raise({"journal-corrected", "chain:" + chain_,
                             "block " + std::to_string(block.number.value) + ": " + what +
                                 "; an endpoint had left logs out, made them up or changed them"});
        parts_.corrections.waiting.push_back(std::move(plan));
        parts_.wake();
    }

    AuditorParts parts_;
    std::string chain_;
    telemetry::Gauge& audited_;
    telemetry::Counter& unprovable_;
    telemetry::Counter& missing_;
    telemetry::Counter& phantom_;
    telemetry::Counter& errors_;
    Instant next_{};          ///< not before
    BlockNumber stuck_at_;    ///< where blocks could not be proven
    unsigned stuck_times_ = 0;
    bool passing_ = false;    ///< over such blocks, until there are others
    std::uint64_t turn_ = 0;  ///< of the corrections, when this beat began

    /// Balances that were marked, and the newest block whose touch that covers; of this epoch.
    std::map<Touch, BlockNumber> read_again_;
    std::uint32_t epoch_ = 0;
    bool in_doubt_ = false;  ///< balances may have been marked, and nobody was told
};

}  // namespace

std::unique_ptr<runtime::Converging> make_auditor(AuditorParts parts) {
    return std::make_unique<Auditor>(std::move(parts));
}

}  // namespace custodialbridge::sync

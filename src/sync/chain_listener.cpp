#include <algorithm>
#include <span>
#include <utility>

#include "backfill.hpp"
#include "block_trust.hpp"
#include "corrector.hpp"
#include "custodialbridge/core/limits.hpp"
#include "custodialbridge/rules/find_fork.hpp"
#include "custodialbridge/rules/plan_blocks.hpp"
#include "doubts.hpp"
#include "finality_watch.hpp"
#include "followed_chain.hpp"
#include "leadership.hpp"
#include "openings.hpp"
#include "reorgs.hpp"
#include "resumptions.hpp"
#include "settlements.hpp"
#include "unknowns.hpp"

namespace custodialbridge::sync {

std::string_view to_string(ListenerState state) {
    switch (state) {
        case ListenerState::catching_up: return "catching_up";
        case ListenerState::following: return "following";
        case ListenerState::stopped: return "stopped";
    }
    return "unknown";
}

namespace {

constexpr std::size_t kWalletsPerLoad = 50'000;
constexpr std::size_t kBlocksAtOnce = 8;  // facts asked for: receipts may be megabytes a block

class ChainListener final : public EventListener {
  public:
    explicit ChainListener(ListenerParts parts)
        : chain_(std::move(parts)), lead_(chain_), openings_(chain_), reorgs_(chain_, openings_),
          resumptions_(chain_), corrector_(chain_),
          settlements_(chain_), unknowns_(chain_), backfill_(chain_), finality_(chain_),
          trust_(chain_) {}

    std::string_view name() const override { return "event_listener"; }
    ListenerState state() const override { return chain_.state; }
    Completeness completeness() const override { return completeness_; }
    bool writes() const override {
        return loaded_ && lead_.term().has_value() && chain_.state == ListenerState::following;
    }
    const rules::Watchlist& watchlist() const override { return chain_.watchlist; }
    void set_tokens(std::vector<Token> next) override { chain_.next_tokens = std::move(next); }

    Task<Result<Progress>> converge() override {
        auto progress = co_await step();
        // Unwound, with openings that another process may have made: who is watched is asked again.
        if (chain_.cursor.block.number < loaded_at_) loaded_ = false;
        if (progress) chain_.probe.went_on();
        if (progress) co_return std::move(progress);
        const Errc code = progress.error().code();
        // Somebody else moved the cursor, or a commit of ours that we gave up did or still may.
        const bool in_doubt = std::exchange(chain_.commit_in_doubt, false);
        if (in_doubt || code == Errc::conflict || code == Errc::corrupt) {
            loaded_ = false;
            lead_.doubt();
        }
        const bool needs_one_now =
            chain_.operator_needed && !std::exchange(told_operator_, true);
        if (needs_one_now || code == Errc::corrupt) stop(progress.error());
        if (needs_one_now) co_return Progress::caught_up;
        co_return std::move(progress);
    }

    void failed(const Error& error, unsigned in_a_row, Millis pause) override {
        chain_.probe.failed(error, in_a_row, pause);
    }

  private:
    Task<Result<Progress>> step() {
        if (chain_.take_over_tokens()) loaded_ = false;
        CB_CO_TRY(news, co_await lead_.look());
        if (news) loaded_ = false;
        if (!lead_.term()) co_return co_await lead_.stand_by();
        if (!loaded_) CB_CO_CHECKED(co_await load());
        CB_CO_TRY(resumed, co_await resumptions_.step());
        if (resumed) loaded_ = false;
        if (resumed) co_return Progress::more;
        if (chain_.operator_needed) co_return Progress::caught_up;  // stopped, but for orders
        CB_CO_TRY(head, co_await chain_.parts.rpc.header(rpc::BlockTag::latest, chain_.deadline()));
        chain_.probe.saw_head(head.ref);
        const bool at_head = head.ref == chain_.cursor.block;
        chain_.parts.writer.saw_head(head.ref, at_head);
        CB_CO_CHECKED(co_await corrector_.step());
        CB_CO_CHECKED(co_await settlements_.step());
        CB_CO_CHECKED(co_await unknowns_.step());
        CB_CO_TRY(opened, co_await openings_.step(at_head));
        if (opened) chain_.probe.counted(chain_.watchlist.wallet_count(), openings_.balances());
        if (at_head) co_return co_await stand_at_head(opened);
        const std::uint64_t cursor = chain_.cursor.block.number.value;
        if (head.ref.number.value <= cursor) {
            CB_CO_TRY(moved, co_await reorgs_.check_head(head.ref));
            co_return moved ? Progress::more : Progress::caught_up;
        }
        const std::uint64_t behind = head.ref.number.value - cursor;
        if (behind > limits::kHeadersPerStepMax) {
            CB_CO_TRY(far, co_await catch_up(head.ref.number, behind));
            if (far) co_return Progress::more;
        }
        co_return co_await follow(head);
    }

    /// Observe: the stored cursor, and who is watched.
    Task<Result<void>> load() {
        corrector_.forget();
        CB_CO_TRY(state, co_await lead_.stored_state());
        chain_.cursor = state.cursor;
        chain_.cursor.term = *lead_.term();
        chain_.finalized = state.finalized;
        trust_.loaded(state.has_proven);
        const Deadline by = chain_.deadline();
        CB_CO_TRY(to_open, co_await chain_.parts.chains.tokens_to_open(chain_.id(), by));
        chain_.watchlist = rules::Watchlist(chain_.parts.tokens,
                                             chain_.parts.settings.entry_points);
        for (const TokenId token : to_open) chain_.watchlist.remove_token(token);
        openings_.set_tokens_to_open(std::move(to_open));
        CB_CO_CHECKED(co_await load_wallets());
        chain_.parts.writer.loaded(chain_.cursor, state.cursor_time);
        chain_.probe.loaded(chain_.cursor, chain_.watchlist.wallet_count());
        const auto balances =
            co_await chain_.parts.balances.count(chain_.id(), chain_.deadline());
        if (balances) openings_.set_balances(*balances);  // for a gauge
        chain_.probe.counted(chain_.watchlist.wallet_count(), openings_.balances());
        chain_.has_unsettled = chain_.has_unknown = true;
        if (chain_.parts.changed != nullptr)
            chain_.parts.changed->unwound_to(chain_.cursor.block.number);
        corrector_.forget();
        openings_.reloaded();
        loaded_at_ = chain_.cursor.block.number;
        chain_.operator_needed = told_operator_ = false;  // unless it is found so again
        loaded_ = true;
        co_return Result<void>{};
    }

    Task<Result<void>> load_wallets() {
        WalletId after{0};
        for (;;) {
            CB_CO_TRY(wallets, co_await chain_.parts.wallets.tracked(
                                   chain_.id(), after, kWalletsPerLoad, chain_.deadline()));
            for (const store::TrackedWallet& wallet : wallets)
                chain_.watchlist.add_wallet(wallet.address, wallet.id);
            if (wallets.size() < kWalletsPerLoad) co_return Result<void>{};
            after = wallets.back().id;
        }
    }

    /// Nothing new: the quiet work.
    Task<Result<Progress>> stand_at_head(bool opened) {
        CB_CO_CHECKED(co_await have_followed());
        co_return opened ? Progress::more : Progress::caught_up;
    }

    /// The cursor stands where the head was a moment ago; where blocks come faster than beats, that
    /// is as near as it gets.
    Task<Result<void>> have_followed() {
        chain_.state = ListenerState::following;
        chain_.probe.following(chain_.cursor);
        return finality_.look();
    }

    /// True when a finalized range was committed; false when what is left is to be walked block by
    /// block.
    Task<Result<bool>> catch_up(BlockNumber head, std::uint64_t behind) {
        if (behind > chain_.parts.settings.reorg_depth) {
            chain_.state = ListenerState::catching_up;
            chain_.probe.catching_up(chain_.cursor, behind);
        }
        CB_CO_TRY(target, co_await finality_.finalized_block(head));
        if (target <= chain_.cursor.block.number) co_return false;
        // Ranges are asked for by number: they only follow on from a cursor that is canonical.
        CB_CO_TRY(theirs, co_await chain_.parts.rpc.headers(chain_.cursor.block.number, 1,
                                                            chain_.deadline()));
        if (theirs.empty())
            co_return Error(Errc::unavailable, "the endpoint lacks the cursor's block");
        if (theirs.front().ref != chain_.cursor.block) {
            CB_CO_CHECKED(co_await reorgs_.unwind());
            co_return true;
        }
        CB_CO_TRY(walk, co_await is_to_be_walked(theirs.front(), behind));
        if (walk) co_return false;
        CB_CO_CHECKED(co_await backfill_.run(target));
        co_return true;
    }

    /// A range's logs are what an endpoint claims; a block that is walked is proven or checked. So
    /// ranges are for chains that cannot be proven, and for far more blocks than can be walked
    /// soon: these the auditor proves later.
    Task<Result<bool>> is_to_be_walked(BlockHeader cursor, std::uint64_t behind) {
        const Integrity integrity = chain_.parts.settings.integrity;
        if (integrity == Integrity::none) co_return false;
        if (integrity != Integrity::best) co_return true;
        if (behind > chain_.parts.pace.walked_when_proven || chain_.watchlist.filter().empty())
            co_return false;
        if (!proves_) {
            std::vector<Hash32> blocks{cursor.ref.hash};
            const auto facts = co_await chain_.parts.rpc.facts(
                std::move(blocks), chain_.watchlist.filter(), chain_.deadline());
            if (!facts) co_return false;
            const rpc::BlockFacts& block = facts->front();
            if (trust_.contradicts_proof(block)) co_return true;  // not to be followed by less
            proves_ = block.completeness == Completeness::proven || block.has_state_sync;
        }
        co_return *proves_;
    }

    /// Applies the blocks right after the cursor, one commit a block.
    Task<Result<Progress>> follow(BlockHeader head) {
        std::vector<BlockHeader> headers;
        if (head.parent == chain_.cursor.block.hash) {
            headers.push_back(head);
        } else {
            CB_CO_TRY(ahead, co_await chain_.parts.rpc.headers(
                                 next(chain_.cursor.block.number), limits::kHeadersPerStepMax,
                                 chain_.deadline()));
            headers = std::move(ahead);
        }
        if (headers.empty()) co_return Progress::caught_up;
        if (!rules::follows(chain_.cursor.block, headers)) {
            CB_CO_CHECKED(co_await reorgs_.unwind());
            co_return Progress::more;
        }
        const bool passes_head = std::any_of(headers.begin(), headers.end(), [&](const auto& one) {
            return one.ref == head.ref;
        });
        const std::span<const BlockHeader> walk(headers);
        for (std::size_t done = 0; done < walk.size(); done += kBlocksAtOnce) {
            const auto some = walk.subspan(done, std::min(kBlocksAtOnce, walk.size() - done));
            CB_CO_TRY(all, co_await follow_some(some, head));
            if (!all) break;
        }
        const bool reached = passes_head && head.ref.number <= chain_.cursor.block.number;
        chain_.parts.writer.saw_head(head.ref, reached);
        if (reached) {
            CB_CO_CHECKED(co_await have_followed());
        }
        co_return Progress::more;
    }

    /// False when their logs are doubtful, and are to be asked for again.
    Task<Result<bool>> follow_some(std::span<const BlockHeader> headers, BlockHeader head) {
        std::vector<Hash32> hashes;
        for (const BlockHeader& header : headers) hashes.push_back(header.ref.hash);
        const bool is_newest = headers.size() == 1 && headers.front().ref == head.ref;
        const bool strict = doubts_.may_ask_again(hashes.front(), is_newest);
        LogFilter filter = chain_.watchlist.filter();
        filter.parties = has_native() && chain_.watchlist.wallet_count() > 0;
        auto facts = co_await chain_.parts.rpc.facts(std::move(hashes), std::move(filter),
                                                     chain_.deadline(), trust_.plausible(strict));
        if (!facts && facts.error().code() == Errc::corrupt) {
            if (!strict) co_return Error(Errc::unavailable, facts.error().message());
            co_await pause(doubts_.add(headers.front().ref.hash));
            co_return false;
        }
        if (!facts) co_return facts.error();
        for (rpc::BlockFacts& block : *facts) CB_CO_CHECKED(co_await apply(std::move(block)));
        co_return true;
    }

    Task<void> pause(Millis time) {
        auto executor = co_await boost::asio::this_coro::executor;
        runtime::Wakeup nobody(executor);
        co_await nobody.wait_until(chain_.parts.clock, chain_.parts.clock.now() + time);
    }

    Task<Result<void>> apply(rpc::BlockFacts facts) {
        const Instant started = chain_.parts.clock.now();
        // The walk went by headers that nothing proves.
        if (!rules::follows(chain_.cursor.block, {&facts.header, 1}))
            co_return Error(Errc::unavailable, "a block does not stand where its header stood");
        LedgerPlan plan;
        plan.chain = chain_.id();
        plan.expected = chain_.cursor;
        rules::MovePlanner planner(chain_.watchlist);
        CB_CO_CHECKED(planner.read(facts.logs, plan));
        rules::sum_deltas(plan);
        chain_.probe.malformed(planner.malformed());
        note_natives(facts, plan);
        completeness_ = trust_.completeness_of(facts);
        plan.blocks.push_back({facts.header, completeness_});
        const PlanSummary summary = summary_of(plan);
        const bool touched = !plan.touched.empty();
        if (chain_.parts.changed != nullptr) chain_.parts.changed->add(plan);
        chain_.commit_in_doubt = true;
        CB_CO_TRY(committed, co_await chain_.parts.writer.apply(
                                 std::move(plan), ledger::Pace::following, chain_.deadline()));
        chain_.commit_in_doubt = false;
        chain_.cursor = committed.cursor;
        trust_.applied(facts, completeness_);
        chain_.probe.applied(summary, committed, chain_.state,
                             chain_.parts.clock.now() - started);
        chain_.look_again(committed.shortfalls, touched);
        co_return co_await settlements_.step();
    }

    bool has_native() const {
        return std::any_of(chain_.parts.tokens.begin(), chain_.parts.tokens.end(),
                           [](const Token& token) { return token.kind == TokenKind::native; });
    }

    /// Rule 8: the native currency has no events.
    void note_natives(const rpc::BlockFacts& facts, LedgerPlan& plan) const {
        if (has_native()) rules::touch_natives(facts.parties, chain_.watchlist, plan);
    }

    void stop(const Error& error) {
        chain_.state = ListenerState::stopped;
        chain_.probe.stopped(error.message());
    }

    FollowedChain chain_;
    Leadership lead_;
    Openings openings_;
    Reorgs reorgs_;
    Resumptions resumptions_;
    Corrector corrector_;
    Settlements settlements_;
    Unknowns unknowns_;
    Backfill backfill_;
    FinalityWatch finality_;
    BlockTrust trust_;
    bool loaded_ = false;
    bool told_operator_ = false;  ///< why one is needed
    BlockNumber loaded_at_;  ///< the cursor then: of openings up to here only the store knows
    Doubts doubts_;
    Completeness completeness_ = Completeness::claimed;
    std::optional<bool> proves_;  ///< the chain's endpoints prove a block's logs; asked once
};

}  // namespace

std::unique_ptr<EventListener> make_event_listener(ListenerParts parts) {
    return std::make_unique<ChainListener>(std::move(parts));
}

}  // namespace custodialbridge::sync

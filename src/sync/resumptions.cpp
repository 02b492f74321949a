#include "resumptions.hpp"

#include <algorithm>
#include <utility>

#include "leadership.hpp"

namespace custodialbridge::sync {

namespace {

constexpr Millis kLookInterval{1'000};
constexpr Millis kReversalPatience{600'000};  // one commit, however much is above the block
constexpr std::uint32_t kBlocksPerBatch = 1'000;
constexpr unsigned kBatchesMax = 200;

std::string text_of(BlockNumber block) {
    return std::to_string(block.value);
}

}  // namespace

Task<Result<bool>> Resumptions::step() {
    if (chain_.parts.clock.now() < next_look_) co_return false;
    const Deadline by = chain_.deadline();
    CB_CO_TRY(order, co_await chain_.parts.resumes.waiting(chain_.id(), by));
    next_look_ = chain_.parts.clock.now() + kLookInterval;
    if (!order) co_return false;
    CB_CO_TRY(judged, co_await judge(order->from, by));
    if (judged.ancestor) co_return co_await reverse(order->id, *judged.ancestor);
    chain_.probe.refused_to_resume(order->from, judged.refusal);
    CB_CO_CHECKED(co_await chain_.parts.resumes.refuse(order->id, judged.refusal, by));
    co_return false;
}

Task<Result<Resumptions::Judgement>> Resumptions::judge(BlockNumber from, Deadline by) {
    const BlockNumber newest = chain_.cursor.block.number;
    const BlockNumber highest = std::min(from, newest);
    std::string why = "block " + text_of(from);
    if (from > newest) {
        why += " is above the ledger's newest block, " + text_of(newest);
    } else {
        CB_CO_TRY(ours, co_await chain_.parts.chains.blocks_below(chain_.id(), from, 1, by));
        if (!ours.empty() && ours.front().number == from) {
            CB_CO_TRY(shared, co_await is_shared(ours.front(), by));
            if (shared) co_return Judgement{ours.front(), {}};
            why += " of the ledger is not the chain's any more";
        } else {
            why += " is not one of those that the ledger has stored";
        }
    }
    CB_CO_TRY(common, co_await newest_shared(highest, by));
    why += common ? "; the newest that ledger and chain have in common there is block " +
                        text_of(common->number)
                  : "; no block in common was found below it";
    co_return Judgement{std::nullopt, std::move(why)};
}

Task<Result<bool>> Resumptions::reverse(ResumeId order, BlockRef ancestor) {
    const Cursor before = chain_.cursor;
    UnwindPlan plan{chain_.id(), before, ancestor, order};
    const Deadline by = Deadline::after(chain_.parts.clock, kReversalPatience);
    // Before the commit: who learns of it finds the chain followed again.
    const ListenerState state = std::exchange(chain_.state, ListenerState::catching_up);
    chain_.commit_in_doubt = true;
    auto committed = co_await chain_.parts.writer.unwind(std::move(plan), by);
    if (!committed) {
        chain_.state = state;
        if (committed.error().code() == Errc::corrupt)
            CB_CO_CHECKED(co_await chain_.parts.resumes.refuse(
                order, committed.error().message(), chain_.deadline()));
        co_return committed.error();
    }
    chain_.commit_in_doubt = false;
    chain_.cursor = committed->cursor;
    chain_.probe.resumed(before, chain_.cursor);
    chain_.probe.shortfalls(committed->shortfalls, chain_.cursor);
    co_await show_finality();
    co_return true;
}

Task<void> Resumptions::show_finality() {
    const auto stored = co_await chain_.parts.chains.load(chain_.id(), chain_.deadline());
    if (!stored || !*stored || !(*stored)->safe || !(*stored)->finalized) co_return;
    chain_.parts.writer.saw_finality(*(*stored)->safe, *(*stored)->finalized);
}

Task<Result<bool>> Resumptions::is_shared(BlockRef ours, Deadline by) {
    CB_CO_TRY(theirs, co_await chain_.parts.rpc.headers(ours.number, 1, by));
    co_return !theirs.empty() && theirs.front().ref == ours;
}

Task<Result<std::optional<BlockRef>>> Resumptions::newest_shared(BlockNumber from, Deadline by) {
    for (unsigned batch = 0; batch < kBatchesMax; ++batch) {
        CB_CO_TRY(ours, co_await chain_.parts.chains.blocks_below(chain_.id(), from,
                                                                  kBlocksPerBatch, by));
        if (ours.empty()) break;
        const BlockRef oldest = ours.back();
        CB_CO_TRY(shared, co_await is_shared(oldest, by));
        if (shared) {
            CB_CO_TRY(newest, co_await newest_shared_in(std::move(ours), by));
            co_return std::optional(newest);
        }
        if (oldest.number.value == 0) break;
        from = BlockNumber{oldest.number.value - 1};
    }
    co_return std::optional<BlockRef>();
}

Task<Result<BlockRef>> Resumptions::newest_shared_in(std::vector<BlockRef> ours, Deadline by) {
    std::size_t newer = 0;  // all before it are not shared
    std::size_t shared = ours.size() - 1;
    while (newer < shared) {
        const std::size_t middle = newer + (shared - newer) / 2;
        CB_CO_TRY(is_ours, co_await is_shared(ours[middle], by));
        if (is_ours)
            shared = middle;
        else
            newer = middle + 1;
    }
    co_return ours[shared];
}

namespace {

class Resumer final : public runtime::Converging {
  public:
    explicit Resumer(ListenerParts parts)
        : chain_(std::move(parts)), lead_(chain_), resumptions_(chain_) {}

    std::string_view name() const override { return "resumer"; }

    Task<Result<Progress>> converge() override {
        CB_CO_CHECKED(co_await lead_.look());
        if (!lead_.term()) co_return Progress::caught_up;  // a daemon's listener takes it up
        CB_CO_TRY(state, co_await lead_.stored_state());
        chain_.cursor = state.cursor;
        chain_.cursor.term = *lead_.term();
        auto resumed = co_await resumptions_.step();
        if (resumed) co_return Progress::caught_up;
        lead_.doubt();
        co_return resumed.error();
    }

    void failed(const Error& error, unsigned in_a_row, Millis pause) override {
        chain_.probe.failed(error, in_a_row, pause);
    }

  private:
    FollowedChain chain_;
    Leadership lead_;
    Resumptions resumptions_;
};

}  // namespace

std::unique_ptr<runtime::Converging> make_resumer(ListenerParts parts) {
    return std::make_unique<Resumer>(std::move(parts));
}

}  // namespace custodialbridge::sync

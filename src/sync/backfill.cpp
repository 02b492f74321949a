#include "backfill.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "custodialbridge/core/limits.hpp"
#include "custodialbridge/rules/plan_blocks.hpp"
#include "custodialbridge/runtime/run_together.hpp"

namespace custodialbridge::sync {

namespace {

constexpr unsigned kFullRangesUntilMore = 64;  // before a larger range is tried again
constexpr unsigned kFailuresUntilLess = 3;     // at one place: now and then a call fails by chance
constexpr Millis kLookAgain{1'000};  // a lost wake-up costs this, never data

/// The blocks, ascending and without repetition, that the plan's rows stand in.
std::vector<BlockRef> blocks_of(const LedgerPlan& plan, const LogBatch& batch) {
    std::vector<BlockNumber> wanted;
    for (const Move& move : plan.moves)
        if (wanted.empty() || wanted.back() != move.block) wanted.push_back(move.block);
    const auto middle = static_cast<std::ptrdiff_t>(wanted.size());
    for (const Announcement& notice : plan.announcements) wanted.push_back(notice.block);
    std::inplace_merge(wanted.begin(), wanted.begin() + middle, wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    std::vector<BlockRef> blocks;
    auto next_wanted = wanted.begin();
    for (const Log& log : batch.logs) {
        if (next_wanted == wanted.end()) break;
        if (log.block.number != *next_wanted) continue;
        blocks.push_back(log.block);
        ++next_wanted;
    }
    return blocks;
}

/// An endpoint says so, or does not get done with it.
bool is_too_large(const Error& error) {
    return error.code() == Errc::limited || error.code() == Errc::timed_out;
}

}  // namespace

struct Backfill::Planned {
    /// The blocks of its moves and announcements, ascending. Starts anew.
    Result<std::vector<BlockRef>> read(const rules::Watchlist& watchlist, const LogBatch& batch) {
        *this = {};
        rules::MovePlanner planner(watchlist);
        CB_CHECKED(planner.read(batch, plan));
        rules::sum_deltas(plan);
        logs = batch.logs.size();
        malformed = planner.malformed();
        return blocks_of(plan, batch);
    }

    LedgerPlan plan{};
    std::size_t logs = 0;
    std::uint64_t malformed = 0;
};

struct Backfill::Run {
    Run(BlockNumber goal, BlockNumber after, const ListenerPace& pace, runtime::Executor executor)
        : target(goal), next_first(next(after)), waiting_max(pace.ranges_waiting),
          arrived(executor) {
        for (std::uint32_t i = 0; i < std::max(1u, pace.ranges_in_flight); ++i)
            room.push_back(std::make_unique<runtime::Wakeup>(executor));
    }

    bool may_fetch() const {
        return next_first <= target && ready.size() < waiting_max &&
               ready_moves < limits::kMovesPerCommitMax;
    }

    void add(std::uint64_t ticket, Result<std::vector<LedgerPlan>> plans) {
        ready_moves += moves_of(plans);
        ready.emplace(ticket, std::move(plans));
        arrived.notify();
    }

    /// What comes next and is there, as one plan: while commits are slower than fetches, one commit
    /// holds many ranges and writes each balance once. Nothing when it is not there yet.
    Result<std::optional<LedgerPlan>> take();

    static std::size_t moves_of(const Result<std::vector<LedgerPlan>>& plans) {
        std::size_t moves = 0;
        for (std::size_t i = 0; plans && i < plans->size(); ++i) moves += (*plans)[i].moves.size();
        return moves;
    }

    BlockNumber target;
    BlockNumber next_first;
    std::size_t waiting_max;
    std::uint64_t next_ticket = 0;
    std::uint64_t taken = 0;  ///< tickets
    std::map<std::uint64_t, Result<std::vector<LedgerPlan>>> ready;
    std::size_t ready_moves = 0;
    std::deque<LedgerPlan> pieces;  ///< of tickets that were taken
    runtime::Wakeup arrived;
    std::vector<std::unique_ptr<runtime::Wakeup>> room;
    std::size_t workers_started = 0;
    Result<void> outcome{};
    bool could_not_fetch = false;  ///< that is why it failed
};

Result<std::optional<LedgerPlan>> Backfill::Run::take() {
    std::optional<LedgerPlan> joined;
    for (;;) {
        if (pieces.empty()) {
            const auto found = ready.find(taken);
            if (found == ready.end() || (joined && !found->second)) return joined;
            if (!found->second) return found->second.error();
            ready_moves -= moves_of(found->second);
            for (LedgerPlan& plan : *found->second) pieces.push_back(std::move(plan));
            ready.erase(found);
            ++taken;
            continue;
        }
        if (!joined) {
            joined = std::move(pieces.front());
        } else if (joined->moves.size() + pieces.front().moves.size() >
                       limits::kMovesPerCommitMax ||
                   !rules::join_plans(*joined, pieces.front())) {
            return joined;
        }
        pieces.pop_front();
    }
}

Task<Result<void>> Backfill::run(BlockNumber target) {
    auto executor = co_await boost::asio::this_coro::executor;
    Run run(target, chain_.cursor.block.number, chain_.parts.pace, executor);
    std::vector<Task<void>> parts;
    for (std::size_t i = 0; i < run.room.size(); ++i) parts.push_back(fetch_ranges(run));
    parts.push_back(commit_in_order(run));
    co_await runtime::run_together(std::move(parts));  // the committer ends it
    learn_from(run);
    co_return std::move(run.outcome);
}

Task<void> Backfill::fetch_ranges(Run& run) {
    runtime::Wakeup& room = *run.room[run.workers_started++];
    for (;;) {
        if (!run.may_fetch()) {
            co_await room.wait_until(chain_.parts.clock, chain_.parts.clock.now() + kLookAgain);
            continue;
        }
        const std::uint64_t ticket = run.next_ticket++;
        const Range range{run.next_first,
                          {std::min(run.target.value, run.next_first.value + range_blocks_ - 1)}};
        run.next_first = next(range.last);
        auto plans = co_await plan_pieces(range);
        run.add(ticket, std::move(plans));
    }
}

Task<void> Backfill::commit_in_order(Run& run) {
    const Instant end = chain_.parts.clock.now() + chain_.parts.pace.slice;
    while (chain_.cursor.block.number < run.target && chain_.parts.clock.now() < end) {
        auto plan = run.take();
        if (!plan) {
            run.outcome = plan.error();
            run.could_not_fetch = true;
            co_return;
        }
        if (!*plan) {
            co_await run.arrived.wait_until(chain_.parts.clock,
                                            chain_.parts.clock.now() + kLookAgain);
            continue;
        }
        for (auto& room : run.room) room->notify();
        run.outcome = co_await commit(std::move(**plan));
        if (!run.outcome) co_return;
    }
}

Task<Result<void>> Backfill::commit(LedgerPlan plan) {
    const Instant started = chain_.parts.clock.now();
    plan.expected = chain_.cursor;
    const PlanSummary summary = summary_of(plan);
    const bool touched = !plan.touched.empty();
    if (chain_.parts.changed != nullptr) chain_.parts.changed->add(plan);
    chain_.commit_in_doubt = true;
    CB_CO_TRY(committed, co_await chain_.parts.writer.apply(
                             std::move(plan), ledger::Pace::catching_up, chain_.deadline()));
    chain_.commit_in_doubt = false;
    chain_.cursor = committed.cursor;
    chain_.probe.applied(summary, committed, ListenerState::catching_up,
                         chain_.parts.clock.now() - started);
    chain_.look_again(committed.shortfalls, touched);
    co_return Result<void>{};
}

Task<Result<std::vector<LedgerPlan>>> Backfill::plan_pieces(Range range) {
    std::vector<LedgerPlan> plans;
    for (BlockNumber first = range.first; first <= range.last;) {
        const Range piece{first, {std::min(range.last.value, first.value + range_blocks_ - 1)}};
        auto plan = co_await plan_range(piece);
        if (!plan && is_too_large(plan.error())) {
            const std::uint64_t blocks = piece.last.value - piece.first.value + 1;
            shrink_range(blocks);
            if (plan.error().code() == Errc::limited && range_blocks_ < blocks) continue;
        }
        if (!plan) co_return plan.error();
        plans.push_back(std::move(*plan));
        first = next(piece.last);
    }
    co_return std::move(plans);
}

/// With the headers of the blocks that have rows, and of the range's last one, which becomes the
/// cursor.
Task<Result<LedgerPlan>> Backfill::plan_range(Range range) {
    Planned planned;
    rpc::WantedBlocks wanted = [this, &planned](const LogBatch& batch) {
        return read_logs(planned, batch);
    };
    auto filter = chain_.watchlist.filter();
    CB_CO_TRY(headers, co_await chain_.parts.rpc.headers_of_logs(
                           range.first, range.last, std::move(filter), std::move(wanted),
                           chain_.deadline()));
    adapt_range(planned.logs, range.last.value - range.first.value + 1);
    chain_.probe.malformed(planned.malformed);
    planned.plan.chain = chain_.id();
    for (BlockHeader& header : headers)
        planned.plan.blocks.push_back({std::move(header), Completeness::claimed});
    co_return std::move(planned.plan);
}

Task<Result<std::vector<BlockRef>>> Backfill::read_logs(Planned& planned, const LogBatch& batch) {
    auto reading = [&] { return planned.read(chain_.watchlist, batch); };
    auto blocks = co_await chain_.parts.work.run(reading);
    co_return std::move(blocks);
}

void Backfill::adapt_range(std::size_t logs, std::uint64_t blocks) {
    if (blocks >= range_max_ && ++full_ranges_ == kFullRangesUntilMore) grow_limit();
    const double wanted = limits::kLogsPerRangeTarget;
    const double factor =
        logs == 0 ? 4.0 : std::clamp(wanted / static_cast<double>(logs), 0.25, 4.0);
    const double scaled = static_cast<double>(blocks) * factor;
    range_blocks_ =
        std::clamp<std::uint64_t>(static_cast<std::uint64_t>(scaled), 1, range_max_);
}

void Backfill::shrink_range(std::uint64_t refused) {
    range_max_ = std::max<std::uint64_t>(1, std::min(range_max_, refused / 2));
    range_blocks_ = std::min(range_blocks_, range_max_);
    full_ranges_ = 0;
}

/// Nodes refuse ranges in any words, also as if they had been asked too often, and by hanging up.
/// So where fetching failed three times in a row, for whatever reason, less is asked for. That no
/// endpoint can be reached is not the reason: before each run one told of the cursor's block.
void Backfill::learn_from(const Run& run) {
    if (run.outcome) failed_after_.reset();
    if (!run.could_not_fetch || is_too_large(run.outcome.error())) return;
    const BlockNumber after = chain_.cursor.block.number;
    if (std::exchange(failed_after_, after) != after) failed_times_ = 0;
    if (++failed_times_ < kFailuresUntilLess) return;
    failed_after_.reset();
    shrink_range(std::min(range_blocks_, run.target.value - after.value));
}

void Backfill::grow_limit() {
    range_max_ = std::min(range_max_ * 2, kRangeBlocksMax);
    full_ranges_ = 0;
}

}  // namespace custodialbridge::sync

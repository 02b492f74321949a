/// Catching up: ranges of finalized blocks, several in flight, committed strictly in order.
///
/// Each fetched range becomes a plan off the loop while the one before is being committed. What is
/// held in memory is bounded by the ranges in flight, however far behind we are.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "custodialbridge/runtime/wakeup.hpp"
#include "followed_chain.hpp"

namespace custodialbridge::sync {

class Backfill {
  public:
    explicit Backfill(FollowedChain& chain) : chain_(chain) {}

    /// Commits everything up to and including `target`, a finalized block, or what the time of a
    /// slice allows (wallets that wait and orders have their turn then), or fails where it got to;
    /// the cursor then stands after the last committed range.
    Task<Result<void>> run(BlockNumber target);

  private:
    struct Range {
        BlockNumber first;
        BlockNumber last;
    };

    /// A range's logs as a plan.
    struct Planned;

    /// One run's shared state: ranges are handed out in order and committed in order.
    struct Run;

    Task<void> fetch_ranges(Run& run);
    Task<void> commit_in_order(Run& run);
    Task<Result<void>> commit(LedgerPlan plan);

    /// The range's plans, in order: one, or several when an endpoint does not give as much at once.
    Task<Result<std::vector<LedgerPlan>>> plan_pieces(Range range);
    Task<Result<LedgerPlan>> plan_range(Range range);
    Task<Result<std::vector<BlockRef>>> read_logs(Planned& planned, const LogBatch& batch);
    void adapt_range(std::size_t logs, std::uint64_t blocks);
    void shrink_range(std::uint64_t refused);
    void grow_limit();
    void learn_from(const Run& run);

    static constexpr std::uint64_t kRangeBlocksMax = 50'000;

    FollowedChain& chain_;
    std::uint64_t range_blocks_ = 32;
    std::uint64_t range_max_ = kRangeBlocksMax;  // less once an endpoint has refused a range
    unsigned full_ranges_ = 0;                   // of range_max_ that were given since
    std::optional<BlockNumber> failed_after_;    // where the last run could not fetch on
    unsigned failed_times_ = 0;                  // there, in a row
};

}  // namespace custodialbridge::sync

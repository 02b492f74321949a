/// Commit, then publish: the only way that a followed balance changes.
///
/// One writer a chain, on the sync loop. Each call commits one unit of work, then writes the
/// changed balances through to the local tier, moves the board's cursor, and hands them to Redis. A
/// failed publish is logged and forgiven: the Redis floor rises, so that an entry that was perhaps
/// not replaced is never used.
#pragma once

#include <memory>

#include "custodialbridge/core/correction_plan.hpp"
#include "custodialbridge/core/ledger_plan.hpp"
#include "custodialbridge/core/poll_plan.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"
#include "custodialbridge/store/plan_committer.hpp"

namespace custodialbridge::ledger {

using runtime::Deadline;
using runtime::Task;

enum class Pace : std::uint8_t {
    following,   ///< changed balances are written through
    catching_up  ///< too many changes: the chain's cached entries are dropped instead
};

/// Whether this process is the one that writes the chain's ledger.
enum class Role : std::uint8_t {
    writer,
    standby  ///< what it reads is true as of its own block, and it neither asks nor fills Redis
};

class LedgerWriter {
  public:
    virtual ~LedgerWriter() = default;

    virtual Task<Result<store::Committed>> apply(LedgerPlan plan, Pace pace, Deadline by) = 0;
    virtual Task<Result<store::Committed>> open(OpeningPlan plan, Deadline by) = 0;
    virtual Task<Result<store::Committed>> open_token(OpeningPlan plan, TokenId token, bool last,
                                                      Deadline by) = 0;
    virtual Task<Result<store::Committed>> adjust(AdjustmentPlan plan, Deadline by) = 0;
    virtual Task<Result<store::Committed>> correct(CorrectionPlan plan, Deadline by) = 0;
    /// Stores polled balances, and how many that were; the tiers are told of those that changed,
    /// and of those that they hold. The board's cursor does not move.
    virtual Task<Result<std::size_t>> poll(PollPlan plan, Deadline by) = 0;
    virtual Task<Result<store::Committed>> unwind(UnwindPlan plan, Deadline by) = 0;

    /// What the listener saw, for the board: the head, and whether the cursor stands at it now.
    virtual void saw_head(BlockRef head, bool cursor_is_head) = 0;
    virtual void saw_finality(BlockNumber safe, BlockNumber finalized) = 0;

    /// The stored cursor after (re)loading it, and its block's timestamp: what ages count from
    /// until the head is seen. Nothing that was cached before is used: of Redis, only entries of
    /// later blocks. The role is good until the next call.
    virtual void loaded(const Cursor& cursor, Time block_time, Role role = Role::writer) = 0;

    /// What Redis holds of this chain was perhaps not replaced: from now on only entries of later
    /// blocks are used. From other threads: ChainTip::distrust_redis.
    virtual void distrust_redis() = 0;

    /// A pinned read of a block that the ledger has not applied is about to be cached. Should
    /// another block take its place, the chain's cached entries are dropped.
    virtual void observed_ahead(const BlockRef& block) = 0;
};

}  // namespace custodialbridge::ledger

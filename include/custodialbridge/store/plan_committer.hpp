/// The one write port of the ledger. Each call is one unit of work, fenced by the cursor it names.
#pragma once

#include <utility>
#include <vector>

#include "custodialbridge/core/balance.hpp"
#include "custodialbridge/core/correction_plan.hpp"
#include "custodialbridge/core/ledger_plan.hpp"
#include "custodialbridge/core/poll_plan.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::store {

using runtime::Deadline;
using runtime::Task;

/// A user's total of a token right after a commit, over all of the user's tracked wallets on the
/// chain.
struct UserTotal {
    BalanceKey key;
    U256 amount{0};
    friend bool operator==(const UserTotal&, const UserTotal&) = default;
};

/// A delta that a balance cannot take: something was not announced. One that would have gone below
/// zero was set to zero, and what was missing came from suspense; one that would have passed
/// 2^256-1 was set to that, and what was too much went there. The row wants a pinned re-read.
struct Shortfall {
    WalletId wallet;
    TokenId token;
    U256 missing{0};
    bool above = false;  ///< too much by `missing`
    friend bool operator==(const Shortfall&, const Shortfall&) = default;
};

struct Committed {
    Cursor cursor;                   ///< where the ledger stands now
    std::vector<UserTotal>
        totals;  ///< of every user and token that changed; empty if not asked for
    std::vector<Shortfall> shortfalls;
    std::vector<WalletId> opened;    ///< `open` only: the wallets that are tracked from here on
    std::vector<UserId> native_users{};  ///< `commit` only: of the plan's `native_touched`
};

/// A user's polled balance as it is stored now, at the plan's block.
struct PolledTotal {
    BalanceKey key;
    U256 amount{0};
    bool changed = false;
    friend bool operator==(const PolledTotal&, const PolledTotal&) = default;
};

enum class Totals { wanted, not_wanted };

/// Every call fails with `conflict`, changing nothing, when the stored cursor, epoch or term is not
/// the plan's. `timed_out` or `unavailable`: the outcome is unknown; load the cursor again before
/// anything else. `corrupt`: an invariant of the tables refused the plan; nothing was changed.
class PlanCommitter {
  public:
    virtual ~PlanCommitter() = default;

    /// Moves, announcements, balances, blocks and the cursor, together.
    virtual Task<Result<Committed>> commit(LedgerPlan plan, Totals totals, Deadline by) = 0;

    /// Opening balances of wallets at the cursor's block; they are tracked from there. Wallets that
    /// were deleted or opened meanwhile are passed over. What the plan says is unknown is part of
    /// no total and no answer until it is adjusted; blocks move it meanwhile. The cursor stays.
    virtual Task<Result<Committed>> open(OpeningPlan plan, Deadline by) = 0;

    /// Marks a followed token as opened for all tracked wallets, with these balances; unknown ones
    /// as above. The cursor stays.
    virtual Task<Result<Committed>> open_token(OpeningPlan plan, TokenId token, bool last,
                                               Deadline by) = 0;

    /// Sets followed balances to pinned reads at the cursor's block, journaled: what was not known
    /// so far as an opening, from here on. The cursor stays.
    virtual Task<Result<Committed>> adjust(AdjustmentPlan plan, Deadline by) = 0;

    /// Makes the rows of one block what its proof says, journaled where they belong; the balances
    /// move along and want a pinned re-read. The cursor stays. `conflict` also when the journal is
    /// not what was audited any more.
    virtual Task<Result<Committed>> correct(CorrectionPlan plan, Deadline by) = 0;

    /// Stores polled balances, journaled where they differ; those that were not passed over.
    /// `conflict` only when the plan's block is not one of the ledger's canonical ones any more:
    /// where the cursor stands, and who writes the chain's events, does not matter.
    virtual Task<Result<std::vector<PolledTotal>>> poll(PollPlan plan, Deadline by) = 0;

    /// Reverses the journal above the ancestor (rows kept, marked orphaned), returns openings made
    /// above it to snapshotting, makes unknown again what was learnt above it, and moves the cursor
    /// to the ancestor under the next epoch.
    /// `refused` below the finalized block, unless an operator ordered it: then safe and finalized
    /// come down too. `conflict` when that order does not wait any more.
    virtual Task<Result<Committed>> unwind(UnwindPlan plan, Deadline by) = 0;
};

}  // namespace custodialbridge::store

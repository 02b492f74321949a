/// The ledger's past, from the journal. Read port.
#pragma once

#include <optional>

#include "custodialbridge/core/balance.hpp"
#include "custodialbridge/core/journal.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::store {

using runtime::Deadline;
using runtime::Task;

/// What the ledger says of a key as of an earlier block, all from one snapshot of the database.
struct PastBalance {
    Cursor cursor;
    std::optional<BlockNumber> safe;
    std::optional<BlockNumber> finalized;
    std::size_t wallets = 0;  ///< the user's wallets on the chain; 0: nobody's balance

    /// The block asked for. None while it is not known which one is safe or finalized.
    std::optional<BlockNumber> block;

    /// From here up to the cursor the ledger knows the balance. None: not of every wallet, or the
    /// token is not followed.
    std::optional<BlockNumber> covered_from;

    /// The block's, where it is stored. While catching up only some of the blocks are.
    std::optional<Hash32> block_hash;

    U256 amount{0};  ///< means something only where it is `covered`

    bool covered() const {
        return block && covered_from && *covered_from <= *block && *block <= cursor.block.number;
    }
    friend bool operator==(const PastBalance&, const PastBalance&) = default;
};

/// Any thread's loop may await. `unavailable` while a large journal is not indexed yet (it is, once
/// every chain has stood at its head).
class JournalReader {
  public:
    virtual ~JournalReader() = default;

    /// For tokens followed from events. A wallet that would have been below zero for a moment has
    /// zero there, as an unwind to that block would leave it. What is safe or finalized above the
    /// cursor stands for the cursor. `not_found` when the chain has no ledger yet.
    virtual Task<Result<PastBalance>> balance_at(BalanceKey key, AsOf at, Deadline by) = 0;

    /// The entries of the user's wallets in the ledger's order, one a wallet and side; those that
    /// are not orphaned sum to the balances.
    virtual Task<Result<JournalPage<LedgerChange>>> changes(ChangeQuery query, Deadline by) = 0;

    /// The canonical events that name wallets which are still registered, one a wallet.
    virtual Task<Result<JournalPage<LedgerEvent>>> events(EventQuery query, Deadline by) = 0;
};

}  // namespace custodialbridge::store

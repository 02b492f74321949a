/// What the ledger's past says: balances as of earlier blocks, changes, events.
#pragma once

#include "custodialbridge/core/journal.hpp"
#include "custodialbridge/ledger/balance_reader.hpp"

namespace custodialbridge::ledger {

/// Any thread's loop may await.
class HistoryReader {
  public:
    virtual ~HistoryReader() = default;

    /// The user's balance of a followed token as of that block; `not_covered` outside of what the
    /// ledger knows. Its age is the ledger's: what was true at a block stays true, and only how
    /// long ago the ledger was last seen at the chain's head tells whether that block still counts.
    virtual Task<ReadResult> read_at(BalanceKey key, AsOf at, BalanceView& out, Deadline by) = 0;

    /// Errors are the store's: `unavailable`, `timed_out`.
    virtual Task<Result<JournalPage<LedgerChange>>> changes(ChangeQuery query, Deadline by) = 0;
    virtual Task<Result<JournalPage<LedgerEvent>>> events(EventQuery query, Deadline by) = 0;
};

}  // namespace custodialbridge::ledger

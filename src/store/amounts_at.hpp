/// What balances and holdings were at a block a little below the cursor.
#pragma once

#include <vector>

#include "connection.hpp"
#include "custodialbridge/store/balance_store.hpp"

namespace custodialbridge::store {

/// BalanceStore::at_block.
Result<std::vector<LedgerAmount>> amounts_at(Connection& session, ChainId chain,
                                             const BlockRef& at,
                                             const std::vector<AmountName>& names, Deadline by);

}  // namespace custodialbridge::store

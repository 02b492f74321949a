/// Why there is no balance, in words.
#pragma once

#include "custodialbridge/core/balance.hpp"
#include "custodialbridge/ledger/chain_board.hpp"
#include "custodialbridge/ledger/read_failure.hpp"

namespace custodialbridge::ledger {

ReadFailure unknown_user(const BalanceKey& key);

/// Of a chain that is not configured, or of one that lacks the token.
ReadFailure unknown_token(const ChainBoard& board, const BalanceKey& key);

}  // namespace custodialbridge::ledger

/// What the fake store's tables say of a user's NFTs, and of balances to be read again.
#pragma once

#include "support/ledger_tables.hpp"

namespace custodialbridge::testing {

bool is_collection(const LedgerTables& tables, ChainId chain, const BalanceId& id);

std::vector<store::Unsettled> unknown_of(const LedgerTables& tables, ChainId chain,
                                         const std::vector<store::UnknownAfter>& tokens,
                                         std::size_t each);

std::vector<store::Unsettled> unsettled_of(const LedgerTables& tables, ChainId chain,
                                           WalletId after, std::size_t limit);

/// Nothing when `at` is not a canonical block up to the cursor.
std::optional<std::vector<store::LedgerAmount>> amounts_at(
    const LedgerTables& tables, ChainId id, const BlockRef& at,
    const std::vector<store::AmountName>& names);

store::NftPage nfts_of(const LedgerTables& tables, const UserId& user, std::optional<ChainId> chain,
                       std::optional<store::NftPlace> after, std::size_t limit);

}  // namespace custodialbridge::testing

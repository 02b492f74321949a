/// Registering tokens and wallets in the fake store's tables.
#pragma once

#include "support/ledger_tables.hpp"

namespace custodialbridge::testing {

Result<void> store_tokens(LedgerTables& tables, const std::vector<Token>& given);

Result<void> store_token_of_api(LedgerTables& tables, const Token& token);

using WalletPlaces = std::map<std::pair<ChainId, Address>, WalletId>;  ///< of those not deleted

WalletPlaces places_of(const LedgerTables& tables);

Result<store::PutWallet> put_wallet(LedgerTables& tables, WalletPlaces& places,
                                    const store::NewWallet& given, Time now);

Result<store::PutWallet> put_wallet(LedgerTables& tables, const store::NewWallet& given, Time now);

Result<std::vector<Result<store::Registered>>> put_wallets(
    LedgerTables& tables, const std::vector<store::NewWallet>& given, Time now);

std::vector<store::UserAddress> addresses_in(const LedgerTables& tables, ChainId chain,
                                             const std::vector<UserId>& users, std::size_t each);

std::vector<ChainId> chains_in(const LedgerTables& tables, const UserId& user);

using StoredSums = std::vector<std::optional<store::StoredBalance>>;

StoredSums sums_in(const LedgerTables& tables, const std::vector<BalanceKey>& keys);

std::uint64_t balances_in(const LedgerTables& tables, ChainId chain);

}  // namespace custodialbridge::testing

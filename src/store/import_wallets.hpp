/// Registering many wallets: a few statements for all of them.
#pragma once

#include <span>
#include <vector>

#include "connection.hpp"
#include "custodialbridge/store/wallet_directory.hpp"

namespace custodialbridge::store {

/// As WalletDirectory::import_all, for at most some thousands.
Result<std::vector<Result<Registered>>> import_wallets(Connection& session,
                                                       std::span<const NewWallet> items,
                                                       Deadline by);

Error foreign_wallet(const NewWallet& item);

}  // namespace custodialbridge::store

/// Registering wallets: the row first, then the caches forget the user, then the chain's listener
/// is told.
#pragma once

#include <functional>
#include <optional>

#include "custodialbridge/core/token_registry.hpp"
#include "custodialbridge/store/wallet_directory.hpp"

namespace custodialbridge::ledger {

using runtime::Deadline;
using runtime::Task;

/// Any thread's loop may await. Errors are the store's (`conflict`: another user's; `unavailable`),
/// and `not_found` for a chain that is not configured.
class WalletRegistry {
  public:
    virtual ~WalletRegistry() = default;
    virtual Task<Result<store::PutWallet>> put(UserId user, ChainId chain, Address address,
                                               std::optional<bool> is_deployed,
                                               Deadline by) = 0;

    /// As `put` of one after the other: what came of each, in their order; one that is refused does
    /// not keep the others out. An error of the whole leaves some of them registered, and the same
    /// may be imported again.
    virtual Task<Result<std::vector<Result<store::Registered>>>> import_all(
        std::vector<store::NewWallet> wallets, Deadline by) = 0;

    virtual Task<Result<void>> remove(UserId user, ChainId chain, Address address, Deadline by) = 0;
    virtual Task<Result<store::WalletPage>> list(UserId user, std::optional<ChainId> chain,
                                                 std::optional<WalletId> after, std::size_t limit,
                                                 Deadline by) = 0;

    /// The chains where the user has a wallet, in their order.
    virtual Task<Result<std::vector<ChainId>>> chains_of(UserId user, Deadline by) = 0;

    /// The tokens of all chains; immutable.
    virtual const TokenRegistry& tokens() const = 0;
};

}  // namespace custodialbridge::ledger

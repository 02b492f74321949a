/// Who owns which address. Registration is a row; following it starts at its opening snapshot.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/wallet.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::store {

using runtime::Deadline;
using runtime::Task;

struct PutWallet {
    Wallet wallet;
    bool created = false;
};

struct NewWallet {
    UserId user;
    ChainId chain;
    Address address;
    std::optional<bool> is_deployed;
    friend bool operator==(const NewWallet&, const NewWallet&) = default;
};

enum class Registered : std::uint8_t { now, before };

struct WalletPage {
    std::vector<Wallet> wallets;
    std::optional<WalletId> next;  ///< none: this was the last page
};

/// An address of one of the users that were asked about.
struct UserAddress {
    std::size_t user = 0;  ///< the user's place in the question
    Address address;
    WalletId wallet;
    friend bool operator==(const UserAddress&, const UserAddress&) = default;
};

/// The little that the event filter needs of a tracked wallet.
struct TrackedWallet {
    WalletId id;
    Address address;
};

class WalletDirectory {
  public:
    virtual ~WalletDirectory() = default;

    /// Registers, or updates is_deployed; without it, a new wallet is not and another one stays as
    /// it is. `conflict` when the address is another user's on that chain.
    virtual Task<Result<PutWallet>> put(UserId user, ChainId chain, Address address,
                                        std::optional<bool> is_deployed, Deadline by) = 0;

    /// As `put` of one after the other, in a few statements: what came of each, in their order. An
    /// error of the whole leaves some of them registered, and the same may be imported again.
    virtual Task<Result<std::vector<Result<Registered>>>> import_all(std::vector<NewWallet> wallets,
                                                                     Deadline by) = 0;

    /// The same, but of all or of none: when one of them is an error, nothing was registered.
    virtual Task<Result<std::vector<Result<Registered>>>> import_together(
        std::vector<NewWallet> wallets, Deadline by) = 0;

    /// `not_found` unless the user has that wallet. Its rows stay; its balance no longer counts.
    virtual Task<Result<void>> remove(UserId user, ChainId chain, Address address, Deadline by) = 0;

    /// By wallet id, after `after`, at most `limit`.
    virtual Task<Result<WalletPage>> of_user(UserId user, std::optional<ChainId> chain,
                                             std::optional<WalletId> after, std::size_t limit,
                                             Deadline by) = 0;

    /// The addresses of these users on a chain, by user, then wallet id; of each at most `each`.
    virtual Task<Result<std::vector<UserAddress>>> addresses_of(ChainId chain,
                                                                std::vector<UserId> users,
                                                                std::size_t each,
                                                                Deadline by) = 0;

    /// The chains where the user has a wallet, in their order.
    virtual Task<Result<std::vector<ChainId>>> chains_of(UserId user, Deadline by) = 0;

    /// Registered and not yet snapshotted, oldest first.
    virtual Task<Result<std::vector<Wallet>>> snapshotting(ChainId chain, std::size_t limit,
                                                           Deadline by) = 0;

    /// Tracked wallets by id after `after`, at most `limit`: to fill the filter at start.
    virtual Task<Result<std::vector<TrackedWallet>>> tracked(ChainId chain, WalletId after,
                                                             std::size_t limit, Deadline by) = 0;
};

}  // namespace custodialbridge::store

/// WalletDirectory over PostgreSQL.
#pragma once

#include "custodialbridge/store/wallet_directory.hpp"
#include "database.hpp"

namespace custodialbridge::store {

class PostgresWallets final : public WalletDirectory {
  public:
    explicit PostgresWallets(Database& database) : database_(database) {}

    Task<Result<PutWallet>> put(UserId user, ChainId chain, Address address,
                                std::optional<bool> is_deployed, Deadline by) override;
    Task<Result<std::vector<Result<Registered>>>> import_all(std::vector<NewWallet> wallets,
                                                             Deadline by) override;
    Task<Result<std::vector<Result<Registered>>>> import_together(std::vector<NewWallet> wallets,
                                                                  Deadline by) override;
    Task<Result<void>> remove(UserId user, ChainId chain, Address address, Deadline by) override;
    Task<Result<WalletPage>> of_user(UserId user, std::optional<ChainId> chain,
                                     std::optional<WalletId> after, std::size_t limit,
                                     Deadline by) override;
    Task<Result<std::vector<UserAddress>>> addresses_of(ChainId chain, std::vector<UserId> users,
                                                        std::size_t each, Deadline by) override;
    Task<Result<std::vector<ChainId>>> chains_of(UserId user, Deadline by) override;
    Task<Result<std::vector<Wallet>>> snapshotting(ChainId chain, std::size_t limit,
                                                   Deadline by) override;
    Task<Result<std::vector<TrackedWallet>>> tracked(ChainId chain, WalletId after,
                                                     std::size_t limit, Deadline by) override;

  private:
    Database& database_;
};

}  // namespace custodialbridge::store

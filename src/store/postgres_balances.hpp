/// BalanceStore over PostgreSQL.
#pragma once

#include "custodialbridge/store/balance_store.hpp"
#include "database.hpp"

namespace custodialbridge::store {

class PostgresBalances final : public BalanceStore {
  public:
    explicit PostgresBalances(Database& database) : database_(database) {}

    Task<Result<StoredBalance>> find(BalanceKey key, Deadline by) override;
    Task<Result<std::vector<std::optional<StoredBalance>>>> find_all(std::vector<BalanceKey> keys,
                                                                     Deadline by) override;
    Task<Result<NftPage>> nfts(UserId user, std::optional<ChainId> chain,
                               std::optional<NftPlace> after, std::size_t limit,
                               Deadline by) override;
    Task<Result<std::vector<Unsettled>>> unsettled(ChainId chain, WalletId after,
                                                   std::size_t limit, Deadline by) override;
    Task<Result<std::vector<Unsettled>>> unknown(ChainId chain, std::vector<UnknownAfter> tokens,
                                                 std::size_t each, Deadline by) override;
    Task<Result<std::vector<LedgerAmount>>> at_block(ChainId chain, BlockRef at,
                                                     std::vector<AmountName> names,
                                                     Deadline by) override;
    Task<Result<SignedAmount>> journal_sum(WalletId wallet, TokenId token, Deadline by) override;
    Task<Result<std::uint64_t>> count(ChainId chain, Deadline by) override;

  private:
    Database& database_;
};

}  // namespace custodialbridge::store

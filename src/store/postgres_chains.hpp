/// ChainStore over PostgreSQL.
#pragma once

#include "custodialbridge/store/chain_store.hpp"
#include "database.hpp"

namespace custodialbridge::store {

class PostgresChains final : public ChainStore {
  public:
    explicit PostgresChains(Database& database) : database_(database) {}

    Task<Result<std::optional<ChainState>>> load(ChainId chain, Deadline by) override;
    Task<Result<ChainState>> begin(ChainId chain, std::vector<BlockHeader> blocks,
                                   Deadline by) override;
    Task<Result<std::vector<BlockRef>>> recent_blocks(ChainId chain, std::uint32_t count,
                                                      Deadline by) override;
    Task<Result<std::vector<BlockRef>>> blocks_below(ChainId chain, BlockNumber newest,
                                                     std::uint32_t count, Deadline by) override;
    Task<Result<void>> set_finality(ChainId chain, BlockNumber safe, BlockNumber finalized,
                                    Deadline by) override;
    Task<Result<void>> sync_tokens(std::vector<Token> tokens, Deadline by) override;
    Task<Result<std::vector<Token>>> tokens(Deadline by) override;
    Task<Result<std::vector<TokenId>>> tokens_to_open(ChainId chain, Deadline by) override;
    Task<Result<void>> index_journal(Deadline by) override;

  private:
    Database& database_;
};

}  // namespace custodialbridge::store

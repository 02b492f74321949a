/// AuditStore over PostgreSQL.
#pragma once

#include "custodialbridge/store/audit_store.hpp"
#include "database.hpp"

namespace custodialbridge::store {

class PostgresAudit final : public AuditStore {
  public:
    explicit PostgresAudit(Database& database) : database_(database) {}

    Task<Result<std::optional<AuditState>>> state(ChainId chain, Deadline by) override;
    Task<Result<std::vector<BlockNumber>>> unproven(ChainId chain, BlockNumber first,
                                                    BlockNumber last, Deadline by) override;
    Task<Result<AuditRows>> rows(ChainId chain, std::vector<BlockNumber> blocks,
                                 std::vector<WalletId> wallets, Deadline by) override;
    Task<Result<std::map<BlockNumber, Hash32>>> hashes(ChainId chain,
                                                       std::vector<BlockNumber> blocks,
                                                       Deadline by) override;
    Task<Result<void>> audited(ChainId chain, std::uint32_t epoch, AuditedBlocks blocks,
                               Deadline by) override;

  private:
    Database& database_;
};

}  // namespace custodialbridge::store

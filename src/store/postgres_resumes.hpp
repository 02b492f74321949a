/// ResumeOrders over PostgreSQL.
#pragma once

#include "custodialbridge/store/resume_orders.hpp"
#include "database.hpp"

namespace custodialbridge::store {

class PostgresResumes final : public ResumeOrders {
  public:
    explicit PostgresResumes(Database& database) : database_(database) {}

    Task<Result<ResumeId>> order(ChainId chain, BlockNumber from, Millis patience,
                                 Deadline by) override;
    Task<Result<std::optional<ResumeOrder>>> waiting(ChainId chain, Deadline by) override;
    Task<Result<void>> refuse(ResumeId id, std::string why, Deadline by) override;
    Task<Result<std::optional<ResumeOutcome>>> outcome(ResumeId id, Deadline by) override;

  private:
    Database& database_;
};

}  // namespace custodialbridge::store

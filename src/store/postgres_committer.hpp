/// PlanCommitter over PostgreSQL.
#pragma once

#include "custodialbridge/store/plan_committer.hpp"
#include "database.hpp"

namespace custodialbridge::store {

class PostgresCommitter final : public PlanCommitter {
  public:
    explicit PostgresCommitter(Database& database) : database_(database) {}

    Task<Result<Committed>> commit(LedgerPlan plan, Totals totals, Deadline by) override;
    Task<Result<Committed>> open(OpeningPlan plan, Deadline by) override;
    Task<Result<Committed>> open_token(OpeningPlan plan, TokenId token, bool last,
                                       Deadline by) override;
    Task<Result<Committed>> adjust(AdjustmentPlan plan, Deadline by) override;
    Task<Result<Committed>> correct(CorrectionPlan plan, Deadline by) override;
    Task<Result<std::vector<PolledTotal>>> poll(PollPlan plan, Deadline by) override;
    Task<Result<Committed>> unwind(UnwindPlan plan, Deadline by) override;

  private:
    Database& database_;
};

}  // namespace custodialbridge::store

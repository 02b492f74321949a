/// Each call of PlanCommitter as one blocking function over a session.
#pragma once

#include "connection.hpp"
#include "custodialbridge/store/plan_committer.hpp"

namespace custodialbridge::store {

using runtime::Clock;

Result<Committed> commit_plan(Connection& session, const Clock& clock, const LedgerPlan& plan,
                              Totals totals, Deadline by);
Result<Committed> open_wallets(Connection& session, const Clock& clock, const OpeningPlan& plan,
                               Deadline by);
Result<Committed> open_token(Connection& session, const Clock& clock, const OpeningPlan& plan,
                             TokenId token, bool last, Deadline by);
Result<Committed> adjust_balances(Connection& session, const Clock& clock,
                                  const AdjustmentPlan& plan, Deadline by);
Result<Committed> correct_journal(Connection& session, const Clock& clock,
                                  const CorrectionPlan& plan, Deadline by);
Result<std::vector<PolledTotal>> store_polls(Connection& session, const Clock& clock,
                                             const PollPlan& plan, Deadline by);
Result<Committed> unwind_chain(Connection& session, const Clock& clock, const UnwindPlan& plan,
                               Deadline by);

}  // namespace custodialbridge::store

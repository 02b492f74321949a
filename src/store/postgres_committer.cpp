#include "postgres_committer.hpp"

#include <utility>

#include "apply_plans.hpp"

namespace custodialbridge::store {

Task<Result<Committed>> PostgresCommitter::commit(LedgerPlan plan, Totals totals, Deadline by) {
    auto work = [this, plan = std::move(plan), totals, by](Connection& session) {
        return commit_plan(session, database_.clock(), plan, totals, by);
    };
    return database_.run(by, std::move(work));
}

Task<Result<Committed>> PostgresCommitter::open(OpeningPlan plan, Deadline by) {
    auto work = [this, plan = std::move(plan), by](Connection& session) {
        return open_wallets(session, database_.clock(), plan, by);
    };
    return database_.run(by, std::move(work));
}

Task<Result<Committed>> PostgresCommitter::open_token(OpeningPlan plan, TokenId token, bool last,
                                                      Deadline by) {
    auto work = [this, plan = std::move(plan), token, last, by](Connection& session) {
        return store::open_token(session, database_.clock(), plan, token, last, by);
    };
    return database_.run(by, std::move(work));
}

Task<Result<Committed>> PostgresCommitter::adjust(AdjustmentPlan plan, Deadline by) {
    auto work = [this, plan = std::move(plan), by](Connection& session) {
        return adjust_balances(session, database_.clock(), plan, by);
    };
    return database_.run(by, std::move(work));
}

Task<Result<Committed>> PostgresCommitter::correct(CorrectionPlan plan, Deadline by) {
    auto work = [this, plan = std::move(plan), by](Connection& session) {
        return correct_journal(session, database_.clock(), plan, by);
    };
    return database_.run(by, std::move(work));
}

Task<Result<std::vector<PolledTotal>>> PostgresCommitter::poll(PollPlan plan, Deadline by) {
    auto work = [this, plan = std::move(plan), by](Connection& session) {
        return store_polls(session, database_.clock(), plan, by);
    };
    return database_.run(by, std::move(work));
}

Task<Result<Committed>> PostgresCommitter::unwind(UnwindPlan plan, Deadline by) {
    auto work = [this, plan, by](Connection& session) {
        return unwind_chain(session, database_.clock(), plan, by);
    };
    return database_.run(by, std::move(work));
}

}  // namespace custodialbridge::store

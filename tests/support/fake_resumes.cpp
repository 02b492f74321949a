#include "support/fake_resumes.hpp"

namespace custodialbridge::testing {

runtime::Task<Result<ResumeId>> FakeResumes::order(ChainId chain, BlockNumber from, Millis patience,
                                                   runtime::Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "order_resume", by));
    if (!tables_.chains.contains(chain)) co_return Error(Errc::not_found, "no ledger yet");
    const ResumeId id{static_cast<std::int64_t>(tables_.resume_orders.size()) + 1};
    tables_.resume_orders[id] = {chain, from, clock_.now() + patience, std::nullopt};
    CB_CO_CHECKED(co_await script_.pass(Point::answering, "order_resume", by));
    co_return id;
}

runtime::Task<Result<std::optional<store::ResumeOrder>>> FakeResumes::waiting(
    ChainId chain, runtime::Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "waiting_resume", by));
    std::optional<store::ResumeOrder> oldest;
    for (const auto& [id, row] : tables_.resume_orders) {
        const bool waits = !row.outcome && row.good_until > clock_.now();
        if (row.chain == chain && waits && !oldest) oldest = {id, row.from};
    }
    CB_CO_CHECKED(co_await script_.pass(Point::answering, "waiting_resume", by));
    co_return oldest;
}

runtime::Task<Result<void>> FakeResumes::refuse(ResumeId id, std::string why,
                                                runtime::Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "refuse_resume", by));
    OrderRow& row = tables_.resume_orders.at(id);
    if (!row.outcome) row.outcome = store::ResumeOutcome{std::move(why), 0};
    CB_CO_CHECKED(co_await script_.pass(Point::answering, "refuse_resume", by));
    co_return Result<void>{};
}

runtime::Task<Result<std::optional<store::ResumeOutcome>>> FakeResumes::outcome(
    ResumeId id, runtime::Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "outcome_of_resume", by));
    const std::optional<store::ResumeOutcome> answer = tables_.resume_orders.at(id).outcome;
    CB_CO_CHECKED(co_await script_.pass(Point::answering, "outcome_of_resume", by));
    co_return answer;
}

}  // namespace custodialbridge::testing

#include "postgres_resumes.hpp"

#include <utility>

namespace custodialbridge::store {
namespace {

constexpr Statement kOrder{"order_resume", R"(
    INSERT INTO resume_orders (chain_id, from_block, good_until)
    SELECT chain_id, $2::int8, now() + $3::int8 * interval '1 millisecond'
    FROM chains WHERE chain_id = $1::int8
    RETURNING order_id)"};

constexpr Statement kWaiting{"waiting_resume", R"(
    SELECT order_id, from_block FROM resume_orders
    WHERE chain_id = $1::int8 AND ended_at IS NULL AND good_until > now()
    ORDER BY order_id LIMIT 1)"};

constexpr Statement kRefuse{"refuse_resume", R"(
    UPDATE resume_orders SET ended_at = now(), refusal = $2::text
    WHERE order_id = $1::int8 AND ended_at IS NULL)"};

constexpr Statement kOutcome{"outcome_of_resume", R"(
    SELECT refusal, epoch FROM resume_orders
    WHERE order_id = $1::int8 AND ended_at IS NOT NULL)"};

Result<ResumeId> insert_order(Connection& session, ChainId chain, BlockNumber from, Millis patience,
                              Deadline by) {
    const auto millis = static_cast<std::int64_t>(patience.count());
    CB_TRY(rows, session.run(kOrder, params(column(chain), column(from), millis), by));
    if (!rows.empty()) return rows.id<ResumeId>(0, 0);
    return Error(Errc::not_found, "chain " + std::to_string(chain.value) + " has no ledger yet");
}

Result<std::optional<ResumeOrder>> oldest_waiting(Connection& session, ChainId chain,
                                                  Deadline by) {
    CB_TRY(rows, session.run(kWaiting, params(column(chain)), by));
    if (rows.empty()) return std::optional<ResumeOrder>();
    return std::optional(ResumeOrder{rows.id<ResumeId>(0, 0), rows.id<BlockNumber>(0, 1)});
}

Result<std::optional<ResumeOutcome>> outcome_of(Connection& session, ResumeId id, Deadline by) {
    CB_TRY(rows, session.run(kOutcome, params(column(id)), by));
    if (rows.empty()) return std::optional<ResumeOutcome>();
    ResumeOutcome outcome;
    if (rows.is_null(0, 0))
        outcome.epoch = static_cast<std::uint32_t>(rows.int32(0, 1));
    else
        outcome.refusal = std::string(rows.text(0, 0));
    return std::optional(std::move(outcome));
}

}  // namespace

Task<Result<ResumeId>> PostgresResumes::order(ChainId chain, BlockNumber from, Millis patience,
                                              Deadline by) {
    return database_.run(by, [chain, from, patience, by](Connection& session) {
        return insert_order(session, chain, from, patience, by);
    });
}

Task<Result<std::optional<ResumeOrder>>> PostgresResumes::waiting(ChainId chain, Deadline by) {
    return database_.read(
        by, [chain, by](Connection& session) { return oldest_waiting(session, chain, by); });
}

Task<Result<void>> PostgresResumes::refuse(ResumeId id, std::string why, Deadline by) {
    auto work = [id, why = std::move(why), by](Connection& session) -> Result<void> {
        CB_CHECKED(session.run(kRefuse, params(column(id), std::string_view(why)), by));
        return {};
    };
    return database_.run(by, std::move(work));
}

Task<Result<std::optional<ResumeOutcome>>> PostgresResumes::outcome(ResumeId id, Deadline by) {
    return database_.read(
        by, [id, by](Connection& session) { return outcome_of(session, id, by); });
}

}  // namespace custodialbridge::store

#include "postgres_lead.hpp"

#include <string>

namespace custodialbridge::store {
namespace {

constexpr Statement kTryLock{"try_lead", R"(
    SELECT pg_try_advisory_lock(hashtextextended('custodialbridge.chain.' || $1::int8, 0)))"};

constexpr Statement kBeginTerm{"begin_term", R"(
    UPDATE chains SET term = term + 1 WHERE chain_id = $1::int8 RETURNING term)"};

constexpr Statement kReadTerm{"read_term", "SELECT term FROM chains WHERE chain_id = $1::int8"};

}  // namespace

Task<Result<std::optional<std::uint64_t>>> PostgresLead::hold(ChainId chain, Deadline by) {
    return ask(chain, Wanted::any_term, by);
}

Task<Result<std::optional<std::uint64_t>>> PostgresLead::renew(ChainId chain, Deadline by) {
    return ask(chain, Wanted::new_term, by);
}

Task<Result<std::optional<std::uint64_t>>> PostgresLead::ask(ChainId chain, Wanted wanted,
                                                             Deadline by) {
    auto work = [this, chain, wanted, by] { return ask_now(chain, wanted, by); };
    co_return co_await thread_.run(std::move(work));
}

Result<std::optional<std::uint64_t>> PostgresLead::ask_now(ChainId chain, Wanted wanted,
                                                           Deadline by) {
    // Trying with no time left would cost every chain its lead.
    if (by.passed(database_.clock())) return Error(Errc::timed_out, "the lead: no time left");
    CB_CHECKED(connect(by));
    const auto held = terms_.find(chain);
    if (held == terms_.end()) return take(chain, by);
    const std::uint64_t term = held->second;
    CB_TRY(holds, still_holds(chain, term, by));
    if (!holds) {
        lose_all();  // another daemon, or one whose tokens are configured otherwise, wants a say
        return std::optional<std::uint64_t>();
    }
    if (wanted == Wanted::new_term) return begin_term(chain, by);
    return std::optional(term);
}

Result<void> PostgresLead::connect(Deadline by) {
    if (session_ && session_->still_there()) return {};
    lose_all();
    CB_TRY(session, Connection::open(database_.settings(), database_.clock(), by,
                                     database_.latest()));
    session_ = std::move(session);
    return {};
}

Result<bool> PostgresLead::still_holds(ChainId chain, std::uint64_t term, Deadline by) {
    CB_TRY(rows, session_->run(kReadTerm, params(column(chain)), by));
    return !rows.empty() && static_cast<std::uint64_t>(rows.int64(0, 0)) == term;
}

Result<std::optional<std::uint64_t>> PostgresLead::take(ChainId chain, Deadline by) {
    CB_TRY(locked, session_->run(kTryLock, params(column(chain)), by));
    if (!locked.truth(0, 0)) return std::optional<std::uint64_t>();
    return begin_term(chain, by);
}

Result<std::optional<std::uint64_t>> PostgresLead::begin_term(ChainId chain, Deadline by) {
    CB_TRY(rows, session_->run(kBeginTerm, params(column(chain)), by));
    if (rows.empty())
        return Error(Errc::not_found, "no ledger of chain " + std::to_string(chain.value));
    const auto term = static_cast<std::uint64_t>(rows.int64(0, 0));
    terms_[chain] = term;
    return std::optional(term);
}

void PostgresLead::lose_all() {
    terms_.clear();
    session_.reset();
}

}  // namespace custodialbridge::store

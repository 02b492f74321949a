#include <array>
#include <string>

#include "postgres_chains.hpp"

namespace custodialbridge::store {
namespace {

/// By block, so that the newest changes of a wallet are read first and a balance as of an earlier
/// block is the present one less what came later. The outside is no wallet: it would be half of the
/// index.
struct Index {
    const char* name;
    const char* definition;
};
constexpr std::array kIndexes{
    Index{"journal_debit", "journal (debit, block_number) WHERE debit <> 0"},
    Index{"journal_credit", "journal (credit, block_number) WHERE credit <> 0"}};

/// Whoever waits for a lock holds a snapshot, and CREATE INDEX CONCURRENTLY waits for snapshots: so
/// the lock is tried, never awaited.
constexpr const char* kBegin = "SET statement_timeout = 0; SELECT pg_try_advisory_lock(4921, 2)";
constexpr const char* kEnd = "SELECT pg_advisory_unlock(4921, 2); SET statement_timeout = '60s'";

Result<void> build(Connection& session, const Index& index, Deadline by) {
    const std::string name = index.name;
    CB_TRY(
        found,
        session.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('" + name + "')", by));
    const Rows& state = found.front();
    if (!state.empty() && state.text(0, 0) == "t") return {};
    if (!state.empty())  // an earlier build was cut off
        CB_CHECKED(session.execute("DROP INDEX CONCURRENTLY " + name, by));
    CB_CHECKED(
        session.execute("CREATE INDEX CONCURRENTLY " + name + " ON " + index.definition, by));
    return {};
}

Result<void> build_all(Connection& session, Deadline by) {
    CB_TRY(lock, session.execute(kBegin, by));
    if (lock[1].text(0, 0) != "t")
        return Error(Errc::conflict, "the journal's indexes are being built by another process");
    for (const Index& index : kIndexes) {
        auto built = build(session, index, by);
        if (!built) {
            session.drop();  // and with it the lock
            return built;
        }
    }
    CB_CHECKED(session.execute(kEnd, by));
    return {};
}

}  // namespace

Task<Result<void>> PostgresChains::index_journal(Deadline by) {
    return database_.run(by, [by](Connection& session) {
        auto done = build_all(session, by);
        if (!done) session.drop();  // its settings were changed
        return done;
    });
}

}  // namespace custodialbridge::store

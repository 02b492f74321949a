#include <string>

#include "apply_migrations.hpp"
#include "custodialbridge/core/keccak.hpp"
#include "custodialbridge/store/make_postgres.hpp"

namespace custodialbridge::store {
namespace {

/// Held by the session: whoever comes second waits and then finds everything applied.
constexpr const char* kLock = "SET statement_timeout = 0; SELECT pg_advisory_lock(4921, 1)";

constexpr const char* kBookkeeping = R"(
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version    integer     PRIMARY KEY CHECK (version > 0),
        name       text        NOT NULL,
        checksum   text        NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now());
    SELECT version, name, checksum FROM schema_migrations ORDER BY version)";

std::string checksum_of(const Migration& migration) {
    return to_string(keccak256(std::string_view(migration.sql)));
}

/// How many are applied; `refused` unless they are the first of ours, word for word.
Result<std::size_t> applied(const Rows& rows, std::span<const Migration> ours) {
    for (std::size_t i = 0; i < rows.count(); ++i) {
        const std::string name(rows.text(i, 1));
        if (i >= ours.size())
            return Error(Errc::refused,
                         "the database is newer than this program: it has migration " + name);
        if (rows.text(i, 0) != std::to_string(ours[i].version) || name != ours[i].name)
            return Error(Errc::refused, "the database has migration " + name +
                                            " where this program has " + ours[i].name);
        if (rows.text(i, 2) != checksum_of(ours[i]))
            return Error(Errc::refused, "migration " + name + " was changed after it was applied");
    }
    return rows.count();
}

Result<void> apply(Connection& session, const Migration& migration, Deadline by) {
    auto done =
        session.execute(std::string("BEGIN;") + migration.sql +
                            "\n; INSERT INTO schema_migrations (version, name, checksum) VALUES (" +
                            std::to_string(migration.version) + ", '" + migration.name + "', '" +
                            checksum_of(migration) + "'); COMMIT",
                        by);
    if (done) return {};
    return done.error().at(std::string("migration ") + migration.name);
}

}  // namespace

Result<std::vector<std::string>> apply_migrations(Connection& session,
                                                  std::span<const Migration> ours, Deadline by) {
    CB_CHECKED(session.execute(kLock, by));
    CB_TRY(answers, session.execute(kBookkeeping, by));
    CB_TRY(first, applied(answers[1], ours));
    std::vector<std::string> names;
    for (const Migration& migration : ours.subspan(first)) {
        CB_CHECKED(apply(session, migration, by));
        names.emplace_back(migration.name);
    }
    return names;
}

Result<std::vector<std::string>> migrate(const Settings& settings, runtime::Clock& clock,
                                         Deadline by) {
    CB_TRY(session, Connection::open(settings, clock, by));
    return apply_migrations(*session, migrations(), by);
}

}  // namespace custodialbridge::store

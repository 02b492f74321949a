#include <libpq-fe.h>
#include <poll.h>

#include <utility>

#include "connection.hpp"

namespace custodialbridge::store {
namespace {

constexpr int kServerVersionMin = 140'000;

/// What the URL may overrule. Keep-alives find a peer that is gone without a word.
const Keywords kDefaults{{"fallback_application_name", "custodialbridge"},
                         {"client_encoding", "UTF8"},
                         {"keepalives_idle", "15"},
                         {"keepalives_interval", "5"},
                         {"keepalives_count", "3"},
                         {"tcp_user_timeout", "10000"}};

/// What every session needs. The time limits are a belt: each call has its own deadline. The
/// keep-alives are the server's: locks of a machine that is gone are let go of. Our
/// statements look rows up by key, so plans are made once and never scan a table that was still
/// small when they were made. Nor may they look up by what all rows share (the chain): a statement
/// says what its rows are found by with `LATERAL (… OFFSET 0)` where an index could do either.
constexpr const char* kSessionSettings =
    "SET TimeZone = 'UTC'; SET standard_conforming_strings = on; SET bytea_output = hex;"
    "SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s';"
    "SET client_connection_check_interval = '2s';"
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3;"
    "SET tcp_user_timeout = '10s';"
    "SET plan_cache_mode = force_generic_plan; SET jit = off; SET enable_seqscan = off;"
    "SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
    "SET enable_material = off";

void ignore_notice(void*, const PGresult*) {}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const Settings& settings,
                                                     const runtime::Clock& clock, Deadline by,
                                                     const std::atomic<Instant>* latest) {
    CB_TRY(hosts, hosts_of(settings.url));
    const Deadline all = by.at_most(clock, settings.connect_timeout);
    std::string why;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        const auto share = all.left(clock) / static_cast<int>(hosts.size() - i);
        auto connection = open_one(hosts[i], clock, Deadline{clock.now() + share}, latest);
        if (connection || connection.error().code() == Errc::refused) return connection;
        why += (why.empty() ? "" : "; ") + connection.error().message();
    }
    return Error(Errc::unavailable, why);
}

Result<std::unique_ptr<Connection>> Connection::open_one(const Keywords& host,
                                                         const runtime::Clock& clock, Deadline by,
                                                         const std::atomic<Instant>* latest) {
    std::vector<const char*> keywords;
    std::vector<const char*> values;
    for (const Keywords* some : {&kDefaults, &host}) {  // the last of a name counts
        for (const auto& [keyword, value] : *some) {
            keywords.push_back(keyword.c_str());
            values.push_back(value.c_str());
        }
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    std::unique_ptr<Connection> connection(
        new Connection(PQconnectStartParams(keywords.data(), values.data(), 0), clock, latest));
    CB_CHECKED(connection->handshake(by));
    CB_CHECKED(connection->begin_session(by));
    return connection;
}

Result<void> Connection::handshake(Deadline by) {
    if (!open() || PQstatus(session_) == CONNECTION_BAD) return lost();
    auto wants = PGRES_POLLING_WRITING;
    while (wants != PGRES_POLLING_OK) {
        if (wants == PGRES_POLLING_FAILED) return lost();
        const std::string host = PQhost(session_);
        auto waited = await(wants == PGRES_POLLING_READING ? POLLIN : POLLOUT, by);
        if (!waited)
            return Error(waited.error().code(), "database: " + host + " does not answer in time");
        if (by.passed(clock_)) continue;
        wants = PQconnectPoll(session_);
    }
    PQsetNoticeReceiver(session_, ignore_notice, nullptr);
    if (PQsetnonblocking(session_, 1) != 0) return lost();
    return {};
}

Result<void> Connection::begin_session(Deadline by) {
    if (PQserverVersion(session_) < kServerVersionMin)
        return Error(Errc::refused, "database: PostgreSQL 14 or newer is needed, this is " +
                                        std::string(server_version()));
    CB_CHECKED(execute(kSessionSettings, by));
    return {};
}

}  // namespace custodialbridge::store

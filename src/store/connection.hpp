/// Connection: one session with PostgreSQL through libpq, every wait bounded by a deadline.
///
/// A missed deadline or a lost connection ends the session for good, so nothing that was sent late
/// can be taken for the answer to something else. One thread at a time.
#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/store/settings.hpp"
#include "hosts.hpp"
#include "params.hpp"
#include "rows.hpp"

namespace custodialbridge::store {

using runtime::Deadline;

/// A statement of ours, prepared in each session at its first use. `name` is its own.
struct Statement {
    const char* name;
    const char* sql;
};

struct Command {
    const Statement* statement;
    Params params;
};

class Connection {
  public:
    /// Tries the hosts in turn, each for its share of the time. `unavailable` when none can be had,
    /// `refused` when the server is older than 14, `invalid` for a URL that cannot be read. No call
    /// lasts longer than until `latest`, whatever its deadline: looked at while calls wait; it
    /// outlives the session.
    static Result<std::unique_ptr<Connection>> open(const Settings& settings,
                                                    const runtime::Clock& clock, Deadline by,
                                                    const std::atomic<Instant>* latest = nullptr);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// One prepared statement, one round trip once it is prepared.
    Result<Rows> run(const Statement& statement, const Params& params, Deadline by);

    /// All of them in one round trip. The first error ends it; what comes after is not run. Outside
    /// of an explicit transaction they are one transaction.
    Result<std::vector<Rows>> pipeline(std::span<const Command> commands, Deadline by);

    /// Statements as text, parted by ';', answers as text, in one round trip. Ends early at a COPY
    /// … FROM STDIN, which then wants `copy` and `end_copy`.
    Result<std::vector<Rows>> execute(const std::string& statements, Deadline by);

    /// The same in three steps, for statements that take long: nothing is dropped while `answered`
    /// is false.
    Result<void> start(const std::string& statements, Deadline by);
    Result<bool> answered();
    Result<std::vector<Rows>> answers(Deadline by);

    Result<void> copy(std::string_view bytes, Deadline by);
    Result<void> end_copy(Deadline by);
    void abandon_copy(Deadline by);  ///< the COPY fails, and with it its transaction

    /// Ends a transaction that failed; the session is dropped where that does not work. What is
    /// known of the failure stays known.
    void roll_back(Deadline by);

    bool open() const { return session_ != nullptr; }
    bool idle() const;   ///< open and outside of any transaction
    bool still_there();  ///< for an idle session: nothing says that it has ended
    void drop();

    std::string_view server_version() const;

    /// Of the error that the last failed call met; empty when it was not the server's.
    const std::string& sqlstate() const { return sqlstate_; }

  private:
    Connection(PGconn* session, const runtime::Clock& clock, const std::atomic<Instant>* latest)
        : session_(session), clock_(clock), latest_(latest) {}

    static Result<std::unique_ptr<Connection>> open_one(const Keywords& host,
                                                        const runtime::Clock& clock, Deadline by,
                                                        const std::atomic<Instant>* latest);
    Result<void> handshake(Deadline by);
    Result<void> begin_session(Deadline by);
    Result<void> prepare(const Statement& statement, Deadline by);
    bool send(const Statement& statement, const Params& params);
    Result<std::vector<Rows>> gather(std::size_t commands, Deadline by);
    Result<void> flush(Deadline by);
    Result<void> await(short events, Deadline by);
    Result<PGresult*> next_result(Deadline by);
    Error server_error(const PGresult* result);
    Error lost();

    PGconn* session_;
    const runtime::Clock& clock_;
    const std::atomic<Instant>* latest_;
    std::set<std::string_view> prepared_;
    std::string sqlstate_;
};

}  // namespace custodialbridge::store

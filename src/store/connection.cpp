#include "connection.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "custodialbridge/core/check.hpp"
#include "sqlstate.hpp"

namespace custodialbridge::store {
namespace {

/// One line without the end of line that libpq puts there.
std::string line_of(const char* message) {
    std::string line = message;
    while (!line.empty() && line.back() == '\n') line.pop_back();
    for (char& c : line)
        if (c == '\n' || c == '\t') c = ' ';
    return line;
}

/// How often a wait looks whether it is to end before its deadline.
constexpr Millis kLook{100};

bool is_error(const PGresult* result) {
    const auto status = PQresultStatus(result);
    return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN;
}

}  // namespace

Connection::~Connection() {
    drop();
}

void Connection::drop() {
    PQfinish(session_);
    session_ = nullptr;
}

bool Connection::idle() const {
    return open() && PQstatus(session_) == CONNECTION_OK &&
           PQtransactionStatus(session_) == PQTRANS_IDLE;
}

bool Connection::still_there() {
    if (!idle()) return false;
    pollfd waiting{PQsocket(session_), POLLIN, 0};
    if (::poll(&waiting, 1, 0) == 0) return true;
    // Something came unasked: a parameter's change, or the end.
    return PQconsumeInput(session_) == 1 && idle() && PQisBusy(session_) == 0 &&
           ::poll(&waiting, 1, 0) == 0;
}

std::string_view Connection::server_version() const {
    return PQparameterStatus(session_, "server_version");
}

Error Connection::lost() {
    std::string message = open() ? line_of(PQerrorMessage(session_)) : "no session";
    drop();
    return Error(Errc::unavailable, "database: " + message);
}

Error Connection::server_error(const PGresult* result) {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    sqlstate_ = state != nullptr ? state : "";
    if (sqlstate_.empty())
        return Error(Errc::unavailable, "database: " + line_of(PQresultErrorMessage(result)));
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    return Error(meaning_of(sqlstate_), "database: " + line_of(message != nullptr ? message : "") +
                                            " (" + sqlstate_ + ")");
}

Result<void> Connection::await(short events, Deadline by) {
    for (;;) {
        const Instant end = latest_ != nullptr ? std::min(by.at, latest_->load()) : by.at;
        const auto left = Deadline{end}.left(clock_);
        if (left == left.zero()) {
            drop();
            return Error(Errc::timed_out, "database: no answer in time");
        }
        const timespec most{0, std::min<std::chrono::nanoseconds>(left, kLook).count()};
        pollfd waiting{PQsocket(session_), events, 0};
        const int ready = ::ppoll(&waiting, 1, &most, nullptr);
        if (ready < 0 && errno != EINTR) return lost();
        if (ready > 0) return {};
    }
}

Result<void> Connection::flush(Deadline by) {
    for (;;) {
        const int unsent = PQflush(session_);
        if (unsent < 0) return lost();
        if (unsent == 0) return {};
        CB_CHECKED(await(POLLIN | POLLOUT, by));
        if (PQconsumeInput(session_) == 0)
            return lost();  // or both sides could wait for each other
    }
}

Result<PGresult*> Connection::next_result(Deadline by) {
    if (!open()) return lost();
    CB_CHECKED(flush(by));
    while (PQisBusy(session_) != 0) {
        CB_CHECKED(await(POLLIN, by));
        if (PQconsumeInput(session_) == 0) return lost();
    }
    return PQgetResult(session_);
}

Result<std::vector<Rows>> Connection::answers(Deadline by) {
    std::vector<Rows> all;
    std::optional<Error> failure;
    for (;;) {
        CB_TRY(result, next_result(by));
        if (result == nullptr) break;
        Rows rows(result);
        if (is_error(result) && !failure) failure = server_error(result);
        all.push_back(std::move(rows));
        if (PQresultStatus(result) == PGRES_COPY_IN) break;
    }
    if (PQstatus(session_) == CONNECTION_BAD || (failure && ends_session(sqlstate_))) drop();
    if (failure) return *failure;
    return all;
}

Result<void> Connection::start(const std::string& statements, Deadline by) {
    sqlstate_.clear();
    if (!open() || PQsendQuery(session_, statements.c_str()) == 0) return lost();
    return flush(by);
}

Result<bool> Connection::answered() {
    if (!open() || PQconsumeInput(session_) == 0) return lost();
    return PQisBusy(session_) == 0;
}

Result<std::vector<Rows>> Connection::execute(const std::string& statements, Deadline by) {
    CB_CHECKED(start(statements, by));
    return answers(by);
}

void Connection::roll_back(Deadline by) {
    if (!open() || idle()) return;
    const std::string why = sqlstate_;
    if (!execute("ROLLBACK", by)) drop();
    sqlstate_ = why;
}

Result<void> Connection::prepare(const Statement& statement, Deadline by) {
    if (prepared_.contains(statement.name)) return {};
    sqlstate_.clear();
    if (!open() || PQsendPrepare(session_, statement.name, statement.sql, 0, nullptr) == 0)
        return lost();
    CB_CHECKED(answers(by));
    prepared_.insert(statement.name);
    return {};
}

bool Connection::send(const Statement& statement, const Params& params) {
    std::vector<const char*> values;
    std::vector<int> lengths;
    for (std::size_t i = 0; i < params.count(); ++i) {
        values.push_back(params.data(i));
        lengths.push_back(params.length(i));
    }
    const std::vector<int> formats(params.count(), 1);
    return PQsendQueryPrepared(session_, statement.name, static_cast<int>(params.count()),
                               values.data(), lengths.data(), formats.data(), 1) != 0;
}

Result<Rows> Connection::run(const Statement& statement, const Params& params, Deadline by) {
    CB_CHECKED(prepare(statement, by));
    sqlstate_.clear();
    if (!send(statement, params)) return lost();
    CB_TRY(all, answers(by));
    CB_CHECK(all.size() == 1);
    return std::move(all.front());
}

Result<std::vector<Rows>> Connection::pipeline(std::span<const Command> commands, Deadline by) {
    for (const Command& command : commands) CB_CHECKED(prepare(*command.statement, by));
    sqlstate_.clear();
    if (!open() || PQenterPipelineMode(session_) == 0) return lost();
    for (const Command& command : commands)
        if (!send(*command.statement, command.params)) return lost();
    if (PQpipelineSync(session_) == 0) return lost();
    auto all = gather(commands.size(), by);
    if (open() && (PQexitPipelineMode(session_) == 0 || ends_session(sqlstate_))) drop();
    return all;
}

Result<std::vector<Rows>> Connection::gather(std::size_t commands, Deadline by) {
    std::vector<Rows> all;
    std::optional<Error> failure;
    for (bool synced = false; !synced;) {
        CB_TRY(result, next_result(by));
        if (result == nullptr) {  // the end of one command's results, or of everything
            if (PQstatus(session_) == CONNECTION_OK) continue;
            if (!failure) return lost();
            drop();
            return *failure;
        }
        Rows rows(result);
        synced = rows.status() == PGRES_PIPELINE_SYNC;
        if (synced || rows.status() == PGRES_PIPELINE_ABORTED) continue;
        if (is_error(result) && !failure) failure = server_error(result);
        all.push_back(std::move(rows));
    }
    if (failure) return *failure;
    CB_CHECK(all.size() == commands);
    return all;
}

Result<void> Connection::copy(std::string_view bytes, Deadline by) {
    if (!open()) return lost();
    for (;;) {
        const int taken = PQputCopyData(session_, bytes.data(), static_cast<int>(bytes.size()));
        if (taken < 0) return lost();
        CB_CHECKED(flush(by));
        if (taken > 0) return {};
    }
}

Result<void> Connection::end_copy(Deadline by) {
    sqlstate_.clear();
    if (!open() || PQputCopyEnd(session_, nullptr) < 0) return lost();
    CB_CHECKED(answers(by));
    return {};
}

void Connection::abandon_copy(Deadline by) {
    if (!open()) return;
    if (PQputCopyEnd(session_, "abandoned") < 0)
        drop();
    else
        (void)answers(by);
}

}  // namespace custodialbridge::store

#include "database.hpp"

#include <algorithm>
#include <stdexcept>

namespace custodialbridge::bench {

namespace {

constexpr std::size_t kCopyChunk = 256 * 1024;

}  // namespace

Database::Database(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
    require(PQstatus(connection_.get()) == CONNECTION_OK, "connecting");
}

void Database::require(bool good, const char* what) const {
    if (good) return;
    throw std::runtime_error(std::string(what) + ": " + PQerrorMessage(connection_.get()));
}

Database::Answer Database::checked(PGresult* result, const char* what) const {
    Answer answer(result);
    const ExecStatusType status = PQresultStatus(result);
    require(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN ||
                status == PGRES_PIPELINE_SYNC,
            what);
    return answer;
}

std::string Database::run(const std::string& statements) {
    const Answer answer =
        checked(PQexec(connection_.get(), statements.c_str()), statements.c_str());
    return PQntuples(answer.get()) > 0 ? PQgetvalue(answer.get(), 0, 0) : "";
}

void Database::prepare(const char* name, const char* statement) {
    checked(PQprepare(connection_.get(), name, statement, 0, nullptr), statement);
}

void Database::copy(const std::string& statement, std::string_view rows) {
    checked(PQexec(connection_.get(), statement.c_str()), statement.c_str());
    for (; !rows.empty(); rows.remove_prefix(std::min(rows.size(), kCopyChunk))) {
        const auto size = static_cast<int>(std::min(rows.size(), kCopyChunk));
        require(PQputCopyData(connection_.get(), rows.data(), size) == 1, "copying");
    }
    require(PQputCopyEnd(connection_.get(), nullptr) == 1, "ending a copy");
    checked(PQgetResult(connection_.get()), "a copy");
    require(PQgetResult(connection_.get()) == nullptr, "after a copy");
}

void Database::pipeline(std::span<const Command> commands) {
    require(PQenterPipelineMode(connection_.get()) == 1, "a pipeline");
    for (const Command& command : commands) {
        const auto count = static_cast<int>(command.params.count());
        std::vector<const char*> values;
        std::vector<int> lengths, formats(command.params.count(), 1);
        for (std::size_t i = 0; i < command.params.count(); ++i) {
            values.push_back(command.params.data(i));
            lengths.push_back(command.params.length(i));
        }
        require(PQsendQueryPrepared(connection_.get(), command.name, count, values.data(),
                                    lengths.data(), formats.data(), 1) == 1,
                command.name);
    }
    require(PQpipelineSync(connection_.get()) == 1, "ending a pipeline");
    for (const Command& command : commands) {
        checked(PQgetResult(connection_.get()), command.name);
        require(PQgetResult(connection_.get()) == nullptr, command.name);
    }
    checked(PQgetResult(connection_.get()), "the end of a pipeline");
    require(PQexitPipelineMode(connection_.get()) == 1, "leaving a pipeline");
}

}  // namespace custodialbridge::bench

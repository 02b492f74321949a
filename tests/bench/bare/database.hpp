/// The least that a client of PostgreSQL can do: ready-made binary buffers, sent as they are.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "params.hpp"

namespace custodialbridge::bench {

/// A statement and what goes with it.
struct Command {
    const char* name;  ///< as it was prepared
    store::Params params;
};

/// Every function throws std::runtime_error with PostgreSQL's message.
class Database {
  public:
    explicit Database(const std::string& url);

    /// Statements without parameters; the first column of the last one's first row, or nothing.
    std::string run(const std::string& statements);

    void prepare(const char* name, const char* statement);

    /// The rows of a COPY … FROM STDIN (FORMAT binary), with signature and trailer.
    void copy(const std::string& statement, std::string_view rows);

    /// All of it in one round trip.
    void pipeline(std::span<const Command> commands);

  private:
    struct Close {
        void operator()(PGconn* connection) const { PQfinish(connection); }
        void operator()(PGresult* result) const { PQclear(result); }
    };
    using Answer = std::unique_ptr<PGresult, Close>;

    void require(bool good, const char* what) const;
    Answer checked(PGresult* result, const char* what) const;

    std::unique_ptr<PGconn, Close> connection_;
};

}  // namespace custodialbridge::bench

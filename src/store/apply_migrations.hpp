/// Brings a database forward to a list of migrations.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "connection.hpp"
#include "migrations.hpp"

namespace custodialbridge::store {

/// As `migrate`, with the migrations given. The session is of no further use.
Result<std::vector<std::string>> apply_migrations(Connection& session,
                                                  std::span<const Migration> ours, Deadline by);

}  // namespace custodialbridge::store

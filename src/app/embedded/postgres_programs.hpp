// Where PostgreSQL's programs are on this machine.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "custodialbridge/core/result.hpp"

namespace custodialbridge::app {

/// The folder with `initdb` and `postgres`: $CB_POSTGRES_BIN; else below /usr/lib/postgresql, of
/// the major version `made_by` or without one the newest, at least 13; else of PATH.
Result<std::filesystem::path> find_postgres_programs(std::optional<int> made_by);

/// The major version in a database cluster's PG_VERSION; nothing when there is no cluster.
std::optional<int> version_of_cluster(const std::filesystem::path& cluster);

/// A program of PATH, under the name that it has there (some look at it), or nothing.
std::optional<std::filesystem::path> find_in_path(const std::string& program);

}  // namespace custodialbridge::app

/// The migrations of this binary, in order. Made by CMake from migrations/*.sql.
#pragma once

#include <span>

namespace custodialbridge::store {

struct Migration {
    int version;       ///< 1, 2, …
    const char* name;  ///< the file's, without its ending: 0001_chains
    const char* sql;
};

std::span<const Migration> migrations();

}  // namespace custodialbridge::store

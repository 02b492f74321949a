/// How PostgreSQL is reached.
#pragma once

#include <cstddef>
#include <string>

#include "custodialbridge/core/time.hpp"

namespace custodialbridge::store {

struct Settings {
    std::string url;             ///< libpq URL or key=value string; several hosts are tried in turn
    std::size_t pool_size = 8;   ///< connections, and threads that use them
    Millis connect_timeout{5'000};
    friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace custodialbridge::store

/// The cache tiers.
#pragma once

#include <cstddef>
#include <string>

#include "custodialbridge/core/time.hpp"

namespace custodialbridge::cache {

struct Settings {
    std::string redis_url;             ///< redis://[:pw@]host:port/db, unix:///path, or "none"
    Millis redis_ttl{30'000};
    Millis local_ttl{30'000};
    std::size_t local_capacity = 100'000;  ///< balances
    Millis redis_timeout{100};  ///< one round trip; a slower Redis counts as broken for a while
    friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace custodialbridge::cache

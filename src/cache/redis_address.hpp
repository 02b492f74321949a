/// Where a Redis is, and as whom to speak to it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "custodialbridge/core/result.hpp"

namespace custodialbridge::cache {

struct RedisAddress {
    std::string host;  ///< a name or an address; empty with `unix_path`
    std::uint16_t port = 6379;
    std::string unix_path;
    std::string user;
    std::string password;  ///< empty: no AUTH
    std::uint32_t database = 0;
    friend bool operator==(const RedisAddress&, const RedisAddress&) = default;
};

/// `redis://[user][:password@]host[:port][/database]` or
/// `unix://[user:password@]/path[?db=database]`, parts percent-encoded where needed. `invalid`
/// otherwise; the message never shows the password.
Result<RedisAddress> parse_redis_url(std::string_view url);

/// For logs: "host:port/database" or "path/database", without user and password.
std::string to_string(const RedisAddress& address);

}  // namespace custodialbridge::cache

// Is this a URL that an adapter can use? Messages never repeat the URL: it may hold a password.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "custodialbridge/core/result.hpp"
#include "values.hpp"

namespace custodialbridge::config {

/// scheme://[user[:password]@]host[:port][/path][?query], with one of `schemes`. The text itself.
Result<std::string> url(const Scalar& scalar, std::initializer_list<std::string_view> schemes);

/// postgresql://… or postgres://… (several hosts are fine), or libpq's `host=… dbname=…`.
Result<std::string> database_url(const Scalar& scalar);

/// redis://[[user]:password@]host[:port][/db] or unix:///path.
Result<std::string> redis_url(const Scalar& scalar);

struct ListenAddress {
    std::string host;  ///< an IP address
    std::uint16_t port = 0;
    bool loopback = false;
};

/// 127.0.0.1:8080, [::1]:8080 or localhost:8080 (which is 127.0.0.1).
Result<ListenAddress> listen_address(const Scalar& scalar);

}  // namespace custodialbridge::config

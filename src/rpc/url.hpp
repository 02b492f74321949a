/// Endpoint URLs (RFC 3986, as far as http, https, ws and wss need it).
#pragma once

#include <string>
#include <string_view>

#include "custodialbridge/core/result.hpp"

namespace custodialbridge::rpc {

struct Url {
    bool tls = false;
    bool web_socket = false;
    std::string host;  ///< without the brackets of an IPv6 address
    std::string port;
    std::string target;         ///< path and query; may hold an API key: never logged
    std::string authorization;  ///< value of the Authorization header; empty: none

    /// host:port, fit for logs and labels.
    std::string name() const;
};

/// `invalid` when malformed. The message never repeats the URL, which may hold credentials.
Result<Url> parse_url(std::string_view text);

/// The name of a URL, or "?" of a malformed one.
std::string name_of(std::string_view url);

}  // namespace custodialbridge::rpc

/// How the HTTP server listens and whom it lets in.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "custodialbridge/core/time.hpp"

namespace custodialbridge::api {

enum class Scope : std::uint8_t {
    read = 0,
    write = 1,
    admin = 2
};  ///< each implies those before it

struct ApiKey {
    std::string name;
    std::array<std::uint8_t, 32> sha256{};  ///< of the key's bytes
    Scope scope = Scope::read;              ///< the highest one listed
    friend bool operator==(const ApiKey&, const ApiKey&) = default;
};

struct Settings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;          ///< 0: a free one
    unsigned threads = 0;               ///< 0: one per core
    std::string tls_certificate;        ///< PEM chain file; empty: plain HTTP
    std::string tls_key;
    bool keys_required = true;          ///< auth.mode api_key
    std::vector<ApiKey> keys;
    double rate_per_key_rps = 0;        ///< 0: off
    std::uint32_t rate_burst = 0;
    std::size_t max_body = 1024 * 1024; ///< bytes
    Millis request_timeout{10'000};     ///< the deadline of one request's work
    Millis idle_timeout{60'000};        ///< a keep-alive connection without a request
    Millis header_timeout{10'000};      ///< from a request's first byte to its last
    std::size_t max_connections = 10'000;
    friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace custodialbridge::api

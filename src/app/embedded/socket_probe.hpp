// Does a service answer on its Unix socket? A few bytes of its own protocol, no client library.
#pragma once

#include <filesystem>

#include "custodialbridge/core/time.hpp"

namespace custodialbridge::app {

enum class Answer {
    ready,
    starting,  ///< it is there, and not yet (or no longer) serving
    silent     ///< nobody listens, or nobody answers within the limit
};

/// PostgreSQL's start-up message (protocol 3.0) as `user` to the database postgres.
Answer ask_postgres(const std::filesystem::path& socket, const std::string& user, Millis limit);

/// Redis' PING.
Answer ask_redis(const std::filesystem::path& socket, Millis limit);

}  // namespace custodialbridge::app

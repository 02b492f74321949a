/// For container health checks: asks a running daemon's /readyz.
#pragma once

#include <string>

#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/time.hpp"

namespace custodialbridge::api {

/// `base_url` is http://host:port or https://host:port (any certificate will do), with or without a
/// trailing slash or /readyz. Blocks for at most `patience`. `invalid` for a URL that is not one,
/// `unavailable` when nobody answers or it is not ready.
Result<void> ask_ready(const std::string& base_url, Millis patience);

}  // namespace custodialbridge::api

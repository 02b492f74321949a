/// The daemon, composed: loops, pools, services, chains, API; started in order and stopped in
/// reverse.
#pragma once

#include <memory>

#include "custodialbridge/config/settings.hpp"
#include "custodialbridge/core/result.hpp"

namespace custodialbridge::app {

/// Runs until SIGTERM or SIGINT, then drains within shutdown_timeout. An error is a failed start.
Result<void> run_daemon(const config::Settings& settings);

}  // namespace custodialbridge::app

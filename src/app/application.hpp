/// The daemon, composed: loops, pools, services, chains, API; started in order and stopped in
/// reverse.
#pragma once

#include <memory>

#include "custodialbridge/config/settings.hpp"
#include "custodialbridge/core/result.hpp"
#include "reloading.hpp"

namespace custodialbridge::app {

/// Runs until SIGTERM or SIGINT, then drains within shutdown_timeout. An error is a failed start.
/// At SIGHUP `load_again` reads the settings anew.
Result<void> run_daemon(const config::Settings& settings, LoadAgain load_again);

}  // namespace custodialbridge::app

/// How the daemon logs, and whom it wakes.
#pragma once

#include <string>

#include "custodialbridge/telemetry/log.hpp"

namespace custodialbridge::telemetry {

struct Settings {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::json;
    std::string alertmanager;  ///< http:// or https:// base URL; empty: alerts go to the log only
    friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace custodialbridge::telemetry

/// The cache tiers in metrics.
#pragma once

#include <string>

#include "custodialbridge/telemetry/registry.hpp"

namespace custodialbridge::cache {

class LocalCache;

/// Where a connection to Redis is counted: `redis_connected`, `redis_reconnects_total`,
/// `redis_timeouts_total` and `redis_commands_total`, under its name.
struct ConnectionMetrics {
    telemetry::Registry* registry = nullptr;  ///< null: nowhere
    std::string connection;                   ///< of a small closed set, one a connection
};

/// `cache_entries`, `cache_capacity` and `cache_evictions_total` of the tier "local", looked at
/// whenever metrics are rendered. The cache outlives that.
void show_local_tier(telemetry::Registry& registry, const LocalCache& local);

}  // namespace custodialbridge::cache

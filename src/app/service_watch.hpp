/// Asks the services whether they are there, and writes it on the health board.
#pragma once

#include "custodialbridge/cache/balance_cache.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/store/make_postgres.hpp"
#include "custodialbridge/telemetry/health.hpp"

namespace custodialbridge::app {

/// Each runs until cancelled.
runtime::Task<void> watch_database(store::Postgres& postgres, telemetry::HealthBoard& health,
                                   runtime::Clock& clock, Millis interval);
runtime::Task<void> watch_redis(cache::BalanceCache& redis, telemetry::HealthBoard& health,
                                runtime::Clock& clock, Millis interval);

}  // namespace custodialbridge::app

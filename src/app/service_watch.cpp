#include "service_watch.hpp"

namespace custodialbridge::app {

namespace {

constexpr Millis kPingTimeout{2'000};

void write(telemetry::HealthBoard& health, const char* name, telemetry::Weight weight,
           const Result<void>& answer) {
    health.set({name, answer.has_value(), answer ? "ok" : answer.error().message(), weight});
}

}  // namespace

runtime::Task<void> watch_database(store::Postgres& postgres, telemetry::HealthBoard& health,
                                   runtime::Clock& clock, Millis interval) {
    for (;;) {
        const auto by = runtime::Deadline::after(clock, kPingTimeout);
        const auto answer = co_await postgres.ping(by);
        write(health, "database", telemetry::Weight::required, answer);
        co_await clock.sleep_until(clock.now() + interval);
    }
}

runtime::Task<void> watch_redis(cache::BalanceCache& redis, telemetry::HealthBoard& health,
                                runtime::Clock& clock, Millis interval) {
    for (;;) {
        const auto by = runtime::Deadline::after(clock, kPingTimeout);
        const auto answer = co_await redis.ping(by);
        write(health, "redis", telemetry::Weight::helpful, answer);
        co_await clock.sleep_until(clock.now() + interval);
    }
}

}  // namespace custodialbridge::app

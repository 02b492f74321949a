#include "custodialbridge/cache/cache_metrics.hpp"

#include <memory>
#include <mutex>
#include <utility>

#include "connection_probe.hpp"
#include "custodialbridge/cache/local_cache.hpp"

namespace custodialbridge::cache {

void show_local_tier(telemetry::Registry& registry, const LocalCache& local) {
    struct Shown {
        telemetry::Gauge& entries;
        telemetry::Gauge& capacity;
        telemetry::Counter& evictions;
        std::mutex mutex;
        std::uint64_t counted = 0;
    };
    const telemetry::Labels labels{{"tier", "local"}};
    const std::shared_ptr<Shown> shown(
        new Shown{registry.gauge("cache_entries", "Balances that a cache tier holds", labels),
                  registry.gauge("cache_capacity", "Balances that a cache tier may hold", labels),
                  registry.counter("cache_evictions_total",
                                   "Balances that made room for others in a cache tier", labels),
                  {}});
    registry.before_rendering([shown, &local] {
        const LocalCache::Filling filling = local.filling();
        const std::lock_guard lock(shown->mutex);
        shown->entries.set(static_cast<double>(filling.entries));
        shown->capacity.set(static_cast<double>(filling.capacity));
        if (filling.evictions <= shown->counted) return;  // another rendering was quicker
        const std::uint64_t before = std::exchange(shown->counted, filling.evictions);
        shown->evictions.add(static_cast<double>(filling.evictions - before));
    });
}

ConnectionProbe::ConnectionProbe(const ConnectionMetrics& where) {
    if (where.registry == nullptr) return;
    const telemetry::Labels labels{{"connection", where.connection}};
    connected_ = &where.registry->gauge("redis_connected", "1 while Redis can be asked", labels);
    reconnects_ = &where.registry->counter("redis_reconnects_total",
                                           "Connections made again after one broke", labels);
    timeouts_ = &where.registry->counter("redis_timeouts_total",
                                         "Calls that Redis did not answer in time", labels);
    commands_ = &where.registry->counter("redis_commands_total", "Commands sent to Redis", labels);
}

void ConnectionProbe::connected(bool again) {
    if (connected_ == nullptr) return;
    connected_->set(1);
    if (again) reconnects_->add();
}

void ConnectionProbe::lost() {
    if (connected_ != nullptr) connected_->set(0);
}

void ConnectionProbe::timed_out() {
    if (timeouts_ != nullptr) timeouts_->add();
}

void ConnectionProbe::sent(std::size_t commands) {
    if (commands_ != nullptr) commands_->add(static_cast<double>(commands));
}

}  // namespace custodialbridge::cache

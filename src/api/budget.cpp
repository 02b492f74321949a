#include "budget.hpp"

#include <algorithm>
#include <limits>

namespace custodialbridge::api {
namespace {

constexpr double kNanosPerSecond = 1e9;

/// A rate may be so low that its waits do not fit.
std::int64_t nanos_for(double cost, double per_second) {
    constexpr auto kMost = static_cast<double>(std::numeric_limits<std::int64_t>::max() / 4);
    return static_cast<std::int64_t>(std::min(cost / per_second * kNanosPerSecond, kMost));
}

}  // namespace

std::chrono::nanoseconds Budget::take(const Rate& rate, double cost, Instant now) {
    if (rate.per_second <= 0) return std::chrono::nanoseconds(0);
    const std::int64_t at = now.since_start.count();
    const std::int64_t latest = at + nanos_for(std::max(rate.burst, cost), rate.per_second);
    std::int64_t full_at = full_at_.load(std::memory_order_relaxed);
    for (;;) {
        const std::int64_t next = std::max(full_at, at) + nanos_for(cost, rate.per_second);
        if (next > latest) return std::chrono::nanoseconds(next - latest);
        if (full_at_.compare_exchange_weak(full_at, next, std::memory_order_relaxed))
            return std::chrono::nanoseconds(0);
    }
}

}  // namespace custodialbridge::api

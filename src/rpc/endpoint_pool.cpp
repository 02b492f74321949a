#include "endpoint_pool.hpp"

#include <algorithm>

#include "custodialbridge/telemetry/log.hpp"

namespace custodialbridge::rpc {

namespace {

// A time-out says something about an endpoint only when it had at least this long.
constexpr Millis kFairAttempt{1'000};

constexpr Millis kBetweenRounds{100};

// How long an endpoint is waited for while there are others, and how much longer than usual.
constexpr Millis kPatience{2'000};
constexpr double kSlowFactor = 20;

}  // namespace

bool EndpointPool::could_not_answer(Errc code) {
    return code == Errc::unavailable || code == Errc::timed_out || code == Errc::refused;
}

EndpointPool::EndpointPool(std::vector<std::unique_ptr<Endpoint>> endpoints, Limits limits,
                           runtime::Clock& clock)
    : endpoints_(std::move(endpoints)), limits_(limits), clock_(clock) {}

std::vector<Endpoint*> EndpointPool::candidates(const Need& need) const {
    const Instant now = clock_.now();
    bool known_somewhere = false;
    for (const auto& endpoint : endpoints_)
        known_somewhere |=
            need.block && endpoint->health().usable(now) && endpoint->health().head() >= need.block;
    const auto rank = [&](const Endpoint& endpoint) {
        const EndpointHealth& health = endpoint.health();
        const bool lacks = known_somewhere && health.head() && *health.head() < *need.block;
        const bool busy_identifying = health.needs_identity() && endpoint.identifying;
        return (lacks ? 4 : 0) + (busy_identifying ? 2 : 0) + (health.good(now) ? 0 : 1);
    };
    std::vector<Endpoint*> usable;
    for (const auto& endpoint : endpoints_)
        if (endpoint->health().usable(now)) usable.push_back(endpoint.get());
    for (const auto& endpoint : endpoints_)
        if (usable.size() < need.endpoints && !endpoint->health().usable(now) &&
            now >= endpoint->health().probe_at())
            usable.push_back(endpoint.get());
    std::stable_sort(usable.begin(), usable.end(),
                     [&](auto* a, auto* b) { return rank(*a) < rank(*b); });
    return usable;
}

Deadline EndpointPool::share(const Endpoint& endpoint, Deadline by, std::size_t others) const {
    const Deadline attempt = by.at_most(clock_, limits_.call_timeout);
    if (others == 0) return attempt;
    const Millis known{static_cast<std::int64_t>(kSlowFactor * endpoint.health().latency_ms())};
    const Deadline patient = attempt.at_most(clock_, std::max(kPatience, known));
    return {std::min(patient.at, clock_.now() + by.left(clock_) / 2)};
}

Task<Result<void>> EndpointPool::admit(Endpoint& endpoint, Deadline by) {
    if (!endpoint.health().needs_identity()) co_return Result<void>();
    struct Identifying {  // also ends when this task is cancelled
        explicit Identifying(Endpoint& of) : endpoint(of), outer(of.identifying) {
            endpoint.identifying = true;
        }
        Identifying(const Identifying&) = delete;
        ~Identifying() { endpoint.identifying = outer; }
        Endpoint& endpoint;
        bool outer;
    };
    const bool returning = !endpoint.health().last_error().empty();
    const Identifying mark(endpoint);
    auto identified = co_await endpoint.identify(by.at_most(clock_, limits_.connect_timeout));
    if (identified && returning)
        telemetry::log(telemetry::LogLevel::info, "rpc endpoint is back",
                       {{"endpoint", endpoint.name()}});
    co_return std::move(identified);
}

void EndpointPool::settle(Endpoint& endpoint, const Error& error, Instant began) {
    const Instant now = clock_.now();
    EndpointHealth& health = endpoint.health();
    const bool wrong_chain = error.code() == Errc::refused && !health.usable(now);
    const bool unfair = error.code() == Errc::timed_out && now - began < kFairAttempt;
    if (!could_not_answer(error.code())) return health.succeeded(now);
    const bool known_already = !health.usable(now) && now < health.probe_at();
    if (!wrong_chain && (unfair || known_already)) return;
    if (!wrong_chain) health.failed(now, error, endpoint.chance());
    telemetry::log(
        wrong_chain ? telemetry::LogLevel::error : telemetry::LogLevel::warn, "rpc endpoint failed",
        {{"endpoint", endpoint.name()},
         {"error", error},
         {"pause_ms", std::chrono::duration_cast<Millis>(health.paused_until() - now).count()}});
}

Task<bool> EndpointPool::wait_for_any(Deadline by, std::size_t endpoints) {
    if (endpoints_.size() < endpoints) co_return false;
    std::vector<Instant> from;
    for (const auto& endpoint : endpoints_) from.push_back(endpoint->health().probe_at());
    std::sort(from.begin(), from.end());
    const Instant first = std::max(from[endpoints - 1], clock_.now() + kBetweenRounds);
    if (first >= by.at) co_return false;
    co_await clock_.sleep_until(first);
    co_return true;
}

void EndpointPool::disagrees(Endpoint& endpoint, std::string_view about) {
    endpoint.health().disagreed(clock_.now());
    telemetry::log(telemetry::LogLevel::warn, "rpc endpoint disagrees with the others",
                   {{"endpoint", endpoint.name()}, {"about", about}});
}

void EndpointPool::Failures::add(Error error) {
    auto& kept = could_not_answer(error.code()) ? failed : answered;
    if (!kept) kept = std::move(error);
}

Error EndpointPool::verdict(const Failures& failures) const {
    if (failures.answered) return *failures.answered;
    if (failures.failed) return *failures.failed;
    std::string why = "no endpoint can be used now";
    for (const auto& endpoint : endpoints_)
        if (!endpoint->health().last_error().empty())
            why += "; " + endpoint->name() + ": " + endpoint->health().last_error();
    return {Errc::unavailable, why};
}

std::vector<EndpointStatus> EndpointPool::status() const {
    const Instant now = clock_.now();
    std::vector<EndpointStatus> all;
    for (const auto& endpoint : endpoints_) {
        const EndpointHealth& health = endpoint->health();
        EndpointStatus status;
        status.name = endpoint->name();
        status.healthy = health.healthy(now);
        status.head = health.head();
        status.latency_ms = health.latency_ms();
        status.error_rate = health.error_rate(now);
        all.push_back(std::move(status));
    }
    return all;
}

}  // namespace custodialbridge::rpc

#include "desk.hpp"

#include "custodialbridge/core/limits.hpp"

namespace custodialbridge::api {
namespace {

constexpr Rate kRealtimeRate{limits::kRealtimeQueriesPerSecond, limits::kRealtimeQueriesBurst};

telemetry::Counter& limited(telemetry::Registry& metrics, const char* limit) {
    return metrics.counter("api_limited_total", "Requests refused because a key's budget was spent",
                           {{"limit", limit}});
}

Checked<void> refused_for(std::chrono::nanoseconds wait, std::string detail) {
    Problem problem(problems::kRateLimited, std::move(detail));
    problem.retry_after = static_cast<std::uint64_t>(std::chrono::ceil<Seconds>(wait).count());
    return problem;
}

}  // namespace

Desk::Desk(const Services& services, ledger::BalanceReader& reader, const PolicyBoard& board,
           ApiMetrics& metrics, std::size_t thread, const std::atomic<bool>& draining)
    : services_(services),
      reader_(reader),
      board_(board),
      metrics_(metrics),
      tally_(metrics.tally(thread)),
      limited_requests_(limited(services.metrics, "requests")),
      limited_realtime_(limited(services.metrics, "realtime")),
      draining_(draining),
      policy_(board.current()) {
    now();
    refresh_date();
}

Checked<void> Desk::spend_request(const Caller& caller) {
    const Policy& now_in_force = policy();
    if (now_in_force.request_rate.per_second <= 0 || caller.policy != now_in_force.generation)
        return {};
    Budget& budget = now_in_force.budgets[caller.budget]->requests;
    const auto wait = budget.take(now_in_force.request_rate, 1, recent_);
    if (wait.count() == 0) return {};
    limited_requests_.add();
    return refused_for(wait, "the key's requests are used up for now");
}

/// Without keys nobody's plan is shared: whoever reaches the server runs it.
Checked<void> Desk::spend_realtime(const Caller& caller, std::size_t queries) {
    const Policy& now_in_force = policy();
    if (queries == 0 || !now_in_force.settings.keys_required ||
        caller.policy != now_in_force.generation)
        return {};
    Budget& budget = now_in_force.budgets[caller.budget]->realtime;
    const auto wait = budget.take(kRealtimeRate, static_cast<double>(queries), recent_);
    if (wait.count() == 0) return {};
    limited_realtime_.add();
    return refused_for(wait, "the key's realtime queries are used up for now");
}

void Desk::count(std::size_t route, unsigned status, Instant since) {
    tally_.count(route, status);
    metrics_.seconds(route).observe(std::chrono::duration<double>(now() - since).count());
}

}  // namespace custodialbridge::api

#include "api_metrics.hpp"

#include <mutex>

namespace custodialbridge::api {

struct ApiMetrics::Totals {
    Totals(telemetry::Registry& into, std::vector<std::string> names, std::size_t threads)
        : registry(into), labels(std::move(names)), told(labels.size()) {
        for (std::size_t i = 0; i < threads; ++i)
            tallies.push_back(std::make_unique<RequestTally>(labels.size()));
    }

    void tell() {
        const std::lock_guard lock(mutex);  // two may render at once
        for (std::size_t route = 0; route < labels.size(); ++route)
            for (std::size_t status = 0; status < kStatuses.size(); ++status) tell(route, status);
    }

    void tell(std::size_t route, std::size_t status) {
        std::uint64_t total = 0;
        for (const auto& tally : tallies) total += tally->counted(route, status);
        std::uint64_t& before = told[route][status];
        if (total == before) return;
        registry
            .counter("api_requests_total", "HTTP requests answered",
                     {{"route", labels[route]}, {"status", std::to_string(kStatuses[status])}})
            .add(static_cast<double>(total - before));
        before = total;
    }

    telemetry::Registry& registry;
    std::vector<std::string> labels;
    std::vector<std::unique_ptr<RequestTally>> tallies;
    std::mutex mutex;
    std::vector<std::array<std::uint64_t, kStatuses.size()>> told;
};

ApiMetrics::ApiMetrics(telemetry::Registry& registry, std::vector<std::string> labels,
                       std::size_t threads)
    : totals_(std::make_shared<Totals>(registry, std::move(labels), threads)) {
    for (const auto& label : totals_->labels)
        seconds_.push_back(&registry.histogram("api_request_seconds",
                                               "Time from a whole request to its answer",
                                               telemetry::latency_bounds(), {{"route", label}}));
    registry.before_rendering([totals = totals_] { totals->tell(); });
}

RequestTally& ApiMetrics::tally(std::size_t thread) { return *totals_->tallies[thread]; }

}  // namespace custodialbridge::api

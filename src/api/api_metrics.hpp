/// api_requests_total and api_request_seconds, counted without sharing anything hot between
/// threads.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "custodialbridge/telemetry/registry.hpp"

namespace custodialbridge::api {

/// The statuses that we answer with, the most frequent first.
inline constexpr std::array<unsigned, 18> kStatuses{200, 304, 404, 429, 503, 400, 201, 204, 401,
                                                    403, 405, 408, 409, 413, 415, 417, 431, 500};

/// One thread's counts: written by it alone, read when metrics are rendered.
class RequestTally {
  public:
    explicit RequestTally(std::size_t routes) : counts_(routes) {}

    void count(std::size_t route, unsigned status) {
        auto& cell = counts_[route][index_of(status)];
        cell.store(cell.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    std::uint64_t counted(std::size_t route, std::size_t status_index) const {
        return counts_[route][status_index].load(std::memory_order_relaxed);
    }

  private:
    static std::size_t index_of(unsigned status) {
        for (std::size_t i = 0; i < kStatuses.size(); ++i)
            if (kStatuses[i] == status) return i;
        return kStatuses.size() - 1;
    }

    std::vector<std::array<std::atomic<std::uint64_t>, kStatuses.size()>> counts_;
};

/// The metrics of a server. The registry keeps what it needs of it for later renderings.
class ApiMetrics {
  public:
    /// `labels`: of the routes, by number; routes may share one.
    ApiMetrics(telemetry::Registry& registry, std::vector<std::string> labels, std::size_t threads);

    RequestTally& tally(std::size_t thread);
    telemetry::Histogram& seconds(std::size_t route) { return *seconds_[route]; }

  private:
    struct Totals;

    std::shared_ptr<Totals> totals_;
    std::vector<telemetry::Histogram*> seconds_;
};

}  // namespace custodialbridge::api

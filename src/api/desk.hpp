/// Desk: what one API thread works with. Call: one request on it.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "answer.hpp"
#include "api_metrics.hpp"
#include "auth.hpp"
#include "custodialbridge/api/http_server.hpp"
#include "request.hpp"
#include "target.hpp"

namespace custodialbridge::api {

/// Used by its thread alone, but for what says otherwise.
class Desk {
  public:
    Desk(const Services& services, ledger::BalanceReader& reader, const PolicyBoard& board,
         ApiMetrics& metrics, std::size_t thread, const std::atomic<bool>& draining);

    const Services& services() const { return services_; }
    ledger::BalanceReader& reader() { return reader_; }

    /// In force now; looked up anew for every request.
    const Policy& policy() {
        if (policy_->generation != board_.generation()) policy_ = board_.current();
        return *policy_;
    }
    const Settings& settings() { return policy().settings; }

    /// Takes a request, or some realtime queries, from the caller's budget; 429 when it is spent.
    /// Whoever was admitted under an earlier policy has them for nothing.
    Checked<void> spend_request(const Caller& caller);
    Checked<void> spend_realtime(const Caller& caller, std::size_t queries);

    bool draining() const { return draining_.load(std::memory_order_relaxed); }

    /// The time, and what it was when last asked.
    Instant now() { return recent_ = services_.clock.now(); }
    Instant recent() const { return recent_; }

    /// The Date header's line, as of the last `refresh_date`.
    std::string_view date() const { return date_; }
    void refresh_date() { date_ = date_line(services_.clock.wall()); }

    /// Counts an answer; `route` is a number of the route table.
    void count(std::size_t route, unsigned status, Instant since);

    /// For the answer at hand; nothing in them lasts.
    ledger::BalanceView view;
    std::string scratch;

  private:
    const Services& services_;
    ledger::BalanceReader& reader_;
    const PolicyBoard& board_;
    ApiMetrics& metrics_;
    RequestTally& tally_;
    telemetry::Counter& limited_requests_;
    telemetry::Counter& limited_realtime_;
    const std::atomic<bool>& draining_;
    std::shared_ptr<const Policy> policy_;
    Instant recent_;
    std::string date_;
};

/// Lives until it is answered.
struct Call {
    Request request;
    Target target;
    /// What stands for the {…} of the route's pattern.
    std::array<std::string_view, 4> parameters{};
    runtime::Deadline by;
    Caller caller;  ///< who asks, where the route has a scope

    Query query() const { return Query(target); }
};

using Outcome = Checked<Answer>;

}  // namespace custodialbridge::api

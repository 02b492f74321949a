/// EndpointPool: one question, asked of one endpoint after another until one answers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "custodialbridge/rpc/rpc_client.hpp"
#include "endpoint.hpp"

namespace custodialbridge::rpc {

/// What an endpoint must have to be asked, and which errors end the search.
struct Need {
    std::optional<BlockNumber> block;  ///< endpoints known to lack it come last
    bool stop_when_limited = false;    ///< `limited` goes to the caller, who will ask for less
};

/// Endpoints in order of preference. One that fails is paused (doubling, jittered) and asked for
/// its chain id before it is used again; the first choice returns as soon as that succeeds. One on
/// another chain is left out. Lives on one loop.
class EndpointPool {
  public:
    template <class T>
    using Operation = std::function<Task<Result<T>>(Endpoint&, Deadline)>;

    struct Limits {
        Millis call_timeout;     ///< for one attempt
        Millis connect_timeout;  ///< for the identification of an endpoint
    };

    EndpointPool(std::vector<std::unique_ptr<Endpoint>> endpoints, Limits limits,
                 runtime::Clock& clock);

    /// The first success. An error leads to the next endpoint. When none is left and none of them
    /// answered
    /// (`unavailable`, `timed_out`, `refused`), there is another round as long as there is time;
    /// when some answered with an error, it is the first of those. `operation` must only start a
    /// coroutine.
    template <class T>
    Task<Result<T>> run(Need need, Operation<T> operation, Deadline by);

    std::vector<EndpointStatus> status() const;
    const std::vector<std::unique_ptr<Endpoint>>& endpoints() const { return endpoints_; }

    /// Those that may be used now, the best first.
    std::vector<Endpoint*> candidates(const Need& need) const;

    /// Makes sure of the endpoint's chain.
    Task<Result<void>> admit(Endpoint& endpoint, Deadline by);

    /// Part of what is left for an attempt with `endpoint`. With `others` to ask, one that stalls
    /// is not waited for much longer than it is known to take.
    Deadline share(const Endpoint& endpoint, Deadline by, std::size_t others) const;

  private:
    /// What went wrong so far.
    struct Failures {
        std::optional<Error> answered;  // an endpoint answered with this error
        std::optional<Error> failed;    // an endpoint could not answer
        void add(Error error);
    };

    void settle(Endpoint& endpoint, const Error& error, Instant began);
    Task<bool> wait_for_any(Deadline by);
    Error verdict(const Failures& failures) const;

    /// A caller is told that no endpoint can be used rather than kept longer than this.
    static constexpr Millis kWaitForAnyMax{3'000};

    std::vector<std::unique_ptr<Endpoint>> endpoints_;
    Limits limits_;
    runtime::Clock& clock_;
};

template <class T>
Task<Result<T>> EndpointPool::run(Need need, Operation<T> operation, Deadline by) {
    Failures failures;
    const Deadline waiting = by.at_most(clock_, kWaitForAnyMax);
    do {
        const std::vector<Endpoint*> round = candidates(need);
        for (std::size_t i = 0; i < round.size() && !by.passed(clock_); ++i) {
            Endpoint& endpoint = *round[i];
            const Deadline attempt = share(endpoint, by, round.size() - i - 1);
            const Instant began = clock_.now();
            auto admitted = co_await admit(endpoint, attempt);
            if (!admitted) {
                settle(endpoint, admitted.error(), began);
                failures.add(admitted.error());
                continue;
            }
            auto result = co_await operation(endpoint, attempt);
            if (result) {
                endpoint.health().succeeded(clock_.now());
                co_return std::move(result);
            }
            settle(endpoint, result.error(), began);
            if (need.stop_when_limited && result.error().code() == Errc::limited)
                co_return result.error();
            failures.add(result.error());
        }
        if (failures.answered) break;
    } while (co_await wait_for_any(waiting));
    co_return verdict(failures);
}

}  // namespace custodialbridge::rpc

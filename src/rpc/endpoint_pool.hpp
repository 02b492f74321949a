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
    std::size_t endpoints = 1;         ///< so many are wanted
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

    /// What one endpoint says, once its chain is known; what that tells of its health is noted.
    template <class T>
    Task<Result<T>> attempt(Endpoint& endpoint, const Operation<T>& operation, Deadline by);

    /// Sleeps until so many endpoints may be tried; false when that is not before `by`.
    Task<bool> wait_for_any(Deadline by, std::size_t endpoints);

    /// It answers otherwise than those that a quorum believes.
    void disagrees(Endpoint& endpoint, std::string_view about);

    /// A caller is told that no endpoint can be used rather than kept longer than this.
    static constexpr Millis kWaitForAnyMax{3'000};

    /// Whether an error is no answer to the question.
    static bool could_not_answer(Errc code);

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
    Error verdict(const Failures& failures) const;

    std::vector<std::unique_ptr<Endpoint>> endpoints_;
    Limits limits_;
    runtime::Clock& clock_;
};

template <class T>
Task<Result<T>> EndpointPool::attempt(Endpoint& endpoint, const Operation<T>& operation,
                                      Deadline by) {
    const Instant began = clock_.now();
    auto admitted = co_await admit(endpoint, by);
    if (!admitted) {
        settle(endpoint, admitted.error(), began);
        co_return admitted.error();
    }
    auto result = co_await operation(endpoint, by);
    if (result)
        endpoint.health().succeeded(clock_.now());
    else
        settle(endpoint, result.error(), began);
    co_return std::move(result);
}

template <class T>
Task<Result<T>> EndpointPool::run(Need need, Operation<T> operation, Deadline by) {
    Failures failures;
    const Deadline waiting = by.at_most(clock_, kWaitForAnyMax);
    do {
        const std::vector<Endpoint*> round = candidates(need);
        for (std::size_t i = 0; i < round.size() && !by.passed(clock_); ++i) {
            const Deadline part = share(*round[i], by, round.size() - i - 1);
            auto result = co_await attempt(*round[i], operation, part);
            if (result) co_return std::move(result);
            if (need.stop_when_limited && result.error().code() == Errc::limited)
                co_return result.error();
            failures.add(result.error());
        }
        if (failures.answered) break;
    } while (co_await wait_for_any(waiting, need.endpoints));
    co_return verdict(failures);
}

}  // namespace custodialbridge::rpc

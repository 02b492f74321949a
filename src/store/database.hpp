/// Database: runs a function with a session, on a thread that may block.
#pragma once

#include <type_traits>
#include <utility>

#include "connection_pool.hpp"
#include "custodialbridge/runtime/blocking_pool.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::store {

using runtime::Task;

class Database {
  public:
    Database(Settings settings, runtime::BlockingPool& threads, runtime::Clock& clock)
        : threads_(threads), clock_(clock), connections_(std::move(settings), clock) {}

    runtime::BlockingPool& threads() { return threads_; }
    runtime::Clock& clock() { return clock_; }
    const Settings& settings() const { return connections_.settings(); }

    void end_by(Deadline by) { connections_.end_by(by); }

    /// For sessions that are not the pool's.
    const std::atomic<Instant>* latest() const { return &connections_.latest(); }

    /// `work(Connection&)` returns some Result<T>; it and what it captured live until it has
    /// returned.
    template <class Work>
    auto run(Deadline by, Work work) -> Task<std::invoke_result_t<Work&, Connection&>> {
        using Outcome = std::invoke_result_t<Work&, Connection&>;
        auto call = [this, by, work = std::move(work)]() mutable -> Outcome {
            auto session = connections_.acquire(by);
            if (!session) return session.error();
            return work(**session);
        };
        co_return co_await threads_.run(std::move(call));
    }

    /// The same for work that changes nothing: over a session that turns out to be gone (the server
    /// was restarted meanwhile) it is done once more.
    template <class Work>
    auto read(Deadline by, Work work) -> Task<std::invoke_result_t<Work&, Connection&>> {
        auto outcome = co_await run(by, work);
        const bool lost = !outcome && outcome.error().code() == Errc::unavailable;
        if (lost && !by.passed(clock_)) outcome = co_await run(by, std::move(work));
        co_return std::move(outcome);
    }

  private:
    runtime::BlockingPool& threads_;
    runtime::Clock& clock_;
    ConnectionPool connections_;
};

}  // namespace custodialbridge::store

/// A bounded pool of threads for calls that block (libpq). Nothing blocks a loop.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::runtime {

class BlockingPool {
  public:
    /// `name` appears in errors. At most `queue_max` calls wait for a thread.
    BlockingPool(std::string name, std::size_t threads, std::size_t queue_max);
    ~BlockingPool();  ///< finishes what runs, drops what waits, joins
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;

    /// Runs `call()` (returning some Result<T>) on a pool thread and resumes the awaiting task on
    /// its own executor. `unavailable` when the queue is full. The call itself must keep its
    /// deadline: it is not interrupted by cancellation; the awaiting task always waits for it, so
    /// references stay good. The task's loop must outlive the pool.
    template <class Call>
    auto run(Call call) -> Task<std::invoke_result_t<Call&>> {
        using Outcome = std::invoke_result_t<Call&>;
        std::optional<Outcome> outcome;
        // A named local with nothing but references: GCC 12 destroys temporaries of a co_await
        // twice.
        auto initiate = [this, &outcome, &call](auto handler) {
            start(std::move(handler), outcome, call);
        };
        const bool queued =
            co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(bool)>(
                initiate, boost::asio::use_awaitable);
        if (!queued) co_return Error(Errc::unavailable, name_ + ": too many calls waiting");
        co_return std::move(*outcome);
    }

    /// How many calls it has taken so far. Any thread.
    std::uint64_t calls() const;

  private:
    struct Impl;

    template <class Handler, class Outcome, class Call>
    void start(Handler handler, std::optional<Outcome>& outcome, Call& call) {
        auto executor = boost::asio::get_associated_executor(handler);
        auto shared = std::make_shared<Handler>(std::move(handler));
        auto work = boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked);
        auto done = [shared, work](bool queued) {
            boost::asio::post(work, [shared, queued] { std::move (*shared)(queued); });
        };
        if (!submit([&outcome, &call, done] {
                outcome.emplace(call());
                done(true);
            }))
            done(false);
    }

    bool submit(std::function<void()> job);

    std::string name_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace custodialbridge::runtime

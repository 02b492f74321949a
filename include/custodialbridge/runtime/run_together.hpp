/// Every task has a parent: run_together is the parent of long-running parts; on() crosses loops.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <vector>

#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::runtime {

/// Runs all parts on the caller's executor; the first to end (or throw) cancels the rest, all are
/// awaited, and the first exception that is not a cancellation is thrown on.
Task<void> run_together(std::vector<Task<void>> parts);

/// The same, but to the end of all parts; only one that throws cancels the rest.
Task<void> run_all(std::vector<Task<void>> parts);

/// Runs `task` on another loop and resumes here with its value. Cancelling is passed on to that
/// loop.
template <class T>
Task<T> on(Executor executor, Task<T> task) {
    co_return co_await boost::asio::co_spawn(executor, std::move(task), boost::asio::use_awaitable);
}

}  // namespace custodialbridge::runtime

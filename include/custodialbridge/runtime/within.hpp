/// within: a task's result, or `timed_out` at the deadline; then the task is cancelled and awaited.
#pragma once

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>
#include <variant>

#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::runtime {

/// `what` names the work in the error. `task` must answer cancellation, as every Asio operation does.
template <class T>
Task<Result<T>> within(Clock& clock, Deadline by, std::string_view what, Task<Result<T>> task) {
    using boost::asio::experimental::awaitable_operators::operator||;
    if (by.passed(clock)) co_return Error(Errc::timed_out, std::string(what) + ": no time left");
    auto outcome = co_await (std::move(task) || clock.sleep_until(by.at));
    if (outcome.index() == 0) co_return std::get<0>(std::move(outcome));
    co_return Error(Errc::timed_out, std::string(what) + ": no answer in time");
}

}  // namespace custodialbridge::runtime

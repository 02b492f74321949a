/// within: a task's result, or `timed_out` at the deadline; then the task is cancelled and awaited.
#pragma once

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::runtime {

/// What a task came to; so that `||`, which passes over exceptions, hears of them at once.
template <class T>
struct Ended {
    std::exception_ptr thrown;
    std::optional<Result<T>> result;
};

template <class T>
Task<Ended<T>> end_of(Task<Result<T>> task) {
    Ended<T> ended;
    try {
        ended.result.emplace(co_await std::move(task));
    } catch (...) {
        ended.thrown = std::current_exception();
    }
    co_return ended;
}

/// `what` names the work in the error. `task` must answer cancellation, as every Asio operation
/// does. What it throws is thrown on.
template <class T>
Task<Result<T>> within(Clock& clock, Deadline by, std::string_view what, Task<Result<T>> task) {
    using boost::asio::experimental::awaitable_operators::operator||;
    if (by.passed(clock)) co_return Error(Errc::timed_out, std::string(what) + ": no time left");
    auto outcome = co_await (end_of(std::move(task)) || clock.sleep_until(by.at));
    if (outcome.index() == 1)
        co_return Error(Errc::timed_out, std::string(what) + ": no answer in time");
    Ended<T>& ended = std::get<0>(outcome);
    if (ended.thrown) std::rethrow_exception(ended.thrown);
    co_return std::move(*ended.result);
}

}  // namespace custodialbridge::runtime

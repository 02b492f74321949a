/// Runs a coroutine to its end on a loop of its own, in real time. For what waits for virtual time
/// or for another task, see virtual_loop.hpp.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::testing {

/// What a task came to: a value (nothing for a void task), or an exception.
template <class T>
struct Outcome {
    using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
    std::optional<Value> value;
    std::exception_ptr failure;

    bool done() const { return value.has_value() || failure != nullptr; }

    T take() {
        if (failure) std::rethrow_exception(failure);
        if (!value) throw std::logic_error("the task has not ended");
        if constexpr (!std::is_void_v<T>) return std::move(*value);
    }
};

template <class T>
runtime::Task<void> keep_outcome(runtime::Task<T> task, std::shared_ptr<Outcome<T>> outcome) {
    if constexpr (std::is_void_v<T>) {
        co_await std::move(task);
        outcome->value.emplace();
    } else {
        outcome->value.emplace(co_await std::move(task));
    }
}

/// The task's value, or its exception. A task that waits for nothing is a logic_error.
template <class T>
T run_task(runtime::Task<T> task) {
    boost::asio::io_context loop(1);
    auto outcome = std::make_shared<Outcome<T>>();
    boost::asio::co_spawn(loop, keep_outcome(std::move(task), outcome),
                          [outcome](std::exception_ptr failure) { outcome->failure = failure; });
    loop.run();
    return outcome->take();
}

}  // namespace custodialbridge::testing

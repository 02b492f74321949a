/// Task: a coroutine of ours. It starts when awaited and always has a parent.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace custodialbridge::runtime {

using Executor = boost::asio::any_io_executor;

template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace custodialbridge::runtime

#include "custodialbridge/runtime/run_together.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

namespace custodialbridge::runtime {

namespace {

bool is_cancellation(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
        return error.code() == boost::asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

template <class Until>
Task<void> run_until(Until enough, std::vector<Task<void>> parts) {
    auto executor = co_await boost::asio::this_coro::executor;
    using Spawned = decltype(boost::asio::co_spawn(executor, std::declval<Task<void>>(),
                                                   boost::asio::deferred));
    std::vector<Spawned> spawned;
    spawned.reserve(parts.size());
    for (auto& part : parts)
        spawned.push_back(boost::asio::co_spawn(executor, std::move(part), boost::asio::deferred));
    auto group = boost::asio::experimental::make_parallel_group(std::move(spawned));
    auto [order, failures] =
        co_await group.async_wait(std::move(enough), boost::asio::use_awaitable);
    for (const std::size_t index : order)
        if (failures[index] && !is_cancellation(failures[index]))
            std::rethrow_exception(failures[index]);
}

}  // namespace

Task<void> run_together(std::vector<Task<void>> parts) {
    return run_until(boost::asio::experimental::wait_for_one(), std::move(parts));
}

Task<void> run_all(std::vector<Task<void>> parts) {
    return run_until(boost::asio::experimental::wait_for_one_error(), std::move(parts));
}

}  // namespace custodialbridge::runtime

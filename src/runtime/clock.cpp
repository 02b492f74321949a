#include "custodialbridge/runtime/clock.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace custodialbridge::runtime {

Instant SystemClock::now() const { return {std::chrono::steady_clock::now().time_since_epoch()}; }

Time SystemClock::wall() const {
    return std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now());
}

Task<void> SystemClock::sleep_until(Instant when) {
    const std::chrono::steady_clock::time_point expiry(when.since_start);
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, expiry);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace custodialbridge::runtime

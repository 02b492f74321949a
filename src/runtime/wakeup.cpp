#include "custodialbridge/runtime/wakeup.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace custodialbridge::runtime {

Wakeup::Wakeup(Executor executor) : executor_(executor), signal_(executor) {
    signal_.expires_at(boost::asio::steady_timer::time_point::max());
}

void Wakeup::notify() {
    pending_ = true;
    signal_.cancel();
}

void Wakeup::notify_from_any_thread() {
    boost::asio::post(executor_, [this] { notify(); });
}

Task<void> Wakeup::notified() {
    if (pending_) co_return;
    boost::system::error_code ignored;  // cancelling is how the timer speaks
    co_await signal_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
}

Task<bool> Wakeup::wait_until(Clock& clock, Instant until) {
    using boost::asio::experimental::awaitable_operators::operator||;
    if (!pending_ && clock.now() < until) co_await (notified() || clock.sleep_until(until));
    co_return std::exchange(pending_, false);
}

}  // namespace custodialbridge::runtime

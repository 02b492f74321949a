#include "slots.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace custodialbridge::rpc {

/// Stands in line while it lives. A slot that was granted to it and not taken goes back.
struct Slots::Waiter {
    Waiter(Slots& owner, const runtime::Executor& executor) : slots(owner), signal(executor) {
        signal.expires_at(boost::asio::steady_timer::time_point::max());
        slots.line_.push_back(this);
    }
    Waiter(const Waiter&) = delete;
    ~Waiter() {
        slots.line_.remove(this);
        if (granted) slots.give_back();
    }

    Slots& slots;
    boost::asio::steady_timer signal;  // never expires: cancelling it is the signal
    bool granted = false;
};

runtime::Task<Slots::Lease> Slots::take() {
    if (free_ > 0) {
        --free_;
        co_return Lease(this);
    }
    Waiter waiter(*this, co_await boost::asio::this_coro::executor);
    boost::system::error_code ignored;
    while (!waiter.granted)
        co_await waiter.signal.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    waiter.granted = false;
    co_return Lease(this);
}

void Slots::give_back() {
    if (line_.empty()) {
        ++free_;
        return;
    }
    Waiter* first = line_.front();
    line_.pop_front();
    first->granted = true;
    first->signal.cancel();
}

}  // namespace custodialbridge::rpc

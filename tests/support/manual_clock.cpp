#include "support/manual_clock.hpp"

namespace custodialbridge::testing {

Time ManualClock::wall() const {
    return kStart + std::chrono::duration_cast<Micros>(now().since_start);
}

runtime::Task<void> ManualClock::sleep_until(Instant when) {
    auto executor = co_await boost::asio::this_coro::executor;
    if (when <= now()) {
        co_await boost::asio::post(executor, boost::asio::use_awaitable);
        co_return;
    }
    Sleeper sleeper(executor, *this, when);
    boost::system::error_code woken;
    co_await sleeper.timer.async_wait(
        boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    if (!sleeper.due) throw boost::system::system_error(boost::asio::error::operation_aborted);
}

void ManualClock::advance_to(Instant when) {
    if (when > now()) now_.store(when.since_start.count());
    for (auto& [at, sleeper] : sleepers_) {
        if (at > now()) break;
        sleeper->due = true;
        sleeper->timer.cancel();
    }
}

std::optional<Instant> ManualClock::next_wake() const {
    for (const auto& [at, sleeper] : sleepers_)
        if (!sleeper->due) return at;
    return std::nullopt;
}

}  // namespace custodialbridge::testing

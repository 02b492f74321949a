/// A clock that stands still until a test moves it; its sleepers wake when it passes their time.
#pragma once

#include <atomic>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <map>
#include <optional>

#include "custodialbridge/runtime/clock.hpp"

namespace custodialbridge::testing {

/// `now` and `wall` from any thread; everything else from the sleepers' one loop.
class ManualClock final : public runtime::Clock {
  public:
    ManualClock() = default;
    ManualClock(const ManualClock&) = delete;
    ManualClock& operator=(const ManualClock&) = delete;

    /// 2024-01-15T10:30:00Z at the start.
    static constexpr Time kStart{Micros{1'705'314'600'000'000}};

    Instant now() const override { return Instant{std::chrono::nanoseconds(now_.load())}; }

    Time wall() const override;

    runtime::Task<void> sleep_until(Instant when) override;

    /// Moves time; the sleepers whose time has come wake when their loop runs.
    void advance_to(Instant when);

    void advance(std::chrono::nanoseconds by) { advance_to(now() + by); }

    /// When the first sleeper that is not yet woken wants to be; nothing when nobody sleeps.
    std::optional<Instant> next_wake() const;

    std::size_t sleepers() const { return sleepers_.size(); }

  private:
    struct Sleeper {
        Sleeper(runtime::Executor executor, ManualClock& owner, Instant when)
            : timer(executor, boost::asio::steady_timer::time_point::max()),
              clock(owner),
              place(owner.sleepers_.emplace(when, this)) {}
        ~Sleeper() { clock.sleepers_.erase(place); }
        Sleeper(const Sleeper&) = delete;
        Sleeper& operator=(const Sleeper&) = delete;

        boost::asio::steady_timer timer;  // never expires: cancelling it is the signal
        bool due = false;
        ManualClock& clock;
        std::multimap<Instant, Sleeper*>::iterator place;
    };

    std::atomic<std::int64_t> now_{std::chrono::nanoseconds(std::chrono::hours(1)).count()};
    std::multimap<Instant, Sleeper*> sleepers_;
};

}  // namespace custodialbridge::testing

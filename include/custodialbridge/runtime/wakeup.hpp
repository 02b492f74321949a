/// Wakeup: "look again", remembered until somebody looks. Many notices before a look are one.
#pragma once

#include <boost/asio/steady_timer.hpp>

#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::runtime {

/// Lives on one loop; call everything from there, but `notify_from_any_thread`. One waiter at a
/// time.
class Wakeup {
  public:
    explicit Wakeup(Executor executor);

    void notify();

    /// Posts a `notify` to the loop; the Wakeup must outlive the loop's queue.
    void notify_from_any_thread();

    /// Returns at the next notice (at once when one is waiting) or at `until`; true when noticed.
    Task<bool> wait_until(Clock& clock, Instant until);

  private:
    Task<void> notified();

    Executor executor_;
    boost::asio::steady_timer signal_;  // never expires: cancelling it is the signal
    bool pending_ = false;
};

}  // namespace custodialbridge::runtime

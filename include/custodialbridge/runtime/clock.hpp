/// Time is a parameter: tasks see it only through a Clock, which also sleeps.
#pragma once

#include "custodialbridge/core/time.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::runtime {

class Clock {
  public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;  ///< monotonic; any thread
    virtual Time wall() const = 0;    ///< UTC; any thread

    /// Returns at `when` or, by exception, when the awaiting task is cancelled.
    virtual Task<void> sleep_until(Instant when) = 0;
};

/// The machine's clocks. Stateless; one for the whole process.
class SystemClock final : public Clock {
  public:
    Instant now() const override;
    Time wall() const override;
    Task<void> sleep_until(Instant when) override;
};

}  // namespace custodialbridge::runtime

/// keep_converging: the one loop of every background task. It owns back-off, jitter and wake-ups;
/// the task is only its `converge`: observe, decide, apply, and say what to do next.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/runtime/random.hpp"
#include "custodialbridge/runtime/task.hpp"
#include "custodialbridge/runtime/wakeup.hpp"

namespace custodialbridge::runtime {

enum class Progress : std::uint8_t {
    more,       ///< there is more to do: call again at once
    caught_up,  ///< wait for a wake-up or the idle period
    stopped     ///< nothing to look for: wait for a wake-up only
};

class Converging {
  public:
    virtual ~Converging() = default;
    virtual std::string_view name() const = 0;
    virtual Task<Result<Progress>> converge() = 0;

    /// The idle period from now on, for a task whose pace changes while it runs; none: the one that
    /// the loop was started with.
    virtual std::optional<Millis> idle() const { return std::nullopt; }

    /// Called after each failure with its count in a row and the pause before the next try.
    virtual void failed(const Error& error, unsigned in_a_row, Millis pause) = 0;
};

struct ConvergePace {
    Millis idle{1'000};          ///< between looks when caught up and nobody wakes us
    Millis retry_first{250};     ///< after the first failure; doubles
    Millis retry_cap{30'000};
};

/// Runs until cancelled. Errors never end it: they are backed off (doubling, capped, jittered by
/// ±25 %).
Task<void> keep_converging(Converging& task, Wakeup& wakeup, Clock& clock, Random& random,
                           ConvergePace pace);

}  // namespace custodialbridge::runtime

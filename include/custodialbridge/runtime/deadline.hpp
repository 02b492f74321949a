/// A deadline travels with the call; each layer may only shorten it.
#pragma once

#include <algorithm>

#include "custodialbridge/core/time.hpp"
#include "custodialbridge/runtime/clock.hpp"

namespace custodialbridge::runtime {

struct Deadline {
    Instant at;

    static Deadline after(const Clock& clock, Millis duration) { return {clock.now() + duration}; }

    bool passed(const Clock& clock) const { return clock.now() >= at; }

    /// What is left; never negative.
    std::chrono::nanoseconds left(const Clock& clock) const {
        return std::max(at - clock.now(), std::chrono::nanoseconds::zero());
    }

    /// This deadline or `duration` from now, whichever comes first.
    Deadline at_most(const Clock& clock, Millis duration) const {
        return {std::min(at, clock.now() + duration)};
    }
};

}  // namespace custodialbridge::runtime

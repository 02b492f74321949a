/// How often balances are polled, and how the work is spread over the time. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "custodialbridge/core/time.hpp"

namespace custodialbridge::rules {

/// A balance is due again after `interval`, and may be read a little earlier, so that what was read
/// in a burst comes round evenly.
struct PollPace {
    Millis interval;

    /// Tried before this: as old as the interval allows.
    Time overdue(Time now) const { return now - interval; }

    /// Tried before this: may be read early.
    Time early(Time now) const { return now - interval / 5; }

    /// How many balances are due in `elapsed` if `users` are to come round in the time that is left
    /// of the interval then. A fraction: the caller gathers them.
    double share(std::uint64_t users, Millis elapsed) const;

    /// A balance that could not be read `failures` times in a row counts as tried then, so that it
    /// may be read again after a pause that doubles up to the interval's half.
    Time missed(Time now, unsigned failures) const;
};

/// How many balances that are not overdue yet are read now, of the share that was `gathered` and of
/// which the overdue ones take theirs first.
std::size_t early_polls(double gathered, std::size_t overdue);

}  // namespace custodialbridge::rules

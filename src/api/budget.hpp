/// Budget: how many requests a caller may still make.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "custodialbridge/core/time.hpp"

namespace custodialbridge::api {

/// So many for good, and at most so many at once.
struct Rate {
    double per_second = 0;  ///< 0: as many as they like
    double burst = 1;
};

/// Shared by all API threads without a lock: its whole state is when it is full again. (A token
/// bucket told by time, known from ATM networks as the generic cell rate algorithm.)
class alignas(64) Budget {
  public:
    /// Takes `cost` of it; or nothing, and tells how long until there would be enough. Zero: taken.
    std::chrono::nanoseconds take(const Rate& rate, double cost, Instant now);

  private:
    std::atomic<std::int64_t> full_at_{0};
};

}  // namespace custodialbridge::api

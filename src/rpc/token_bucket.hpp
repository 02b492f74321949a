/// TokenBucket: our own limit on requests a second.
#pragma once

#include <algorithm>

#include "custodialbridge/core/time.hpp"

namespace custodialbridge::rpc {

/// Bursts of up to one second's worth. A batch larger than that may go into debt, which later calls
/// wait off.
class TokenBucket {
  public:
    explicit TokenBucket(double per_second)
        : per_second_(per_second), burst_(std::max(1.0, per_second)), tokens_(burst_) {}

    /// When `calls` may be sent; `now` or earlier: at once.
    Instant ready_at(Instant now, double calls) {
        if (per_second_ <= 0) return now;
        refill(now);
        const double missing = std::min(calls, burst_) - tokens_;
        if (missing <= 0) return now;
        return now +
               std::chrono::duration_cast<std::chrono::nanoseconds>(
                   std::chrono::duration<double>(missing / per_second_)) +
               std::chrono::nanoseconds(1);
    }

    void take(double calls) {
        if (per_second_ > 0) tokens_ -= calls;
    }

  private:
    void refill(Instant now) {
        const std::chrono::duration<double> passed = now - refilled_;
        if (refilled_ != Instant{})
            tokens_ = std::min(burst_, tokens_ + passed.count() * per_second_);
        refilled_ = now;
    }

    double per_second_;
    double burst_;
    double tokens_;
    Instant refilled_{};
};

}  // namespace custodialbridge::rpc

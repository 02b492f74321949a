/// TokenBucket: how many requests a second an endpoint is sent.
#pragma once

#include <algorithm>
#include <cmath>

#include "custodialbridge/core/time.hpp"

namespace custodialbridge::rpc {

/// Bursts of up to one second's worth. A batch larger than that may go into debt, which later calls
/// wait off.
///
/// The rate is at most what is configured (0: any). When the endpoint says that it was too much it
/// is halved, and comes back by as much again in half a minute; without a configured one the limit
/// is gone once it has grown to a multiple of the rate that was too much.
class TokenBucket {
  public:
    static constexpr double kSlowest = 2;      ///< calls a second
    static constexpr double kRegrowth = 30;    ///< seconds to grow by the rate it was lowered to
    static constexpr double kForgetting = 4;   ///< times what was too much: then there is no limit
    static constexpr Millis kOneBurst{1'000};  ///< refusals of one burst count once

    explicit TokenBucket(double per_second)
        : configured_(per_second), rate_(per_second), tokens_(burst()) {}

    /// Calls a second; 0: any number.
    double rate() const { return rate_; }

    /// When `calls` may be sent; `now` or earlier: at once.
    Instant ready_at(Instant now, double calls) {
        refill(now);
        if (rate_ <= 0) return now;
        const double missing = std::min(calls, burst()) - tokens_;
        if (missing <= 0) return now;
        return now +
               std::chrono::duration_cast<std::chrono::nanoseconds>(
                   std::chrono::duration<double>(missing / rate_)) +
               std::chrono::nanoseconds(1);
    }

    void take(double calls) {
        recent_ += calls;
        if (rate_ > 0) tokens_ -= calls;
    }

    /// The endpoint refused something because it was too much.
    void refused(Instant now) {
        refill(now);
        if (lowered_ != Instant{} && now - lowered_ < kOneBurst) return;
        lowered_ = now;
        too_much_ = rate_ > 0 ? rate_ : std::max(recent_, 2 * kSlowest);
        lowered_to_ = std::max(std::min(kSlowest, too_much_), too_much_ / 2);
        rate_ = lowered_to_;
        tokens_ = std::min(tokens_, 0.0);
    }

  private:
    double burst() const { return std::max(1.0, rate_); }

    void refill(Instant now) {
        const double passed = std::chrono::duration<double>(now - refilled_).count();
        if (refilled_ != Instant{}) {
            recent_ *= std::exp2(-passed);
            regrow(passed);
            tokens_ = std::min(burst(), tokens_ + passed * rate_);
        }
        refilled_ = now;
    }

    void regrow(double seconds) {
        if (lowered_to_ <= 0) return;
        rate_ += lowered_to_ / kRegrowth * seconds;
        const bool is_back = configured_ > 0 ? rate_ >= configured_
                                             : rate_ >= kForgetting * too_much_;
        if (!is_back) return;
        rate_ = configured_;
        lowered_to_ = 0;
    }

    double configured_;
    double rate_;
    double tokens_;
    double recent_ = 0;      // calls, each counted half after a second
    double too_much_ = 0;    // the rate that was refused
    double lowered_to_ = 0;  // 0: not lowered
    Instant lowered_{};
    Instant refilled_{};
};

}  // namespace custodialbridge::rpc

/// EndpointHealth: what recent calls say about an endpoint. Values only; the time is given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "custodialbridge/core/ids.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/time.hpp"

namespace custodialbridge::rpc {

class EndpointHealth {
  public:
    static constexpr Millis kPauseFirst{250};  ///< after the first failure; doubles
    static constexpr Millis kPauseMax{15'000};
    static constexpr Millis kRatePauseFirst{500};
    static constexpr Seconds kRatePauseMax{60};
    static constexpr Seconds kWrongChainPause{300};
    static constexpr Millis kProbeAfter{2'500};         ///< where no endpoint is usable
    static constexpr Seconds kWrongChainProbeAfter{10};
    static constexpr Seconds kScoreHalfLife{30};  ///< old failures are forgotten
    static constexpr double kBadScore = 0.5;

    /// `chance` in [0, 1) jitters the pause by ±25 %.
    void failed(Instant now, const Error& error, double chance);
    void rate_limited(Instant now, std::optional<Seconds> retry_after);
    void fell_behind(Instant now);
    void disagreed(Instant now);  ///< with what others agree on
    void on_wrong_chain(Instant now, Error error);
    void succeeded(Instant now);
    void answered(std::chrono::nanoseconds took);
    void hold_until(Instant when);

    /// The chain id was checked; needed again after each failure.
    void identified();
    bool needs_identity() const { return !identified_; }

    bool usable(Instant now) const { return now >= paused_until_; }
    Instant paused_until() const { return paused_until_; }

    /// Before the pause is over, it may be tried from here on when there is no other.
    Instant probe_at() const { return probe_at_; }
    bool good(Instant now) const { return error_rate(now) < kBadScore; }

    /// Also one that was never asked: nothing is known against it.
    bool healthy(Instant now) const {
        return usable(now) && (identified_ || last_error_.empty());
    }

    /// 0 … 1 over recent calls, fading with time.
    double error_rate(Instant now) const;
    double latency_ms() const { return latency_ms_; }

    /// Why the endpoint is paused; empty when nothing failed yet.
    const std::string& last_error() const { return last_error_; }

    /// The newest block that the endpoint was seen to have.
    std::optional<BlockNumber> head() const { return head_; }
    void head_is(Instant now, BlockNumber head);
    void has_block(Instant now, BlockNumber block);

    /// How long ago the head last changed; zero when it is not known.
    std::chrono::nanoseconds head_age(Instant now) const;

  private:
    void count(Instant now, double outcome);

    void pause(Instant now, std::chrono::nanoseconds time, std::chrono::nanoseconds probe_after);

    Instant paused_until_{};
    Instant probe_at_{};
    Instant scored_at_{};
    Instant head_changed_{};
    std::optional<BlockNumber> head_;
    double error_rate_ = 0;
    double latency_ms_ = 0;
    unsigned failures_in_a_row_ = 0;
    unsigned rate_limits_in_a_row_ = 0;
    bool identified_ = false;
    std::string last_error_;
};

}  // namespace custodialbridge::rpc

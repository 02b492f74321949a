#include "endpoint_health.hpp"

#include <algorithm>
#include <cmath>

namespace custodialbridge::rpc {

namespace {

constexpr double kNewest = 0.2;  // weight of the newest call in the averages
constexpr Seconds kBehindPause{10};
constexpr Seconds kDisagreedPause{10};

Millis doubled(Millis first, unsigned times, Millis most) {
    return std::min(Millis(first.count() << std::min(times, 16U)), most);
}

}  // namespace

void EndpointHealth::failed(Instant now, const Error& error, double chance) {
    count(now, 1);
    identified_ = false;
    last_error_ = error.message();
    const Millis time = doubled(kPauseFirst, failures_in_a_row_++, kPauseMax);
    pause(now, std::chrono::duration_cast<Millis>(time * (0.75 + 0.5 * chance)), kProbeAfter);
}

void EndpointHealth::rate_limited(Instant now, std::optional<Seconds> retry_after) {
    last_error_ = "rate limited";
    Millis time = doubled(kRatePauseFirst, rate_limits_in_a_row_++, kRatePauseMax);
    if (retry_after) time = std::min<Millis>(*retry_after, kRatePauseMax);
    pause(now, time, retry_after ? time : 2 * kProbeAfter);
}

void EndpointHealth::fell_behind(Instant now) {
    last_error_ = "behind the other endpoints";
    pause(now, kBehindPause, kProbeAfter);
}

void EndpointHealth::disagreed(Instant now) {
    count(now, 1);
    last_error_ = "disagrees with the other endpoints";
    pause(now, kDisagreedPause, kProbeAfter);
}

void EndpointHealth::on_wrong_chain(Instant now, Error error) {
    identified_ = false;
    last_error_ = error.message();
    pause(now, kWrongChainPause, kWrongChainProbeAfter);
}

void EndpointHealth::succeeded(Instant now) {
    count(now, 0);
    failures_in_a_row_ = rate_limits_in_a_row_ = 0;
}

void EndpointHealth::answered(std::chrono::nanoseconds took) {
    const double ms = std::chrono::duration<double, std::milli>(took).count();
    latency_ms_ += (latency_ms_ == 0 ? 1 : kNewest) * (ms - latency_ms_);
}

void EndpointHealth::hold_until(Instant when) {
    paused_until_ = std::max(paused_until_, when);
    probe_at_ = std::max(probe_at_, when);
}

void EndpointHealth::pause(Instant now, std::chrono::nanoseconds time,
                           std::chrono::nanoseconds probe_after) {
    paused_until_ = std::max(paused_until_, now + time);
    probe_at_ = std::max(probe_at_, now + std::min(time, probe_after));
}

void EndpointHealth::identified() {
    identified_ = true;
    last_error_.clear();
}

double EndpointHealth::error_rate(Instant now) const {
    const std::chrono::duration<double> age = now - scored_at_;
    return error_rate_ * std::exp2(-age.count() / static_cast<double>(kScoreHalfLife.count()));
}

void EndpointHealth::count(Instant now, double outcome) {
    const double rate = error_rate(now);
    error_rate_ = rate + kNewest * (outcome - rate);
    scored_at_ = now;
}

void EndpointHealth::head_is(Instant now, BlockNumber head) {
    if (head_ != head) head_changed_ = now;
    head_ = head;
}

void EndpointHealth::has_block(Instant now, BlockNumber block) {
    if (!head_ || *head_ < block) head_is(now, block);
}

std::chrono::nanoseconds EndpointHealth::head_age(Instant now) const {
    return head_ ? now - head_changed_ : std::chrono::nanoseconds::zero();
}

}  // namespace custodialbridge::rpc

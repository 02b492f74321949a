#include "endpoint_health.hpp"

#include <algorithm>
#include <cmath>

namespace custodialbridge::rpc {

namespace {

constexpr double kNewest = 0.2;  // weight of the newest call in the averages
constexpr Seconds kBehindPause{10};

Millis doubled(Millis first, unsigned times, Millis most) {
    return std::min(Millis(first.count() << std::min(times, 16U)), most);
}

}  // namespace

void EndpointHealth::failed(Instant now, const Error& error, double chance) {
    count(now, 1);
    identified_ = false;
    last_error_ = error.message();
    const Millis pause = doubled(kPauseFirst, failures_in_a_row_++, kPauseMax);
    hold_until(now + std::chrono::duration_cast<Millis>(pause * (0.75 + 0.5 * chance)));
}

void EndpointHealth::rate_limited(Instant now, std::optional<Seconds> retry_after) {
    last_error_ = "rate limited";
    Millis pause = doubled(kRatePauseFirst, rate_limits_in_a_row_++, kRatePauseMax);
    if (retry_after) pause = std::min<Millis>(*retry_after, kRatePauseMax);
    hold_until(now + pause);
}

void EndpointHealth::fell_behind(Instant now) {
    last_error_ = "behind the other endpoints";
    hold_until(now + kBehindPause);
}

void EndpointHealth::on_wrong_chain(Instant now, Error error) {
    identified_ = false;
    last_error_ = error.message();
    hold_until(now + kWrongChainPause);
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

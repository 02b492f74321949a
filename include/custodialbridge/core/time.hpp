/// Points in time as values. `core` has no clock: whoever needs "now" is given it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace custodialbridge {

using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;
using Micros = std::chrono::microseconds;

/// Wall-clock time, UTC, microseconds: for people, rows and messages.
using Time = std::chrono::sys_time<Micros>;

/// Monotonic time of this process (or of a simulation): for deadlines and ages. Never stored.
struct Instant {
    std::chrono::nanoseconds since_start{};
    auto operator<=>(const Instant&) const = default;
    friend Instant operator+(Instant a, std::chrono::nanoseconds d) { return {a.since_start + d}; }
    friend Instant operator-(Instant a, std::chrono::nanoseconds d) { return {a.since_start - d}; }
    friend std::chrono::nanoseconds operator-(Instant a, Instant b) {
        return a.since_start - b.since_start;
    }
};

/// RFC 3339 in UTC, with as many fraction digits as are not zero (none, 3 or 6), for example
/// 2024-01-15T10:30:00Z. Outside of the years 0000 to 9999, the nearest time inside.
std::string to_rfc3339(Time time);

/// "10s", "500ms", "5m", "2h", "0s"; nothing when malformed, negative or above 365 days.
std::optional<Millis> parse_duration(std::string_view text);

}  // namespace custodialbridge

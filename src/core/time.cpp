#include "custodialbridge/core/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace custodialbridge {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;

constexpr Millis kDurationMax = days(365);

// RFC 3339 has four-digit years only, and <chrono>'s calendar ends at year 32767.
constexpr Time kFirstTime = sys_days(std::chrono::January / 1 / 0);
constexpr Time kLastTime = sys_days(std::chrono::January / 1 / 10000) - Micros(1);

struct Unit {
    std::string_view name;
    Millis length;
};

constexpr std::array<Unit, 4> kUnits{Unit{"ms", Millis(1)}, Unit{"s", Seconds(1)},
                                     Unit{"m", minutes(1)}, Unit{"h", hours(1)}};

char* write_number(char* to, std::int64_t value, int width) {
    for (int i = width - 1; i >= 0; --i) {
        to[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    return to + width;
}

char* write_mark(char* to, char mark) {
    *to = mark;
    return to + 1;
}

char* write_fraction(char* to, Micros fraction) {
    if (fraction.count() == 0) return to;
    to = write_mark(to, '.');
    if (fraction.count() % 1000 == 0) return write_number(to, fraction.count() / 1000, 3);
    return write_number(to, fraction.count(), 6);
}

}  // namespace

std::string to_rfc3339(Time time) {
    time = std::clamp(time, kFirstTime, kLastTime);
    const auto day = std::chrono::floor<days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);

    std::array<char, 32> text;
    char* to = text.data();
    to = write_number(to, static_cast<int>(date.year()), 4);
    to = write_number(write_mark(to, '-'), static_cast<unsigned>(date.month()), 2);
    to = write_number(write_mark(to, '-'), static_cast<unsigned>(date.day()), 2);
    to = write_number(write_mark(to, 'T'), clock.hours().count(), 2);
    to = write_number(write_mark(to, ':'), clock.minutes().count(), 2);
    to = write_number(write_mark(to, ':'), clock.seconds().count(), 2);
    to = write_fraction(to, clock.subseconds());
    to = write_mark(to, 'Z');
    return {text.data(), to};
}

std::optional<Millis> parse_duration(std::string_view text) {
    std::uint64_t count = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, count);
    if (error != std::errc{}) return std::nullopt;

    const std::string_view name(stopped, static_cast<std::size_t>(end - stopped));
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                   [name](const Unit& known) { return known.name == name; });
    if (unit == kUnits.end()) return std::nullopt;
    if (count > static_cast<std::uint64_t>(kDurationMax / unit->length)) return std::nullopt;
    return static_cast<std::int64_t>(count) * unit->length;
}

}  // namespace custodialbridge

#include "custodialbridge/core/time.hpp"

#include <gtest/gtest.h>

namespace custodialbridge {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

Time at(std::int64_t micros) {
    return Time(Micros(micros));
}

TEST(Rfc3339, ShowsNoFractionOfAWholeSecond) {
    EXPECT_EQ(to_rfc3339(at(0)), "1970-01-01T00:00:00Z");
    EXPECT_EQ(to_rfc3339(at(1'705'314'600'000'000)), "2024-01-15T10:30:00Z");
}

TEST(Rfc3339, ShowsThreeOrSixDigitsOfAFraction) {
    EXPECT_EQ(to_rfc3339(at(1'705'314'600'500'000)), "2024-01-15T10:30:00.500Z");
    EXPECT_EQ(to_rfc3339(at(1'705'314'600'007'000)), "2024-01-15T10:30:00.007Z");
    EXPECT_EQ(to_rfc3339(at(1'705'314'600'500'001)), "2024-01-15T10:30:00.500001Z");
    EXPECT_EQ(to_rfc3339(at(1'705'314'600'000'001)), "2024-01-15T10:30:00.000001Z");
}

TEST(Rfc3339, KnowsLeapDaysAndTheEndOfAYear) {
    EXPECT_EQ(to_rfc3339(at(1'709'164'800'000'000)), "2024-02-29T00:00:00Z");
    EXPECT_EQ(to_rfc3339(at(1'735'689'599'999'999)), "2024-12-31T23:59:59.999999Z");
}

TEST(Rfc3339, ShowsTimesBefore1970) {
    EXPECT_EQ(to_rfc3339(at(-1)), "1969-12-31T23:59:59.999999Z");
    EXPECT_EQ(to_rfc3339(at(-1'000'000)), "1969-12-31T23:59:59Z");
}

TEST(Rfc3339, ShowsTheNearestTimeThatItCan) {
    EXPECT_EQ(to_rfc3339(Time::max()), "9999-12-31T23:59:59.999999Z");
    EXPECT_EQ(to_rfc3339(Time::min()), "0000-01-01T00:00:00Z");
}

TEST(Durations, AreANumberAndAUnit) {
    EXPECT_EQ(parse_duration("0s"), Millis(0));
    EXPECT_EQ(parse_duration("500ms"), Millis(500));
    EXPECT_EQ(parse_duration("10s"), Seconds(10));
    EXPECT_EQ(parse_duration("5m"), minutes(5));
    EXPECT_EQ(parse_duration("2h"), hours(2));
}

TEST(Durations, EndAt365Days) {
    EXPECT_EQ(parse_duration("8760h"), hours(8760));
    EXPECT_EQ(parse_duration("8761h"), std::nullopt);
    EXPECT_EQ(parse_duration("31536000000ms"), hours(8760));
    EXPECT_EQ(parse_duration("31536000001ms"), std::nullopt);
    EXPECT_EQ(parse_duration("18446744073709551615h"), std::nullopt);
    EXPECT_EQ(parse_duration("18446744073709551616h"), std::nullopt);
}

TEST(Durations, ThatAreMalformedAreRefused) {
    for (const char* text : {"", "0", "10", "s", "ms", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ",
                             "1S", "1d", "1sec", "1m30s", "0x1s", "1us"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
}

TEST(Instants, DifferByDurations) {
    const Instant start{std::chrono::seconds(5)};
    EXPECT_EQ((start + std::chrono::seconds(2)) - start, std::chrono::seconds(2));
    EXPECT_LT(start - std::chrono::nanoseconds(1), start);
}

}  // namespace
}  // namespace custodialbridge

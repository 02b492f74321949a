#include "custodialbridge/rules/poll_pace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace custodialbridge::rules {
namespace {

const Time kNow{std::chrono::hours(500'000)};
constexpr PollPace kPace{Millis{300'000}};

TEST(PollPace, ReadsEarlyAsFarAsTheShareGoes) {
    EXPECT_EQ(early_polls(0.9, 0), 0u);
    EXPECT_EQ(early_polls(2.5, 0), 2u);
    EXPECT_EQ(early_polls(-1, 0), 0u);
}

TEST(PollPace, WhatIsOverdueTakesOfTheShareFirst) {
    EXPECT_EQ(early_polls(5, 3), 2u);
    EXPECT_EQ(early_polls(5, 30), 0u);
}

TEST(PollPace, TheSharesOfAnIntervalAreAllThereIsAndALittleMore) {
    double gathered = 0;
    for (int second = 0; second < 300; ++second) gathered += kPace.share(1'000, Millis{1'000});
    EXPECT_NEAR(gathered, 1'250, 1);
    EXPECT_EQ(kPace.share(1'000, Millis{900'000}), 1'000) << "once round is enough";
}

TEST(PollPace, ABurstIsSpreadOverTheNextIntervals) {
    constexpr std::size_t kUsers = 3'000;
    std::vector<Time> balances(kUsers, kNow);  // all read at once
    std::size_t most = 0;
    double gathered = 0;
    for (int second = 1; second <= 1'200; ++second) {
        const Time now = kNow + std::chrono::seconds(second);
        std::sort(balances.begin(), balances.end());
        const auto early = std::partition_point(balances.begin(), balances.end(),
                                                [&](Time t) { return t < kPace.early(now); });
        gathered += kPace.share(kUsers, Millis{1'000});
        const auto overdue = static_cast<std::size_t>(
            std::partition_point(balances.begin(), balances.end(),
                                 [&](Time t) { return t < kPace.overdue(now); }) -
            balances.begin());
        const auto readable = static_cast<std::size_t>(early - balances.begin());
        const std::size_t taken =
            std::min(readable, overdue + early_polls(gathered, overdue));
        gathered = readable == 0 ? 0 : std::max(0.0, gathered - static_cast<double>(taken));
        for (std::size_t i = 0; i < taken; ++i) {
            ASSERT_LE(now - balances[i], kPace.interval + Millis{1'000});
            balances[i] = now;
        }
        most = std::max(most, taken);
    }
    EXPECT_LE(most, 14u) << "3,000 in 240 seconds are 12.5 a second";
}

TEST(PollPace, WhatFailsIsTriedAgainLaterAndLater) {
    const auto again_after = [](unsigned failures) {
        return std::chrono::duration_cast<Millis>(kPace.missed(kNow, failures) -
                                                  kPace.early(kNow));
    };
    EXPECT_EQ(again_after(0), Millis{1'000});
    EXPECT_EQ(again_after(3), Millis{8'000});
    EXPECT_EQ(again_after(60), Millis{150'000});
}

}  // namespace
}  // namespace custodialbridge::rules

#include "custodialbridge/rules/poll_pace.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

namespace custodialbridge::rules {
namespace {

const Time kNow{std::chrono::hours(500'000)};
constexpr PollPace kPace{Millis{300'000}};

std::vector<Time> tried(std::vector<int> seconds_ago) {
    std::vector<Time> times;
    for (const int ago : seconds_ago) times.push_back(kNow - std::chrono::seconds(ago));
    return times;
}

TEST(PollPace, TakesAllThatIsOverdue) {
    const auto all = tried({900, 301, 299, 200});
    EXPECT_EQ(polls_to_take(all, kPace.overdue(kNow), 0), 2u);
}

TEST(PollPace, TakesOthersAsFarAsTheShareGoes) {
    const auto all = tried({299, 250, 200, 190});
    EXPECT_EQ(polls_to_take(all, kPace.overdue(kNow), 0.9), 0u);
    EXPECT_EQ(polls_to_take(all, kPace.overdue(kNow), 2.5), 2u);
    EXPECT_EQ(polls_to_take(all, kPace.overdue(kNow), 100), 4u);
}

TEST(PollPace, WhatIsOverdueIsPartOfTheShare) {
    const auto all = tried({900, 301, 299, 200});
    EXPECT_EQ(polls_to_take(all, kPace.overdue(kNow), 3), 3u);
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
        const std::span due(balances.begin(), early);
        const std::size_t taken = polls_to_take(due, kPace.overdue(now), gathered);
        gathered = due.empty() ? 0 : std::max(0.0, gathered - static_cast<double>(taken));
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

RC_GTEST_PROP(PollPace, NothingOverdueIsLeftAndNothingIsMadeUp, ()) {
    auto ago = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1'000));
    std::sort(ago.rbegin(), ago.rend());
    const auto all = tried(ago);
    const double gathered = *rc::gen::inRange(0, 50);
    const std::size_t taken = polls_to_take(all, kPace.overdue(kNow), gathered);
    RC_ASSERT(taken <= all.size());
    for (std::size_t i = taken; i < all.size(); ++i) RC_ASSERT(all[i] >= kPace.overdue(kNow));
}

}  // namespace
}  // namespace custodialbridge::rules

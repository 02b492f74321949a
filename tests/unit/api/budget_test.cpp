#include "budget.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "custodialbridge/core/limits.hpp"

namespace custodialbridge::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

class BudgetTest : public testing::Test {
  protected:
    nanoseconds take(double cost = 1) { return budget.take(rate, cost, now); }
    int take_all() {
        int taken = 0;
        while (take() == nanoseconds(0)) ++taken;
        return taken;
    }

    Budget budget;
    Rate rate{10, 5};
    Instant now{std::chrono::hours(1)};
};

TEST_F(BudgetTest, GivesItsBurstAtOnceAndThenItsRate) {
    EXPECT_EQ(take_all(), 5);
    EXPECT_EQ(take(), milliseconds(100));
    now = now + milliseconds(100);
    EXPECT_EQ(take_all(), 1);
    now = now + milliseconds(250);
    EXPECT_EQ(take_all(), 2);
    EXPECT_EQ(take(), milliseconds(50));
}

TEST_F(BudgetTest, NeverHoldsMoreThanItsBurst) {
    now = now + std::chrono::hours(1);
    EXPECT_EQ(take_all(), 5);
}

TEST_F(BudgetTest, ARefusalCostsNothing) {
    take_all();
    for (int i = 0; i < 100; ++i) take();
    EXPECT_EQ(take(), milliseconds(100));
}

TEST_F(BudgetTest, TakesSeveralAtOnceOrNone) {
    EXPECT_EQ(take(3), nanoseconds(0));
    EXPECT_EQ(take(3), milliseconds(100));
    EXPECT_EQ(take(2), nanoseconds(0));
}

TEST_F(BudgetTest, WhatCostsMoreThanTheBurstWaitsForAFullOne) {
    EXPECT_EQ(take(8), nanoseconds(0));
    EXPECT_EQ(take(8), milliseconds(800));
}

TEST_F(BudgetTest, WithoutARateGivesEverything) {
    rate.per_second = 0;
    for (int i = 0; i < 1'000; ++i) EXPECT_EQ(take(), nanoseconds(0));
}

TEST_F(BudgetTest, AVerySlowRateDoesNotOverflow) {
    rate = {1e-300, 1};
    EXPECT_EQ(take(), nanoseconds(0));
    EXPECT_GT(take(), std::chrono::hours(24 * 365));
}

TEST_F(BudgetTest, ThreadsTogetherTakeNoMoreThanThereIs) {
    rate = {1, 10'000};
    std::atomic<int> taken = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int n = 0; n < 5'000; ++n) taken += take() == nanoseconds(0);
            });
    }
    EXPECT_EQ(taken, 10'000);
}

}  // namespace
}  // namespace custodialbridge::api

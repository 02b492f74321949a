#include "slots.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "support/virtual_loop.hpp"

namespace custodialbridge::rpc {
namespace {

runtime::Task<void> hold(Slots& slots, runtime::Clock& clock, Seconds time, std::vector<int>& order,
                         int name) {
    const Slots::Lease lease = co_await slots.take();
    order.push_back(name);
    co_await clock.sleep_until(clock.now() + time);
}

TEST(Slots, AreGivenInTheOrderOfAsking) {
    testing::VirtualLoop loop;
    Slots slots(2);
    std::vector<int> order;
    auto one = loop.start(hold(slots, loop.clock, Seconds(3), order, 1));
    auto two = loop.start(hold(slots, loop.clock, Seconds(1), order, 2));
    auto three = loop.start(hold(slots, loop.clock, Seconds(1), order, 3));
    auto four = loop.start(hold(slots, loop.clock, Seconds(1), order, 4));
    EXPECT_EQ(order, (std::vector<int>{1, 2}));
    loop.pass(Millis(1500));
    EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
    loop.pass(Seconds(5));
    EXPECT_EQ(order, (std::vector<int>{1, 2, 3, 4}));
    EXPECT_TRUE(one.done() && two.done() && three.done() && four.done());
}

TEST(Slots, AreNotLostWhenAWaiterIsCancelled) {
    testing::VirtualLoop loop;
    Slots slots(1);
    std::vector<int> order;
    auto one = loop.start(hold(slots, loop.clock, Seconds(2), order, 1));
    auto two = loop.start(hold(slots, loop.clock, Seconds(1), order, 2));
    auto three = loop.start(hold(slots, loop.clock, Seconds(1), order, 3));
    two.cancel();
    EXPECT_TRUE(two.done());
    loop.pass(Seconds(10));
    EXPECT_EQ(order, (std::vector<int>{1, 3}));
    auto four = loop.start(hold(slots, loop.clock, Seconds(1), order, 4));
    EXPECT_EQ(order, (std::vector<int>{1, 3, 4}));
}

TEST(Slots, ComeBackFromACancelledHolder) {
    testing::VirtualLoop loop;
    Slots slots(1);
    std::vector<int> order;
    auto one = loop.start(hold(slots, loop.clock, std::chrono::hours(1), order, 1));
    auto two = loop.start(hold(slots, loop.clock, Seconds(1), order, 2));
    one.cancel();
    EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace custodialbridge::rpc

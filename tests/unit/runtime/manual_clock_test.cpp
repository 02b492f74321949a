/// The virtual clock and its loop are what other tests stand on.
#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "support/virtual_loop.hpp"

namespace custodialbridge::testing {
namespace {

using runtime::Task;

Task<void> sleep(ManualClock& clock, Millis time, std::string name,
                 std::vector<std::string>& woken) {
    co_await clock.sleep_until(clock.now() + time);
    woken.push_back(name);
}

TEST(ManualClock, WakesItsSleepersInTheOrderOfTheirTimes) {
    VirtualLoop loop;
    std::vector<std::string> woken;
    auto late = loop.start(sleep(loop.clock, Millis{30}, "late", woken));
    auto early = loop.start(sleep(loop.clock, Millis{10}, "early", woken));
    EXPECT_EQ(*loop.clock.next_wake(), loop.clock.now() + Millis{10});
    loop.pass(Millis{9});
    EXPECT_TRUE(woken.empty());
    loop.pass(Millis{1});
    EXPECT_EQ(woken, std::vector<std::string>{"early"});
    loop.pass(Millis{100});
    EXPECT_EQ(woken, (std::vector<std::string>{"early", "late"}));
    EXPECT_EQ(loop.clock.sleepers(), 0u);
}

TEST(ManualClock, MovesBothItsTimesTogether) {
    ManualClock clock;
    const Time wall = clock.wall();
    const Instant now = clock.now();
    clock.advance(Millis{1'500});
    EXPECT_EQ(clock.wall() - wall, Millis{1'500});
    EXPECT_EQ(clock.now() - now, Millis{1'500});
}

TEST(VirtualLoop, SaysSoWhenATaskWaitsForNothing) {
    VirtualLoop loop;
    std::vector<std::string> woken;
    EXPECT_THROW(loop.run(sleep(loop.clock, Millis{10'000}, "never", woken), Millis{5'000}),
                 std::logic_error);
    EXPECT_TRUE(woken.empty());
}

TEST(VirtualLoop, LetsTimeStandStillWhileAPoolWorks) {
    VirtualLoop loop;
    runtime::BlockingPool pool("test", 1, 8);
    loop.wait_for(pool);
    std::vector<std::string> woken;
    auto sleeper = loop.start(sleep(loop.clock, Millis{10}, "sleeper", woken));
    auto call = pool.run([]() -> Result<int> {
        std::this_thread::sleep_for(Millis{2});
        return 7;
    });
    auto calling = loop.start(std::move(call));
    EXPECT_TRUE(calling.done());
    EXPECT_TRUE(woken.empty());
    EXPECT_EQ(*calling.take(), 7);
}

}  // namespace
}  // namespace custodialbridge::testing

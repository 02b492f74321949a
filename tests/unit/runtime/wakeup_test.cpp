#include "custodialbridge/runtime/wakeup.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "support/virtual_loop.hpp"

namespace custodialbridge::runtime {
namespace {

using testing::VirtualLoop;

class WakeupTest : public ::testing::Test {
  protected:
    Task<bool> wait(Millis time) { return wakeup.wait_until(loop.clock, loop.clock.now() + time); }
    std::chrono::nanoseconds passed() const { return loop.clock.now() - start; }

    VirtualLoop loop;
    Wakeup wakeup{loop.executor()};
    const Instant start = loop.clock.now();
};

TEST_F(WakeupTest, RemembersANoticeThatCameBeforeTheWait) {
    wakeup.notify();
    EXPECT_TRUE(loop.run(wait(Millis{100})));
    EXPECT_EQ(passed(), Millis{0});
}

TEST_F(WakeupTest, TakesManyNoticesAsOne) {
    for (int i = 0; i < 5; ++i) wakeup.notify();
    EXPECT_TRUE(loop.run(wait(Millis{100})));
    EXPECT_FALSE(loop.run(wait(Millis{100})));
    EXPECT_EQ(passed(), Millis{100});
}

TEST_F(WakeupTest, WakesAWaiterAtOnce) {
    auto waiting = loop.start(wait(Millis{100}));
    loop.pass(Millis{30});
    EXPECT_FALSE(waiting.done());
    wakeup.notify();
    wakeup.notify();
    loop.settle();
    ASSERT_TRUE(waiting.done());
    EXPECT_TRUE(waiting.take());
    EXPECT_EQ(loop.clock.sleepers(), 0u);
    EXPECT_FALSE(loop.run(wait(Millis{10})));
}

TEST_F(WakeupTest, ReturnsAtTheTimeWithoutANotice) {
    EXPECT_FALSE(loop.run(wait(Millis{100})));
    EXPECT_EQ(passed(), Millis{100});
}

TEST_F(WakeupTest, DoesNotWaitWhenTheTimeHasCome) {
    EXPECT_FALSE(loop.run(wait(Millis{0})));
    EXPECT_EQ(passed(), Millis{0});
}

TEST_F(WakeupTest, RemembersANoticeThatCameTogetherWithTheTime) {
    auto waiting = loop.start(wait(Millis{100}));
    loop.clock.advance(Millis{100});
    wakeup.notify();
    loop.settle();
    ASSERT_TRUE(waiting.done());
    EXPECT_TRUE(waiting.take());
}

TEST_F(WakeupTest, KeepsANoticeForTheNextWaiterWhenOneIsCancelled) {
    {
        auto waiting = loop.start(wait(Millis{100}));
        waiting.cancel();
        EXPECT_TRUE(waiting.done());
    }
    wakeup.notify();
    EXPECT_TRUE(loop.run(wait(Millis{100})));
    EXPECT_EQ(passed(), Millis{0});
}

TEST_F(WakeupTest, TakesANoticeFromAnotherThread) {
    auto waiting = loop.start(wait(Millis{100}));
    std::thread other([this] { wakeup.notify_from_any_thread(); });
    other.join();
    EXPECT_FALSE(waiting.done());
    loop.settle();
    ASSERT_TRUE(waiting.done());
    EXPECT_TRUE(waiting.take());
}

}  // namespace
}  // namespace custodialbridge::runtime

#include "custodialbridge/runtime/within.hpp"

#include <gtest/gtest.h>

#include "support/virtual_loop.hpp"

namespace custodialbridge::runtime {
namespace {

using testing::VirtualLoop;

/// Says when its frame goes, however it ends.
struct Witness {
    bool* gone;
    ~Witness() { *gone = true; }
};

Task<Result<int>> answer_after(Clock& clock, Millis time, int value, bool* gone) {
    const Witness witness{gone};
    co_await clock.sleep_until(clock.now() + time);
    co_return value;
}

Task<Result<int>> refuse(Errc code) {
    co_return Error(code, "refused");
}

Task<Result<int>> break_off() {
    throw std::runtime_error("broken");
    co_return 0;
}

class Within : public ::testing::Test {
  protected:
    Deadline in(Millis time) { return Deadline::after(loop.clock, time); }

    VirtualLoop loop;
    bool gone = false;
};

TEST_F(Within, PassesTheResultOfATaskThatIsInTime) {
    const Instant start = loop.clock.now();
    const auto result = loop.run(within(loop.clock, in(Millis{100}), "work",
                                        answer_after(loop.clock, Millis{99}, 7, &gone)));
    ASSERT_TRUE(result);
    EXPECT_EQ(*result, 7);
    EXPECT_EQ(loop.clock.now() - start, Millis{99});
    EXPECT_EQ(loop.clock.sleepers(), 0u);
}

TEST_F(Within, PassesTheErrorOfATaskThatIsInTime) {
    const auto result =
        loop.run(within(loop.clock, in(Millis{100}), "work", refuse(Errc::limited)));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), Errc::limited);
}

TEST_F(Within, PassesAnExceptionOn) {
    EXPECT_THROW(loop.run(within(loop.clock, in(Millis{100}), "work", break_off())),
                 std::exception);
    EXPECT_EQ(loop.clock.sleepers(), 0u);
}

TEST_F(Within, EndsATaskThatIsLateAndAwaitsIt) {
    const Instant start = loop.clock.now();
    const auto result = loop.run(within(loop.clock, in(Millis{100}), "reading the balance",
                                        answer_after(loop.clock, Millis{101}, 7, &gone)));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), Errc::timed_out);
    EXPECT_NE(result.error().message().find("reading the balance"), std::string::npos);
    EXPECT_EQ(loop.clock.now() - start, Millis{100});
    EXPECT_TRUE(gone);
    EXPECT_EQ(loop.clock.sleepers(), 0u);
}

TEST_F(Within, DoesNotStartATaskWhenNoTimeIsLeft) {
    const Deadline by = in(Millis{0});
    const auto result =
        loop.run(within(loop.clock, by, "work", answer_after(loop.clock, Millis{0}, 7, &gone)));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), Errc::timed_out);
    EXPECT_FALSE(gone);
}

TEST_F(Within, IsItselfEndedByCancellation) {
    auto running = loop.start(within(loop.clock, in(Millis{100}), "work",
                                     answer_after(loop.clock, Millis{50}, 7, &gone)));
    EXPECT_FALSE(running.done());
    running.cancel();
    EXPECT_TRUE(running.done());
    EXPECT_THROW(running.take(), std::exception);
    EXPECT_TRUE(gone);
}

TEST_F(Within, DeadlinesAreOnlyEverShortened) {
    const Deadline by = in(Millis{100});
    EXPECT_EQ(by.at_most(loop.clock, Millis{30}).left(loop.clock), Millis{30});
    EXPECT_EQ(by.at_most(loop.clock, Millis{300}).left(loop.clock), Millis{100});
    loop.pass(Millis{101});
    EXPECT_TRUE(by.passed(loop.clock));
    EXPECT_EQ(by.left(loop.clock), Millis{0});
}

}  // namespace
}  // namespace custodialbridge::runtime

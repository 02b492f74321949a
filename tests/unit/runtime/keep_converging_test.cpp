#include "custodialbridge/runtime/keep_converging.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "support/virtual_loop.hpp"

namespace custodialbridge::runtime {
namespace {

using testing::VirtualLoop;

/// Random numbers of which every fraction is the same.
class SteadyRandom final : public Random {
  public:
    explicit SteadyRandom(double fraction)
        : next_(static_cast<std::uint64_t>(fraction * 0x1.0p53) << 11) {}
    std::uint64_t next() override { return next_; }

  private:
    std::uint64_t next_;
};

/// Answers what it was told to, then that it is caught up; remembers when it was asked.
class Scripted final : public Converging {
  public:
    explicit Scripted(Clock& clock) : clock_(clock) {}

    std::string_view name() const override { return "scripted"; }

    Task<Result<Progress>> converge() override {
        asked.push_back(clock_.now());
        if (answers.empty()) co_return Progress::caught_up;
        const Result<Progress> answer = answers.front();
        answers.pop_front();
        co_return answer;
    }

    void failed(const Error& error, unsigned in_a_row, Millis pause) override {
        EXPECT_EQ(error.code(), Errc::unavailable);
        failures.push_back(in_a_row);
        pauses.push_back(pause);
    }

    void fail(int times) {
        for (int i = 0; i < times; ++i) answers.push_back(Error(Errc::unavailable, "told to fail"));
    }

    std::deque<Result<Progress>> answers;
    std::vector<Instant> asked;
    std::vector<unsigned> failures;
    std::vector<Millis> pauses;

  private:
    Clock& clock_;
};

class KeepConverging : public ::testing::Test {
  protected:
    testing::Running<void> run(Random& random) {
        return loop.start(keep_converging(task, wakeup, loop.clock, random, pace));
    }

    VirtualLoop loop;
    Wakeup wakeup{loop.executor()};
    Scripted task{loop.clock};
    ConvergePace pace{Millis{1'000}, Millis{250}, Millis{4'000}};
    SteadyRandom middle{0.5};
};

TEST_F(KeepConverging, LooksAgainAfterTheIdleTime) {
    auto running = run(middle);
    loop.pass(Millis{3'500});
    ASSERT_EQ(task.asked.size(), 4u);
    for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(task.asked[i] - task.asked[i - 1], Millis{1'000});
}

TEST_F(KeepConverging, GoesOnAtOnceWhileThereIsMore) {
    for (int i = 0; i < 50; ++i) task.answers.push_back(Progress::more);
    auto running = run(middle);
    EXPECT_EQ(task.asked.size(), 51u);
    EXPECT_EQ(task.asked.back(), task.asked.front());
}

TEST_F(KeepConverging, LooksAtOnceWhenWoken) {
    auto running = run(middle);
    loop.pass(Millis{300});
    wakeup.notify();
    loop.settle();
    ASSERT_EQ(task.asked.size(), 2u);
    EXPECT_EQ(task.asked[1] - task.asked[0], Millis{300});
}

TEST_F(KeepConverging, DoublesThePauseUpToTheCap) {
    task.fail(8);
    auto running = run(middle);
    loop.pass(std::chrono::minutes(1));
    const std::vector<Millis> doubling{Millis{250},   Millis{500},   Millis{1'000}, Millis{2'000},
                                       Millis{4'000}, Millis{4'000}, Millis{4'000}, Millis{4'000}};
    EXPECT_EQ(task.pauses, doubling);
    EXPECT_EQ(task.failures, (std::vector<unsigned>{1, 2, 3, 4, 5, 6, 7, 8}));
    for (std::size_t i = 0; i < doubling.size(); ++i)
        EXPECT_EQ(task.asked[i + 1] - task.asked[i], doubling[i]) << i;
}

TEST_F(KeepConverging, NeverPausesLongerHoweverOftenItFails) {
    task.fail(200);
    auto running = run(middle);
    loop.pass(std::chrono::minutes(30));
    ASSERT_EQ(task.pauses.size(), 200u);
    EXPECT_EQ(task.pauses.back(), Millis{4'000});
}

TEST_F(KeepConverging, BeginsAnewAfterASuccess) {
    task.fail(3);
    task.answers.push_back(Progress::more);
    task.fail(2);
    auto running = run(middle);
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(task.failures, (std::vector<unsigned>{1, 2, 3, 1, 2}));
    EXPECT_EQ(task.pauses[3], Millis{250});
}

TEST_F(KeepConverging, JittersByAQuarterAtMost) {
    task.fail(1'000);
    pace.retry_cap = pace.retry_first = Millis{1'000};
    SeededRandom random(7);
    auto running = run(random);
    loop.pass(std::chrono::minutes(30));
    ASSERT_EQ(task.pauses.size(), 1'000u);
    const auto [shortest, longest] = std::minmax_element(task.pauses.begin(), task.pauses.end());
    EXPECT_GE(*shortest, Millis{750});
    EXPECT_LT(*shortest, Millis{760});
    EXPECT_LE(*longest, Millis{1'250});
    EXPECT_GT(*longest, Millis{1'240});
}

TEST_F(KeepConverging, ReplaysTheSamePausesFromTheSameSeed) {
    std::vector<Millis> first;
    for (int round = 0; round < 2; ++round) {
        task.pauses.clear();
        task.fail(10);
        SeededRandom random(7);
        {
            auto running = run(random);
            loop.pass(std::chrono::minutes(2));
        }
        if (round == 0) first = task.pauses;
    }
    EXPECT_EQ(task.pauses, first);
    EXPECT_EQ(first.size(), 10u);
}

TEST_F(KeepConverging, WaitsToBeWokenWhenStopped) {
    task.answers.push_back(Progress::stopped);
    auto running = run(middle);
    loop.pass(std::chrono::hours(1));
    EXPECT_EQ(task.asked.size(), 1u);
    wakeup.notify();
    loop.settle();
    EXPECT_EQ(task.asked.size(), 2u);
}

TEST_F(KeepConverging, EndsWhenCancelledWhileItPauses) {
    task.fail(1);
    auto running = run(middle);
    running.cancel();
    EXPECT_TRUE(running.done());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(task.asked.size(), 1u);
}

}  // namespace
}  // namespace custodialbridge::runtime

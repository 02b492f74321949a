#include "custodialbridge/runtime/gathering.hpp"

#include <gtest/gtest.h>

#include "custodialbridge/runtime/run_together.hpp"
#include "support/virtual_loop.hpp"

namespace custodialbridge::runtime {
namespace {

using testing::Running;
using testing::VirtualLoop;

/// Doubles numbers, slowly; refuses what is negative.
class GatheringTest : public ::testing::Test {
  protected:
    using Asked = Gathering<int, Result<int>>;

    Asked& gather(GatheringPace pace) {
        gathering.emplace(loop.clock, pace, Error(Errc::timed_out, "late"),
                          [this](std::vector<int> questions, Deadline by) {
                              return answer(std::move(questions), by);
                          });
        return *gathering;
    }

    Task<Result<int>> ask(int question, Millis patience = Millis{1'000}) {
        return gathering->ask(question, Deadline::after(loop.clock, patience));
    }

    Task<std::vector<Result<int>>> ask_all(std::vector<int> questions,
                                           Millis patience = Millis{1'000}) {
        return gathering->ask_all(std::move(questions), Deadline::after(loop.clock, patience));
    }

    Task<std::vector<Result<int>>> answer(std::vector<int> questions, Deadline by) {
        rounds.push_back(questions);
        const Instant done = loop.clock.now() + takes;
        co_await loop.clock.sleep_until(std::min(done, by.at));
        std::vector<Result<int>> answers;
        for (const int question : questions) {
            if (loop.clock.now() < done)
                answers.push_back(Error(Errc::unavailable, "not done"));
            else if (question < 0)
                answers.push_back(Error(Errc::invalid, "negative"));
            else
                answers.push_back(2 * question);
        }
        co_return answers;
    }

    using Rounds = std::vector<std::vector<int>>;

    VirtualLoop loop;
    Millis takes{10};
    Rounds rounds;
    std::optional<Asked> gathering;
};

TEST_F(GatheringTest, AsksTogetherWhatComesWithinTheWindow) {
    gather({Millis{2}});
    auto first = loop.start(ask(1));
    loop.pass(Millis{1});
    auto second = loop.start(ask(-2));
    loop.pass(Millis{2});
    auto third = loop.start(ask(3));
    loop.pass(Millis{20});
    EXPECT_EQ(rounds, (Rounds{{1, -2}, {3}}));
    EXPECT_EQ(first.take().value(), 2);
    EXPECT_EQ(second.take().error().code(), Errc::invalid);
    EXPECT_EQ(third.take().value(), 6);
}

Task<void> keep(Task<Result<int>> asked, std::vector<int>& said) {
    said.push_back((co_await std::move(asked)).value());
}

TEST_F(GatheringTest, WithoutAWindowAsksTogetherWhatTheLoopHasAtHand) {
    gather({});
    std::vector<int> said;
    std::vector<Task<void>> parts;
    for (const int question : {1, 2, 3}) parts.push_back(keep(ask(question), said));
    loop.run(run_all(std::move(parts)));
    EXPECT_EQ(rounds, (Rounds{{1, 2, 3}}));
    EXPECT_EQ(said, (std::vector{2, 4, 6}));
}

TEST_F(GatheringTest, AFullRoundTakesNoMore) {
    gather({Millis{2}, 2});
    auto first = loop.start(ask(1));
    auto second = loop.start(ask(2));
    auto third = loop.start(ask(3));
    loop.pass(Millis{20});
    EXPECT_EQ(rounds, (Rounds{{1, 2}, {3}}));
    EXPECT_EQ(third.take().value(), 6);
}

TEST_F(GatheringTest, GathersOnWhileAsManyRoundsAsAllowedAreUnderWay) {
    gather({Millis{0}, 512, 1});
    auto first = loop.start(ask(1));
    loop.pass(Millis{1});
    auto second = loop.start(ask(2));
    loop.pass(Millis{5});
    auto third = loop.start(ask(3));
    EXPECT_EQ(rounds, (Rounds{{1}}));
    loop.pass(Millis{30});
    EXPECT_EQ(rounds, (Rounds{{1}, {2, 3}}));
    EXPECT_EQ(third.take().value(), 6);
}

TEST_F(GatheringTest, OthersAskAgainWhenTheLeaderIsCancelled) {
    gather({Millis{2}});
    auto first = loop.start(ask(1));
    auto second = loop.start(ask(2));
    auto third = loop.start(ask(3));
    loop.pass(Millis{5});
    first.cancel();
    EXPECT_TRUE(first.done());
    loop.pass(Millis{20});
    EXPECT_EQ(rounds, (Rounds{{1, 2, 3}, {2, 3}}));
    EXPECT_EQ(second.take().value(), 4);
    EXPECT_EQ(third.take().value(), 6);
}

TEST_F(GatheringTest, OthersAskAgainWhenTheLeaderHadTooLittleTime) {
    gather({Millis{2}});
    auto first = loop.start(ask(1, Millis{6}));
    auto second = loop.start(ask(2));
    loop.pass(Millis{30});
    EXPECT_EQ(rounds, (Rounds{{1, 2}, {2}}));
    EXPECT_EQ(first.take().error().code(), Errc::unavailable);
    EXPECT_EQ(second.take().value(), 4);
}

TEST_F(GatheringTest, NobodyWaitsLongerThanTheirOwnDeadline) {
    gather({Millis{2}, 512, 1});
    takes = Millis{500};
    auto first = loop.start(ask(1));
    auto second = loop.start(ask(2, Millis{100}));
    loop.pass(Millis{50});
    auto third = loop.start(ask(3, Millis{100}));
    loop.pass(Millis{101});
    EXPECT_TRUE(second.done());
    EXPECT_EQ(second.take().error().code(), Errc::timed_out);
    EXPECT_EQ(third.take().error().code(), Errc::timed_out);
    loop.pass(Millis{500});
    EXPECT_EQ(first.take().value(), 2);
    EXPECT_EQ(rounds, (Rounds{{1, 2}})) << "whose time is up is not asked for";
}

/// Of each answer its number, or the error's code as a negative one.
std::vector<int> numbers(const std::vector<Result<int>>& answers) {
    std::vector<int> all;
    for (const auto& answer : answers)
        all.push_back(answer ? *answer : -static_cast<int>(answer.error().code()));
    return all;
}

constexpr int code(Errc code) { return -static_cast<int>(code); }

TEST_F(GatheringTest, ManyQuestionsOfOneAskerStayTogetherAmongOthers) {
    gather({Millis{2}, 3});
    auto one = loop.start(ask(1));
    auto many = loop.start(ask_all({2, -3, 4, 5}));
    auto more = loop.start(ask_all({6, 7}));
    loop.pass(Millis{20});
    EXPECT_EQ(rounds, (Rounds{{1, 2, -3, 4, 5}, {6, 7}}));
    EXPECT_EQ(one.take().value(), 2);
    EXPECT_EQ(numbers(many.take()), (std::vector{4, code(Errc::invalid), 8, 10}));
    EXPECT_EQ(numbers(more.take()), (std::vector{12, 14}));
}

TEST_F(GatheringTest, WhoAsksNothingIsAnsweredAtOnce) {
    gather({Millis{2}});
    EXPECT_TRUE(loop.run(ask_all({}), Millis{0}).empty());
    EXPECT_EQ(rounds, Rounds{});
}

TEST_F(GatheringTest, OfManyQuestionsThoseThatTheLeaderHadTooLittleTimeForAreAskedAgain) {
    gather({Millis{2}});
    auto first = loop.start(ask(1, Millis{6}));
    auto many = loop.start(ask_all({2, 3}));
    loop.pass(Millis{30});
    EXPECT_EQ(rounds, (Rounds{{1, 2, 3}, {2, 3}}));
    EXPECT_EQ(first.take().error().code(), Errc::unavailable);
    EXPECT_EQ(numbers(many.take()), (std::vector{4, 6}));
}

TEST_F(GatheringTest, OthersAskAgainWhenWhoAskedManyIsCancelled) {
    gather({Millis{2}});
    auto many = loop.start(ask_all({1, 2}));
    auto one = loop.start(ask(3));
    loop.pass(Millis{5});
    many.cancel();
    EXPECT_TRUE(many.done());
    loop.pass(Millis{20});
    EXPECT_EQ(rounds, (Rounds{{1, 2, 3}, {3}}));
    EXPECT_EQ(one.take().value(), 6);
}

TEST_F(GatheringTest, ADeadlineFailsAllQuestionsThatAreLeft) {
    gather({Millis{2}, 512, 1});
    takes = Millis{500};
    auto first = loop.start(ask(1));
    auto joins = loop.start(ask_all({2, 3}, Millis{100}));
    loop.pass(Millis{50});
    auto leads = loop.start(ask_all({4, 5}, Millis{100}));
    loop.pass(Millis{101});
    const std::vector late(2, code(Errc::timed_out));
    EXPECT_EQ(numbers(joins.take()), late);
    EXPECT_EQ(numbers(leads.take()), late);
    loop.pass(Millis{500});
    EXPECT_EQ(first.take().value(), 2);
}

}  // namespace
}  // namespace custodialbridge::runtime

#include "custodialbridge/ledger/resume_desk.hpp"

#include <gmock/gmock.h>

#include "support/fake_store.hpp"
#include "support/virtual_loop.hpp"

namespace custodialbridge::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Point;

constexpr ChainId kChain{7};
constexpr BlockNumber kFrom{5};

/// Nobody takes orders up but the test.
class ResumeDeskTest : public ::testing::Test {
  protected:
    ResumeDeskTest() {
        BlockHeader block;
        block.ref.number = {9};
        loop.run(store.begin(kChain, {block}, after(1'000))).value();
        desk = make_resume_desk({board, store.resumes(), loop.executor(), loop.clock,
                                 [this](ChainId) { events.push_back("ordered"); },
                                 [this](ChainId) { events.push_back("resumed"); }});
    }

    Deadline after(std::int64_t millis) { return Deadline::after(loop.clock, Millis{millis}); }

    auto start() { return loop.start(desk->resume(kChain, kFrom, after(4'000), after(10'000))); }

    testing::OrderRow& order() { return store.tables.resume_orders.at(ResumeId{1}); }

    void show_epoch(std::uint32_t epoch) {
        ChainPosition position = board.find(kChain)->read();
        position.epoch = epoch;
        board.find(kChain)->write(position);
    }

    testing::VirtualLoop loop;
    testing::FakeStore store{loop.clock};
    ChainBoard board{{kChain, ChainId{8}}};
    std::vector<std::string> events;
    std::unique_ptr<ResumeDesk> desk;
};

TEST_F(ResumeDeskTest, AnswersOnceTheOrderIsFulfilledAndTheBoardShowsIt) {
    auto resuming = start();
    EXPECT_EQ(order().from, kFrom);
    EXPECT_THAT(events, ElementsAre("ordered"));
    loop.pass(Millis{1'000});
    order().outcome = store::ResumeOutcome{std::nullopt, 3};
    loop.pass(Millis{1'000});
    EXPECT_FALSE(resuming.done());
    show_epoch(3);
    loop.pass(Millis{1'000});
    ASSERT_TRUE(resuming.done());
    EXPECT_TRUE(resuming.take());
    EXPECT_THAT(events, ElementsAre("ordered", "resumed"));
}

TEST_F(ResumeDeskTest, AnswersThoughTheBoardDoesNotShowItForLong) {
    auto resuming = start();
    order().outcome = store::ResumeOutcome{std::nullopt, 3};
    loop.pass(Millis{5'000});
    ASSERT_TRUE(resuming.done());
    EXPECT_TRUE(resuming.take());
}

TEST_F(ResumeDeskTest, SaysWhyItWasRefused) {
    auto resuming = start();
    order().outcome = store::ResumeOutcome{"not a block of ours", 0};
    loop.pass(Millis{1'000});
    ASSERT_TRUE(resuming.done());
    EXPECT_EQ(resuming.take().error(), Error(Errc::refused, "not a block of ours"));
    EXPECT_THAT(events, ElementsAre("ordered"));
}

TEST_F(ResumeDeskTest, WithdrawsWhatIsNotTakenUpInTime) {
    auto resuming = start();
    loop.pass(Millis{4'500});
    ASSERT_TRUE(resuming.done());
    const auto outcome = resuming.take();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), Errc::unavailable);
    EXPECT_THAT(outcome.error().message(), HasSubstr("nothing was changed"));
    EXPECT_TRUE(order().outcome->refusal) << "whoever comes late does not take it up";
}

TEST_F(ResumeDeskTest, BelievesTheOrderThatEndedJustBeforeItWasWithdrawn) {
    auto gate = store.script.hold(Point::arriving, "refuse_resume", loop.executor());
    auto resuming = start();
    show_epoch(1);
    loop.pass(Millis{4'500});
    ASSERT_EQ(gate->waiting(), 1u);
    order().outcome = store::ResumeOutcome{std::nullopt, 1};
    gate->open();
    loop.pass(Millis{1'000});
    ASSERT_TRUE(resuming.done());
    EXPECT_TRUE(resuming.take());
}

TEST_F(ResumeDeskTest, SaysThatTheOutcomeIsNotKnown) {
    auto resuming = start();
    store.script.fail(Point::arriving, "refuse_resume", Errc::unavailable);
    loop.pass(Millis{4'500});
    ASSERT_TRUE(resuming.done());
    EXPECT_EQ(resuming.take().error().code(), Errc::timed_out);
}

TEST_F(ResumeDeskTest, AsksAgainWhenTheDatabaseDoesNotAnswerForAMoment) {
    store.script.fail(Point::arriving, "outcome_of_resume", Errc::unavailable, 3);
    show_epoch(2);
    auto resuming = start();
    order().outcome = store::ResumeOutcome{std::nullopt, 2};
    loop.pass(Millis{1'000});
    ASSERT_TRUE(resuming.done());
    EXPECT_TRUE(resuming.take());
}

TEST_F(ResumeDeskTest, KnowsNoChainThatIsNotConfiguredOrHasNoLedger) {
    for (const ChainId chain : {ChainId{99}, ChainId{8}}) {
        const auto outcome =
            loop.run(desk->resume(chain, kFrom, after(4'000), after(10'000)));
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code(), Errc::not_found);
    }
    EXPECT_THAT(events, IsEmpty());
    EXPECT_TRUE(store.tables.resume_orders.empty());
}

}  // namespace
}  // namespace custodialbridge::ledger

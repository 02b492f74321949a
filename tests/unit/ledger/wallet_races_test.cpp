/// A user's wallets change while sums over them are on their way to a tier.
#include <gtest/gtest.h>

#include "ledger_model.hpp"

namespace custodialbridge::ledger {
namespace {

/// Alice has 100 in one wallet and 40 in another, which she removes.
class WalletRaces : public LedgerTest {
  protected:
    void SetUp() override {
        LedgerTest::SetUp();
        add_wallet(kAliceUser, kBob);
        step({{kCpop, kZero, kBob, 40}});
    }

    std::shared_ptr<testing::Gate> hold(testing::Script& script, Point point, std::string call) {
        return script.hold(point, std::move(call), loop.executor());
    }
    testing::Running<Result<store::Committed>> committing() {
        chain.mine({{kCpop, kAlice, address(9), 1}});
        return loop.start(applying());
    }
    testing::Running<ReadResult> reading() {
        drop_local();
        redis.entries.clear();
        return loop.start(reader->read(key_of(kAliceUser), seen, soon()));
    }
    Task<Result<void>> removing() {
        return wallets->remove(kAliceUser, kChain, kBob, soon());
    }
    void remove() { loop.run(removing()).value(); }
    void open(testing::Gate& gate) {
        gate.open();
        loop.settle();
    }
    void plant_in_redis(const U256& amount) {
        const Balance balance{amount, cursor().version(), cursor().block.hash, loop.clock.wall()};
        redis.set({key_of(kAliceUser), balance});
    }

    BalanceView seen;  ///< by `reading`
};

TEST_F(WalletRaces, ACommitThatTheChangeOvertookWritesNoOldSumThrough) {
    auto gate = hold(store.script, Point::answering, "commit");
    auto commit = committing();
    remove();
    open(*gate);
    ASSERT_TRUE(commit.done());
    EXPECT_EQ(say_local(kAliceUser), "none");
    EXPECT_EQ(redis_says(kAliceUser), "none");
    EXPECT_EQ(say(kAliceUser), "99 database @3");
}

TEST_F(WalletRaces, ASumThatWasReadMeanwhileIsNotTakenForTheNextBlocks) {
    auto gate = hold(store.script, Point::arriving, "commit");
    auto commit = committing();
    remove();
    EXPECT_EQ(say(kAliceUser), "100 database @2");
    open(*gate);
    ASSERT_TRUE(commit.done());
    say(kAliceUser);
    EXPECT_EQ(view.raw, "99");
    EXPECT_EQ(view.block, block(3));
}

TEST_F(WalletRaces, ACommitsOldSumThatReachesRedisLateIsForgotten) {
    auto gate = hold(redis.script, Point::arriving, "publish");
    auto commit = committing();
    remove();
    open(*gate);
    ASSERT_TRUE(commit.done());
    EXPECT_EQ(redis_says(kAliceUser), "none");
    EXPECT_EQ(say(kAliceUser), "99 database @3");
}

TEST_F(WalletRaces, ACommitsOldSumThatRedisDoesNotForgetIsNotUsed) {
    auto gate = hold(redis.script, Point::arriving, "publish");
    auto commit = committing();
    remove();
    redis.script.fail(Point::arriving, "forget", Errc::unavailable);
    open(*gate);
    ASSERT_TRUE(commit.done());
    ASSERT_EQ(redis_says(kAliceUser), "139");
    EXPECT_EQ(say(kAliceUser), "99 database @3");
}

TEST_F(WalletRaces, RedisIsPassedOverUntilACommitsOldSumIsForgotten) {
    auto late = hold(redis.script, Point::arriving, "publish");
    auto commit = committing();
    remove();
    auto gate = hold(redis.script, Point::arriving, "forget");
    open(*late);
    ASSERT_EQ(redis_says(kAliceUser), "139");
    EXPECT_EQ(say(kAliceUser), "99 database @3");
    open(*gate);
    ASSERT_TRUE(commit.done());
    EXPECT_EQ(say(kAliceUser), "99 local @3");
}

TEST_F(WalletRaces, AReadersOldSumThatReachesRedisLateIsSeenByNobodyAndForgotten) {
    auto late = hold(redis.script, Point::arriving, "publish");
    auto answer = hold(redis.script, Point::answering, "publish");
    auto slow = reading();
    ASSERT_EQ(late->waiting(), 1u);
    remove();
    open(*late);
    ASSERT_EQ(redis_says(kAliceUser), "140");
    EXPECT_EQ(say(kAliceUser), "100 database @2");
    open(*answer);
    ASSERT_TRUE(slow.done());
    EXPECT_NE(redis_says(kAliceUser), "140");
    drop_local();
    EXPECT_EQ(say(kAliceUser), "100 database @2");
}

TEST_F(WalletRaces, AReadersOldSumThatIsStillBeingAnsweredWhenItIsForgottenIsNotKept) {
    auto late = hold(redis.script, Point::arriving, "publish");
    auto landed = hold(redis.script, Point::answering, "publish");
    auto slow = reading();
    remove();
    open(*late);
    auto answer = hold(redis.script, Point::answering, "find");
    auto other = loop.start(reader->read(key_of(kAliceUser), view, soon()));
    ASSERT_EQ(answer->waiting(), 1u);
    open(*landed);
    ASSERT_TRUE(slow.done());
    open(*answer);
    ASSERT_TRUE(other.done());
    EXPECT_EQ(said(), "100 database @2");
    say(kAliceUser);
    EXPECT_EQ(view.raw, "100");
}

TEST_F(WalletRaces, AReadersOldSumThatRedisDoesNotForgetIsNotUsed) {
    auto late = hold(redis.script, Point::arriving, "publish");
    auto slow = reading();
    remove();
    redis.script.fail(Point::arriving, "forget", Errc::unavailable);
    open(*late);
    ASSERT_TRUE(slow.done());
    ASSERT_EQ(redis_says(kAliceUser), "140");
    EXPECT_EQ(say(kAliceUser), "100 database @2");
}

/// What was sent to Redis and not answered may reach it at any later time.
TEST_F(WalletRaces, AReadersOldSumThatRedisDidNotAnswerIsNotUsed) {
    auto late = hold(redis.script, Point::arriving, "publish");
    auto slow = reading();
    loop.pass(settings.redis_timeout);
    ASSERT_TRUE(slow.done());
    remove();
    plant_in_redis(140);
    EXPECT_EQ(say(kAliceUser), "100 database @2");
}

TEST_F(WalletRaces, AnOldSumOfAReaderThatWentAwayIsNotUsed) {
    auto late = hold(redis.script, Point::arriving, "publish");
    auto slow = reading();
    ASSERT_EQ(late->waiting(), 1u);
    slow.cancel();
    remove();
    plant_in_redis(140);
    EXPECT_EQ(say(kAliceUser), "100 database @2");
}

TEST_F(WalletRaces, AReaderThatTheChangeOvertookTellsRedisNothing) {
    auto gate = hold(store.script, Point::answering, "find");
    auto slow = reading();
    remove();
    const std::size_t told = redis.script.calls("publish");
    open(*gate);
    ASSERT_TRUE(slow.done());
    EXPECT_EQ(redis.script.calls("publish"), told);
}

/// The wallet waits from its row's commit on, and so the next block tells nothing of the user.
TEST_F(WalletRaces, ABalanceIsNotTakenForTheNextBlocksWhileAWalletIsBeingPut) {
    EXPECT_EQ(say_local(kAliceUser), "140 local @2");
    auto gate = hold(store.script, Point::answering, "put");
    auto put = loop.start(wallets->put(kAliceUser, kChain, address(5), true, soon()));
    ASSERT_EQ(gate->waiting(), 1u);
    ASSERT_TRUE(committing().done());
    say(kAliceUser);
    EXPECT_EQ(said(), "140 local @2") << "what was so there, and says so";
    open(*gate);
    ASSERT_TRUE(put.done());
    EXPECT_EQ(say(kAliceUser), "139 chain @3");
}

TEST_F(WalletRaces, AChangeIsSeenByAllThoughItsCallerWentAway) {
    const int told = changes;
    auto gate = hold(store.script, Point::answering, "remove");
    auto removal = loop.start(removing());
    ASSERT_EQ(gate->waiting(), 1u);
    removal.cancel();
    open(*gate);
    EXPECT_EQ(say(kAliceUser), "100 database @2");
    EXPECT_EQ(changes, told + 1);
}

/// The database may tell a reader of an adjustment's block before and after it.
TEST_F(WalletRaces, ABalanceThatWasReadBeforeAnAdjustmentDoesNotReplaceIt) {
    auto late = hold(redis.script, Point::arriving, "publish");
    auto slow = reading();
    ASSERT_EQ(late->waiting(), 1u);
    hold(redis.script, Point::arriving, "publish")->open();
    AdjustmentPlan plan{kChain, cursor(), MoveKind::sync, {{WalletId{1}, kCpopId, 60}}};
    loop.run(writer->adjust(plan, soon())).value();
    ASSERT_EQ(redis_says(kAliceUser), "100");
    open(*late);
    ASSERT_TRUE(slow.done());
    drop_local();
    EXPECT_EQ(say(kAliceUser), "100 database @2");
}

}  // namespace
}  // namespace custodialbridge::ledger

#include <gtest/gtest.h>

#include "ledger_model.hpp"

namespace custodialbridge::ledger {
namespace {

class LedgerWriterTest : public LedgerTest {};

TEST_F(LedgerWriterTest, WritesChangedBalancesThroughAfterTheCommit) {
    step({{kCpop, kAlice, kBob, 1}});
    EXPECT_EQ(say_local(kAliceUser), "99 local @2");
    const auto* held = redis.held(key_of(kAliceUser));
    ASSERT_NE(held, nullptr);
    EXPECT_EQ(held->balance.amount, 99);
    EXPECT_EQ(held->balance.version, cursor().version());
    EXPECT_EQ(held->balance.block_hash, cursor().block.hash);
}

TEST_F(LedgerWriterTest, PublishesNothingOfACommitThatFailed) {
    chain.mine({{kCpop, kAlice, kBob, 1}});
    store.script.fail(Point::arriving, "commit", Errc::unavailable);
    ASSERT_FALSE(loop.run(applying()));
    EXPECT_EQ(say_local(kAliceUser), "100 local @1");
    EXPECT_EQ(redis_says(kAliceUser), "100");
    EXPECT_EQ(position().cursor, block(1));
}

TEST_F(LedgerWriterTest, ShowsTheNewBlockOnlyAfterItsCommit) {
    chain.mine({{kCpop, kAlice, kBob, 1}});
    auto gate = store.script.hold(Point::answering, "commit", loop.executor());
    auto committing = loop.start(applying());
    EXPECT_EQ(say_local(kAliceUser), "100 local @1");
    gate->open();
    loop.settle();
    ASSERT_TRUE(committing.done());
    EXPECT_EQ(say_local(kAliceUser), "99 local @2");
}

TEST_F(LedgerWriterTest, DoesNotFailWhenRedisDoes) {
    redis.script.fault = [](Point, std::string_view) { return Error(Errc::unavailable, "down"); };
    chain.mine({{kCpop, kAlice, kBob, 1}});
    EXPECT_TRUE(loop.run(applying()));
    EXPECT_EQ(say_local(kAliceUser), "99 local @2");
}

TEST_F(LedgerWriterTest, DoesNotLetReadersWaitForRedis) {
    auto gate = redis.script.hold(Point::arriving, "publish", loop.executor());
    chain.mine({{kCpop, kAlice, kBob, 1}});
    auto committing = loop.start(applying());
    EXPECT_EQ(gate->waiting(), 1u);
    EXPECT_EQ(say_local(kAliceUser), "99 local @2");
    loop.pass(settings.redis_timeout);
    EXPECT_TRUE(committing.done());
}

TEST_F(LedgerWriterTest, DropsTheCachedEntriesWhileCatchingUp) {
    step();
    const Version floor = position().redis_floor;
    chain.mine({{kCpop, kAlice, kBob, 1}});
    apply(Pace::catching_up);
    EXPECT_EQ(say_local(kAliceUser), "none");
    EXPECT_LT(floor, position().redis_floor);
    EXPECT_EQ(position().cursor, block(3));
    EXPECT_EQ(say(kAliceUser), "99 database @3");
}

TEST_F(LedgerWriterTest, DropsTheCachedEntriesWhenItUnwinds) {
    step({{kCpop, kAlice, kBob, 1}});
    step({{kCpop, kAlice, kBob, 1}});
    unwind_to(2);
    EXPECT_EQ(position().epoch, 1u);
    EXPECT_EQ(position().cursor, block(2));
    EXPECT_EQ(say(kAliceUser), "99 local @2");
}

TEST_F(LedgerWriterTest, LetsAHigherEpochWinThoughItsBlockIsLower) {
    for (int i = 0; i < 4; ++i) step({{kCpop, kAlice, kBob, 1}});
    ASSERT_EQ(say(kAliceUser), "96 local @5");
    unwind_to(2);
    EXPECT_EQ(redis.held(key_of(kAliceUser))->balance.version, (Version{1, {2}}));
    EXPECT_EQ(say(kAliceUser), "99 local @2");
    chain.drop(3);
    step({{kCpop, kAlice, kBob, 9}});
    EXPECT_EQ(say(kAliceUser), "90 local @3");
    drop_local();
    EXPECT_EQ(say(kAliceUser), "90 redis @3");
}

TEST_F(LedgerWriterTest, UnwindsWhatNobodysMoveTouched) {
    add_wallet(kBobUser, kBob);
    step({{kCpop, kAlice, address(9), 1}});
    EXPECT_EQ(say(kBobUser), "0 local @2");
    step();
    unwind_to(2);
    EXPECT_EQ(say(kBobUser), "0 database @2");
    EXPECT_EQ(view.block, block(2));
}

TEST_F(LedgerWriterTest, ForgetsTheNativeBalanceOfWhoABlockNames) {
    const auto receive = [this](std::vector<WalletId> named) {
        chain.mine({{kNative, kZero, kAlice, 1, testing::Told::not_at_all}});
        LedgerPlan plan = next_plan();
        plan.native_touched = std::move(named);
        ASSERT_TRUE(loop.run(writer->apply(std::move(plan), Pace::following, soon())));
        saw_head();
    };
    receive({});
    EXPECT_EQ(say(kAliceUser, kEthId), "1 chain @2");
    receive({});
    EXPECT_EQ(say(kAliceUser, kEthId), "1 local @2") << "nothing told of it";
    EXPECT_EQ(redis_says(kAliceUser, kEthId), "1");
    receive({WalletId{1}});
    EXPECT_EQ(redis_says(kAliceUser, kEthId), "none");
    EXPECT_EQ(say(kAliceUser, kEthId), "3 chain @4");
    EXPECT_EQ(say(kAliceUser), "100 local @4");
}

TEST_F(LedgerWriterTest, PublishesAdjustments) {
    AdjustmentPlan plan{kChain, cursor(), MoveKind::sync, {}};
    plan.balances.push_back({WalletId{1}, kCpopId, 55});
    ASSERT_TRUE(loop.run(writer->adjust(plan, soon())));
    EXPECT_EQ(say_local(kAliceUser), "55 local @1");
    EXPECT_EQ(redis_says(kAliceUser), "55");
}

TEST_F(LedgerWriterTest, TellsTheBoardOfHeadAndFinality) {
    chain.mine_empty(3);
    loop.clock.advance(Millis{1'000});
    const Time at_head = position().at_head;
    saw_head();
    EXPECT_EQ(position().head, 4u);
    EXPECT_EQ(position().at_head, at_head);
    writer->saw_finality({3}, {2});
    EXPECT_EQ(position().safe, 3u);
    EXPECT_EQ(position().finalized, 2u);
    for (int i = 0; i < 3; ++i) apply();
    saw_head();
    EXPECT_EQ(position().at_head, loop.clock.wall());
}

TEST_F(LedgerWriterTest, CountsAgesFromTheCursorsBlockUntilTheHeadIsSeen) {
    restart();
    EXPECT_TRUE(position().known);
    EXPECT_EQ(position().cursor, block(1));
}

}  // namespace
}  // namespace custodialbridge::ledger

/// Which cached values may be used, and that none that was overtaken comes back.
#include <gtest/gtest.h>

#include "ledger_model.hpp"

namespace custodialbridge::ledger {
namespace {

class RedisFloor : public LedgerTest {
  protected:
    void plant(const Version& version, const U256& amount) {
        Balance balance;
        balance.amount = amount;
        balance.version = version;
        balance.block_hash = block(version.block.value).hash;
        balance.as_of = loop.clock.wall();
        redis.entries[key_of(kAliceUser)] = {balance, loop.clock.now() + Millis{30'000}};
    }
};

TEST_F(RedisFloor, AnEntryBelowItIsNotUsed) {
    step();
    step();
    writer->distrust_redis();
    drop_local();
    plant({0, {3}}, 12'345);
    EXPECT_EQ(say(kAliceUser), "100 database @3");
    step();
    drop_local();
    plant({0, {4}}, 100);
    EXPECT_EQ(say(kAliceUser), "100 redis @4");
}

TEST_F(RedisFloor, RisesWhenAPublishFails) {
    redis.script.fail(Point::arriving, "publish", Errc::unavailable);
    step({{kCpop, kAlice, kBob, 1}});
    ASSERT_EQ(redis_says(kAliceUser), "100");
    drop_local();
    EXPECT_EQ(say(kAliceUser), "99 database @2");
}

TEST_F(RedisFloor, RisesWhenTheAnswerToAPublishIsLost) {
    redis.script.fail(Point::answering, "publish", Errc::timed_out);
    step({{kCpop, kAlice, kBob, 1}});
    drop_local();
    EXPECT_EQ(say(kAliceUser), "99 database @2");
}

TEST_F(RedisFloor, RisesWhenTheProcessBegins) {
    redis.script.fail(Point::arriving, "publish", Errc::unavailable);
    step({{kCpop, kAlice, kBob, 1}});
    step();
    restart();
    EXPECT_EQ(say(kAliceUser), "99 database @3");
}

/// Killed after an adjustment at the cursor was committed, before Redis was told.
TEST_F(RedisFloor, IsAboveTheCursorWhenTheProcessBegins) {
    step({{kCpop, kAlice, kBob, 1}});
    AdjustmentPlan plan{kChain, cursor(), MoveKind::sync, {{WalletId{1}, kCpopId, 55}}};
    loop.run(store.adjust(plan, soon())).value();
    ASSERT_EQ(redis_says(kAliceUser), "99");
    restart();
    EXPECT_EQ(say(kAliceUser), "55 database @2");
    step();
    drop_local();
    EXPECT_EQ(say(kAliceUser), "55 database @3");
}

/// A Redis that has come back without what it was told last.
TEST_F(RedisFloor, RisesWhenRedisHasBeenAway) {
    const auto before = redis.entries;
    step({{kCpop, kAlice, kBob, 1}});
    step();
    redis.entries = before;
    board->distrust_redis();
    drop_local();
    EXPECT_EQ(say(kAliceUser), "99 database @3");
    redis.entries = before;
    saw_head();
    drop_local();
    EXPECT_EQ(say(kAliceUser), "99 database @3");
    step({{kCpop, kAlice, kBob, 1}});
    drop_local();
    EXPECT_EQ(say(kAliceUser), "98 redis @4");
}

TEST_F(RedisFloor, CountsWhenRedisAnswersNotWhenItWasAsked) {
    step({{kCpop, kAlice, kBob, 1}});
    drop_local();
    plant({0, {2}}, 12'345);
    auto gate = redis.script.hold(Point::answering, "find", loop.executor());
    auto slow = loop.start(reader->read(key_of(kAliceUser), view, soon()));
    ASSERT_EQ(gate->waiting(), 1u);
    board->distrust_redis();
    gate->open();
    loop.settle();
    ASSERT_TRUE(slow.done());
    EXPECT_EQ(said(), "99 database @2");
}

TEST_F(RedisFloor, RisesAboveABlockThatWasOnItsWayWhenRedisWasDistrusted) {
    chain.mine({{kCpop, kAlice, kBob, 1}});
    auto gate = store.script.hold(Point::answering, "commit", loop.executor());
    auto committing = loop.start(applying());
    board->distrust_redis();
    saw_head();
    plant({0, {2}}, 12'345);  // by a reader of the database
    gate->open();
    loop.settle();
    ASSERT_TRUE(committing.done());
    plant({0, {2}}, 12'345);
    drop_local();
    EXPECT_EQ(say(kAliceUser), "99 database @2");
}

TEST_F(RedisFloor, KeepsEntriesOfBeforeAnUnwindOut) {
    step({{kCpop, kAlice, kBob, 1}});
    step({{kCpop, kAlice, kBob, 1}});
    redis.script.fault = [](Point, std::string_view) { return Error(Errc::unavailable, "down"); };
    unwind_to(2);
    redis.script.fault = nullptr;
    drop_local();
    EXPECT_EQ(say(kAliceUser), "99 database @2");
}

TEST_F(RedisFloor, IsAboveAnyEntryUntilTheChainIsLoaded) {
    step({{kCpop, kAlice, kBob, 1}});
    reader.reset();
    wallets.reset();
    chain_reader.reset();
    writer.reset();
    start();
    EXPECT_EQ(say(kAliceUser), "99 database @2");
}

/// A slow read of a lower tier, overtaken by a block.
class SlowRead : public LedgerTest {
  protected:
    std::shared_ptr<testing::Gate> slow_find() {
        return store.script.hold(Point::answering, "find", loop.executor());
    }
    testing::Running<ReadResult> reading() {
        return loop.start(reader->read(key_of(kAliceUser), view, soon()));
    }
    void forget_all() {
        drop_local();
        redis.entries.clear();
    }
};

TEST_F(SlowRead, DoesNotPutAnOldBalanceBack) {
    forget_all();
    auto gate = slow_find();
    auto slow = reading();
    ASSERT_EQ(gate->waiting(), 1u);
    step({{kCpop, kAlice, kBob, 1}});
    gate->open();
    loop.settle();
    ASSERT_TRUE(slow.done());
    EXPECT_EQ(said(), "99 database @2");  // the local tier knows better by now
    EXPECT_EQ(say_local(kAliceUser), "99 local @2");
    EXPECT_NE(redis_says(kAliceUser), "100");
}

TEST_F(SlowRead, IsAsOfItsOwnBlockWhenALaterOneWasPublishedMeanwhile) {
    forget_all();
    auto gate = slow_find();
    auto slow = reading();
    step();
    step();
    gate->open();
    loop.settle();
    EXPECT_EQ(said(), "100 database @1");
    EXPECT_EQ(view.block, block(1));
}

TEST_F(SlowRead, DoesNotBringBackWhatAnUnwindTookAway) {
    step({{kCpop, kAlice, kBob, 1}});
    step({{kCpop, kAlice, kBob, 1}});
    forget_all();
    auto gate = slow_find();
    auto slow = reading();
    unwind_to(2);
    drop_local();
    redis.entries.clear();
    gate->open();
    loop.settle();
    EXPECT_EQ(said(), "98 database @3");
    EXPECT_EQ(say(kAliceUser), "99 database @2");
}

TEST_F(SlowRead, OfAnExpiredEntryThatFailsShowsItAsOfTheBlockItWasRightFor) {
    step({{kCpop, kAlice, kBob, 1}});
    loop.clock.advance(settings.local_ttl + Millis{1});
    redis.entries.clear();
    auto gate = slow_find();
    auto slow = reading();
    ASSERT_EQ(gate->waiting(), 1u);
    step({{kCpop, kAlice, kBob, 10}});
    store.script.fail(Point::answering, "find", Errc::unavailable);
    gate->open();
    loop.settle();
    ASSERT_TRUE(slow.done());
    ASSERT_TRUE(slow.take());
    EXPECT_EQ(view.block, view.raw == "99" ? block(2) : block(3));
}

/// Alice's second wallet is put while a read of the database, which saw one wallet, is on its way.
TEST_F(SlowRead, NeverLeavesTheSumOfFewerWalletsInAnyTier) {
    step({{kCpop, kAlice, kBob, 40}});
    forget_all();
    auto gate = slow_find();
    auto slow = reading();
    ASSERT_EQ(gate->waiting(), 1u);
    loop.run(wallets->put(kAliceUser, kChain, kBob, true, soon())).value();
    gate->open();
    loop.settle();
    ASSERT_TRUE(slow.done());
    EXPECT_EQ(say_local(kAliceUser), "none");
    EXPECT_EQ(redis_says(kAliceUser), "none");
    store.script.hold(Point::answering, "find", loop.executor())->open();
    EXPECT_EQ(say(kAliceUser), "100 chain @2");
    open_waiting();
    EXPECT_EQ(say(kAliceUser), "100 local @2");
}

TEST_F(SlowRead, OfRedisNeverLeavesTheSumOfFewerWalletsEither) {
    step({{kCpop, kAlice, kBob, 40}});
    drop_local();
    auto gate = redis.script.hold(Point::answering, "find", loop.executor());
    auto slow = reading();
    ASSERT_EQ(gate->waiting(), 1u);
    loop.run(wallets->put(kAliceUser, kChain, kBob, true, soon())).value();
    gate->open();
    loop.pass(Millis{2});  // for the chain, which is asked instead
    ASSERT_TRUE(slow.done());
    EXPECT_EQ(say_local(kAliceUser), "none");
    EXPECT_EQ(redis_says(kAliceUser), "none");
}

/// Reads of a block that the ledger has not applied, or never will.
class AheadOfTheLedger : public LedgerTest {
  protected:
    testing::Running<ReadResult> realtime() {
        return loop.start(reader->read_realtime(key_of(kAliceUser), 1, view, soon()));
    }
    bool is_true(const BalanceView& shown) const {
        const testing::ModelBlock* at = chain.ever(shown.block.hash);
        return at != nullptr &&
               shown.raw == to_string(testing::ModelChain::balance_in(at->state, kCpop, kAlice));
    }
};

TEST_F(AheadOfTheLedger, AReadStaysWhenTheLedgerAppliesItsBlock) {
    chain.mine({{kCpop, kAlice, kBob, 1}});
    auto ahead = realtime();
    apply();
    loop.pass(Millis{20});
    ASSERT_TRUE(ahead.done());
    EXPECT_EQ(said(), "99 chain @2");
    EXPECT_EQ(say_local(kAliceUser), "99 local @2");
}

TEST_F(AheadOfTheLedger, AReadIsDroppedWhenAnotherBlockTakesItsPlace) {
    chain.mine({{kCpop, kAlice, kBob, 1}});
    auto ahead = realtime();
    loop.pass(Millis{600});
    ASSERT_TRUE(ahead.done());
    EXPECT_EQ(say_local(kAliceUser), "99 local @2");
    EXPECT_EQ(view.block, chain.head().header.ref);
    chain.drop(1);
    chain.mine();
    apply();
    EXPECT_EQ(say(kAliceUser), "100 database @2");
    EXPECT_TRUE(is_true(view));
}

TEST_F(AheadOfTheLedger, AReadIsNotCachedWhenItsBlockIsReplacedBeforeItIsDone) {
    chain.mine({{kCpop, kAlice, kBob, 1}});
    auto ahead = realtime();
    ASSERT_FALSE(ahead.done());
    chain.drop(1);
    chain.mine();
    apply();
    saw_head();
    loop.pass(Millis{20});
    ASSERT_TRUE(ahead.done());
    EXPECT_TRUE(is_true(view));
    ASSERT_EQ(say(kAliceUser).substr(0, 4), "100 ");
    EXPECT_TRUE(is_true(view));
    drop_local();
    say(kAliceUser);
    EXPECT_TRUE(is_true(view));
}

TEST_F(AheadOfTheLedger, AReadOfAReplacedBlockIsNotTakenForTheCursors) {
    step({{kCpop, kAlice, kBob, 1}});
    drop_local();
    redis.entries.clear();
    chain.drop(1);
    chain.mine({{kCpop, kAlice, kBob, 30}});  // the ledger still stands at the other block 2
    auto ahead = realtime();
    loop.pass(Millis{600});
    ASSERT_TRUE(ahead.done());
    EXPECT_TRUE(is_true(view));
    say(kAliceUser);
    EXPECT_TRUE(is_true(view)) << said();
    drop_local();
    say(kAliceUser);
    EXPECT_TRUE(is_true(view)) << said();
}

TEST_F(AheadOfTheLedger, AnOlderReadDoesNotReplaceANewerBalance) {
    for (int i = 0; i < 5; ++i) step({{kCpop, kAlice, kBob, 1}});
    ASSERT_TRUE(loop.run(reader->read_realtime(key_of(kAliceUser), 4, view, soon())));
    EXPECT_EQ(said(), "98 chain @3");
    EXPECT_EQ(say(kAliceUser), "95 local @6");
    drop_local();
    EXPECT_EQ(say(kAliceUser), "95 redis @6");
}

}  // namespace
}  // namespace custodialbridge::ledger

/// A process that does not write the chain: it cannot know what the writer changes at a block that
/// it has seen.
#include <gtest/gtest.h>

#include "ledger_model.hpp"

namespace custodialbridge::ledger {
namespace {

class Standby : public LedgerTest {
  protected:
    void SetUp() override {
        LedgerTest::SetUp();
        step({{kCpop, kAlice, kBob, 1}});
    }

    void stand_by() {
        const store::ChainState state = *loop.run(store.load(kChain, soon())).value();
        writer->loaded(state.cursor, state.cursor_time, Role::standby);
        saw_head();
    }

    /// What the other process does.
    void adjust(const U256& amount) {
        AdjustmentPlan plan{kChain, cursor(), MoveKind::sync, {{WalletId{1}, kCpopId, amount}}};
        loop.run(store.adjust(plan, soon())).value();
    }
    void commit(const std::vector<ModelMove>& moves) {
        chain.mine(moves);
        loop.run(store.commit(next_plan(), store::Totals::wanted, soon())).value();
    }
};

TEST_F(Standby, DoesNotSayThatABalanceIsTrueBeyondWhenItWasRead) {
    stand_by();
    EXPECT_EQ(say(kAliceUser), "99 database @2");
    EXPECT_EQ(view.sync_lag_seconds, 0u);
    adjust(55);
    loop.clock.advance(std::chrono::seconds(8));
    saw_head();
    EXPECT_EQ(say(kAliceUser), "99 local @2");
    EXPECT_EQ(view.sync_lag_seconds, 8u);
}

TEST_F(Standby, NamesTheBlockThatABalanceWasReadAt) {
    stand_by();
    commit({{kCpop, kAlice, kBob, 1}});  // it has not looked yet
    EXPECT_EQ(say(kAliceUser), "98 database @3");
    EXPECT_EQ(say_local(kAliceUser), "98 local @3");
    commit({{kCpop, kAlice, kBob, 1}});
    EXPECT_EQ(say(kAliceUser), "98 local @3");
    stand_by();
    EXPECT_EQ(say(kAliceUser), "97 database @4");
}

TEST_F(Standby, DoesNotSayThatWhatWasBeingReadBeforeIsTrueBeyondItsBlock) {
    drop_local();
    redis.entries.clear();
    auto gate = store.script.hold(Point::answering, "find", loop.executor());
    auto slow = loop.start(reader->read(key_of(kAliceUser), view, soon()));
    ASSERT_EQ(gate->waiting(), 1u);
    stand_by();
    adjust(55);
    gate->open();
    loop.settle();
    ASSERT_TRUE(slow.done());
    loop.clock.advance(std::chrono::seconds(8));
    saw_head();
    say(kAliceUser);
    EXPECT_TRUE(view.raw == "55" || view.sync_lag_seconds == 8u) << said();
}

/// It does not know which entries the writer trusts, nor when it replaces one of the same block.
TEST_F(Standby, LeavesRedisToTheWriter) {
    stand_by();
    const std::size_t asked = redis.script.calls("find"), told = redis.script.calls("publish");
    redis.entries[key_of(kAliceUser)].balance.version = {0, {9}};
    EXPECT_EQ(say(kAliceUser), "99 database @2");
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 chain @2");
    EXPECT_EQ(redis.script.calls("find"), asked);
    EXPECT_EQ(redis.script.calls("publish"), told);
}

TEST_F(Standby, SaysMoreAgainWhenItHasBecomeTheWriter) {
    stand_by();
    EXPECT_EQ(say(kAliceUser), "99 database @2");
    adjust(55);
    load();
    EXPECT_EQ(say(kAliceUser), "55 database @2");
    step();
    EXPECT_EQ(say(kAliceUser), "55 local @3");
}

}  // namespace
}  // namespace custodialbridge::ledger

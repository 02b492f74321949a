/// Balances that were read lately are put into the tiers again from the database, by time.
#include <gtest/gtest.h>

#include "custodialbridge/ledger/tier_refresher.hpp"
#include "ledger_model.hpp"

namespace custodialbridge::ledger {
namespace {

constexpr Millis kInterval{300'000};

class Refreshed : public LedgerTest {
  protected:
    void SetUp() override {
        LedgerTest::SetUp();
        drop_local();
        refresher = make_tier_refresher({registry, *board, *local,
                                         std::make_unique<testing::FakeCache>(redis), store,
                                         {{kChain, chain_reader.get()}}, loop.clock, metrics,
                                         settings});
        refreshing.emplace(loop.start(keep_tiers_fresh(*refresher, *local, *board, loop.clock,
                                                       metrics, [this] { return interval; })));
    }
    void TearDown() override { refreshing.reset(); }

    /// Past what tells the tiers.
    void adjust_in_the_store(const U256& amount) {
        AdjustmentPlan plan{kChain, cursor(), MoveKind::sync, {{WalletId{1}, kCpopId, amount}}};
        loop.run(store.adjust(plan, soon())).value();
    }

    std::size_t asked() const { return store.script.calls("find"); }

    Millis interval = kInterval;
    std::unique_ptr<TierRefresher> refresher;
    std::optional<testing::Running<void>> refreshing;
};

TEST_F(Refreshed, BalancesAreFoundInTheLocalTierAsTheDatabaseHasThem) {
    EXPECT_EQ(say(kAliceUser), "100 database @1");
    adjust_in_the_store(55);
    loop.pass(kInterval);
    EXPECT_EQ(say(kAliceUser), "55 local @1");
}

TEST_F(Refreshed, BalancesAreReadByAnotherIntervalFromNowOn) {
    EXPECT_EQ(say(kAliceUser), "100 database @1");
    adjust_in_the_store(55);
    interval = Millis{5'000};
    loop.pass(Millis{7'000});
    EXPECT_EQ(say(kAliceUser), "55 local @1");
}

TEST_F(Refreshed, BalancesAreFoundInRedisToo) {
    EXPECT_EQ(say(kAliceUser), "100 database @1");
    redis.entries.clear();
    adjust_in_the_store(55);
    loop.pass(kInterval);
    EXPECT_EQ(redis_says(kAliceUser), "55");
}

TEST_F(Refreshed, BalancesAreAskedForTogether) {
    for (int i = 0; i < 400; ++i) {
        const Address address = testing::address(static_cast<std::uint64_t>(100 + i));
        loop.run(store.put({"u" + std::to_string(i)}, kChain, address, true, soon())).value();
    }
    open_waiting();
    drop_local();
    for (int i = 0; i < 400; ++i) say({"u" + std::to_string(i)});
    const std::size_t before = asked();
    loop.pass(kInterval);
    EXPECT_GT(asked(), before);
    EXPECT_LE(asked(), before + 4);
}

TEST_F(Refreshed, BalancesAreThoseThatSomebodyRead) {
    const std::size_t before = asked();
    loop.pass(kInterval);
    EXPECT_EQ(asked(), before);
}

TEST_F(Refreshed, BalancesOfAUserWhoHasNoWalletAnyMoreAreNone) {
    EXPECT_EQ(say(kAliceUser), "100 database @1");
    loop.run(store.remove(kAliceUser, kChain, kAlice, soon())).value();
    loop.pass(kInterval);
    const std::size_t before = asked();
    EXPECT_EQ(say(kAliceUser), kUnknownUser);
    EXPECT_EQ(asked(), before);
}

TEST_F(Refreshed, BalancesThatTheDatabaseDoesNotHaveAreNotAskedOfTheChain) {
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 chain @1");
    const std::size_t before = rpc.script.calls("balances");
    loop.pass(kInterval);
    EXPECT_GT(before, 0u);
    EXPECT_EQ(rpc.script.calls("balances"), before);
}

TEST_F(Refreshed, BalancesWaitForADatabaseThatDoesNotAnswer) {
    EXPECT_EQ(say(kAliceUser), "100 database @1");
    adjust_in_the_store(55);
    store.script.fail(Point::arriving, "find", Errc::unavailable);
    loop.pass(kInterval);
    ASSERT_FALSE(refreshing->done());
    loop.pass(kInterval);
    EXPECT_EQ(say(kAliceUser), "55 local @1");
}

TEST_F(Refreshed, BalancesOfAStandbyAreNotGivenToRedis) {
    const store::ChainState state = *loop.run(store.load(kChain, soon())).value();
    writer->loaded(state.cursor, state.cursor_time, Role::standby);
    EXPECT_EQ(say(kAliceUser), "100 database @1");
    redis.entries.clear();
    adjust_in_the_store(55);
    loop.pass(kInterval);
    EXPECT_EQ(say(kAliceUser), "55 local @1");
    EXPECT_EQ(redis_says(kAliceUser), "none");
}

}  // namespace
}  // namespace custodialbridge::ledger

#include <gmock/gmock.h>

#include "ledger_model.hpp"

namespace custodialbridge::ledger {
namespace {

class BalanceReaderTest : public LedgerTest {
  protected:
    void fail_all(testing::Script& script, bool failing = true) {
        if (!failing) {
            script.fault = nullptr;
            return;
        }
        script.fault = [](Point, std::string_view) { return Error(Errc::unavailable, "down"); };
    }
};

TEST_F(BalanceReaderTest, AnswersFromTheLocalTierFirst) {
    step({{kCpop, kAlice, kBob, 1}});
    const std::size_t redis_reads = redis.script.calls("find");
    EXPECT_EQ(say(kAliceUser), "99 local @2");
    EXPECT_EQ(say_local(kAliceUser), "99 local @2");
    EXPECT_EQ(redis.script.calls("find"), redis_reads);
    EXPECT_EQ(store.script.calls("find"), 0u);
}

TEST_F(BalanceReaderTest, AnswersFromRedisThenAndRemembers) {
    step({{kCpop, kAlice, kBob, 1}});
    drop_local();
    EXPECT_EQ(say_local(kAliceUser), "none");
    EXPECT_EQ(say(kAliceUser), "99 redis @2");
    EXPECT_EQ(store.script.calls("find"), 0u);
    EXPECT_EQ(say(kAliceUser), "99 local @2");
}

TEST_F(BalanceReaderTest, ShowsWhatRedisHoldsOfAnUnchangedBalanceAsOfTheCursor) {
    step({{kCpop, kAlice, kBob, 1}});
    step();
    step();
    drop_local();
    EXPECT_EQ(say(kAliceUser), "99 redis @4");
    step();
    EXPECT_EQ(say(kAliceUser), "99 local @5");
}

TEST_F(BalanceReaderTest, AnswersFromTheDatabaseThenAndFillsTheTiersAbove) {
    step({{kCpop, kAlice, kBob, 1}});
    drop_local();
    redis.entries.clear();
    EXPECT_EQ(say(kAliceUser), "99 database @2");
    EXPECT_EQ(say(kAliceUser), "99 local @2");
    drop_local();
    EXPECT_EQ(say(kAliceUser), "99 redis @2");
    EXPECT_EQ(rpc.script.calls("balances"), 0u);
}

TEST_F(BalanceReaderTest, AsksTheChainWhenTheDatabaseHasNone) {
    loop.run(wallets->put(kBobUser, kChain, kBob, true, soon())).value();
    chain.mine({{kCpop, kAlice, kBob, 7}});
    EXPECT_EQ(say(kBobUser), "7 chain @2");
    EXPECT_EQ(view.units, "0.07");
    EXPECT_EQ(view.symbol, "CPOP");
    EXPECT_FALSE(view.realtime);
}

TEST_F(BalanceReaderTest, AsksTheChainForAPolledTokenAndCachesIt) {
    step();
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 chain @2");
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 local @2");
    drop_local();
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 redis @2");
    EXPECT_EQ(desk.size(), 1u) << "to be stored, too";
}

TEST_F(BalanceReaderTest, ShowsAPolledTokenAsOfItsOwnBlock) {
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 chain @1");
    step();
    step();
    loop.clock.advance(Millis{4'000});
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 local @1");
    EXPECT_EQ(view.sync_lag_seconds, 4u);
}

TEST_F(BalanceReaderTest, SumsAUsersWallets) {
    add_wallet(kAliceUser, kBob);
    step({{kCpop, kAlice, address(9), 1}, {kCpop, kZero, kBob, 5}});
    EXPECT_EQ(say(kAliceUser), "104 local @2");
    drop_local();
    redis.entries.clear();
    EXPECT_EQ(say(kAliceUser), "104 database @2");
    EXPECT_EQ(loop.run(reader->read_realtime(key_of(kAliceUser), 1, view, soon())).has_value(),
              true);
    EXPECT_EQ(view.raw, "104");
}

TEST_F(BalanceReaderTest, SaysWhatIsUnknown) {
    const auto why = [&](const BalanceKey& key, bool realtime) {
        const ReadResult result = realtime ? loop.run(reader->read_realtime(key, 1, view, soon()))
                                           : loop.run(reader->read(key, view, soon()));
        return result ? std::optional<NoBalance>() : result.error().why;
    };
    for (const bool realtime : {false, true}) {
        EXPECT_EQ(why({kAliceUser, {8}, kCpopId}, realtime), NoBalance::unknown_chain);
        EXPECT_EQ(why({kAliceUser, kChain, {9}}, realtime), NoBalance::unknown_token);
        EXPECT_EQ(why({{"nobody"}, kChain, kCpopId}, realtime), NoBalance::unknown_user);
        EXPECT_EQ(why({{"nobody"}, kChain, kUsdtId}, realtime), NoBalance::unknown_user);
    }
}

TEST_F(BalanceReaderTest, RemembersAnUnknownUserForAShortTime) {
    EXPECT_EQ(say(kBobUser), kUnknownUser);
    EXPECT_EQ(say(kBobUser), kUnknownUser);
    EXPECT_EQ(store.script.calls("find"), 1u);
    EXPECT_EQ(say_local(kBobUser), "none");
    loop.clock.advance(Millis{5'001});
    EXPECT_EQ(say(kBobUser), kUnknownUser);
    EXPECT_EQ(store.script.calls("find"), 2u);
}

TEST_F(BalanceReaderTest, ForgetsThatAUserWasUnknownWhenAWalletIsPut) {
    EXPECT_EQ(say(kBobUser), kUnknownUser);
    add_wallet(kBobUser, kBob);
    EXPECT_EQ(say(kBobUser), "0 local @1");
}

TEST_F(BalanceReaderTest, AnswersWithoutRedis) {
    step({{kCpop, kAlice, kBob, 1}});
    drop_local();
    fail_all(redis.script);
    EXPECT_EQ(say(kAliceUser), "99 database @2");
}

TEST_F(BalanceReaderTest, DoesNotWaitLongForRedis) {
    step({{kCpop, kAlice, kBob, 1}});
    drop_local();
    redis.script.delay = [](Point, std::string_view) { return Millis{60'000}; };
    const Instant before = loop.clock.now();
    EXPECT_EQ(say(kAliceUser), "99 database @2");
    EXPECT_LE(loop.clock.now() - before, settings.redis_timeout * 2);
}

TEST_F(BalanceReaderTest, IsUnavailableWhenNoTierHasIt) {
    drop_local();
    redis.entries.clear();
    fail_all(store.script);
    EXPECT_EQ(say(kAliceUser), kUnavailable);
    fail_all(store.script, false);
    fail_all(rpc.script);
    EXPECT_EQ(say(kAliceUser, kUsdtId), kChainUnavailable);
}

TEST_F(BalanceReaderTest, AnswersPastTheTtlWithItsTrueLagWhenTheDatabaseIsDown) {
    step({{kCpop, kAlice, kBob, 1}});
    fail_all(store.script);
    fail_all(redis.script);
    loop.clock.advance(std::chrono::seconds(95));
    EXPECT_EQ(say_local(kAliceUser), "none");
    EXPECT_EQ(say(kAliceUser), "99 local @2");
    EXPECT_EQ(view.sync_lag_seconds, 95u);
}

TEST_F(BalanceReaderTest, AnswersPastTheTtlWithTheLedgersLagWhileTheChainGoesOn) {
    step({{kCpop, kAlice, kBob, 1}});
    loop.clock.advance(std::chrono::seconds(95));
    step();
    loop.clock.advance(std::chrono::seconds(3));
    fail_all(store.script);
    fail_all(redis.script);
    EXPECT_EQ(say(kAliceUser), "99 local @3");
    EXPECT_EQ(view.sync_lag_seconds, 3u);
}

TEST_F(BalanceReaderTest, ShowsACurrentEntryAsOfTheCursor) {
    step({{kCpop, kAlice, kBob, 1}});
    loop.clock.advance(std::chrono::seconds(8));
    for (int i = 0; i < 3; ++i) step();
    loop.clock.advance(std::chrono::seconds(2));
    EXPECT_EQ(say_local(kAliceUser), "99 local @5");
    EXPECT_EQ(view.block, block(5));
    EXPECT_EQ(view.sync_lag_seconds, 2u);
    EXPECT_EQ(view.last_updated, position().at_head);
}

TEST_F(BalanceReaderTest, CountsTheLagFromWhenTheLedgerStoodAtTheHead) {
    step({{kCpop, kAlice, kBob, 1}});
    chain.mine();
    loop.clock.advance(std::chrono::seconds(40));
    saw_head();
    drop_local();
    redis.entries.clear();
    EXPECT_EQ(say(kAliceUser), "99 database @2");
    EXPECT_EQ(view.sync_lag_seconds, 40u);
}

TEST_F(BalanceReaderTest, ReadsRealtimeFromTheChainAtItsHead) {
    chain.mine({{kCpop, kAlice, kBob, 1}});
    auto reading = loop.start(reader->read_realtime(key_of(kAliceUser), 1, view, soon()));
    apply();
    saw_head();
    loop.pass(Millis{10});
    ASSERT_TRUE(reading.done());
    ASSERT_TRUE(reading.take());
    EXPECT_EQ(said(), "99 chain @2");
    EXPECT_TRUE(view.realtime);
    EXPECT_EQ(view.sync_lag_seconds, 0u);
    EXPECT_EQ(view.confirmations, 1u);
    EXPECT_EQ(view.block, block(2));
}

TEST_F(BalanceReaderTest, ReadsRealtimeWithAsManyConfirmationsAsAskedFor) {
    for (int i = 0; i < 9; ++i) step({{kCpop, kAlice, kBob, 1}});
    for (const std::uint32_t confirmations : {1u, 2u, 5u, 10u}) {
        ASSERT_TRUE(
            loop.run(reader->read_realtime(key_of(kAliceUser), confirmations, view, soon())));
        EXPECT_EQ(view.confirmations, confirmations);
        EXPECT_EQ(view.block, block(11 - confirmations));
        EXPECT_EQ(view.raw, std::to_string(90 + confirmations));
    }
    EXPECT_EQ(say(kAliceUser), "91 local @10");
}

TEST_F(BalanceReaderTest, UpdatesTheCachesWithARealtimeRead) {
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 chain @1");
    step({{kUsdt, kAlice, kBob, 50}});
    ASSERT_TRUE(loop.run(reader->read_realtime(key_of(kAliceUser, kUsdtId), 1, view, soon())));
    EXPECT_EQ(say(kAliceUser, kUsdtId), "650 local @2");
    drop_local();
    EXPECT_EQ(say(kAliceUser, kUsdtId), "650 redis @2");
}

}  // namespace
}  // namespace custodialbridge::ledger

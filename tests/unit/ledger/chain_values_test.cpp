/// What was read from the chain, of which the ledger does not say when it changes: it is true as of
/// its own block, and never said to be more.
#include <gtest/gtest.h>

#include "ledger_model.hpp"

namespace custodialbridge::ledger {
namespace {

class ChainValues : public LedgerTest {
  protected:
    void SetUp() override {
        LedgerTest::SetUp();
        step({{kDeed, kZero, kAlice, 1}, {kCpop, kZero, kBob, 40}});
    }

    /// Alice has 100 in a wallet that is followed and 40 in one that waits.
    void put_second_wallet() {
        loop.run(wallets->put(kAliceUser, kChain, kBob, true, soon())).value();
    }

    std::string say_realtime(TokenId token) {
        const BalanceKey key = key_of(kAliceUser, token);
        return loop.run(reader->read_realtime(key, 1, view, soon())) ? said() : "none";
    }
};

TEST_F(ChainValues, OfAnNftThatIsNotFollowedAreAsOfTheirOwnBlock) {
    EXPECT_EQ(say(kAliceUser, kDeedId), "1 chain @2");
    step({{kDeed, kAlice, kBob, 1}});
    EXPECT_EQ(say(kAliceUser, kDeedId), "1 local @2");
    drop_local();
    EXPECT_EQ(say(kAliceUser, kDeedId), "1 redis @2");
    EXPECT_EQ(say(kAliceUser, kDeedId), "1 local @2");
    EXPECT_EQ(say_realtime(kDeedId), "0 chain @3");
    EXPECT_EQ(say(kAliceUser, kDeedId), "0 local @3");
}

TEST_F(ChainValues, OfAWaitingWalletAreAsOfTheirOwnBlock) {
    put_second_wallet();
    EXPECT_EQ(say(kAliceUser), "140 chain @2");
    step({{kCpop, kAlice, address(9), 1}});
    EXPECT_EQ(say(kAliceUser), "140 local @2");
}

TEST_F(ChainValues, OfAWaitingWalletAreNotGivenToRedis) {
    put_second_wallet();
    EXPECT_EQ(say(kAliceUser), "140 chain @2");
    step({{kCpop, kAlice, address(9), 1}});
    drop_local();
    EXPECT_EQ(say(kAliceUser), "139 chain @3");
    EXPECT_EQ(redis_says(kAliceUser), "none");
}

TEST_F(ChainValues, OfAWaitingWalletAreAsOfTheirOwnBlockAlsoInRealTime) {
    put_second_wallet();
    EXPECT_EQ(say_realtime(kCpopId), "140 chain @2");
    step({{kCpop, kAlice, address(9), 1}});
    EXPECT_EQ(say(kAliceUser), "140 local @2");
}

TEST_F(ChainValues, DoNotHoldBackAFollowedBalanceThatSaysTheSame) {
    EXPECT_EQ(say(kAliceUser), "100 local @2");
    loop.clock.advance(Millis{3'000});
    EXPECT_EQ(say_realtime(kCpopId), "100 chain @2");
    EXPECT_EQ(say(kAliceUser), "100 local @2");
    EXPECT_EQ(view.sync_lag_seconds, 0u);
    step();
    EXPECT_EQ(say(kAliceUser), "100 local @3");
}

TEST_F(ChainValues, ThatDifferFromTheLedgerAreShownAsOfTheirBlock) {
    chain.mine({{kCpop, kAlice, kBob, 1, testing::Told::not_at_all}});
    apply();
    saw_head();
    EXPECT_EQ(say(kAliceUser), "100 local @3");
    EXPECT_EQ(say_realtime(kCpopId), "99 chain @3");
    EXPECT_EQ(say(kAliceUser), "99 local @3");
    step();
    EXPECT_EQ(say(kAliceUser), "99 local @3");
}

}  // namespace
}  // namespace custodialbridge::ledger

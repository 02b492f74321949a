// Balances that could not pay for a delta are read again, whatever happens before that.
#include <gmock/gmock.h>

#include "followed_model.hpp"

namespace custodialbridge::sync {
namespace {

using Settling = TwoWalletsFollowed;

TEST_F(Settling, SettlesAShortfallFromTheChain) {
    start_with_alice_and_bob();
    chain.mine({{kCpop, kZero, kAlice, 50, Told::not_at_all}});
    chain.mine({{kCpop, kAlice, kBob, 120}});
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{5'000});
    EXPECT_EQ(balance(kAlice), 30);
    EXPECT_EQ(balance(kBob), 120);
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(rows_of_kind(MoveKind::sync), 2u);
    EXPECT_EQ(listener->state(), ListenerState::following);
}

TEST_F(Settling, ReadsAgainWhatAnEventTouchedWithoutSayingHowMuch) {
    start_with_alice_and_bob();
    const U256 before = balance(kAlice);
    chain.mine({{kCpop, kZero, kAlice, 50, Told::by_another_event}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kAlice), before + 50) << "in the beat that applied it";
    EXPECT_EQ(rows_of_kind(MoveKind::sync), 1u);
    EXPECT_EQ(difference_from_chain(), "");
    chain.mine({{kCpop, kAlice, kStranger, 20, Told::by_another_event}});
    rpc.script.fail(Point::arriving, "balances", Errc::unavailable, 2);
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{5'000});
    EXPECT_EQ(balance(kAlice), before + 30) << "also when the node fails at first";
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Settling, ReadsAgainWhatWasTouchedWhileCatchingUp) {
    start_with_alice_and_bob();
    const U256 before = balance(kAlice);
    rpc.script.fail(Point::arriving, "header", Errc::unavailable, 3);
    chain.mine({{kCpop, kZero, kAlice, 50, Told::by_another_event}});
    chain.mine_empty(300);
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{5'000});
    EXPECT_EQ(balance(kAlice), before + 50);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Settling, SettlesAShortfallAlsoWhenTheNodeFailsAtFirst) {
    start_with_alice_and_bob();
    chain.mine({{kCpop, kZero, kAlice, 50, Told::not_at_all}});
    chain.mine({{kCpop, kAlice, kBob, 120}});
    rpc.script.fail(Point::arriving, "balances", Errc::unavailable, 2);
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(balance(kAlice), 30);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Settling, SettlesEveryShortfallThoughSomeCannotBeReadAtFirst) {
    start_with_alice_and_bob();
    chain.mine({{kCpop, kZero, kAlice, 50, Told::not_at_all},
                {kCpop, kZero, kBob, 50, Told::not_at_all}});
    rpc.unreadable_holders.insert(kAlice);
    chain.mine({{kCpop, kAlice, kStranger, 120}, {kCpop, kBob, kStranger, 20}});
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(balance(kBob), 30);
    EXPECT_EQ(balance(kAlice), 0);
    rpc.unreadable_holders.clear();
    chain.mine_empty(1);
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{5'000});
    EXPECT_EQ(balance(kAlice), 30);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Settling, SettlesAShortfallAfterItWasKilled) {
    start_with_alice_and_bob();
    chain.mine({{kCpop, kZero, kAlice, 50, Told::not_at_all}});
    chain.mine({{kCpop, kAlice, kBob, 120}});
    rpc.unreadable_holders.insert(kAlice);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kAlice), 0);
    rpc.unreadable_holders.clear();
    restart();
    loop.pass(Millis{5'000});
    EXPECT_EQ(balance(kAlice), 30);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Settling, SettlesAgainWhatAReorgTookBack) {
    start_with_alice_and_bob();
    chain.mine({{kCpop, kZero, kAlice, 50, Told::not_at_all}});
    chain.mine({{kCpop, kAlice, kBob, 120}});
    rpc.unreadable_holders.insert(kAlice);
    ASSERT_TRUE(catch_up());
    rpc.unreadable_holders.clear();
    chain.mine_empty(1);  // settled here …
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{5'000});
    ASSERT_EQ(balance(kAlice), 30);
    chain.drop(1);  // … and that block is gone
    chain.mine_empty(2);
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{5'000});
    EXPECT_EQ(balance(kAlice), 30);
    EXPECT_EQ(difference_from_chain(), "");
}

}  // namespace
}  // namespace custodialbridge::sync

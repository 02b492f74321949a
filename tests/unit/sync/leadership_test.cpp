// Of several daemons one writes.
#include <gmock/gmock.h>

#include "followed_model.hpp"

namespace custodialbridge::sync {
namespace {

using Leading = TwoWalletsFollowed;

TEST_F(Leading, StandsByWhileAnotherDaemonWritesAndTakesOverFromIt) {
    start_with_alice_and_bob();
    stop();
    testing::FakeLead other(store);
    const auto term = run(other.hold(kChain, soon())).value();
    start();
    chain.mine({{kCpop, kAlice, kBob, 10}});
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(cursor().term, *term);
    EXPECT_EQ(cursor().block.number.value, 1u) << "it wrote though it does not lead";
    EXPECT_EQ(board->find(kChain)->read().head, 2u);
    other.lose();
    ASSERT_TRUE(catch_up());
    EXPECT_GT(cursor().term, *term);
    EXPECT_EQ(balance(kBob), 10);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Leading, WritesNothingMoreOnceAnotherDaemonLeads) {
    start_with_alice_and_bob();
    lead->lose();
    testing::FakeLead other(store);
    ASSERT_TRUE(run(other.hold(kChain, soon())).value());
    chain.mine({{kCpop, kAlice, kBob, 10}});
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(cursor().block.number.value, 1u);
    EXPECT_EQ(listener->state(), ListenerState::following);
}

}  // namespace
}  // namespace custodialbridge::sync

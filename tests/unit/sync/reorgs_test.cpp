#include <gmock/gmock.h>

#include "followed_model.hpp"

namespace custodialbridge::sync {
namespace {

using ::testing::Contains;

/// Alice has 100 from block 1 on; blocks 2 to 11 each give Bob one of hers.
class Reorgs : public ListenerTest {
  protected:
    void SetUp() override {
        rpc.finalized_depth = 1'000;
        rpc.safe_depth = 1'000;
        chain.mine({{kCpop, kZero, kAlice, 100}});
        add_wallet(kAlice);
        add_wallet(kBob);
        start();
        ASSERT_TRUE(catch_up());
        give(10, 1);
        ASSERT_TRUE(catch_up());
        ASSERT_EQ(balance(kBob), 10);
    }

    void give(int blocks, const U256& amount) {
        for (int i = 0; i < blocks; ++i) chain.mine({{kCpop, kAlice, kBob, amount}});
    }
};

TEST_F(Reorgs, UnwindToTheAncestorAndWalkOn) {
    chain.drop(3);
    give(5, 2);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 7 + 10);
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(cursor().epoch, 1u);
    std::size_t orphaned = 0;
    for (const auto& row : chain_row()->journal) orphaned += row.orphaned;
    EXPECT_EQ(orphaned, 3u);
}

TEST_F(Reorgs, GoBackBehindTheBlockWhereTheLedgerBegan) {
    stop();
    store.tables.chains.clear();
    for (auto& [id, row] : store.tables.wallets) row.wallet.tracked_from.reset();
    store.tables.balances.clear();
    start();
    ASSERT_TRUE(catch_up());
    chain.drop(3);
    give(4, 2);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(listener->state(), ListenerState::following);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Reorgs, LoadAnewWhatTheyCannotReadAfterTheyUnwound) {
    const std::size_t loads = store.script.calls("tracked");
    store.script.fail(Point::arriving, "tokens_to_open", Errc::unavailable);
    chain.drop(3);
    give(5, 2);
    ASSERT_TRUE(catch_up());
    EXPECT_GT(store.script.calls("tracked"), loads);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Reorgs, WhileFinalityIsLookedAtMakeNothingFinalThatTheyTakeBack) {
    auto gate = rpc.script.hold(Point::arriving, "tagged_header", loop.executor());
    ASSERT_TRUE(loop.run_until([&] { return gate->waiting() == 1; }, Millis{10'000}));
    rpc.finalized_at = 10;  // of the new chain; the ledger stands at block 11 of the old one
    chain.drop(3);
    give(8, 2);
    gate->open();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(listener->state(), ListenerState::following);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Reorgs, AreSeenAtTheSameHeight) {
    chain.drop(2);
    give(2, 5);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 8 + 10);
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(cursor().epoch, 1u);
}

TEST_F(Reorgs, AreSeenWhenTheNewChainIsShorter) {
    chain.drop(4);
    give(1, 5);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 6 + 5);
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(cursor().epoch, 1u);
}

TEST_F(Reorgs, DeeperThanAllowedStopTheChainThoughTheNewOneIsShorter) {
    give(40, 1);
    ASSERT_TRUE(catch_up());
    chain.drop(30);
    give(3, 5);
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(listener->state(), ListenerState::stopped);
    EXPECT_THAT(alerts.raised, Contains("chain-stopped"));
    EXPECT_FALSE(is_ready());
}

TEST_F(Reorgs, AreNotMeantByANodeThatIsFarBehind) {
    give(40, 1);
    ASSERT_TRUE(catch_up());
    rpc.behind = 30;
    loop.pass(std::chrono::minutes(1));
    EXPECT_NE(listener->state(), ListenerState::stopped);
    rpc.behind = 0;
    give(1, 1);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Reorgs, AreSeenAfterTheyHappenedWhileWeWereDown) {
    stop();
    chain.drop(4);
    give(20, 2);
    start();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 6 + 40);
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(cursor().epoch, 1u);
}

TEST_F(Reorgs, AreSeenThoughTheChainIsFarAheadByThen) {
    stop();
    chain.drop(4);
    give(90, 1);
    chain.mine_empty(200);
    rpc.finalized_depth = rpc.safe_depth = 20;
    start();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 96);
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(cursor().epoch, 1u);
}

TEST_F(Reorgs, GoNoFurtherBackThanToTheForkThoughTheNodeThatIsAskedIsBehind) {
    chain.drop(1);
    give(3, 2);
    const std::size_t asked = rpc.script.calls("headers");
    rpc.script.fault = [this, asked](Point point, std::string_view call) -> std::optional<Error> {
        const bool second = call == "headers" && rpc.script.calls("headers") == asked + 2;
        rpc.behind = second && point == Point::arriving ? 8 : 0;
        return std::nullopt;
    };
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
    std::size_t orphaned = 0;
    for (const auto& row : chain_row()->blocks) orphaned += row.orphaned;
    EXPECT_EQ(orphaned, 1u);
}

TEST_F(Reorgs, CanReturnToTheFirstBranch) {
    for (int i = 0; i < 6; ++i) {
        chain.drop(static_cast<std::uint64_t>(2 + i % 3));
        give(3, 1);
        ASSERT_TRUE(catch_up());
        ASSERT_EQ(difference_from_chain(), "");
    }
    EXPECT_EQ(cursor().epoch, 6u);
}

TEST_F(Reorgs, AreExactUpToTheConfiguredDepth) {
    give(10, 1);
    ASSERT_TRUE(catch_up());
    chain.drop(16);
    give(17, 1);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(listener->state(), ListenerState::following);
}

TEST_F(Reorgs, StopTheChainWhenTheyAreDeeper) {
    give(10, 1);
    ASSERT_TRUE(catch_up());
    EXPECT_TRUE(is_ready());
    const Cursor before = cursor();
    chain.drop(17);
    give(18, 1);
    EXPECT_FALSE(catch_up());
    EXPECT_EQ(listener->state(), ListenerState::stopped);
    EXPECT_EQ(cursor(), before);
    EXPECT_THAT(alerts.raised, Contains("chain-stopped"));
    EXPECT_FALSE(is_ready());
}

TEST_F(Reorgs, StopTheChainBelowItsFinalizedBlock) {
    rpc.finalized_at = 9;
    rpc.safe_depth = 1;
    loop.pass(Millis{10'000});
    ASSERT_EQ(chain_row()->state.finalized, BlockNumber{9});
    const Cursor before = cursor();
    chain.drop(3);
    give(5, 1);
    EXPECT_FALSE(catch_up(std::chrono::minutes(1)));
    EXPECT_EQ(listener->state(), ListenerState::stopped);
    EXPECT_EQ(cursor(), before);
    EXPECT_FALSE(is_ready());
}

TEST_F(Reorgs, RollBackToTheFinalizedBlockItself) {
    rpc.finalized_at = 9;
    rpc.safe_depth = 1;
    loop.pass(Millis{10'000});
    chain.drop(2);
    give(5, 3);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Reorgs, AreUnwoundThoughAWalletWaitsForItsSnapshot) {
    chain.drop(3);
    give(5, 2);
    add_wallet(kStranger);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(cursor().epoch, 1u);
}

TEST_F(Reorgs, SendTheOpeningsAboveTheAncestorBackToTheBeginning) {
    chain.mine({{kCpop, kAlice, kStranger, 3}});
    add_wallet(kStranger);
    ASSERT_TRUE(catch_up());
    chain.drop(2);
    chain.mine({{kCpop, kBob, kStranger, 1}});
    chain.mine({{kCpop, kBob, kStranger, 1}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kStranger), 2);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Reorgs, SendThemBackAlsoWhenAnotherProcessOpenedThem) {
    chain.mine({{kCpop, kAlice, kStranger, 3}});
    add_wallet(kStranger);
    ASSERT_TRUE(catch_up());
    restart();
    ASSERT_TRUE(catch_up());
    chain.drop(2);
    chain.mine({{kCpop, kBob, kStranger, 1}});
    chain.mine({{kCpop, kBob, kStranger, 1}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(listener->state(), ListenerState::following);
    EXPECT_EQ(balance(kStranger), 2);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Reorgs, LeaveAWalletWatchedThatTheStoreKnowsToBeOpenedBelowThem) {
    chain.mine({{kCpop, kAlice, kStranger, 3}});
    ASSERT_TRUE(catch_up());
    add_wallet(kStranger);
    ASSERT_TRUE(catch_up());
    ASSERT_EQ(wallet(kStranger).tracked_from, BlockNumber{12});
    store.script.fail(Point::answering, "unwind", Errc::timed_out);
    store.script.fail(Point::answering, "open", Errc::timed_out);
    chain.drop(7);
    give(10, 1);
    ASSERT_TRUE(catch_up());
    ASSERT_LT(*wallet(kStranger).tracked_from, BlockNumber{10});
    chain.drop(5);
    for (int i = 0; i < 6; ++i) chain.mine({{kCpop, kAlice, kStranger, 1}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kStranger), 6);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Reorgs, OfABlockThatIsBeingFetchedOnlyCostATry) {
    auto gate = rpc.script.hold(Point::arriving, "facts", loop.executor());
    give(1, 1);
    wakeup.notify();
    loop.settle();
    ASSERT_EQ(gate->waiting(), 1u);
    chain.drop(1);
    give(1, 7);
    gate->open();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 17);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Reorgs, AreUnwoundOnceWhenTheAnswerIsLost) {
    chain.drop(3);
    give(5, 2);
    store.script.fail(Point::answering, "unwind", Errc::timed_out);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(cursor().epoch, 1u);
}

TEST_F(Reorgs, TakeAShortfallsSettlementBackWithIt) {
    chain.mine({{kCpop, kZero, kAlice, 50, Told::not_at_all}, {kCpop, kAlice, kBob, 120}});
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{2'000});
    ASSERT_EQ(difference_from_chain(), "");
    chain.drop(1);
    give(2, 1);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(rows_of_kind(MoveKind::sync), 0u);
}

}  // namespace
}  // namespace custodialbridge::sync

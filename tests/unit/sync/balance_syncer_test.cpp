#include <gmock/gmock.h>

#include "polled_model.hpp"

namespace custodialbridge::sync {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(BalanceSyncerTest, ReadsWhatItNeverReadAtOnceAndNothingThatIsFollowed) {
    begin();
    loop.pass(Millis{3'000});
    EXPECT_EQ(amount("alice", kEtherId), U256(1'000));
    EXPECT_EQ(amount("alice", kUsdtId), U256(70));
    EXPECT_EQ(amount("bob", kEtherId), U256(0));
    EXPECT_FALSE(stored("alice", kCpopId).polled);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(BalanceSyncerTest, IsTrueAsOfABlockThatTheLedgerHasApplied) {
    begin();
    loop.pass(Millis{3'000});
    const auto as_of = stored("alice", kEtherId).polled;
    ASSERT_TRUE(as_of);
    EXPECT_EQ(as_of->version.block, cursor().block.number);
    EXPECT_EQ(as_of->block_hash, cursor().block.hash);
}

TEST_F(BalanceSyncerTest, ReadsAgainWithinItsIntervalAndNotAllTheTime) {
    begin();
    loop.pass(Millis{3'000});
    const auto before = reads();
    chain.mine({pay(kAlice, 5)});
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(amount("alice", kEtherId), U256(1'000));
    EXPECT_EQ(reads(), before) << "nothing is due so early";
    loop.pass(std::chrono::minutes(5));
    EXPECT_EQ(amount("alice", kEtherId), U256(1'005));
    EXPECT_LE(reads(), before + 8);
}

TEST_F(BalanceSyncerTest, AnotherIntervalIsInForceFromTheNextLookOn) {
    begin();
    loop.pass(Millis{3'000});
    chain.mine({pay(kAlice, 5)});
    ASSERT_TRUE(catch_up());
    intervals.major_tokens = Millis{4'000};
    syncer->set_pace(intervals, thresholds);
    polling.notify();
    loop.pass(Millis{10'000});
    EXPECT_EQ(amount("alice", kEtherId), U256(1'005));
}

TEST_F(BalanceSyncerTest, JournalsWhatNobodyToldOf) {
    begin();
    loop.pass(Millis{3'000});
    chain.mine({pay(kAlice, 5)});
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(6));
    EXPECT_EQ(rows_of_kind(MoveKind::sync), 1u);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(BalanceSyncerTest, WhatRevertsIsUnknownAndStaysAsItWasAndTheRestIsRead) {
    begin();
    loop.pass(Millis{3'000});
    rpc.unreadable = {kUsdt};
    chain.mine({pay(kAlice, 5), give(kAlice, 5)});
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(6));
    EXPECT_EQ(amount("alice", kEtherId), U256(1'005));
    EXPECT_EQ(amount("alice", kUsdtId), U256(70)) << "as of its block that is true";
    EXPECT_LT(stored("alice", kUsdtId).polled->version.block, cursor().block.number);
    rpc.unreadable.clear();
    loop.pass(std::chrono::minutes(6));
    EXPECT_EQ(amount("alice", kUsdtId), U256(75));
}

TEST_F(BalanceSyncerTest, AUserIsUnknownWhileOneOfTheWalletsIs) {
    add_wallet(kStranger, "alice");
    begin();
    rpc.unreadable_holders = {kStranger};
    loop.pass(Millis{5'000});
    EXPECT_FALSE(amount("alice", kUsdtId));
    EXPECT_EQ(amount("bob", kUsdtId), U256(0));
    rpc.unreadable_holders.clear();
    loop.pass(std::chrono::minutes(6));
    EXPECT_EQ(amount("alice", kUsdtId), U256(70));
}

TEST_F(BalanceSyncerTest, ANewWalletIsReadWithinSeconds) {
    begin();
    loop.pass(Millis{3'000});
    add_wallet(address(77), "carol");
    loop.pass(Millis{3'000});
    EXPECT_EQ(amount("carol", kEtherId), U256(0));
}

TEST_F(BalanceSyncerTest, WhatABlockTouchesIsReadWithinSeconds) {
    begin();
    loop.pass(Millis{3'000});
    chain.mine({pay(kAlice, 5)});
    store.tables.touch_polls(kChain, {wallet(kAlice).id}, {chain.height()});
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{3'000});
    EXPECT_EQ(amount("alice", kEtherId), U256(1'005));
    EXPECT_FALSE(stored("alice", kEtherId).polled->touched);
}

TEST_F(BalanceSyncerTest, WhoABlocksTransactionsNameIsReadWithinSecondsAlsoWhereNothingIsProven) {
    rpc.proves = false;
    begin();
    loop.pass(Millis{3'000});
    chain.mine({{kEther, kAlice, kBob, 400, Told::not_at_all}});
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{3'000});
    EXPECT_EQ(amount("alice", kEtherId), U256(600));
}

TEST_F(BalanceSyncerTest, AStandbyPollsNothingButStoresWhatItWasAskedFor) {
    begin(false);
    loop.pass(std::chrono::minutes(6));
    EXPECT_FALSE(amount("alice", kEtherId));
    desk.leave({cursor().block, loop.clock.wall(),
                {{"alice"}, kEtherId, {{wallet(kAlice).id, kEtherId, 1'000}}}});
    loop.pass(Millis{3'000});
    EXPECT_EQ(amount("alice", kEtherId), U256(1'000));
    EXPECT_FALSE(amount("bob", kEtherId));
}

TEST_F(BalanceSyncerTest, WhatWasReadAheadOfTheLedgerWaitsForItsBlock) {
    begin(false);
    const BlockRef next = chain.mine({pay(kAlice, 5)}).header.ref;
    rpc.behind = 1;
    desk.leave({next, loop.clock.wall(),
                {{"alice"}, kEtherId, {{wallet(kAlice).id, kEtherId, 1'005}}}});
    loop.pass(Millis{3'000});
    EXPECT_FALSE(amount("alice", kEtherId));
    rpc.behind = 0;
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{3'000});
    EXPECT_EQ(amount("alice", kEtherId), U256(1'005));
    EXPECT_EQ(stored("alice", kEtherId).polled->version.block, next.number);
}

TEST_F(BalanceSyncerTest, WhatWasReadAtABlockThatIsNoMoreIsForgotten) {
    begin();
    loop.pass(Millis{3'000});
    const BlockRef gone = chain.mine({pay(kAlice, 5)}).header.ref;
    chain.drop(1);
    chain.mine_empty(2);
    desk.leave({gone, loop.clock.wall(),
                {{"alice"}, kEtherId, {{wallet(kAlice).id, kEtherId, 1'005}}}});
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{3'000});
    EXPECT_EQ(amount("alice", kEtherId), U256(1'000));
    EXPECT_EQ(desk.size(), 0u);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(BalanceSyncerTest, AfterAReorganisationWhatItTookBackIsReadAgain) {
    begin();
    chain.mine_empty(3);
    chain.mine({pay(kAlice, 5)});
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{3'000});
    store.tables.reset_polls({"alice"}, kChain);  // due at once
    loop.pass(Millis{3'000});
    ASSERT_EQ(amount("alice", kEtherId), U256(1'005));
    chain.drop(1);
    chain.mine({pay(kAlice, 9)});
    chain.mine();
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{3'000});
    EXPECT_EQ(amount("alice", kEtherId), U256(1'009));
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(BalanceSyncerTest, AnEndpointThatFailsIsAskedAgain) {
    begin();
    rpc.script.fail(Point::arriving, "balances", Errc::unavailable, 3);
    loop.pass(Millis{60'000});
    EXPECT_EQ(amount("alice", kEtherId), U256(1'000));
    EXPECT_THAT(alerts.raised, IsEmpty());
}

TEST_F(BalanceSyncerTest, AnEndpointThatCannotAnswerSoMuchIsAskedForLess) {
    for (std::uint64_t i = 0; i < 600; ++i)
        add_wallet(address(10'000 + i), "user-" + std::to_string(i));
    begin();
    rpc.most_questions = 100;
    loop.pass(std::chrono::minutes(3));
    for (std::uint64_t i = 0; i < 600; ++i)
        ASSERT_EQ(amount("user-" + std::to_string(i), kUsdtId), U256(0)) << i;
}

TEST_F(BalanceSyncerTest, OneThatIsNeverAnsweredDoesNotHoldUpTheOthers) {
    begin();
    rpc.silent_holders = {kAlice};
    loop.pass(std::chrono::minutes(3));
    EXPECT_EQ(amount("bob", kEtherId), U256(0));
    EXPECT_FALSE(amount("alice", kEtherId));
    rpc.silent_holders.clear();
    loop.pass(std::chrono::minutes(6));
    EXPECT_EQ(amount("alice", kEtherId), U256(1'000));
}

TEST_F(BalanceSyncerTest, WhatIsTouchedAllTheTimeIsNotLate) {
    begin();
    for (int i = 0; i < 900; ++i) {
        chain.mine();
        store.tables.touch_polls(kChain, {wallet(kAlice).id}, {chain.height()});
        loop.pass(Millis{1'000});
    }
    EXPECT_THAT(alerts.raised, IsEmpty());
}

TEST_F(BalanceSyncerTest, AClassThatDoesNotComeRoundIsToldOfUntilItDoes) {
    begin();
    loop.pass(Millis{3'000});
    rpc.script.fault = [](Point, std::string_view call) -> std::optional<Error> {
        if (call != "balances") return std::nullopt;
        return Error(Errc::unavailable, "told to fail");
    };
    loop.pass(std::chrono::minutes(9));
    EXPECT_THAT(alerts.raised, ElementsAre("balances-late"));
    rpc.script.fault = nullptr;
    loop.pass(std::chrono::minutes(3));
    EXPECT_THAT(alerts.resolved, Contains("balances-late"));
}

TEST_F(BalanceSyncerTest, TooManyReadsThatTellNothingAreToldOf) {
    for (std::uint64_t i = 0; i < 40; ++i)
        add_wallet(address(100 + i), "user-" + std::to_string(i));
    begin();
    loop.pass(Millis{3'000});
    EXPECT_THAT(alerts.raised, Not(Contains("balance-reads-fail")));
    rpc.unreadable = {kUsdt};
    loop.pass(std::chrono::minutes(6));
    EXPECT_THAT(alerts.raised, Contains("balance-reads-fail"));
}

TEST_F(BalanceSyncerTest, ManyBalancesAreReadInBatchesAndAllOfThem) {
    for (std::uint64_t i = 0; i < 3'000; ++i)
        add_wallet(address(10'000 + i), "user-" + std::to_string(i));
    begin();
    const auto before = reads();
    loop.pass(Millis{5'000});
    for (std::uint64_t i = 0; i < 3'000; ++i)
        ASSERT_EQ(amount("user-" + std::to_string(i), kEtherId), U256(0)) << i;
    EXPECT_EQ(reads() - before, 4u) << "6,004 balances, 2,000 at once";
}

}  // namespace
}  // namespace custodialbridge::sync

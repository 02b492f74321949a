#include "custodialbridge/rules/plan_blocks.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "made_logs.hpp"

namespace custodialbridge::rules {
namespace {

const U256 kMax = std::numeric_limits<U256>::max();

Planned plan_of(const MadeLogs& logs) { return plan_of(logs, alice_and_bob()); }

Move move(std::uint64_t block, std::uint32_t index, WalletId from, WalletId to, const U256& amount,
          MoveKind kind = MoveKind::transfer, EventType event = EventType::transfer) {
    return {{block}, index, 0, kCpopId, from, to, amount, MadeLogs::tx(block, 0), kind, event};
}

BalanceDelta delta(WalletId wallet, const U256& credit, const U256& debit, std::uint64_t last) {
    return {wallet, kCpopId, credit, debit, {last}};
}

using Moves = std::vector<Move>;
using Deltas = std::vector<BalanceDelta>;

TEST(MovePlanner, MovesWhatATransferMoves) {
    MadeLogs logs;
    logs.in(5).transfer(kCpop, kCarol, kAlice, 7);
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_EQ(plan.moves, (Moves{move(5, 0, kOutside, kAliceWallet, 7)}));
    EXPECT_EQ(plan.deltas, (Deltas{delta(kAliceWallet, 7, 0, 5)}));
    EXPECT_TRUE(plan.announcements.empty());
}

TEST(MovePlanner, MakesOneMoveAndTwoDeltasBetweenTwoWallets) {
    MadeLogs logs;
    logs.in(5).transfer(kCpop, kBob, kAlice, 7);
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_EQ(plan.moves, (Moves{move(5, 0, kBobWallet, kAliceWallet, 7)}));
    EXPECT_EQ(plan.deltas, (Deltas{delta(kAliceWallet, 7, 0, 5), delta(kBobWallet, 0, 7, 5)}));
}

TEST(MovePlanner, MakesOneMoveAndNoDeltaOfATransferToOneself) {
    MadeLogs logs;
    logs.in(5).transfer(kCpop, kAlice, kAlice, 7);
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_EQ(plan.moves, (Moves{move(5, 0, kAliceWallet, kAliceWallet, 7)}));
    EXPECT_TRUE(plan.deltas.empty());
}

TEST(MovePlanner, KeepsATransferOfNothingAndChangesNothing) {
    MadeLogs logs;
    logs.in(5).transfer(kCpop, kAlice, kBob, 0);
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_EQ(plan.moves, (Moves{move(5, 0, kAliceWallet, kBobWallet, 0)}));
    EXPECT_TRUE(plan.deltas.empty());
}

TEST(MovePlanner, PassesOverStrangers) {
    MadeLogs logs;
    logs.in(5).transfer(kCpop, kCarol, address(4), 7).mint(kCpop, kCarol, 1).burn(kCpop, kCarol, 1);
    const Planned planned = plan_of(logs);
    EXPECT_EQ(planned.plan, LedgerPlan{});
    EXPECT_EQ(planned.malformed, 0u);
}

TEST(MovePlanner, PassesOverContractsThatOnlyLookLikeOurs) {
    MadeLogs logs;
    logs.in(5)
        .transfer(kUnknownContract, kCarol, kAlice, 1'000'000)
        .mint(kUnknownContract, kAlice, 5)
        .raw(kUnknownContract, {transfer_topic()}, {});
    const Planned planned = plan_of(logs);
    EXPECT_EQ(planned.plan, LedgerPlan{});
    EXPECT_EQ(planned.malformed, 0u);
}

TEST(MovePlanner, CountsMalformedLogsAndGoesOn) {
    MadeLogs logs;
    logs.in(5)
        .raw(kCpop, {transfer_topic(), to_word(kAlice)}, {})
        .transfer(kCpop, kAlice, kBob, 3)
        .raw(kUsdt, {mint_topic()}, {1, 2, 3});
    const Planned planned = plan_of(logs);
    EXPECT_EQ(planned.malformed, 2u);
    EXPECT_EQ(planned.plan.moves, (Moves{move(5, 1, kAliceWallet, kBobWallet, 3)}));
}

TEST(MovePlanner, CountsAMintThatIsToldTwiceOnce) {
    for (const bool notice_first : {true, false}) {
        MadeLogs logs;
        logs.in(5);
        if (notice_first) logs.mint(kCpop, kAlice, 7);
        logs.transfer(kCpop, kZero, kAlice, 7);
        if (!notice_first) logs.mint(kCpop, kAlice, 7);
        const std::uint32_t transfer = notice_first ? 1 : 0;
        const LedgerPlan plan = plan_of(logs).plan;
        EXPECT_EQ(plan.moves,
                  (Moves{move(5, transfer, kOutside, kAliceWallet, 7, MoveKind::mint)}));
        ASSERT_EQ(plan.announcements.size(), 1u);
        const Announcement notice{{5}, 1 - transfer,       kAliceWallet,   kCpopId,
                                  7,   MadeLogs::tx(5, 0), EventType::mint};
        EXPECT_EQ(plan.announcements[0], notice);
        EXPECT_EQ(plan.deltas, (Deltas{delta(kAliceWallet, 7, 0, 5)}));
    }
}

TEST(MovePlanner, CountsABurnThatIsToldTwiceOnce) {
    MadeLogs logs;
    logs.in(5).transfer(kCpop, kAlice, kZero, 7).burn(kCpop, kAlice, 7);
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_EQ(plan.moves, (Moves{move(5, 0, kAliceWallet, kOutside, 7, MoveKind::burn)}));
    ASSERT_EQ(plan.announcements.size(), 1u);
    EXPECT_EQ(plan.announcements[0].event, EventType::burn);
    EXPECT_EQ(plan.announcements[0].wallet, kAliceWallet);
    EXPECT_EQ(plan.deltas, (Deltas{delta(kAliceWallet, 0, 7, 5)}));
}

TEST(MovePlanner, MovesAMintOrBurnThatNoTransferTells) {
    MadeLogs logs;
    logs.in(5).mint(kCpop, kAlice, 7).burn(kCpop, kBob, 2);
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_EQ(plan.moves,
              (Moves{move(5, 0, kOutside, kAliceWallet, 7, MoveKind::mint, EventType::mint),
                     move(5, 1, kBobWallet, kOutside, 2, MoveKind::burn, EventType::burn)}));
    EXPECT_TRUE(plan.announcements.empty());
    EXPECT_EQ(plan.deltas, (Deltas{delta(kAliceWallet, 7, 0, 5), delta(kBobWallet, 0, 2, 5)}));
}

TEST(MovePlanner, PairsTwoEqualMintsWithTwoTransfers) {
    MadeLogs logs;
    logs.in(5).transfer(kCpop, kZero, kAlice, 7).mint(kCpop, kAlice, 7);
    logs.transfer(kCpop, kZero, kAlice, 7).mint(kCpop, kAlice, 7);
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_EQ(plan.moves.size(), 2u);
    EXPECT_EQ(plan.announcements.size(), 2u);
    EXPECT_EQ(plan.deltas, (Deltas{delta(kAliceWallet, 14, 0, 5)}));
}

TEST(MovePlanner, MovesTheSecondOfTwoEqualMintsWithOneTransfer) {
    MadeLogs logs;
    logs.in(5).mint(kCpop, kAlice, 7).mint(kCpop, kAlice, 7).transfer(kCpop, kZero, kAlice, 7);
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_EQ(plan.moves,
              (Moves{move(5, 1, kOutside, kAliceWallet, 7, MoveKind::mint, EventType::mint),
                     move(5, 2, kOutside, kAliceWallet, 7, MoveKind::mint)}));
    EXPECT_EQ(plan.announcements.size(), 1u);
    EXPECT_EQ(plan.deltas, (Deltas{delta(kAliceWallet, 14, 0, 5)}));
}

TEST(MovePlanner, MatchesANoticeOnlyWithTheSameWalletAmountAndContract) {
    MadeLogs logs;
    logs.in(5)
        .mint(kCpop, kAlice, 7)
        .transfer(kCpop, kZero, kBob, 7)
        .transfer(kCpop, kZero, kAlice, 8)
        .transfer(kUsdt, kZero, kAlice, 7)
        .transfer(kCpop, kBob, kAlice, 7)
        .transfer(kCpop, kAlice, kZero, 7);
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_EQ(plan.moves.size(), 6u);
    EXPECT_TRUE(plan.announcements.empty());
}

TEST(MovePlanner, MatchesOnlyWithinATransaction) {
    MadeLogs logs;
    logs.in(5, 0).transfer(kCpop, kZero, kAlice, 7);
    logs.in(5, 1).mint(kCpop, kAlice, 7);
    logs.in(6, 1).transfer(kCpop, kZero, kAlice, 7);
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_EQ(plan.moves.size(), 3u);
    EXPECT_TRUE(plan.announcements.empty());
    EXPECT_EQ(plan.deltas, (Deltas{delta(kAliceWallet, 21, 0, 6)}));
}

TEST(MovePlanner, TellsMintsAndBurnsByTheirTransfers) {
    MadeLogs logs;
    logs.in(5).transfer(kCpop, kZero, kAlice, 3).transfer(kCpop, kAlice, kZero, 2);
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_EQ(plan.moves[0].kind, MoveKind::mint);
    EXPECT_EQ(plan.moves[1].kind, MoveKind::burn);
    EXPECT_EQ(plan.moves[0].event, EventType::transfer);
}

TEST(MovePlanner, SumsOverBlocksAndNamesTheNewest) {
    MadeLogs logs;
    logs.in(5).transfer(kCpop, kCarol, kAlice, 3);
    logs.in(8).transfer(kCpop, kCarol, kAlice, 4);
    logs.in(9).transfer(kCpop, kAlice, kBob, 5);
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_EQ(plan.deltas, (Deltas{delta(kAliceWallet, 7, 5, 9), delta(kBobWallet, 5, 0, 9)}));
}

Errc refusal_of(const MadeLogs& logs) {
    const Watchlist watchlist = alice_and_bob();
    MovePlanner planner(watchlist);
    LedgerPlan plan;
    const auto read = planner.read(logs.batch, plan);
    return read ? Errc{} : read.error().code();
}

TEST(MovePlanner, RefusesLogsOutOfOrder) {
    MadeLogs blocks;
    blocks.in(6).transfer(kCpop, kAlice, kBob, 1).in(5).transfer(kCpop, kAlice, kBob, 1);
    EXPECT_EQ(refusal_of(blocks), Errc::corrupt);
    MadeLogs indexes;
    indexes.in(5).at_index(3).transfer(kCpop, kAlice, kBob, 1);
    indexes.at_index(2).transfer(kCpop, kAlice, kBob, 1);
    EXPECT_EQ(refusal_of(indexes), Errc::corrupt);
}

TEST(MovePlanner, RefusesALogIndexThatStandsTwice) {
    MadeLogs same_transaction;
    same_transaction.in(5).at_index(3).transfer(kCpop, kAlice, kBob, 1);
    same_transaction.at_index(3).transfer(kCpop, kAlice, kBob, 1);
    EXPECT_EQ(refusal_of(same_transaction), Errc::corrupt);
    MadeLogs other_transaction;
    other_transaction.in(5, 0).at_index(3).transfer(kCpop, kAlice, kBob, 1);
    other_transaction.in(5, 1).at_index(3).transfer(kCpop, kAlice, kBob, 1);
    EXPECT_EQ(refusal_of(other_transaction), Errc::corrupt);
}

TEST(MovePlanner, TakesGapsBetweenLogIndexes) {
    MadeLogs logs;
    logs.in(5).at_index(3).transfer(kCpop, kAlice, kBob, 1);
    logs.at_index(90).transfer(kCpop, kAlice, kBob, 1);
    EXPECT_EQ(plan_of(logs).plan.moves.size(), 2u);
}

LedgerPlan summed_plan(const std::vector<Move>& moves) {
    LedgerPlan plan;
    plan.moves = moves;
    sum_deltas(plan);
    return plan;
}

TEST(SumDeltas, TakesASumUpToTheLargestAmount) {
    const LedgerPlan plan = summed_plan(
        {move(5, 0, kOutside, kAliceWallet, kMax - 1), move(5, 1, kOutside, kAliceWallet, 1)});
    EXPECT_EQ(plan.deltas, (Deltas{delta(kAliceWallet, kMax, 0, 5)}));
    EXPECT_TRUE(plan.excesses.empty());
    EXPECT_TRUE(plan.touched.empty());
}

TEST(SumDeltas, LeavesWhatPassesTheLargestAmountOverAndTouchesTheBalance) {
    const LedgerPlan given = summed_plan(
        {move(5, 0, kOutside, kAliceWallet, kMax), move(5, 1, kOutside, kAliceWallet, 4)});
    EXPECT_EQ(given.deltas, (Deltas{delta(kAliceWallet, kMax, 0, 5)}));
    EXPECT_EQ(given.excesses,
              (std::vector<Excess>{{kAliceWallet, kCpopId, {}, 4, true, BlockNumber{5}}}));
    EXPECT_EQ(given.touched, (std::vector<Touch>{{kAliceWallet, kCpopId}}));
    const LedgerPlan taken = summed_plan(
        {move(5, 0, kAliceWallet, kOutside, kMax), move(6, 0, kAliceWallet, kBobWallet, 1)});
    EXPECT_EQ(taken.deltas,
              (Deltas{delta(kAliceWallet, 0, kMax, 6), delta(kBobWallet, 1, 0, 6)}));
    EXPECT_EQ(taken.excesses,
              (std::vector<Excess>{{kAliceWallet, kCpopId, {}, 1, false, BlockNumber{6}}}));
}

TEST(SumDeltas, LeavesOverWhatPassesTheLargestAmountOfOneNft) {
    Move first = move(5, 0, kOutside, kAliceWallet, kMax);
    Move second = move(5, 1, kOutside, kAliceWallet, 7);
    first.nft_id = second.nft_id = U256(9);
    const LedgerPlan plan = summed_plan({first, second});
    ASSERT_EQ(plan.holdings.size(), 1u);
    EXPECT_EQ(plan.holdings.front().credit, kMax);
    EXPECT_EQ(plan.excesses,
              (std::vector<Excess>{{kAliceWallet, kCpopId, {}, 7, true, BlockNumber{5}},
                                   {kAliceWallet, kCpopId, U256(9), 7, true, BlockNumber{5}}}));
}

const U256 kHalf = U256(1) << 255;

/// All of a supply of half of what fits goes to and fro.
std::vector<Move> to_and_fro(std::uint64_t block) {
    return {move(block, 0, kAliceWallet, kBobWallet, kHalf),
            move(block, 1, kBobWallet, kAliceWallet, kHalf),
            move(block, 2, kAliceWallet, kBobWallet, kHalf),
            move(block, 3, kBobWallet, kAliceWallet, kHalf)};
}

SignedAmount net_of(const LedgerPlan& plan, WalletId wallet) {
    for (const BalanceDelta& one : plan.deltas)
        if (one.wallet == wallet) return difference(one.credit, one.debit);
    return {};
}

TEST(SumDeltas, TakesWhatGoesToAndFroHoweverMuchItIsTogether) {
    LedgerPlan plan;
    plan.moves = to_and_fro(5);
    plan.moves.push_back(move(6, 0, kAliceWallet, kBobWallet, 3));
    sum_deltas(plan);
    EXPECT_TRUE(plan.excesses.empty());
    EXPECT_EQ(net_of(plan, kAliceWallet), (SignedAmount{3, true}));
    EXPECT_EQ(net_of(plan, kBobWallet), (SignedAmount{3, false}));
    EXPECT_EQ(plan.deltas.front().last_block, BlockNumber{6});
}

TEST(SumDeltas, DoesNotSumTheOutside) {
    const LedgerPlan plan = summed_plan(
        {move(5, 0, kOutside, kAliceWallet, kMax), move(5, 1, kOutside, kBobWallet, kMax)});
    EXPECT_TRUE(plan.excesses.empty());
}

TEST(SumDeltas, ReplacesWhatWasThere) {
    LedgerPlan plan;
    plan.moves = {move(5, 0, kOutside, kAliceWallet, 2)};
    plan.deltas = {delta(kBobWallet, 1, 1, 1)};
    sum_deltas(plan);
    EXPECT_EQ(plan.deltas, (Deltas{delta(kAliceWallet, 2, 0, 5)}));
}

TEST(JoinPlans, AddsTheDeltasOfEachBalance) {
    LedgerPlan first = summed_plan({move(5, 0, kOutside, kAliceWallet, 7)});
    LedgerPlan second = summed_plan(
        {move(6, 0, kAliceWallet, kBobWallet, 2), move(8, 0, kOutside, kAliceWallet, 1)});
    ASSERT_TRUE(join_plans(first, second));
    EXPECT_EQ(first.deltas, (Deltas{delta(kAliceWallet, 8, 2, 8), delta(kBobWallet, 2, 0, 6)}));
    EXPECT_EQ(first.moves.size(), 3u);
}

TEST(JoinPlans, TakesWhatGoesToAndFroHoweverMuchItIsTogether) {
    LedgerPlan first = summed_plan({move(5, 0, kAliceWallet, kBobWallet, kHalf),
                                    move(5, 1, kBobWallet, kAliceWallet, kHalf)});
    LedgerPlan second = summed_plan({move(6, 0, kAliceWallet, kBobWallet, kHalf),
                                     move(6, 1, kBobWallet, kAliceWallet, kHalf - 1)});
    ASSERT_TRUE(join_plans(first, second));
    EXPECT_EQ(net_of(first, kAliceWallet), (SignedAmount{1, true}));
    EXPECT_EQ(net_of(first, kBobWallet), (SignedAmount{1, false}));
    EXPECT_EQ(first.moves.size(), 4u);
}

TEST(JoinPlans, LeavesBothAsTheyAreWhenASumWouldPassTheLargestAmount) {
    LedgerPlan first = summed_plan(
        {move(5, 0, kOutside, kAliceWallet, 1), move(5, 1, kOutside, kBobWallet, kMax)});
    LedgerPlan second = summed_plan(
        {move(6, 0, kOutside, kAliceWallet, 1), move(6, 1, kOutside, kBobWallet, 1)});
    const LedgerPlan first_before = first, second_before = second;
    EXPECT_FALSE(join_plans(first, second));
    EXPECT_EQ(first, first_before);
    EXPECT_EQ(second, second_before);
}

TEST(TouchNatives, NamesWhoseTransactionOrUserOperationItIsOnce) {
    const Watchlist watchlist = alice_and_bob();
    LedgerPlan plan;
    Announcement operation;
    operation.event = EventType::user_operation;
    operation.wallet = kBobWallet;
    Announcement mint = operation;
    mint.event = EventType::mint;
    plan.announcements = {mint};
    touch_natives(std::vector<Address>{kCarol, kAlice, kAlice}, watchlist, plan);
    EXPECT_EQ(plan.native_touched, std::vector<WalletId>{kAliceWallet});
    plan.announcements.push_back(operation);
    touch_natives({}, watchlist, plan);
    EXPECT_EQ(plan.native_touched, (std::vector<WalletId>{kAliceWallet, kBobWallet}));
}

}  // namespace
}  // namespace custodialbridge::rules

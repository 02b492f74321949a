#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "custodialbridge/rules/plan_blocks.hpp"
#include "made_logs.hpp"

namespace custodialbridge::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Planned plan_of(const MadeLogs& logs) { return plan_of(logs, collectors()); }

HoldingDelta holds(WalletId wallet, TokenId token, const U256& id, const U256& credit,
                   const U256& debit, std::uint64_t block) {
    return {wallet, token, id, credit, debit, {block}};
}

TEST(NftPlanner, MovesAnErc721AndItsOwnersHolding) {
    MadeLogs logs;
    logs.in(5).nft(kArt, kAlice, kBob, 42);
    const LedgerPlan plan = plan_of(logs).plan;
    ASSERT_EQ(plan.moves.size(), 1u);
    EXPECT_EQ(plan.moves[0].amount, 1);
    EXPECT_EQ(plan.moves[0].nft_id, U256(42));
    EXPECT_EQ(plan.moves[0].kind, MoveKind::transfer);
    EXPECT_THAT(plan.deltas, ElementsAre(BalanceDelta{kAliceWallet, kArtId, 0, 1, {5}},
                                         BalanceDelta{kBobWallet, kArtId, 1, 0, {5}}));
    EXPECT_THAT(plan.holdings, ElementsAre(holds(kAliceWallet, kArtId, 42, 0, 1, 5),
                                           holds(kBobWallet, kArtId, 42, 1, 0, 5)));
}

TEST(NftPlanner, CallsATransferFromNobodyAMint) {
    MadeLogs logs;
    logs.in(5).nft(kArt, kZero, kAlice, 1).in(5, 1).nft(kArt, kAlice, kZero, 1);
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_EQ(plan.moves[0].kind, MoveKind::mint);
    EXPECT_EQ(plan.moves[1].kind, MoveKind::burn);
    EXPECT_THAT(plan.holdings, ElementsAre(holds(kAliceWallet, kArtId, 1, 1, 1, 5)));
}

TEST(NftPlanner, SumsABatchById) {
    MadeLogs logs;
    logs.in(5).batch_of(kCarol, kAlice, {9, 7, 9}, {1, 2, 4});
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_EQ(plan.moves.size(), 3u);
    EXPECT_THAT(plan.deltas, ElementsAre(BalanceDelta{kAliceWallet, kGameId, 7, 0, {5}}));
    EXPECT_THAT(plan.holdings, ElementsAre(holds(kAliceWallet, kGameId, 7, 2, 0, 5),
                                           holds(kAliceWallet, kGameId, 9, 5, 0, 5)));
}

TEST(NftPlanner, CountsAnIdForItselfAndForItsCollection) {
    MadeLogs logs;
    logs.in(5).batch_of(kCarol, kAlice, {1, 2}, {10, 20}).single(kAlice, kBob, 1, 3);
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_THAT(plan.deltas, ElementsAre(BalanceDelta{kAliceWallet, kGameId, 30, 3, {5}},
                                         BalanceDelta{kAliceWallet, kSwordId, 10, 3, {5}},
                                         BalanceDelta{kBobWallet, kGameId, 3, 0, {5}},
                                         BalanceDelta{kBobWallet, kSwordId, 3, 0, {5}}));
    std::set<std::pair<std::uint32_t, std::uint32_t>> places;
    for (const Move& move : plan.moves) places.insert({move.log_index, move.sub_index});
    EXPECT_EQ(places.size(), plan.moves.size()) << "each has a place of its own";
}

TEST(NftPlanner, PassesOverAnEmptyBatchAndCountsAMalformedOne) {
    MadeLogs logs;
    logs.in(5)
        .batch_of(kCarol, kAlice, {}, {})
        .batch_of(kCarol, kAlice, {1, 2}, {1})
        .single(kCarol, kBob, 7, 1);
    const Planned planned = plan_of(logs);
    EXPECT_EQ(planned.malformed, 1u);
    ASSERT_EQ(planned.plan.moves.size(), 1u);
    EXPECT_EQ(planned.plan.moves[0].credit, kBobWallet);
    EXPECT_THAT(planned.plan.touched, ElementsAre(Touch{kAliceWallet, kSwordId}))
        << "the malformed one names Alice; a whole collection has no balance to be read";
}

TEST(NftPlanner, LeavesHoldingsOutThatNothingHappensTo) {
    MadeLogs logs;
    logs.in(5).nft(kArt, kAlice, kAlice, 42).single(kAlice, kBob, 7, 0);
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_EQ(plan.moves.size(), 2u);
    EXPECT_THAT(plan.holdings, IsEmpty());
    EXPECT_THAT(plan.deltas, IsEmpty());
}

TEST(Touching, IsDoneByAnyOtherLogThatNamesAWallet) {
    const Hash32 deposit = keccak256("Deposit(address,uint256)");
    MadeLogs logs;
    logs.in(5)
        .raw(kCpop, {deposit, to_word(kBob)}, testing::ModelChain::word(5))
        .raw(kCpop, {deposit, to_word(kBob)}, testing::ModelChain::word(6))
        .raw(kCpop, {deposit, to_word(kCarol)}, testing::ModelChain::word(5))
        .raw(kUnknownContract, {deposit, to_word(kAlice)}, testing::ModelChain::word(5))
        .raw(kCpop, {deposit, uint_word(77)}, {});
    const LedgerPlan plan = plan_of(logs).plan;
    EXPECT_THAT(plan.touched, ElementsAre(Touch{kBobWallet, kCpopId}));
    EXPECT_THAT(plan.moves, IsEmpty());
}

TEST(Touching, IsNotDoneByApprovals) {
    MadeLogs logs;
    logs.in(5)
        .raw(kCpop,
             {keccak256("Approval(address,address,uint256)"), to_word(kAlice), to_word(kBob)},
             testing::ModelChain::word(5))
        .raw(kGame,
             {keccak256("ApprovalForAll(address,address,bool)"), to_word(kAlice), to_word(kBob)},
             testing::ModelChain::word(1));
    EXPECT_THAT(plan_of(logs).plan.touched, IsEmpty());
}

TEST(Touching, IsDoneByAMintThatNoTransferStandsBehind) {
    MadeLogs logs;
    logs.in(5).mint(kCpop, kAlice, 7).in(5, 1).mint(kCpop, kBob, 7).transfer(kCpop, kZero, kBob, 7);
    EXPECT_THAT(plan_of(logs).plan.touched, ElementsAre(Touch{kAliceWallet, kCpopId}));
}

TEST(UserOperations, AreAnnouncedToTheirSendersWallet) {
    const auto operation = [](const Address& sender) {
        return std::vector<Hash32>{user_operation_topic(), keccak256("op"), to_word(sender),
                                   to_word(kZero)};
    };
    const auto data = joined({uint_word(0), uint_word(0), uint_word(900), uint_word(7)});
    MadeLogs logs;
    logs.in(5)
        .raw(kEntryPoint, operation(kAlice), data)
        .raw(kEntryPoint, operation(kCarol), data)
        .raw(kUnknownContract, operation(kBob), data);
    const LedgerPlan plan = plan_of(logs).plan;
    const Announcement told{{5}, 0, kAliceWallet, std::nullopt, 900, MadeLogs::tx(5, 0),
                            EventType::user_operation, kEntryPoint};
    EXPECT_THAT(plan.announcements, ElementsAre(told));
    EXPECT_THAT(plan.touched, IsEmpty());
}

TEST(UserOperations, StandAmongTheOtherAnnouncementsInTheOrderOfTheLogs) {
    MadeLogs logs;
    logs.in(5).mint(kCpop, kBob, 7).transfer(kCpop, kZero, kBob, 7);
    logs.raw(kEntryPoint,
             {user_operation_topic(), keccak256("op"), to_word(kAlice), to_word(kZero)},
             joined({uint_word(0), uint_word(1), uint_word(900), uint_word(7)}));
    const LedgerPlan plan = plan_of(logs).plan;
    ASSERT_EQ(plan.announcements.size(), 2u);
    EXPECT_LT(plan.announcements[0].log_index, plan.announcements[1].log_index);
}

TEST(UserOperations, TellOfADeployedAccount) {
    MadeLogs logs;
    for (const Address& account : {kAlice, kCarol})
        logs.in(5).raw(kEntryPoint, {account_deployed_topic(), keccak256("op"), to_word(account)},
                       joined({to_word(kBob), to_word(kZero)}));
    EXPECT_THAT(plan_of(logs).plan.deployed, ElementsAre(kAliceWallet));
}

TEST(JoiningPlans, SumsHoldingsAndTouchesEachBalanceOnce) {
    MadeLogs first, second;
    first.in(5).nft(kArt, kCarol, kAlice, 1).raw(kCpop, {keccak256("X()"), to_word(kAlice)}, {});
    second.in(6).nft(kArt, kAlice, kCarol, 1).nft(kArt, kCarol, kBob, 2);
    second.raw(kCpop, {keccak256("X()"), to_word(kAlice)}, {});
    LedgerPlan plan = plan_of(first).plan, later = plan_of(second).plan;
    ASSERT_TRUE(join_plans(plan, later));
    EXPECT_THAT(plan.holdings, ElementsAre(holds(kAliceWallet, kArtId, 1, 1, 1, 6),
                                           holds(kBobWallet, kArtId, 2, 1, 0, 6)));
    EXPECT_THAT(plan.touched, ElementsAre(Touch{kAliceWallet, kCpopId}));
}

}  // namespace
}  // namespace custodialbridge::rules

#include "custodialbridge/rules/audit_block.hpp"

#include <gmock/gmock.h>

#include "made_logs.hpp"

namespace custodialbridge::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr BlockNumber kBlock{50};

Move move(std::uint32_t log, WalletId from, WalletId to, const U256& amount,
          TokenId token = kCpopId) {
    Move made;
    made.block = kBlock;
    made.log_index = log;
    made.token = token;
    made.debit = from;
    made.credit = to;
    made.amount = amount;
    return made;
}

Announcement mint_notice(std::uint32_t log, WalletId wallet, const U256& amount) {
    Announcement made;
    made.block = kBlock;
    made.log_index = log;
    made.wallet = wallet;
    made.token = kCpopId;
    made.amount = amount;
    return made;
}

Announcement operation_of(std::uint32_t log, WalletId wallet, const U256& cost) {
    Announcement made = mint_notice(log, wallet, cost);
    made.token = std::nullopt;
    made.event = EventType::user_operation;
    made.contract = kEntryPoint;
    return made;
}

MadeLogs in_block() {
    MadeLogs logs;
    logs.in(kBlock.value);
    return logs;
}

class AuditBlock : public ::testing::Test {
  protected:
    AuditBlock() {
        block.header.ref.number = kBlock;
        since.wallets = {{kAliceWallet, {10}}, {kBobWallet, {10}}};
        since.tokens = {{kCpopId, {5}}};
    }

    std::optional<CorrectionPlan> audit(const std::vector<Move>& proven,
                                        const std::vector<Move>& journal) {
        LedgerPlan told;
        told.moves = proven;
        return audit_block(block, told, {journal, {}}, since, watchlist);
    }

    std::optional<CorrectionPlan> audit_events(const std::vector<Announcement>& proven,
                                               const std::vector<Announcement>& recorded) {
        LedgerPlan told;
        told.announcements = proven;
        return audit_block(block, told, {{}, recorded}, since, watchlist);
    }

    /// What a block's logs give, held against what a claim of other logs had given.
    std::optional<CorrectionPlan> audit_logs(const MadeLogs& proven, const MadeLogs& claimed) {
        LedgerPlan was = plan_of(claimed, watchlist).plan;
        return audit_block(block, plan_of(proven, watchlist).plan,
                           {std::move(was.moves), std::move(was.announcements)}, since, watchlist);
    }

    AppliedBlock block;
    FollowedSince since;
    Watchlist watchlist = alice_and_bob();
};

TEST_F(AuditBlock, FindsNothingWrongWhereBothSayTheSame) {
    const std::vector<Move> rows{move(1, kAliceWallet, kBobWallet, 5),
                                 move(2, kOutside, kAliceWallet, 7)};
    EXPECT_FALSE(audit(rows, rows));
    EXPECT_FALSE(audit({}, {}));
}

TEST_F(AuditBlock, TheOrderWithinALogIsNoMatter) {
    Move first = move(1, kOutside, kAliceWallet, 5), second = first;
    first.nft_id = 1;
    second.nft_id = 2;
    second.sub_index = 1;
    Move other_first = first, other_second = second;
    std::swap(other_first.sub_index, other_second.sub_index);
    EXPECT_FALSE(audit({first, second}, {other_second, other_first}));
}

TEST_F(AuditBlock, AddsWhatIsMissing) {
    const Move missing = move(1, kAliceWallet, kBobWallet, 5);
    const auto plan = audit({missing, move(2, kOutside, kBobWallet, 1)},
                            {move(2, kOutside, kBobWallet, 1)});
    ASSERT_TRUE(plan);
    EXPECT_THAT(plan->missing, ElementsAre(missing));
    EXPECT_THAT(plan->phantom, IsEmpty());
    ASSERT_EQ(plan->deltas.size(), 2u);
    EXPECT_EQ(plan->deltas[0].debit, 5);
    EXPECT_EQ(plan->deltas[1].credit, 5);
    EXPECT_THAT(plan->touched,
                ElementsAre(Touch{kAliceWallet, kCpopId}, Touch{kBobWallet, kCpopId}));
}

TEST_F(AuditBlock, TakesBackWhatNeverWas) {
    const Move phantom = move(1, kOutside, kBobWallet, 5);
    const auto plan = audit({}, {phantom});
    ASSERT_TRUE(plan);
    EXPECT_THAT(plan->phantom, ElementsAre(phantom));
    ASSERT_EQ(plan->deltas.size(), 1u);
    EXPECT_EQ(plan->deltas[0].debit, 5);
    EXPECT_EQ(plan->deltas[0].credit, 0);
}

TEST_F(AuditBlock, AChangedAmountIsOneMissingAndOneThatNeverWas) {
    const auto plan = audit({move(1, kOutside, kBobWallet, 5)}, {move(1, kOutside, kBobWallet, 4)});
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->missing.size(), 1u);
    EXPECT_EQ(plan->phantom.size(), 1u);
    ASSERT_EQ(plan->deltas.size(), 1u);
    EXPECT_EQ(plan->deltas[0].credit - plan->deltas[0].debit, 1);
}

TEST_F(AuditBlock, WhoJoinedAtTheBlockOrLaterIsOfTheOutside) {
    since.wallets[kBobWallet] = kBlock;
    EXPECT_FALSE(audit({move(1, kAliceWallet, kBobWallet, 5)},
                       {move(1, kAliceWallet, kOutside, 5)}));
    EXPECT_FALSE(audit({move(2, kOutside, kBobWallet, 5)}, {}));
}

TEST_F(AuditBlock, WhoWasRemovedSinceIsOfTheOutside) {
    since.wallets.erase(kBobWallet);
    EXPECT_FALSE(audit({move(1, kAliceWallet, kOutside, 5)},
                       {move(1, kAliceWallet, kBobWallet, 5), move(2, kOutside, kBobWallet, 1)}));
}

TEST_F(AuditBlock, ATokenThatWasOpenedLaterHasNoRowsYet) {
    since.tokens[kCpopId] = kBlock;
    EXPECT_FALSE(audit({move(1, kAliceWallet, kBobWallet, 5)}, {}));
}

TEST_F(AuditBlock, HoldingsMoveAlong) {
    Move missing = move(1, kOutside, kBobWallet, 1);
    missing.nft_id = 7;
    const auto plan = audit({missing}, {});
    ASSERT_TRUE(plan);
    ASSERT_EQ(plan->holdings.size(), 1u);
    EXPECT_EQ(plan->holdings[0].nft_id, 7);
    EXPECT_EQ(plan->holdings[0].credit, 1);
}

TEST_F(AuditBlock, TheSameAnnouncementsInAnyOrderAreRight) {
    const Announcement one = mint_notice(1, kAliceWallet, 5), other = mint_notice(2, kBobWallet, 5);
    EXPECT_FALSE(audit_events({one, other}, {other, one}));
}

TEST_F(AuditBlock, AddsAnAnnouncementThatIsMissingAndMovesNothing) {
    const Announcement missing = mint_notice(1, kAliceWallet, 5);
    const auto plan = audit_events({missing}, {});
    ASSERT_TRUE(plan);
    EXPECT_THAT(plan->missing_events, ElementsAre(missing));
    EXPECT_THAT(plan->phantom_events, IsEmpty());
    EXPECT_THAT(plan->deltas, IsEmpty());
    EXPECT_THAT(plan->touched, IsEmpty());
}

TEST_F(AuditBlock, TakesBackAnAnnouncementThatNeverWas) {
    const Announcement phantom = mint_notice(1, kAliceWallet, 5);
    const auto plan = audit_events({}, {phantom});
    ASSERT_TRUE(plan);
    EXPECT_THAT(plan->missing_events, IsEmpty());
    EXPECT_THAT(plan->phantom_events, ElementsAre(phantom));
}

TEST_F(AuditBlock, AChangedAnnouncementIsOneMissingAndOneThatNeverWas) {
    for (const Announcement& right :
         {mint_notice(1, kAliceWallet, 6), mint_notice(1, kBobWallet, 5),
          mint_notice(2, kAliceWallet, 5)}) {
        const auto plan = audit_events({right}, {mint_notice(1, kAliceWallet, 5)});
        ASSERT_TRUE(plan);
        EXPECT_THAT(plan->missing_events, ElementsAre(right));
        EXPECT_EQ(plan->phantom_events.size(), 1u);
    }
}

TEST_F(AuditBlock, ATransactionHashIsNoPartOfTheProof) {
    Announcement other = mint_notice(1, kAliceWallet, 5);
    other.tx_hash = MadeLogs::tx(1, 1);
    EXPECT_FALSE(audit_events({mint_notice(1, kAliceWallet, 5)}, {other}));
    Move moved = move(1, kAliceWallet, kBobWallet, 5);
    moved.tx_hash = other.tx_hash;
    EXPECT_FALSE(audit({move(1, kAliceWallet, kBobWallet, 5)}, {moved}));
}

TEST_F(AuditBlock, AMoveThatWasToldByAnotherEventIsAnother) {
    Move by_notice = move(1, kOutside, kBobWallet, 5);
    by_notice.event = EventType::mint;
    const auto plan = audit({move(1, kOutside, kBobWallet, 5)}, {by_notice});
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->missing.size(), 1u);
    EXPECT_EQ(plan->phantom.size(), 1u);
}

TEST_F(AuditBlock, AnnouncementsToWhoJoinedLaterOrLeftAreNoConcern) {
    since.wallets[kBobWallet] = kBlock;
    since.wallets.erase(kAliceWallet);
    EXPECT_FALSE(audit_events({mint_notice(1, kBobWallet, 5)}, {mint_notice(2, kAliceWallet, 5)}));
    since.wallets[kBobWallet] = {10};
    since.tokens[kCpopId] = kBlock;
    EXPECT_FALSE(audit_events({mint_notice(1, kBobWallet, 5)}, {}));
}

TEST_F(AuditBlock, ComparesUserOperationsOfTheEntryPointsThatAreFollowed) {
    const Announcement operation = operation_of(1, kAliceWallet, 5);
    EXPECT_FALSE(audit_events({}, {operation})) << "that one is not followed any more";
    watchlist = collectors();
    EXPECT_FALSE(audit_events({operation}, {operation}));
    const auto missing = audit_events({operation}, {});
    ASSERT_TRUE(missing);
    EXPECT_THAT(missing->missing_events, ElementsAre(operation));
    const auto phantom = audit_events({}, {operation});
    ASSERT_TRUE(phantom);
    EXPECT_THAT(phantom->phantom_events, ElementsAre(operation));
}

TEST_F(AuditBlock, AMintWhoseTransferWasLeftOutMovesToItsTransfer) {
    const MadeLogs told = in_block().mint(kCpop, kBob, 5).transfer(kCpop, kZero, kBob, 5);
    const auto plan = audit_logs(told, in_block().mint(kCpop, kBob, 5));
    ASSERT_TRUE(plan);
    ASSERT_EQ(plan->missing.size(), 1u);
    EXPECT_EQ(plan->missing[0].log_index, 1u);
    ASSERT_EQ(plan->phantom.size(), 1u);
    EXPECT_EQ(plan->phantom[0].log_index, 0u);
    ASSERT_EQ(plan->missing_events.size(), 1u);
    EXPECT_EQ(plan->missing_events[0].log_index, 0u);
    for (const BalanceDelta& delta : plan->deltas) EXPECT_EQ(delta.credit, delta.debit);
}

TEST_F(AuditBlock, AMintNoticeThatWasLeftOutIsAnnounced) {
    const MadeLogs told = in_block().transfer(kCpop, kZero, kBob, 5).mint(kCpop, kBob, 5);
    const auto plan = audit_logs(told, in_block().transfer(kCpop, kZero, kBob, 5));
    ASSERT_TRUE(plan);
    EXPECT_THAT(plan->missing, IsEmpty());
    EXPECT_THAT(plan->phantom, IsEmpty());
    EXPECT_EQ(plan->missing_events.size(), 1u);
}

TEST_F(AuditBlock, AMintNoticeThatWasMadeUpIsTakenBack) {
    const MadeLogs told = in_block().transfer(kCpop, kZero, kBob, 5);
    const auto beside = audit_logs(told, MadeLogs(told).mint(kCpop, kBob, 5));
    ASSERT_TRUE(beside);
    EXPECT_THAT(beside->phantom, IsEmpty());
    EXPECT_EQ(beside->phantom_events.size(), 1u);
    const auto alone = audit_logs(told, MadeLogs(told).mint(kCpop, kBob, 6));
    ASSERT_TRUE(alone);
    EXPECT_EQ(alone->phantom.size(), 1u);
    EXPECT_THAT(alone->phantom_events, IsEmpty());
    ASSERT_EQ(alone->deltas.size(), 1u);
    EXPECT_EQ(alone->deltas[0].debit, 6);
}

TEST_F(AuditBlock, ACorrectionTakesAlongWhatElseTheLogsSay) {
    LedgerPlan told;
    told.moves = {move(1, kAliceWallet, kBobWallet, 5)};
    told.touched = {{kBobWallet, kCpopId}};
    told.deployed = {kAliceWallet};
    const auto plan = audit_block(block, told, {}, since, watchlist);
    ASSERT_TRUE(plan);
    EXPECT_THAT(plan->touched,
                ElementsAre(Touch{kAliceWallet, kCpopId}, Touch{kBobWallet, kCpopId}));
    EXPECT_THAT(plan->deployed, ElementsAre(kAliceWallet));
    EXPECT_FALSE(audit_block(block, told, {told.moves, {}}, since, watchlist));
}

TEST_F(AuditBlock, WhatWasTouchedOrDeployedCountsForWhoWasFollowedThen) {
    LedgerPlan told;
    told.touched = {{kAliceWallet, kCpopId}, {kBobWallet, kCpopId}, {kAliceWallet, kUsdtId}};
    told.deployed = {kAliceWallet, kBobWallet};
    since.wallets[kBobWallet] = kBlock;
    since.tokens[kUsdtId] = kBlock;
    EXPECT_THAT(touched_then(kBlock, told, since), ElementsAre(Touch{kAliceWallet, kCpopId}));
    EXPECT_THAT(deployed_then(kBlock, told, since), ElementsAre(kAliceWallet));
    EXPECT_THAT(touched_then(next(kBlock), told, since), ::testing::SizeIs(3));
}

}  // namespace
}  // namespace custodialbridge::rules

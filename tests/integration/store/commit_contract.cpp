#include <gmock/gmock.h>

#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const U256 kMost = ~U256(0);

UserTotal total(std::string user, U256 amount, TokenId token = kCpop) {
    return {{{std::move(user)}, kChain, token}, amount};
}

TEST_P(Committing, MovesBalancesJournalAndCursorTogether) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 1'000);
    const WalletId b = store_.put_open(start, "bob", 2, 0);
    const auto done = store_.commit(PlanBuilder(kChain, start)
                                        .block(101)
                                        .transfer(a, b, kCpop, 300)
                                        .block(102)
                                        .transfer(kOutside, b, kCpop, 5)
                                        .transfer(a, kOutside, kCpop, 1));
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(done->cursor, (Cursor{block_ref(102), 0}));
    EXPECT_THAT(done->totals, UnorderedElementsAre(total("alice", 699), total("bob", 305)));
    EXPECT_THAT(done->shortfalls, IsEmpty());
    EXPECT_EQ(store_.cursor(), done->cursor);
    EXPECT_EQ(store_.state().cursor_time, header(102).timestamp);
    EXPECT_EQ(store_.amount("alice"), U256(699));
    EXPECT_EQ(store_.find("bob").cursor, done->cursor);
    EXPECT_EQ(store_.journal_sum(a), "699");
    EXPECT_EQ(store_.journal_sum(b), "305");
    EXPECT_THAT(store_.recent(), ElementsAre(block_ref(102), block_ref(101), block_ref(100)));
}

TEST_P(Committing, ABlockWithoutMovesMovesTheCursorAlone) {
    const Cursor start = store_.begin_at(100);
    const auto done = store_.commit(PlanBuilder(kChain, start).block(101));
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(store_.cursor(), (Cursor{block_ref(101), 0}));
    EXPECT_THAT(done->totals, IsEmpty());
}

TEST_P(Committing, TwiceConflictsAndChangesNothing) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 1'000);
    const auto plan = PlanBuilder(kChain, start).block(101).transfer(a, kOutside, kCpop, 10);
    ASSERT_TRUE(store_.commit(plan));
    EXPECT_EQ(failure(store_.commit(plan)), Errc::conflict);
    EXPECT_EQ(store_.amount("alice"), U256(990));
    EXPECT_EQ(store_.journal_sum(a), "990");
    EXPECT_EQ(store_.recent().size(), 2u);
}

TEST_P(Committing, AtAnotherNumberHashOrEpochConflictsAndChangesNothing) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 1'000);
    Cursor epoch = start;
    epoch.epoch = 1;
    for (const Cursor& stale : {Cursor{block_ref(99), 0}, Cursor{block_ref(100, "b"), 0},
                                Cursor{block_ref(101), 0}, epoch}) {
        const auto plan = PlanBuilder(kChain, stale).block(102).transfer(a, kOutside, kCpop, 10);
        EXPECT_EQ(failure(store_.commit(plan)), Errc::conflict);
        EXPECT_EQ(failure(store_.commit(PlanBuilder(kChain, stale).block(102))), Errc::conflict);
        EXPECT_EQ(failure(store_.unwind(stale, block_ref(98))), Errc::conflict);
        EXPECT_EQ(failure(store_.adjust(stale, a, 5)), Errc::conflict);
        EXPECT_EQ(failure(store_.open(stale, a, {{kCpop, 5}})), Errc::conflict);
    }
    EXPECT_EQ(store_.cursor(), start);
    EXPECT_EQ(store_.amount("alice"), U256(1'000));
    EXPECT_EQ(store_.journal_sum(a), "1000");
    EXPECT_THAT(store_.recent(), ElementsAre(block_ref(100)));
}

TEST_P(Committing, OfAnUnknownChainConflicts) {
    EXPECT_EQ(failure(store_.commit(PlanBuilder(kChain, {block_ref(1), 0}).block(2))),
              Errc::conflict);
}

TEST_P(Committing, ATransferToOneselfIsAnEntryAndNoChange) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 50);
    const auto done =
        store_.commit(PlanBuilder(kChain, start).block(101).transfer(a, a, kCpop, 20));
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_THAT(done->totals, ElementsAre(total("alice", 50)));
    EXPECT_EQ(store_.journal_sum(a), "50");
}

TEST_P(Committing, AnnouncementsMoveNothing) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 0);
    const auto done = store_.commit(PlanBuilder(kChain, start)
                                        .block(101)
                                        .transfer(kOutside, a, kCpop, 9)
                                        .announce(a, kCpop, 9));
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(store_.amount("alice"), U256(9));
}

TEST_P(Committing, WithoutTotalsReturnsNone) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 0);
    const auto done = store_.commit(
        PlanBuilder(kChain, start).block(101).transfer(kOutside, a, kCpop, 9), Totals::not_wanted);
    ASSERT_TRUE(done);
    EXPECT_THAT(done->totals, IsEmpty());
}

TEST_P(Committing, TotalsSumAUsersWallets) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 10);
    store_.put_open(start, "alice", 2, 20);
    store_.put_open(start, "bob", 3, 40);
    const auto done =
        store_.commit(PlanBuilder(kChain, start).block(101).transfer(kOutside, a, kCpop, 1));
    ASSERT_TRUE(done);
    EXPECT_THAT(done->totals, ElementsAre(total("alice", 31)));
}

TEST_P(Committing, TotalsPassOverUsersWithAWalletThatWaitsForItsSnapshot) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 10);
    store_.put("alice", 2);
    const auto done =
        store_.commit(PlanBuilder(kChain, start).block(101).transfer(kOutside, a, kCpop, 1));
    ASSERT_TRUE(done);
    EXPECT_THAT(done->totals, IsEmpty());
    EXPECT_FALSE(store_.find("alice").complete);
    EXPECT_EQ(store_.find("alice").wallets, 2u);
}

TEST_P(Committing, AShortfallComesFromSuspenseAndIsReported) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 10);
    const WalletId b = store_.put_open(start, "bob", 2, 0);
    const auto done = store_.commit(PlanBuilder(kChain, start)
                                        .block(101)
                                        .transfer(kOutside, a, kCpop, 5)
                                        .block(102)
                                        .transfer(a, b, kCpop, 100));
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_THAT(done->shortfalls, ElementsAre(Shortfall{a, kCpop, 85}));
    EXPECT_THAT(done->totals, UnorderedElementsAre(total("alice", 0), total("bob", 100)));
    EXPECT_EQ(store_.amount("alice"), U256(0));
    EXPECT_EQ(store_.journal_sum(a), "0");
    EXPECT_EQ(store_.journal_sum(b), "100");
    EXPECT_EQ(store_.journal_sum(kSuspense), "-85");
}

TEST_P(Committing, ABalanceReachesTheLargestAmountAndTheRestGoesToSuspense) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, kMost - 1);
    const WalletId b = store_.put_open(start, "bob", 2, 7);
    const auto fits = PlanBuilder(kChain, start).block(101).transfer(kOutside, a, kCpop, 1);
    ASSERT_TRUE(store_.commit(fits));
    EXPECT_EQ(store_.amount("alice"), kMost);
    const auto over = PlanBuilder(kChain, {block_ref(101), 0})
                          .block(102)
                          .transfer(kOutside, b, kCpop, 1)
                          .transfer(kOutside, a, kCpop, 4);
    const auto done = store_.commit(over);
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_THAT(done->shortfalls, ElementsAre(Shortfall{a, kCpop, 4, true}));
    EXPECT_EQ(store_.amount("alice"), kMost);
    EXPECT_EQ(store_.amount("bob"), U256(8));
    EXPECT_EQ(store_.journal_sum(a), to_string(kMost));
    EXPECT_EQ(store_.journal_sum(b), "8");
    EXPECT_EQ(store_.journal_sum(kSuspense), "4");
    EXPECT_EQ(store_.unsettled().size(), 1u);
}

TEST_P(Committing, WhatAPlansOwnSumsLeaveOverGoesToSuspense) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 0);
    LedgerPlan plan =
        PlanBuilder(kChain, start).block(101).transfer(kOutside, a, kCpop, kMost).build();
    Move more = plan.moves.back();
    ++more.log_index;
    plan.moves.push_back(more);
    plan.excesses.push_back({a, kCpop, {}, kMost, true, more.block});
    plan.touched.push_back({a, kCpop});
    const auto done = await(store_.committer().commit(plan, Totals::wanted, store_.soon()));
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(store_.amount("alice"), kMost);
    EXPECT_EQ(store_.journal_sum(a), to_string(kMost));
    EXPECT_EQ(store_.journal_sum(kSuspense), to_string(kMost));
    EXPECT_EQ(store_.unsettled().size(), 1u);
}

TEST_P(Committing, ASumPastTheLargestAmountIsSaidToBeThat) {
    const Cursor start = store_.begin_at(100);
    store_.put_open(start, "alice", 1, kMost);
    store_.put_open(start, "alice", 2, kMost);
    EXPECT_EQ(store_.amount("alice"), kMost);
}

TEST_P(Committing, ADeltaWithoutItsBalanceIsCorruptAndChangesNothing) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 10);
    const WalletId waiting = store_.put("bob", 2);
    for (const WalletId missing : {waiting, WalletId{4'711}}) {
        const auto plan = PlanBuilder(kChain, start)
                              .block(101)
                              .transfer(kOutside, a, kCpop, 1)
                              .transfer(kOutside, missing, kCpop, 1);
        EXPECT_EQ(failure(store_.commit(plan)), Errc::corrupt);
    }
    LedgerPlan twice =
        PlanBuilder(kChain, start).block(101).transfer(kOutside, a, kCpop, 1).build();
    twice.deltas.push_back(twice.deltas.front());
    EXPECT_EQ(failure(await(store_.committer().commit(twice, Totals::wanted, store_.soon()))),
              Errc::corrupt);
    EXPECT_EQ(store_.cursor(), start);
    EXPECT_EQ(store_.amount("alice"), U256(10));
}

TEST_P(Committing, ManyMovesInOnePlan) {
    const Cursor start = store_.begin_at(100);
    std::vector<WalletId> wallets;
    for (std::uint64_t i = 0; i < 50; ++i)
        wallets.push_back(store_.put_open(start, "u" + std::to_string(i), i, 1'000'000));
    PlanBuilder plan(kChain, start);
    for (std::uint64_t number = 101; number <= 3'200; ++number) {
        plan.block(number);
        for (std::size_t i = 0; i < 3; ++i)
            plan.transfer(wallets[number % 50], wallets[(number * 7 + i) % 50], kCpop, number + i);
    }
    const auto done = store_.commit(plan);
    ASSERT_TRUE(done) << done.error().message();
    U256 all = 0;
    for (const UserTotal& one : done->totals) all += one.amount;
    EXPECT_EQ(all, U256(50'000'000));
    for (const BalanceDelta& delta : plan.build().deltas)
        EXPECT_EQ(store_.journal_sum(delta.wallet),
                  to_string(U256(1'000'000 + delta.credit - delta.debit)));
}

TEST_P(Adjusting, SetsBalancesAgainstSuspense) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 10);
    const auto up = store_.adjust(start, a, 25);
    ASSERT_TRUE(up) << up.error().message();
    EXPECT_THAT(up->totals, ElementsAre(total("alice", 25)));
    EXPECT_EQ(up->cursor, start);
    EXPECT_EQ(store_.journal_sum(a), "25");
    ASSERT_TRUE(store_.adjust(start, a, 3, MoveKind::repair));
    EXPECT_EQ(store_.amount("alice"), U256(3));
    EXPECT_EQ(store_.journal_sum(a), "3");
    EXPECT_EQ(store_.journal_sum(kSuspense), "7");
}

TEST_P(Adjusting, ToTheSameAmountChangesNothing) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 10);
    const auto same = store_.adjust(start, a, 10);
    ASSERT_TRUE(same);
    EXPECT_THAT(same->totals, IsEmpty());
    EXPECT_EQ(store_.journal_sum(kSuspense), "0");
}

TEST_P(Adjusting, SettlesABalanceThatWentShort) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 10);
    const WalletId b = store_.put_open(start, "bob", 2, 10);
    const auto short_of =
        store_.commit(PlanBuilder(kChain, start).block(101).transfer(a, b, kCpop, 90));
    ASSERT_TRUE(short_of);
    EXPECT_THAT(store_.unsettled(), ElementsAre(BalanceName{a, kCpop}));
    ASSERT_TRUE(store_.adjust(short_of->cursor, a, 0));
    EXPECT_THAT(store_.unsettled(), IsEmpty());
}

TEST_P(Adjusting, IsNeededAgainWhenItsBlockIsOrphaned) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 10);
    store_.put_open(start, "bob", 2, 10);
    const Cursor at = store_.commit(PlanBuilder(kChain, start).block(101)).value().cursor;
    ASSERT_TRUE(store_.adjust(at, a, 25));
    ASSERT_TRUE(store_.unwind(at, start.block));
    EXPECT_EQ(store_.amount("alice"), U256(10));
    EXPECT_THAT(store_.unsettled(), ElementsAre(BalanceName{a, kCpop}));
}

TEST_P(Adjusting, AMissingBalanceIsCorrupt) {
    const Cursor start = store_.begin_at(100);
    EXPECT_EQ(failure(store_.adjust(start, store_.put("alice", 1), 10)), Errc::corrupt);
}

}  // namespace
}  // namespace custodialbridge::store

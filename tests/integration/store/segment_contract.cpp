#include <gmock/gmock.h>

#include "many_users.hpp"

namespace custodialbridge::store {
namespace {

using namespace many;
using ::testing::IsEmpty;

TEST_P(Segmenting, ManyThatWereReadTogetherAreDueTogether) {
    ManyUsers users(store_);
    EXPECT_EQ(users.due().size(), kUsers);
    EXPECT_EQ(users.poll_all(100).size(), kUsers);
    EXPECT_THAT(users.due(), IsEmpty());
    const auto segments = users.segments();
    ASSERT_EQ(segments.size(), 1u);
    ASSERT_EQ(segments.front().polls.size(), kUsers);
    const DuePoll& first = segments.front().polls.front();
    EXPECT_EQ(first.user.value, user(0));
    EXPECT_EQ(first.token, kEther);
    EXPECT_EQ(first.tried_at, kNoon + std::chrono::seconds(100));
    ASSERT_EQ(first.wallets.size(), 1u);
    EXPECT_EQ(first.wallets.front().address, address_of(1));
    EXPECT_THAT(users.segments(kNoon + std::chrono::seconds(100)), IsEmpty());
    EXPECT_EQ(users.find(7).polled, (PolledAsOf{{0, {100}}, block_ref(100).hash,
                                                kNoon + std::chrono::seconds(100), false}));
    EXPECT_EQ(users.find(7).amount, U256(1'000));
}

TEST_P(Segmenting, AFewAreNot) {
    ManyUsers users(store_, 40);
    users.poll_all(100);
    EXPECT_EQ(users.due().size(), 40u);
    EXPECT_THAT(users.segments(), IsEmpty());
}

TEST_P(Segmenting, WhatIsAsItWasIsTrueAsOfTheLaterBlock) {
    ManyUsers users(store_);
    users.poll_all(100);
    users.mine();
    const auto totals = users.poll_all(101);
    ASSERT_EQ(totals.size(), kUsers);
    EXPECT_EQ(totals.front(), (PolledTotal{{{user(0)}, kChain, kEther}, 1'000, false}));
    for (std::size_t n = 0; n < kUsers; ++n) EXPECT_EQ(users.block_of(n), 101u) << n;
    EXPECT_THAT(users.segments(kNoon + std::chrono::seconds(101)), IsEmpty());
}

TEST_P(Segmenting, WhatDiffersIsJournaledAndTheRestIsTrueAsOfThatBlock) {
    ManyUsers users(store_);
    users.poll_all(100);
    users.mine();
    users.amounts[user(5)] = 1'234;
    const auto totals = users.poll_all(101);
    EXPECT_EQ(std::count_if(totals.begin(), totals.end(), [](auto& one) { return one.changed; }),
              1);
    for (std::size_t n = 0; n < kUsers; ++n) EXPECT_EQ(users.block_of(n), 101u) << n;
    EXPECT_EQ(users.find(5).amount, U256(1'234));
    EXPECT_EQ(store_.journal_sum(users.wallet_of(5), kEther), "1234");
    users.mine();
    EXPECT_EQ(users.poll_all(102).size(), kUsers);
    EXPECT_EQ(users.block_of(5), 102u);
    EXPECT_EQ(users.find(5).amount, U256(1'234));
    EXPECT_EQ(users.segments().front().polls.size(), kUsers);
}

TEST_P(Segmenting, WhoeverGetsAWalletLeavesAndTheOthersAreStoredTogether) {
    ManyUsers users(store_);
    users.poll_all(100);
    const auto before = users.segments();
    store_.put(user(5), 9'000);
    EXPECT_EQ(users.block_of(5), std::nullopt);
    ASSERT_EQ(users.due(kFirst).size(), 1u);
    EXPECT_EQ(users.due(kFirst).front().wallets.size(), 2u);
    users.mine();
    users.store(users.plan({}, before, 101));
    EXPECT_EQ(users.block_of(5), std::nullopt);
    EXPECT_EQ(users.block_of(6), 101u);
    users.poll_all(101);
    EXPECT_EQ(users.block_of(5), 101u);
    EXPECT_EQ(users.find(5).amount, U256(2'000));
    users.mine();
    users.amounts[user(6)] = 7;
    users.poll_all(102);
    EXPECT_EQ(users.segments().front().polls.size(), kUsers - 1);
    EXPECT_EQ(users.block_of(6), 102u);
}

TEST_P(Segmenting, OfWhoeverHasLeftNothingIsTold) {
    ManyUsers users(store_);
    users.poll_all(100);
    const auto before = users.segments();
    store_.put(user(5), 9'000);
    users.mine();
    for (const PolledTotal& total : users.store(users.plan({}, before, 101)))
        EXPECT_NE(total.key.user.value, user(5)) << "that would be one wallet's";
}

TEST_P(Segmenting, WhoeverHasLeftIsNotReadInTheSegmentAnyMore) {
    ManyUsers users(store_);
    users.poll_all(100);
    users.mine();
    for (std::size_t n = 0; n < 3; ++n)
        users.store(users.plan({users.segments().front().polls[n]}, {}, 101));
    users.poll_all(101);
    EXPECT_EQ(users.segments().front().polls.size(), kUsers - 3);
    for (std::size_t n = 0; n < kUsers; ++n) EXPECT_EQ(users.block_of(n), 101u) << n;
}

TEST_P(Segmenting, ASegmentThatEverybodyHasLeftEnds) {
    ManyUsers users(store_);
    users.poll_all(100);
    const auto members = users.segments().front().polls;
    users.mine();
    users.store(users.plan(members, {}, 101));
    users.mine();
    users.poll_all(102);
    const auto segments = users.segments();
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_EQ(segments.front().polls.size(), kUsers);
    EXPECT_EQ(users.block_of(7), 102u);
}

TEST_P(Segmenting, AnOpeningThatIsTakenBackLeavesWhatWasReadBelow) {
    ManyUsers users(store_);
    for (auto& [name, amount] : users.amounts) amount = 0;
    users.poll_all(100);
    users.mine();
    users.mine();
    store_.open(users.at, users.wallet_of(5), {{kCpop, 0}}).value();
    users.unwind(101);
    EXPECT_EQ(users.block_of(5), 100u);
    users.poll_all(101);
    EXPECT_EQ(users.block_of(5), 101u);
}

TEST_P(Segmenting, WhoeverLosesAWalletLeaves) {
    ManyUsers users(store_);
    store_.put(user(5), 9'000);
    users.poll_all(100);
    EXPECT_EQ(users.find(5).amount, U256(2'000));
    await(store_.wallets().remove({user(5)}, kChain, address_of(9'000), store_.soon())).value();
    EXPECT_EQ(users.block_of(5), std::nullopt);
    users.mine();
    users.poll_all(101);
    EXPECT_EQ(users.find(5).amount, U256(1'000));
    EXPECT_EQ(users.block_of(5), 101u);
}

TEST_P(Segmenting, WhoeverIsTouchedLeavesAndIsKnownAsOfTheBlockOfBefore) {
    ManyUsers users(store_);
    users.poll_all(100);
    const auto before = users.segments();
    users.mine({users.wallet_of(5)});
    EXPECT_EQ(users.block_of(5), 100u);
    EXPECT_TRUE(users.find(5).polled->touched);
    EXPECT_FALSE(users.find(6).polled->touched);
    ASSERT_EQ(users.due(kFirst).size(), 1u);
    users.amounts[user(5)] = 900;
    users.poll_all(101);
    EXPECT_EQ(users.block_of(5), 101u);
    EXPECT_FALSE(users.find(5).polled->touched);
    EXPECT_EQ(users.find(5).amount, U256(900));
    EXPECT_EQ(store_.journal_sum(users.wallet_of(5), kEther), "900");
    EXPECT_EQ(users.block_of(6), 101u);
}

TEST_P(Segmenting, WhoseReadToldNothingLeavesAndStaysAsItWas) {
    ManyUsers users(store_);
    users.poll_all(100);
    users.mine();
    PollPlan plan = users.plan({}, users.segments(), 101);
    plan.segments.front().balances.erase(plan.segments.front().balances.begin() + 5);
    plan.missed.push_back({{user(5)}, kEther, kNoon});
    EXPECT_EQ(users.store(plan).size(), kUsers - 1);
    EXPECT_EQ(users.block_of(5), 100u);
    EXPECT_EQ(users.block_of(6), 101u);
    const auto due = users.due();
    ASSERT_EQ(due.size(), 1u);
    EXPECT_EQ(due.front().user.value, user(5));
    EXPECT_EQ(due.front().tried_at, kNoon);
    EXPECT_EQ(due.front().failures, 1u);
    EXPECT_EQ(users.segments().front().polls.size(), kUsers - 1);
}

TEST_P(Segmenting, WhoeverWasNotReadLeavesAndIsDueAtOnce) {
    ManyUsers users(store_);
    users.poll_all(100);
    users.mine();
    PollPlan plan = users.plan({}, users.segments(), 101);
    plan.segments.front().balances.pop_back();
    users.store(plan);
    EXPECT_EQ(users.block_of(kUsers - 1), 100u);
    EXPECT_EQ(users.block_of(0), 101u);
    ASSERT_EQ(users.due(kFirst).size(), 1u);
}

TEST_P(Segmenting, WhatSomebodyReadAloneIsStoredAloneAndOnce) {
    ManyUsers users(store_);
    users.poll_all(100);
    const auto segments = users.segments();
    users.mine();
    users.amounts[user(5)] = 50;
    users.store(users.plan({segments.front().polls[5]}, {}, 101));
    EXPECT_EQ(users.block_of(5), 101u);
    EXPECT_EQ(users.block_of(6), 100u);
    users.mine();
    users.amounts[user(5)] = 60;
    const auto totals = users.store(users.plan({segments.front().polls[5]}, segments, 102));
    EXPECT_EQ(totals.size(), kUsers);
    EXPECT_EQ(users.find(5).amount, U256(60));
    EXPECT_EQ(store_.journal_sum(users.wallet_of(5), kEther), "60");
    EXPECT_EQ(users.block_of(5), 102u);
    EXPECT_EQ(users.block_of(6), 102u);
}

TEST_P(Segmenting, AnEarlierBlockDoesNotTakeALaterOnesPlace) {
    ManyUsers users(store_);
    users.poll_all(100);
    users.mine();
    users.poll_all(101);
    users.amounts[user(5)] = 50;
    EXPECT_THAT(users.store(users.plan({}, users.segments(), 100)), IsEmpty());
    users.amounts[user(5)] = 1'000;
    EXPECT_THAT(users.store(users.plan({}, users.segments(), 100)), IsEmpty());
    EXPECT_EQ(users.block_of(5), 101u);
    EXPECT_EQ(users.find(5).amount, U256(1'000));
}

TEST_P(Segmenting, AReorganisationTakesBackWhatWasReadAboveItsAncestor) {
    ManyUsers users(store_);
    users.poll_all(100);
    users.mine();
    users.amounts[user(5)] = 1'234;
    users.poll_all(101);
    users.unwind(100);
    for (std::size_t n = 0; n < kUsers; ++n) EXPECT_EQ(users.block_of(n), std::nullopt) << n;
    ASSERT_EQ(users.segments(kFirst).size(), 1u) << "due at once";
    EXPECT_EQ(store_.journal_sum(users.wallet_of(5), kEther), "1000");
    users.poll_all(100);  // here, too, it is what it was up there
    EXPECT_EQ(users.block_of(5), 100u);
    EXPECT_EQ(users.find(5).amount, U256(1'234));
    EXPECT_EQ(store_.journal_sum(users.wallet_of(5), kEther), "1234");
}

TEST_P(Segmenting, AReorganisationLeavesWhatWasReadBelow) {
    ManyUsers users(store_);
    users.poll_all(100);
    users.mine();
    users.mine();
    users.unwind(101);
    EXPECT_EQ(users.block_of(5), 100u);
    users.poll_all(101);
    EXPECT_EQ(users.block_of(5), 101u);
}

TEST_P(Segmenting, ASegmentOfFewEnds) {
    ManyUsers users(store_);
    users.poll_all(100);
    for (std::size_t n = 0; n < 30; ++n)
        await(store_.wallets().remove({user(n)}, kChain, address_of(1 + n), store_.soon())).value();
    users.mine();
    users.amounts[user(40)] = 5;
    users.poll_all(101);
    EXPECT_THAT(users.segments(), IsEmpty());
    EXPECT_EQ(users.due().size(), 90u);
    EXPECT_EQ(users.block_of(40), 101u);
    EXPECT_EQ(users.find(40).amount, U256(5));
}

TEST_P(Segmenting, ASegmentThatIsTooMuchIsTakenApart) {
    ManyUsers users(store_);
    users.poll_all(100);
    PollPlan plan = users.plan({}, {}, 100);
    plan.apart = {users.segments().front().id};
    EXPECT_THAT(users.store(plan), IsEmpty());
    EXPECT_THAT(users.segments(), IsEmpty());
    const auto due = users.due();
    ASSERT_EQ(due.size(), kUsers);
    EXPECT_EQ(due.front().tried_at, kNoon + std::chrono::seconds(100));
    EXPECT_EQ(users.block_of(5), 100u);
}

TEST_P(Segmenting, OfATokenThatIsFollowedByNowNothingIsLeft) {
    ManyUsers users(store_);
    Token usdt = erc20(kChain, TokenId{2}, "USDT");
    usdt.realtime = false;
    const auto know = [&](Token other) {
        const std::vector<Token> all{erc20(kChain, kCpop, "T1"), ether(), std::move(other)};
        await(store_.chains().sync_tokens(all, store_.soon())).value();
    };
    const auto due = [&] {
        return await(store_.polls().due(kChain, {{usdt.id, kLater, 1'000}}, store_.soon())).value();
    };
    const auto segments = [&] {
        auto all =
            store_.polls().due_segments(kChain, {{usdt.id, kLater, 1'000}}, store_.soon());
        return await(std::move(all)).value();
    };
    know(usdt);
    users.store(users.plan(due(), {}, 100));
    const auto before = segments();
    ASSERT_EQ(before.size(), 1u);
    know(erc20(kChain, TokenId{2}, "USDT"));
    EXPECT_THAT(due(), IsEmpty());
    EXPECT_THAT(segments(), IsEmpty());
    EXPECT_THAT(users.store(users.plan({}, before, 100)), IsEmpty()) << "read before";
    know(erc20(kChain, TokenId{2}, "USDT"));
    know(usdt);
    EXPECT_EQ(due().size(), kUsers);
    EXPECT_THAT(segments(), IsEmpty());
}

TEST_P(Segmenting, WhatSomebodyAsksForIsFoundByItsUser) {
    ManyUsers users(store_);
    users.poll_all(100);
    const auto of = [&](Time before) {
        auto all = store_.polls().due_of(kChain, kEther, {{user(5)}}, before, store_.soon());
        return await(std::move(all)).value();
    };
    EXPECT_THAT(of(kNoon + std::chrono::seconds(100)), IsEmpty());
    ASSERT_EQ(of(kNoon + std::chrono::seconds(101)).size(), 1u);
    EXPECT_EQ(of(kLater).front().tried_at, kNoon + std::chrono::seconds(100));
}

TEST_P(Segmenting, TheyAreCountedWithTheOthers) {
    ManyUsers users(store_);
    users.poll_all(100);
    store_.put("somebody", 9'000);
    const auto counted = await(store_.polls().tokens(kChain, store_.soon())).value();
    ASSERT_EQ(counted.size(), 1u);
    EXPECT_EQ(counted[0].users, kUsers + 1);
    EXPECT_EQ(counted[0].unread, 1u);
    EXPECT_EQ(counted[0].oldest, kNoon + std::chrono::seconds(100));
}

TEST_P(Segmenting, SegmentsComeWholeUntilTheLimitIsReached) {
    ManyUsers users(store_, 250);
    const auto due = users.due();
    users.mine();
    users.store(users.plan({due.begin(), due.begin() + 120}, {}, 100));
    users.store(users.plan({due.begin() + 120, due.end()}, {}, 101));
    EXPECT_EQ(users.segments().size(), 2u);
    const auto first = users.segments(kLater, 1);
    ASSERT_EQ(first.size(), 1u);
    EXPECT_EQ(first.front().polls.size(), 120u) << "the one that was read first";
    EXPECT_EQ(users.segments(kLater, 120).size(), 1u);
    EXPECT_EQ(users.segments(kLater, 121).size(), 2u);
}

TEST_P(Segmenting, WhatIsDueAtOnceAgainDoesNotJoin) {
    ManyUsers users(store_);
    const auto due = users.due();
    users.mine({due[5].wallets.front().id});
    users.poll_all(100);
    EXPECT_EQ(users.segments().front().polls.size(), kUsers - 1);
    ASSERT_EQ(users.due(kFirst).size(), 1u);
    EXPECT_TRUE(users.find(5).polled->touched);
}

}  // namespace
}  // namespace custodialbridge::store

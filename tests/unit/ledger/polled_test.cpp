// Balances that are polled: what the tiers say of them, and that no reader is taken back.
#include <gmock/gmock.h>

#include "ledger_model.hpp"

namespace custodialbridge::ledger {
namespace {

using ::testing::ElementsAre;

/// Alice has 700 from block 1 on.
class Polled : public LedgerTest {
  protected:
    static ModelMove give(const Address& to, const U256& amount) {
        return {kUsdt, kZero, to, amount, testing::Told::not_at_all};
    }

    WalletId wallet_of(const Address& address) const {
        for (const auto& [id, row] : store.tables.wallets)
            if (!row.deleted && row.wallet.address == address) return id;
        return {};
    }

    /// As the syncer does it; how many were stored.
    std::size_t poll(std::uint64_t at, const U256& amount) {
        PollPlan plan{kChain, block(at), cursor().epoch, loop.clock.wall(), {}};
        plan.balances.push_back({kAliceUser, kUsdtId, {{wallet_of(kAlice), kUsdtId, amount}}});
        return loop.run(writer->poll(std::move(plan), soon())).value();
    }
};

TEST_F(Polled, AreAnsweredFromTheStoreAsOfTheirBlock) {
    step();
    ASSERT_EQ(poll(2, 700), 1u);
    step();
    drop_local();
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 redis @2");
    redis.entries.clear();
    drop_local();
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 database @2");
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 local @2");
}

TEST_F(Polled, SayHowLongAgoTheyWereRead) {
    step();
    ASSERT_EQ(poll(1, 700), 1u);
    redis.entries.clear();
    drop_local();
    loop.pass(Millis{20'000});
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 database @1");
    EXPECT_EQ(view.sync_lag_seconds, 20u);
}

TEST_F(Polled, ThatWereReadInASegmentAreSeenAtOnceByWhoHoldsTheOldOnes) {
    step();
    ASSERT_EQ(poll(1, 700), 1u);
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 database @1");
    PollPlan plan{kChain, block(2), cursor().epoch, loop.clock.wall(), {}};
    plan.segments.push_back({SegmentId{7}, {}});
    plan.segments.back().balances.push_back(
        {kAliceUser, kUsdtId, {{wallet_of(kAlice), kUsdtId, 701}}});
    EXPECT_EQ(loop.run(writer->poll(std::move(plan), soon())).value(), 1u);
    EXPECT_EQ(say(kAliceUser, kUsdtId), "701 local @2");
}

TEST_F(Polled, ANewPollIsSeenAtOnceByWhoHoldsTheOldOne) {
    step({give(kAlice, 1)});
    ASSERT_EQ(poll(1, 700), 1u);
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 database @1");
    ASSERT_EQ(poll(2, 701), 1u);
    EXPECT_EQ(say(kAliceUser, kUsdtId), "701 local @2");
    EXPECT_EQ(redis_says(kAliceUser, kUsdtId), "701");
}

TEST_F(Polled, OneThatIsAsBeforeIsYoungerForWhoHoldsIt) {
    step();
    ASSERT_EQ(poll(1, 700), 1u);
    ASSERT_EQ(say(kAliceUser, kUsdtId), "700 database @1");
    loop.pass(Millis{20'000});
    ASSERT_EQ(poll(2, 700), 1u);
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 local @2");
    EXPECT_EQ(view.sync_lag_seconds, 0u);
}

TEST_F(Polled, WhatSomebodyReadLaterIsNotTakenBackByTheStore) {
    step({give(kAlice, 1)});
    ASSERT_EQ(poll(1, 700), 1u);
    const auto seen = loop.run(reader->read_realtime(key_of(kAliceUser, kUsdtId), 1, view, soon()));
    ASSERT_TRUE(seen);
    ASSERT_EQ(view.raw, "701");
    redis.entries.clear();
    loop.pass(Millis{60'000});  // past every TTL
    EXPECT_EQ(say(kAliceUser, kUsdtId).substr(0, 3), "701");
    EXPECT_EQ(view.block.number, BlockNumber{2});
}

TEST_F(Polled, WhatABlockTouchedIsReadFromTheChain) {
    step();
    ASSERT_EQ(poll(1, 700), 1u);
    step({give(kAlice, 5)});
    store.tables.polls.at({kAliceUser.value, kChain, kUsdtId}).touched = BlockNumber{3};
    redis.entries.clear();
    drop_local();
    EXPECT_EQ(say(kAliceUser, kUsdtId), "705 chain @3");
}

TEST_F(Polled, WhatABlockTouchedStillAnswersWhileTheChainDoesNot) {
    step();
    ASSERT_EQ(poll(1, 700), 1u);
    step();
    store.tables.polls.at({kAliceUser.value, kChain, kUsdtId}).touched = BlockNumber{3};
    redis.entries.clear();
    drop_local();
    rpc.script.fault = [](testing::Point, std::string_view) {
        return std::optional(Error(Errc::unavailable, "told to fail"));
    };
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 database @1");
}

TEST_F(Polled, WhatWasReadOnTheChainIsLeftForTheSyncer) {
    step();
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 chain @2");
    const auto left = desk.take(BlockNumber{2}, 10);
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left.front().at, block(2));
    EXPECT_THAT(left.front().balance.wallets,
                ElementsAre(Observation{wallet_of(kAlice), kUsdtId, 700}));
}

TEST_F(Polled, WhatWasReadOfAFollowedTokenIsNot) {
    step();
    ASSERT_TRUE(loop.run(reader->read_realtime(key_of(kAliceUser, kCpopId), 1, view, soon())));
    EXPECT_EQ(desk.size(), 0u);
}

TEST_F(Polled, ADeepReadIsShownAndNotKept) {
    step();
    step({give(kAlice, 1)});
    ASSERT_TRUE(loop.run(reader->read_realtime(key_of(kAliceUser, kUsdtId), 2, view, soon())));
    EXPECT_EQ(view.raw, "700");
    EXPECT_EQ(desk.size(), 0u);
    EXPECT_EQ(say(kAliceUser, kUsdtId), "701 chain @3");
}

TEST_F(Polled, APollThatABlockOvertookIsNotGivenToReaders) {
    step();
    ASSERT_EQ(poll(2, 700), 1u);
    ASSERT_EQ(say(kAliceUser, kUsdtId), "700 redis @2");
    auto gate = store.script.hold(testing::Point::answering, "poll", loop.executor());
    PollPlan plan{kChain, block(2), cursor().epoch, loop.clock.wall(), {}};
    plan.balances.push_back({kAliceUser, kUsdtId, {{wallet_of(kAlice), kUsdtId, 700}}});
    auto polling = loop.start(writer->poll(std::move(plan), soon()));
    loop.pass(Millis{1});
    ASSERT_EQ(gate->waiting(), 1u);
    local->age(key_of(kAliceUser, kUsdtId));  // as a block does that names a wallet
    redis.entries.clear();
    gate->open();
    loop.pass(Millis{10});
    ASSERT_TRUE(polling.done());
    EXPECT_EQ(redis_says(kAliceUser, kUsdtId), "none");
    EXPECT_EQ(say(kAliceUser, kUsdtId), "700 database @2");
}

TEST_F(Polled, AReorganisationForgetsWhatItTookBack) {
    step({give(kAlice, 1)});
    ASSERT_EQ(poll(2, 701), 1u);
    chain.drop(1);
    chain.mine();
    unwind_to(1);
    EXPECT_EQ(say(kAliceUser, kUsdtId).substr(0, 9), "700 chain");
}

TEST(PollDesk, KeepsTheNewestBlockOfABalanceAndGivesOutWhatTheLedgerHasComeTo) {
    PollDesk desk;
    const auto read = [](const char* user, std::uint64_t at) {
        return ObservedPoll{{{at}, {}}, {}, {{user}, kUsdtId, {}}};
    };
    desk.leave(read("alice", 5));
    desk.leave(read("alice", 4));
    desk.leave(read("bob", 7));
    EXPECT_EQ(desk.take(BlockNumber{4}, 10).size(), 0u);
    const auto taken = desk.take(BlockNumber{6}, 10);
    ASSERT_EQ(taken.size(), 1u);
    EXPECT_EQ(taken.front().at.number, BlockNumber{5});
    EXPECT_EQ(desk.size(), 1u);
}

TEST(PollDesk, HasABound) {
    PollDesk desk;
    for (std::size_t i = 0; i < PollDesk::kRoom + 5; ++i)
        desk.leave({{{1}, {}}, {}, {{std::to_string(i)}, kUsdtId, {}}});
    EXPECT_EQ(desk.size(), PollDesk::kRoom);
}

}  // namespace
}  // namespace custodialbridge::ledger

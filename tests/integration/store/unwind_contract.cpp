#include <gmock/gmock.h>

#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_P(Unwinding, RestoresBalancesAndTheCursorUnderTheNextEpoch) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 1'000);
    const WalletId b = store_.put_open(start, "bob", 2, 0);
    Cursor at = store_.commit(PlanBuilder(kChain, start).block(101).transfer(a, b, kCpop, 10))
                    .value()
                    .cursor;
    at = store_.commit(PlanBuilder(kChain, at).block(102).transfer(a, b, kCpop, 20)).value().cursor;
    at = store_.commit(PlanBuilder(kChain, at).block(103).transfer(b, kOutside, kCpop, 30))
             .value()
             .cursor;
    const auto back = store_.unwind(at, block_ref(101));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->cursor, (Cursor{block_ref(101), 1}));
    EXPECT_EQ(store_.cursor(), back->cursor);
    EXPECT_THAT(back->totals, UnorderedElementsAre(UserTotal{{{"alice"}, kChain, kCpop}, 990},
                                                   UserTotal{{{"bob"}, kChain, kCpop}, 10}));
    EXPECT_THAT(back->shortfalls, IsEmpty());
    EXPECT_EQ(store_.amount("alice"), U256(990));
    EXPECT_EQ(store_.journal_sum(a), "990");
    EXPECT_EQ(store_.journal_sum(b), "10");
    EXPECT_THAT(store_.recent(), ElementsAre(block_ref(101), block_ref(100)));
    EXPECT_EQ(store_.state().cursor_time, header(101).timestamp);
}

TEST_P(Unwinding, IsFollowedByOtherBlocksAndByTheSameAgain) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 1'000);
    const auto first = [&](Cursor at) {
        return store_.commit(PlanBuilder(kChain, at)
                                 .block(101)
                                 .transfer(a, kOutside, kCpop, 1)
                                 .announce(a, kCpop, 1));
    };
    Cursor at = first(start).value().cursor;
    at = store_.unwind(at, block_ref(100)).value().cursor;
    at = store_.commit(PlanBuilder(kChain, at).block(101, "b").transfer(a, kOutside, kCpop, 7))
             .value()
             .cursor;
    EXPECT_EQ(store_.amount("alice"), U256(993));
    at = store_.unwind(at, block_ref(100)).value().cursor;
    EXPECT_EQ(at.epoch, 2u);
    const auto again = first(at);
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->cursor, (Cursor{block_ref(101), 2}));
    EXPECT_EQ(store_.amount("alice"), U256(999));
    EXPECT_EQ(store_.journal_sum(a), "999");
    EXPECT_THAT(store_.recent(), ElementsAre(block_ref(101), block_ref(100)));
}

TEST_P(Unwinding, ToTheCursorItselfOnlyRaisesTheEpoch) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 5);
    ASSERT_TRUE(store_.unwind(start, block_ref(100)));
    EXPECT_EQ(store_.cursor(), (Cursor{block_ref(100), 1}));
    EXPECT_EQ(store_.amount("alice"), U256(5));
    EXPECT_EQ(store_.journal_sum(a), "5");
}

TEST_P(Unwinding, ReturnsWalletsOpenedAboveToSnapshotting) {
    const Cursor start = store_.begin_at(100);
    const WalletId old = store_.put_open(start, "old", 1, 5);
    Cursor at = store_.commit(PlanBuilder(kChain, start).block(101)).value().cursor;
    const WalletId rich = store_.put_open(at, "rich", 2, 50);
    const WalletId poor = store_.put_open(at, "poor", 3, 0);
    at = store_.commit(PlanBuilder(kChain, at).block(102).transfer(rich, poor, kCpop, 50))
             .value()
             .cursor;
    const Cursor back = store_.unwind(at, block_ref(100)).value().cursor;
    const auto waiting = await(store_.wallets().snapshotting(kChain, 9, store_.soon())).value();
    ASSERT_EQ(waiting.size(), 2u);
    EXPECT_EQ(waiting[0].id, rich);
    EXPECT_FALSE(store_.find("rich").complete);
    EXPECT_EQ(store_.journal_sum(rich), "0");
    EXPECT_EQ(store_.journal_sum(poor), "0");
    EXPECT_EQ(store_.amount("old"), U256(5));
    EXPECT_EQ(await(store_.balances().count(kChain, store_.soon())).value(), 1u);
    ASSERT_TRUE(store_.open(back, poor, {{kCpop, 3}}));
    EXPECT_EQ(store_.amount("poor"), U256(3));
    EXPECT_EQ(store_.journal_sum(poor), "3");
    EXPECT_EQ(store_.journal_sum(old), "5");
}

TEST_P(Unwinding, ReturnsTokensOpenedAboveToBeOpened) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 5);
    const std::vector<Token> both{erc20(kChain, kCpop, "CPOP"), erc20(kChain, kGold, "GOLD")};
    ASSERT_TRUE(await(store_.chains().sync_tokens(both, store_.soon())));
    Cursor at = store_.commit(PlanBuilder(kChain, start).block(101)).value().cursor;
    const OpeningPlan opening{kChain, at, {}, {{a, kGold, 8}}};
    ASSERT_TRUE(await(store_.committer().open_token(opening, kGold, true, store_.soon())));
    at = store_.commit(PlanBuilder(kChain, at).block(102).transfer(a, kOutside, kGold, 2))
             .value()
             .cursor;
    EXPECT_EQ(store_.amount("alice", kGold), U256(6));
    ASSERT_TRUE(store_.unwind(at, block_ref(100)));
    EXPECT_FALSE(store_.find("alice", kGold).complete);
    EXPECT_EQ(store_.journal_sum(a, kGold), "0");
    EXPECT_EQ(await(store_.chains().tokens_to_open(kChain, store_.soon())).value(),
              std::vector<TokenId>{kGold});
    EXPECT_EQ(store_.amount("alice"), U256(5));
    EXPECT_EQ(await(store_.balances().count(kChain, store_.soon())).value(), 1u);
}

TEST_P(Unwinding, ReversesAdjustmentsMadeAbove) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 5);
    const Cursor at = store_.commit(PlanBuilder(kChain, start).block(101)).value().cursor;
    ASSERT_TRUE(store_.adjust(at, a, 2));
    ASSERT_TRUE(store_.unwind(at, block_ref(100)));
    EXPECT_EQ(store_.amount("alice"), U256(5));
    EXPECT_EQ(store_.journal_sum(kSuspense), "0");
}

TEST_P(Unwinding, ToABlockThatIsNotCanonicalConflicts) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 5);
    Cursor at = store_.commit(PlanBuilder(kChain, start).block(101).transfer(a, kOutside, kCpop, 1))
                    .value()
                    .cursor;
    for (const BlockRef& wrong : {block_ref(100, "b"), block_ref(99), block_ref(102)})
        EXPECT_EQ(failure(store_.unwind(at, wrong)), Errc::conflict);
    EXPECT_EQ(store_.cursor(), at);
    at = store_.unwind(at, block_ref(100)).value().cursor;
    at = store_.commit(PlanBuilder(kChain, at).block(101, "b").block(102, "b")).value().cursor;
    EXPECT_EQ(failure(store_.unwind(at, block_ref(101))), Errc::conflict) << "orphaned";
    EXPECT_EQ(store_.amount("alice"), U256(5));
}

TEST_P(Unwinding, BelowTheFinalizedBlockIsRefused) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 5);
    const Cursor at =
        store_
            .commit(
                PlanBuilder(kChain, start).block(101).block(102).transfer(a, kOutside, kCpop, 1))
            .value()
            .cursor;
    ASSERT_TRUE(await(store_.chains().set_finality(kChain, {102}, {101}, store_.soon())));
    EXPECT_EQ(failure(store_.unwind(at, block_ref(100))), Errc::refused);
    EXPECT_EQ(store_.amount("alice"), U256(4));
    EXPECT_TRUE(store_.unwind(at, block_ref(101)));
    EXPECT_EQ(store_.amount("alice"), U256(5));
}

TEST_P(Unwinding, IntoTheMiddleOfAPlanThatWasShortThereTakesFromSuspense) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 5);
    const auto plan = PlanBuilder(kChain, start)
                          .block(101)
                          .transfer(a, kOutside, kCpop, 8)
                          .block(102)
                          .transfer(kOutside, a, kCpop, 10);
    const Cursor at = store_.commit(plan).value().cursor;
    EXPECT_EQ(store_.amount("alice"), U256(7));
    const auto back = store_.unwind(at, block_ref(101));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_THAT(back->shortfalls, ElementsAre(Shortfall{a, kCpop, 3}));
    EXPECT_EQ(store_.amount("alice"), U256(0));
    EXPECT_EQ(store_.journal_sum(a), "0");
}

}  // namespace
}  // namespace custodialbridge::store

// Balances that could not be read when their wallet or token was opened, and are learnt later.
#include <gmock/gmock.h>

#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Of each wallet CPOP is known, GOLD is not.
class Ledger {
  public:
    explicit Ledger(StoreHandle& store)
        : store_(store), cursor_(store.begin_at(100, {kCpop, kGold})) {}

    WalletId open(std::string user, std::uint64_t address, const U256& cpop = 5) {
        const WalletId wallet = store_.put(std::move(user), address);
        OpeningPlan plan{kChain, cursor_, {wallet}, {{wallet, kCpop, cpop}}};
        plan.unknown = {{wallet, kGold}};
        last_ = await(store_.committer().open(std::move(plan), store_.soon())).value();
        return wallet;
    }

    PlanBuilder next_block(std::string_view branch = "a") {
        PlanBuilder plan(kChain, cursor_);
        plan.block(cursor_.block.number.value + 1, branch);
        return plan;
    }
    void commit(const PlanBuilder& plan) {
        last_ = store_.commit(plan).value();
        cursor_ = last_.cursor;
    }
    void unwind(std::uint64_t to) {
        last_ = store_.unwind(cursor_, block_ref(to)).value();
        cursor_ = last_.cursor;
    }
    void learn(WalletId wallet, const U256& amount) {
        AdjustmentPlan plan{kChain, cursor_, MoveKind::sync, {{wallet, kGold, amount}}};
        last_ = await(store_.committer().adjust(std::move(plan), store_.soon())).value();
    }

    /// "kind delta@block" of a user's GOLD.
    std::vector<std::string> changes(std::string user) {
        ChangeQuery query;
        query.user = {std::move(user)};
        query.token = kGold;
        std::vector<std::string> lines;
        for (const LedgerChange& one : store_.changes(query))
            lines.push_back(std::string(to_string(one.kind)) + " " + to_string(one.delta) + "@" +
                            std::to_string(one.place.block.value));
        return lines;
    }

    bool is_known(std::string user) { return store_.find(std::move(user), kGold).complete; }

    std::vector<WalletId> unknown(WalletId after = {}, std::size_t each = 100,
                                  TokenId token = kGold) {
        auto found = store_.balances().unknown(kChain, {{token, after}}, each, store_.soon());
        std::vector<WalletId> wallets;
        for (const Unsettled& one : await(std::move(found)).value())
            wallets.push_back(one.name.wallet);
        return wallets;
    }

    const Cursor& cursor() const { return cursor_; }
    const Committed& last() const { return last_; }

  private:
    StoreHandle& store_;
    Cursor cursor_;
    Committed last_;
};

UserTotal gold_of(std::string user, const U256& amount) {
    return {{{std::move(user)}, kChain, kGold}, amount};
}

TEST_P(Learning, AWalletIsTrackedThoughABalanceOfItIsUnknown) {
    Ledger ledger(store_);
    const WalletId a = ledger.open("alice", 1, 500);
    EXPECT_THAT(ledger.last().opened, ElementsAre(a));
    EXPECT_EQ(ledger.last().totals.size(), 1u) << "of GOLD there is none to publish";
    EXPECT_EQ(store_.amount("alice", kCpop), U256(500));
    EXPECT_FALSE(ledger.is_known("alice"));
    EXPECT_EQ(store_.find("alice", kGold).wallets, 1u);
    EXPECT_THAT(ledger.unknown(), ElementsAre(a));
    EXPECT_THAT(store_.unsettled(), IsEmpty());
    EXPECT_FALSE(store_.balance_at("alice", FinalityLevel::latest, kGold).covered_from);
    EXPECT_TRUE(store_.balance_at("alice", FinalityLevel::latest, kCpop).covered());
    EXPECT_THAT(ledger.changes("alice"), IsEmpty());
}

TEST_P(Learning, BlocksMoveItMeanwhileAndNobodyIsTold) {
    Ledger ledger(store_);
    const WalletId a = ledger.open("alice", 1);
    const WalletId b = store_.put("bob", 2);
    ASSERT_TRUE(store_.open(ledger.cursor(), b, {{kCpop, 0}, {kGold, 100}}));
    ledger.commit(ledger.next_block().transfer(b, a, kGold, 10).touch(a, kGold));
    EXPECT_THAT(ledger.last().totals, ElementsAre(gold_of("bob", 90)));
    EXPECT_THAT(ledger.changes("alice"), ElementsAre("transfer_in 10@101"));
    EXPECT_EQ(store_.journal_sum(a, kGold), "10");
    EXPECT_FALSE(ledger.is_known("alice"));
    EXPECT_THAT(store_.unsettled(), IsEmpty()) << "it is read anyway";
    EXPECT_THAT(ledger.unknown(), ElementsAre(a));
}

TEST_P(Learning, WhatLeavesItBeyondWhatCameWasThereBefore) {
    Ledger ledger(store_);
    const WalletId a = ledger.open("alice", 1);
    ledger.commit(ledger.next_block()
                      .transfer(kOutside, a, kGold, 10)
                      .transfer(a, kOutside, kGold, 40));
    EXPECT_THAT(ledger.last().shortfalls, IsEmpty());
    EXPECT_EQ(store_.journal_sum(a, kGold), "0");
    EXPECT_EQ(store_.journal_sum(kSuspense, kGold), "0");
    EXPECT_THAT(store_.unsettled(), IsEmpty());
    EXPECT_FALSE(ledger.is_known("alice"));
    ledger.learn(a, 60);
    EXPECT_THAT(ledger.changes("alice"),
                ElementsAre("transfer_in 10@101", "transfer_out -40@101", "opening 30@101",
                            "opening 60@101"));
    EXPECT_EQ(store_.amount("alice", kGold), U256(60));
    EXPECT_EQ(store_.journal_sum(a, kGold), "60");
    EXPECT_EQ(store_.journal_sum(kSuspense, kGold), "0");
}

TEST_P(Learning, APinnedReadMakesItABalanceLikeAnyOther) {
    Ledger ledger(store_);
    const WalletId a = ledger.open("alice", 1);
    ledger.commit(ledger.next_block().transfer(kOutside, a, kGold, 10));
    ledger.learn(a, 35);
    EXPECT_THAT(ledger.last().totals, ElementsAre(gold_of("alice", 35)));
    EXPECT_EQ(store_.amount("alice", kGold), U256(35));
    EXPECT_THAT(ledger.unknown(), IsEmpty());
    EXPECT_THAT(ledger.changes("alice"), ElementsAre("transfer_in 10@101", "opening 25@101"));
    ledger.commit(ledger.next_block().transfer(a, kOutside, kGold, 50));
    EXPECT_THAT(ledger.last().shortfalls, ElementsAre(Shortfall{a, kGold, 15}));
    EXPECT_EQ(store_.unsettled(), (std::vector<BalanceName>{{a, kGold}}));
    EXPECT_EQ(store_.journal_sum(a, kGold), "0");
    ledger.learn(a, 4);
    EXPECT_EQ(store_.journal_sum(kSuspense, kGold), "-19") << "a sync, as of any other";
    EXPECT_EQ(store_.journal_sum(a, kGold), "4");
}

TEST_P(Learning, AReadThatChangesNothingIsTold) {
    Ledger ledger(store_);
    const WalletId a = ledger.open("alice", 1);
    ledger.learn(a, 0);
    EXPECT_THAT(ledger.last().totals, ElementsAre(gold_of("alice", 0)));
    EXPECT_EQ(store_.amount("alice", kGold), U256(0));
    EXPECT_THAT(ledger.unknown(), IsEmpty());
    EXPECT_THAT(ledger.changes("alice"), IsEmpty());
}

TEST_P(Learning, ItsHistoryBeginsWhereItWasLearnt) {
    Ledger ledger(store_);
    const WalletId a = ledger.open("alice", 1);
    const AmountName gold{{a, kGold}, std::nullopt};
    const auto compared = [&](std::uint64_t block) {
        auto asked = store_.balances().at_block(kChain, block_ref(block), {gold}, store_.soon());
        return await(std::move(asked)).value();
    };
    ledger.commit(ledger.next_block().transfer(kOutside, a, kGold, 10));
    EXPECT_THAT(compared(101), IsEmpty());
    ledger.commit(ledger.next_block());
    ledger.learn(a, 35);
    ledger.commit(ledger.next_block().transfer(kOutside, a, kGold, 1));
    ASSERT_TRUE(await(store_.chains().set_finality(kChain, {102}, {101}, store_.soon())));
    EXPECT_THAT(compared(101), IsEmpty());
    EXPECT_EQ(compared(102).at(0).amount, U256(35));
    EXPECT_FALSE(store_.balance_at("alice", BlockNumber{101}, kGold).covered());
    EXPECT_FALSE(store_.balance_at("alice", FinalityLevel::finalized, kGold).covered());
    EXPECT_EQ(store_.balance_at("alice", FinalityLevel::safe, kGold).amount, U256(35));
    EXPECT_EQ(store_.balance_at("alice", BlockNumber{103}, kGold).amount, U256(36));
    EXPECT_EQ(store_.balance_at("alice", BlockNumber{103}, kGold).covered_from, BlockNumber{102});
}

TEST_P(Learning, AUserWithAnUnknownWalletHasNoTotal) {
    Ledger ledger(store_);
    const WalletId first = store_.put("alice", 1);
    ASSERT_TRUE(store_.open(ledger.cursor(), first, {{kCpop, 1}, {kGold, 7}}));
    EXPECT_EQ(store_.amount("alice", kGold), U256(7));
    const WalletId second = ledger.open("alice", 2);
    EXPECT_FALSE(ledger.is_known("alice"));
    ledger.commit(ledger.next_block().transfer(kOutside, first, kGold, 1));
    EXPECT_THAT(ledger.last().totals, IsEmpty());
    ledger.learn(second, 30);
    EXPECT_THAT(ledger.last().totals, ElementsAre(gold_of("alice", 38)));
}

TEST_P(Learning, AReorgBelowItMakesItUnknownAgain) {
    Ledger ledger(store_);
    const WalletId a = ledger.open("alice", 1);
    const WalletId b = ledger.open("bob", 2);
    ledger.commit(ledger.next_block().transfer(a, kOutside, kGold, 30));
    ledger.commit(ledger.next_block().transfer(kOutside, a, kGold, 10));
    ledger.learn(a, 50);
    ledger.learn(b, 0);
    ledger.unwind(101);
    EXPECT_THAT(ledger.unknown(), ElementsAre(a, b)) << "also where there is no entry";
    EXPECT_THAT(ledger.last().totals, IsEmpty());
    EXPECT_FALSE(ledger.is_known("alice"));
    EXPECT_FALSE(ledger.is_known("bob"));
    EXPECT_THAT(store_.unsettled(), IsEmpty());
    EXPECT_EQ(store_.journal_sum(a, kGold), "0");
    ledger.commit(ledger.next_block("b").transfer(kOutside, a, kGold, 3));
    ledger.learn(a, 43);
    EXPECT_EQ(store_.amount("alice", kGold), U256(43));
    EXPECT_EQ(store_.journal_sum(a, kGold), "43");
    EXPECT_EQ(store_.journal_sum(kSuspense, kGold), "0");
    EXPECT_THAT(ledger.changes("alice"),
                ElementsAre("transfer_out -30@101", "opening 30@101", "transfer_in 3@102",
                            "opening 40@102"));
}

TEST_P(Learning, AReorgAboveItLeavesItKnown) {
    Ledger ledger(store_);
    const WalletId a = ledger.open("alice", 1);
    ledger.commit(ledger.next_block());
    ledger.learn(a, 50);
    ledger.commit(ledger.next_block().transfer(kOutside, a, kGold, 1));
    ledger.unwind(101);
    EXPECT_EQ(store_.amount("alice", kGold), U256(50));
    EXPECT_THAT(ledger.unknown(), IsEmpty());
}

TEST_P(Learning, AReorgIntoAPlanThatItCouldPayForAsAWhole) {
    Ledger ledger(store_);
    const WalletId a = ledger.open("alice", 1);
    PlanBuilder plan = ledger.next_block();
    plan.transfer(a, kOutside, kGold, 8).block(102).transfer(kOutside, a, kGold, 10);
    ledger.commit(plan);
    ledger.learn(a, 20);
    ledger.unwind(101);
    EXPECT_THAT(ledger.last().shortfalls, IsEmpty());
    EXPECT_EQ(store_.journal_sum(a, kGold), "0");
    EXPECT_EQ(store_.journal_sum(kSuspense, kGold), "0");
    ledger.learn(a, 10);
    EXPECT_EQ(store_.journal_sum(a, kGold), "10");
}

TEST_P(Learning, AWalletWhoseOpeningIsReversedIsOpenedAnew) {
    Ledger ledger(store_);
    ledger.commit(ledger.next_block());
    const WalletId a = ledger.open("alice", 1);
    ledger.commit(ledger.next_block().transfer(kOutside, a, kGold, 4));
    ledger.unwind(100);
    EXPECT_THAT(ledger.unknown(), IsEmpty());
    ASSERT_TRUE(store_.open(ledger.cursor(), a, {{kCpop, 1}, {kGold, 9}}));
    EXPECT_EQ(store_.amount("alice", kGold), U256(9));
    EXPECT_EQ(store_.journal_sum(a, kGold), "9");
    EXPECT_EQ(store_.balance_at("alice", BlockNumber{100}, kGold).amount, U256(9));
}

TEST_P(Learning, ATokenIsOpenedThoughSomeOfItsBalancesAreUnknown) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 10);
    const WalletId b = store_.put_open(start, "bob", 2, 20);
    const std::vector<Token> both{erc20(kChain, kCpop, "CPOP"), erc20(kChain, kGold, "GOLD")};
    ASSERT_TRUE(await(store_.chains().sync_tokens(both, store_.soon())));
    OpeningPlan plan{kChain, start, {}, {{a, kGold, 3}}};
    EXPECT_EQ(failure(await(store_.committer().open_token(plan, kGold, true, store_.soon()))),
              Errc::conflict) << "nobody tells of bob";
    plan.unknown = {{b, kGold}};
    const auto done = await(store_.committer().open_token(plan, kGold, true, store_.soon()));
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_THAT(done->totals, ElementsAre(gold_of("alice", 3)));
    EXPECT_EQ(store_.amount("alice", kGold), U256(3));
    EXPECT_FALSE(store_.find("bob", kGold).complete);
    plan.balances = {{a, kGold, 4}, {b, kGold, 5}};
    plan.unknown = {};
    ASSERT_TRUE(await(store_.committer().open_token(plan, kGold, true, store_.soon())));
    EXPECT_EQ(store_.amount("bob", kGold), U256(5)) << "opened anew";
    EXPECT_EQ(store_.balance_at("bob", BlockNumber{100}, kGold).amount, U256(5));
}

TEST_P(Learning, WhatAnUnfinishedOpeningLeftStaysUntilItIsLearnt) {
    Ledger ledger(store_);
    const WalletId a = ledger.open("alice", 1);
    ledger.learn(a, 50);
    OpeningPlan again{kChain, ledger.cursor(), {}, {}};
    again.unknown = {{a, kGold}};
    ASSERT_TRUE(await(store_.committer().open_token(again, kGold, true, store_.soon())));
    EXPECT_FALSE(ledger.is_known("alice"));
    EXPECT_EQ(store_.journal_sum(a, kGold), "50");
    ledger.learn(a, 20);
    EXPECT_EQ(store_.amount("alice", kGold), U256(20));
    EXPECT_EQ(store_.journal_sum(a, kGold), "20");
    EXPECT_EQ(store_.journal_sum(kSuspense, kGold), "0");
}

TEST_P(Learning, TheyAreListedByTokenWalletAfterWallet) {
    Ledger ledger(store_);
    const WalletId a = ledger.open("alice", 1);
    const WalletId b = ledger.open("bob", 2);
    const WalletId c = ledger.open("carol", 3);
    EXPECT_THAT(ledger.unknown({}, 2), ElementsAre(a, b));
    EXPECT_THAT(ledger.unknown(b), ElementsAre(c));
    EXPECT_THAT(ledger.unknown({}, 9, kCpop), IsEmpty());
    ASSERT_TRUE(await(store_.wallets().remove({"alice"}, kChain, address_of(1), store_.soon())));
    EXPECT_THAT(ledger.unknown({}, 1), ElementsAre(b));
    auto asked = store_.balances().unknown(kChain, {{kCpop, {}}, {kGold, b}}, 9, store_.soon());
    EXPECT_THAT(await(std::move(asked)).value(),
                ElementsAre(Unsettled{{c, kGold}, address_of(3)}));
}

TEST_P(Learning, OfATokenThatIsNotFollowedAnyMoreNothingIsAsked) {
    Ledger ledger(store_);
    const WalletId a = ledger.open("alice", 1);
    Token gold = erc20(kChain, kGold, "GOLD");
    gold.realtime = false;
    ASSERT_TRUE(await(store_.chains().sync_tokens({erc20(kChain, kCpop, "CPOP"), gold},
                                                  store_.soon())));
    EXPECT_THAT(ledger.unknown(), IsEmpty());
    PollPlan poll;
    poll.chain = kChain;
    poll.at = block_ref(100);
    poll.epoch = 0;
    poll.balances = {{{"alice"}, kGold, {{a, kGold, 0}}}};
    ASSERT_TRUE(await(store_.committer().poll(poll, store_.soon())));
    EXPECT_EQ(store_.amount("alice", kGold), U256(0)) << "it was polled";
}

TEST_P(Learning, HowManyOfOneIdComeWithTheirId) {
    store_.begin_at(100);
    Token gold = erc20(kChain, kGold, "GOLD");
    gold.kind = TokenKind::erc1155;
    gold.nft_id = 9;
    ASSERT_TRUE(await(store_.chains().sync_tokens({erc20(kChain, kCpop, "CPOP"), gold},
                                                  store_.soon())));
    Cursor at = store_.cursor();
    at.term = await(store_.lead().hold(kChain, store_.soon())).value().value_or(0);
    const OpeningPlan none{kChain, at, {}, {}};
    ASSERT_TRUE(await(store_.committer().open_token(none, kGold, true, store_.soon())));
    const WalletId a = store_.put("alice", 1);
    OpeningPlan opening{kChain, at, {a}, {{a, kCpop, 1}}};
    opening.unknown = {{a, kGold}};
    ASSERT_TRUE(await(store_.committer().open(opening, store_.soon())));
    at = store_.commit(PlanBuilder(kChain, at).block(101).nft(a, kOutside, kGold, 9, 4))
             .value()
             .cursor;
    AdjustmentPlan learnt{kChain, at, MoveKind::sync, {{a, kGold, 6}}};
    learnt.holdings = {{a, kGold, 9, 6}};
    ASSERT_TRUE(await(store_.committer().adjust(learnt, store_.soon())));
    EXPECT_EQ(store_.amount("alice", kGold), U256(6));
    EXPECT_EQ(store_.journal_sum(a, kGold), "6");
    EXPECT_EQ(store_.journal_sum(kSuspense, kGold), "0");
    auto listed = store_.balances().nfts({"alice"}, kChain, std::nullopt, 9, store_.soon());
    const NftPage page = await(std::move(listed)).value();
    ASSERT_EQ(page.items.size(), 1u);
    EXPECT_EQ(page.items.front().amount, U256(6));
}

}  // namespace
}  // namespace custodialbridge::store

#include <gmock/gmock.h>

#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// "wallet/token[#id]=amount" of each.
std::vector<std::string> told(const std::vector<LedgerAmount>& amounts) {
    std::vector<std::string> lines;
    for (const LedgerAmount& one : amounts)
        lines.push_back(std::to_string(one.name.balance.wallet.value) +
                        (one.name.nft_id ? "#" + to_string(*one.name.nft_id) : "") + "=" +
                        to_string(one.amount));
    return lines;
}

std::string line(WalletId wallet, const std::string& rest) {
    return std::to_string(wallet.value) + rest;
}

AmountName name(WalletId wallet, std::optional<U256> nft_id = std::nullopt) {
    return {{wallet, kCpop}, nft_id};
}

class Ledger {
  public:
    explicit Ledger(StoreHandle& store) : store_(store), cursor_(store.begin_at(100)) {}

    Result<std::vector<LedgerAmount>> at(std::uint64_t block, std::vector<AmountName> names,
                                         std::string_view branch = "a") {
        auto asked = store_.balances().at_block(kChain, block_ref(block, branch),
                                                std::move(names), store_.soon());
        return await(std::move(asked));
    }

    PlanBuilder next_block(std::string_view branch = "a") {
        PlanBuilder plan(kChain, cursor_);
        plan.block(cursor_.block.number.value + 1, branch);
        return plan;
    }

    void commit(const PlanBuilder& plan) { cursor_ = store_.commit(plan).value().cursor; }
    void unwind(std::uint64_t to) {
        cursor_ = store_.unwind(cursor_, block_ref(to)).value().cursor;
    }

    void adjust(std::vector<Observation> balances, std::vector<HoldingObservation> holdings) {
        AdjustmentPlan plan{kChain, cursor_, MoveKind::sync, std::move(balances),
                            std::move(holdings)};
        await(store_.committer().adjust(std::move(plan), store_.soon())).value();
    }

    U256 holding(std::string user, const U256& id) {
        auto listed = store_.balances().nfts({std::move(user)}, kChain, std::nullopt, 100,
                                             store_.soon());
        for (const HeldNft& nft : await(std::move(listed)).value().items)
            if (nft.nft_id == id) return nft.amount;
        return 0;
    }

    const Cursor& cursor() const { return cursor_; }

  private:
    StoreHandle& store_;
    Cursor cursor_;
};

TEST_P(Comparing, AmountsAreWhatTheyWereAtTheBlock) {
    Ledger ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    const WalletId b = store_.put_open(ledger.cursor(), "bob", 2, 0);
    ledger.commit(ledger.next_block().transfer(a, b, kCpop, 10));
    ledger.commit(ledger.next_block().transfer(b, kOutside, kCpop, 4).transfer(b, a, kCpop, 1));
    EXPECT_THAT(told(ledger.at(100, {name(a), name(b)}).value()),
                ElementsAre(line(a, "=50"), line(b, "=0")));
    EXPECT_THAT(told(ledger.at(101, {name(b), name(a)}).value()),
                ElementsAre(line(b, "=10"), line(a, "=40")));
    EXPECT_THAT(told(ledger.at(102, {name(a), name(b)}).value()),
                ElementsAre(line(a, "=41"), line(b, "=5")));
}

TEST_P(Comparing, HoldingsAreToo) {
    Ledger ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 0);
    ledger.commit(ledger.next_block().nft(kOutside, a, kCpop, 7).nft(kOutside, a, kCpop, 8));
    ledger.commit(ledger.next_block().nft(a, kOutside, kCpop, 7));
    EXPECT_THAT(told(ledger.at(101, {name(a, 7), name(a, 8), name(a), name(a, 9)}).value()),
                ElementsAre(line(a, "#7=1"), line(a, "#8=1"), line(a, "=2"), line(a, "#9=0")));
    EXPECT_THAT(told(ledger.at(102, {name(a, 7), name(a)}).value()),
                ElementsAre(line(a, "#7=0"), line(a, "=1")));
}

TEST_P(Comparing, TellsTheHolder) {
    Ledger ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    EXPECT_EQ(ledger.at(100, {name(a)}).value().front().holder, address_of(1));
}

TEST_P(Comparing, ABlockThatIsNotTheLedgersIsAConflict) {
    Ledger ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    ledger.commit(ledger.next_block().transfer(a, kOutside, kCpop, 10));
    EXPECT_EQ(failure(ledger.at(101, {name(a)}, "b")), Errc::conflict);
    EXPECT_EQ(failure(ledger.at(102, {name(a)})), Errc::conflict);
    ledger.unwind(100);
    EXPECT_EQ(failure(ledger.at(101, {name(a)})), Errc::conflict);
    EXPECT_THAT(told(ledger.at(100, {name(a)}).value()), ElementsAre(line(a, "=50")));
}

TEST_P(Comparing, WhatWasNotFollowedThereIsPassedOver) {
    Ledger ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    ledger.commit(ledger.next_block());
    const WalletId late = store_.put_open(ledger.cursor(), "bob", 2, 5);
    EXPECT_THAT(told(ledger.at(100, {name(late), name(a)}).value()), ElementsAre(line(a, "=50")));
    ASSERT_TRUE(await(store_.wallets().remove({"alice"}, kChain, address_of(1), store_.soon())));
    EXPECT_THAT(ledger.at(101, {name(a)}).value(), IsEmpty());
}

TEST_P(Comparing, HoldingsThatAreAdjustedTakeTheirBalanceAlong) {
    Ledger ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 0);
    ledger.commit(ledger.next_block().nft(kOutside, a, kCpop, 7).nft(kOutside, a, kCpop, 8));
    ledger.adjust({}, {{a, kCpop, 7, 0}, {a, kCpop, 9, 3}});
    EXPECT_EQ(ledger.holding("alice", 7), 0);
    EXPECT_EQ(ledger.holding("alice", 8), 1);
    EXPECT_EQ(ledger.holding("alice", 9), 3);
    EXPECT_EQ(store_.amount("alice"), 4);
    EXPECT_EQ(store_.journal_sum(a), "4");
}

TEST_P(Comparing, ABalanceThatIsAdjustedWithHoldingsIsWhatWasSeen) {
    Ledger ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 0);
    ledger.commit(ledger.next_block().nft(kOutside, a, kCpop, 7));
    ledger.adjust({{a, kCpop, 5}}, {{a, kCpop, 7, 0}, {a, kCpop, 9, 1}});
    EXPECT_EQ(ledger.holding("alice", 7), 0);
    EXPECT_EQ(ledger.holding("alice", 9), 1);
    EXPECT_EQ(store_.amount("alice"), 5);
    EXPECT_EQ(store_.journal_sum(a), "5");
}

}  // namespace
}  // namespace custodialbridge::store

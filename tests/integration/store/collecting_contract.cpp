#include <gmock/gmock.h>

#include <cstdlib>
#include <map>
#include <random>
#include <string>

#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Held = std::vector<std::pair<U256, U256>>;  // id, amount

class Collection {
  public:
    explicit Collection(StoreHandle& store) : store_(store), cursor_(store.begin_at(100)) {}

    NftPage page(std::string user, std::size_t limit = 100,
                 std::optional<NftPlace> after = std::nullopt,
                 std::optional<ChainId> chain = std::nullopt) {
        auto listed =
            store_.balances().nfts({std::move(user)}, chain, after, limit, store_.soon());
        return await(std::move(listed)).value();
    }

    Held held(std::string user) {
        Held all;
        for (const HeldNft& nft : page(std::move(user)).items)
            all.emplace_back(nft.nft_id, nft.amount);
        return all;
    }

    WalletId open(std::string user, std::uint64_t address, U256 balance, Held holdings) {
        const WalletId wallet = store_.put(std::move(user), address);
        OpeningPlan plan{kChain, cursor_, {wallet}, {{wallet, kCpop, balance}}};
        for (const auto& [id, amount] : holdings)
            plan.holdings.push_back({wallet, kCpop, id, amount});
        await(store_.committer().open(std::move(plan), store_.soon())).value();
        return wallet;
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

    const Cursor& cursor() const { return cursor_; }

  private:
    StoreHandle& store_;
    Cursor cursor_;
};

TEST_P(Collecting, AnOpeningHasTheIdsThatAreKnownAndABalanceOfThemAll) {
    Collection art(store_);
    const WalletId wallet = art.open("alice", 1, 3, {{7, 1}, {9, 1}});
    EXPECT_THAT(art.held("alice"), ElementsAre(std::pair(7, 1), std::pair(9, 1)));
    EXPECT_EQ(store_.amount("alice"), 3) << "one of them nobody could name";
    EXPECT_EQ(store_.journal_sum(wallet), "3");
}

TEST_P(Collecting, AnNftGoesFromWalletToWallet) {
    Collection art(store_);
    const WalletId alice = art.open("alice", 1, 1, {{7, 1}}), bob = art.open("bob", 2, 0, {});
    art.commit(art.next_block().nft(alice, bob, kCpop, 7).nft(kOutside, bob, kCpop, 8));
    EXPECT_THAT(art.held("alice"), IsEmpty());
    EXPECT_THAT(art.held("bob"), ElementsAre(std::pair(7, 1), std::pair(8, 1)));
    EXPECT_EQ(art.page("bob").items[0].as_of, art.cursor().block.number);
    EXPECT_EQ(store_.amount("bob"), 2);
    art.unwind(100);
    EXPECT_THAT(art.held("alice"), ElementsAre(std::pair(7, 1)));
    EXPECT_THAT(art.held("bob"), IsEmpty());
}

TEST_P(Collecting, OneThatNobodyKnewToBeThereMayLeave) {
    Collection art(store_);
    const WalletId alice = art.open("alice", 1, 2, {{7, 1}});
    art.commit(art.next_block().nft(alice, kOutside, kCpop, 9));
    EXPECT_THAT(art.held("alice"), ElementsAre(std::pair(7, 1)));
    EXPECT_EQ(store_.amount("alice"), 1);
    EXPECT_EQ(store_.journal_sum(alice), "1");
    EXPECT_THAT(store_.unsettled(), IsEmpty()) << "the balance had it";
    art.commit(art.next_block().nft(kOutside, alice, kCpop, 9));
    EXPECT_THAT(art.held("alice"), ElementsAre(std::pair(7, 1), std::pair(9, 1)));
    art.unwind(100);
    EXPECT_EQ(store_.amount("alice"), 2);
    EXPECT_EQ(store_.journal_sum(alice), "2");
    EXPECT_THAT(art.held("alice"), ElementsAre(std::pair(7, 1)));
}

TEST_P(Collecting, HugeAmountsOfManyIdsAreKept) {
    Collection game(store_);
    const U256 huge = U256(1) << 255;
    const WalletId alice = game.open("alice", 1, 0, {});
    game.commit(game.next_block().nft(kOutside, alice, kCpop, huge, huge));
    EXPECT_THAT(game.held("alice"), ElementsAre(std::pair(huge, huge)));
}

TEST_P(Collecting, ATokenThatIsOpenedAgainTakesWhatIsSeenNow) {
    Collection art(store_);
    const WalletId alice = art.open("alice", 1, 3, {{7, 1}, {8, 1}});
    OpeningPlan plan{kChain, art.cursor(), {}, {{alice, kCpop, 4}}};
    plan.holdings = {{alice, kCpop, 8, 1}, {alice, kCpop, 9, 2}};
    await(store_.committer().open_token(plan, kCpop, true, store_.soon())).value();
    EXPECT_THAT(art.held("alice"), ElementsAre(std::pair(8, 1), std::pair(9, 2)));
    EXPECT_EQ(store_.amount("alice"), 4);
    EXPECT_EQ(store_.journal_sum(alice), "4");
}

TEST_P(Collecting, AUsersListSumsItsWalletsAndHasPages) {
    Collection art(store_);
    art.open("alice", 1, 6, {{1, 1}, {2, 2}, {3, 3}});
    art.open("alice", 2, 1, {{2, 1}});
    art.open("bob", 3, 1, {{4, 1}});
    EXPECT_THAT(art.held("alice"),
                ElementsAre(std::pair(1, 1), std::pair(2, 3), std::pair(3, 3)));
    const NftPage first = art.page("alice", 2);
    EXPECT_EQ(first.items.size(), 2u);
    EXPECT_TRUE(first.more);
    const HeldNft& last = first.items.back();
    const NftPage second = art.page("alice", 2, NftPlace{last.chain, last.token, last.nft_id});
    ASSERT_EQ(second.items.size(), 1u);
    EXPECT_EQ(second.items[0], (HeldNft{kChain, kCpop, 3, 3, art.cursor().block.number}));
    EXPECT_FALSE(second.more);
    EXPECT_THAT(art.page("alice", 10, std::nullopt, ChainId{5}).items, IsEmpty());
    EXPECT_THAT(art.page("nobody").items, IsEmpty());
}

TEST_P(Collecting, ARemovedWalletsNftsDoNotCount) {
    Collection art(store_);
    art.open("alice", 1, 1, {{1, 1}});
    await(store_.wallets().remove({"alice"}, kChain, address_of(1), store_.soon())).value();
    EXPECT_THAT(art.held("alice"), IsEmpty());
}

TEST_P(Collecting, WhatAPlanTouchesIsUnsettledAndWhatItDeploysIsDeployed) {
    Collection art(store_);
    auto put = store_.wallets().put({"alice"}, kChain, address_of(1), false, store_.soon());
    const WalletId alice = await(std::move(put)).value().wallet.id;
    store_.open(art.cursor(), alice, {{kCpop, 5}}).value();
    art.commit(art.next_block().touch(alice, kCpop).deploy(alice));
    EXPECT_THAT(store_.unsettled(), ElementsAre(BalanceName{alice, kCpop}));
    auto again =
        store_.wallets().put({"alice"}, kChain, address_of(1), std::nullopt, store_.soon());
    EXPECT_TRUE(await(std::move(again)).value().wallet.is_deployed);
}

/// What a wallet holds of an id is the sum of its entries; where it would be less than nothing, it
/// is nothing.
class NaiveHoldings {
  public:
    void move(std::uint64_t block, std::size_t wallet, int id, int amount) {
        entries_.push_back({block, wallet, id, amount});
    }

    void supply(std::uint64_t block) {
        for (const auto& [key, sum] : sums())
            if (sum < 0) entries_.push_back({block, key.first, key.second, -sum});
    }

    void unwind(std::uint64_t to) {
        std::erase_if(entries_, [&](const Entry& entry) { return entry.block > to; });
        supply(to);
    }

    Held held(std::size_t wallet) const {
        Held all;
        for (const auto& [key, sum] : sums())
            if (key.first == wallet && sum > 0) all.emplace_back(key.second, sum);
        return all;
    }

  private:
    struct Entry {
        std::uint64_t block;
        std::size_t wallet;
        int id;
        int amount;
    };

    std::map<std::pair<std::size_t, int>, int> sums() const {
        std::map<std::pair<std::size_t, int>, int> sums;
        for (const Entry& entry : entries_) sums[{entry.wallet, entry.id}] += entry.amount;
        return sums;
    }

    std::vector<Entry> entries_;
};

TEST_P(Collecting, AnyHistoryLeavesWhatTheNaiveOneLeaves) {
    Collection art(store_);
    const std::string users[] = {"alice", "bob", "carol"};
    WalletId wallets[3];
    for (std::size_t i = 0; i < 3; ++i) wallets[i] = art.open(users[i], i + 1, 1'000, {});
    NaiveHoldings naive;
    const char* given = std::getenv("CB_SEED");
    const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : std::random_device()();
    SCOPED_TRACE("CB_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int step = 0; step < 60; ++step) {
        const std::uint64_t height = art.cursor().block.number.value;
        if (random() % 6 == 0 && height > 100) {
            const std::uint64_t to = std::max<std::uint64_t>(100, height - random() % 4);
            if (to < height) {
                art.unwind(to);
                naive.unwind(to);
            }
        } else {
            PlanBuilder plan = art.next_block("a");
            for (std::uint64_t moves = random() % 5; moves > 0; --moves) {
                const std::size_t from = random() % 4, to = random() % 4;
                if (from == to) continue;
                const int id = static_cast<int>(random() % 4);
                const int amount = static_cast<int>(random() % 3);
                plan.nft(from == 3 ? kOutside : wallets[from], to == 3 ? kOutside : wallets[to],
                         kCpop, id, amount);
                if (from < 3) naive.move(height + 1, from, id, -amount);
                if (to < 3) naive.move(height + 1, to, id, amount);
            }
            art.commit(plan);
            naive.supply(height + 1);
        }
        for (std::size_t i = 0; i < 3; ++i)
            ASSERT_EQ(art.held(users[i]), naive.held(i)) << "step " << step << ", " << users[i];
    }
}

}  // namespace
}  // namespace custodialbridge::store

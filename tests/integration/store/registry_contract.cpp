#include <gmock/gmock.h>

#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::int64_t> ids_of(const std::vector<Wallet>& wallets) {
    std::vector<std::int64_t> ids;
    for (const Wallet& wallet : wallets) ids.push_back(wallet.id.value);
    return ids;
}

TEST_P(Following, BeginsAChainOnce) {
    EXPECT_EQ(await(store_.chains().load(kChain, store_.soon())).value(), std::nullopt);
    const auto first = await(store_.chains().begin(kChain, {header(100)}, store_.soon())).value();
    EXPECT_EQ(first.cursor, (Cursor{block_ref(100), 0}));
    EXPECT_EQ(first.cursor_time, header(100).timestamp);
    EXPECT_EQ(first.safe, std::nullopt);
    EXPECT_EQ(await(store_.chains().begin(kChain, {header(200)}, store_.soon())).value(), first);
    EXPECT_EQ(await(store_.chains().load(kChain, store_.soon())).value(), first);
    EXPECT_THAT(store_.recent(), ElementsAre(block_ref(100)));
}

TEST_P(Following, KnowsWhetherItsNewestBlocksWereProven) {
    Cursor at = store_.begin_at(100);
    EXPECT_FALSE(store_.state().has_proven);
    LedgerPlan checked = PlanBuilder(kChain, at).block(101).build();
    checked.blocks.back().completeness = Completeness::checked;
    auto work = store_.committer().commit(checked, Totals::wanted, store_.soon());
    at = await(std::move(work)).value().cursor;
    EXPECT_FALSE(store_.state().has_proven);
    at = store_.commit(PlanBuilder(kChain, at).block(102)).value().cursor;
    EXPECT_TRUE(store_.state().has_proven);
}

TEST_P(Following, RecentBlocksAreTheNewestFirst) {
    Cursor at = store_.begin_at(100);
    for (std::uint64_t number : {101u, 102u, 105u})
        at = store_.commit(PlanBuilder(kChain, at).block(number)).value().cursor;
    EXPECT_THAT(store_.recent(2), ElementsAre(block_ref(105), block_ref(102)));
    EXPECT_THAT(store_.recent(0), IsEmpty());
}

TEST_P(Following, FinalityMovesForwardOnly) {
    const auto set = [&](std::uint64_t safe, std::uint64_t finalized) {
        return await(store_.chains().set_finality(kChain, {safe}, {finalized}, store_.soon()));
    };
    EXPECT_EQ(failure(set(5, 4)), Errc::not_found);
    store_.begin_at(100);
    ASSERT_TRUE(set(90, 80));
    ASSERT_TRUE(set(90, 80));
    ASSERT_TRUE(set(95, 90));
    EXPECT_EQ(failure(set(96, 89)), Errc::conflict);
    EXPECT_EQ(failure(set(98, 99)), Errc::invalid);
    EXPECT_EQ(store_.state().safe, BlockNumber{95});
    EXPECT_EQ(store_.state().finalized, BlockNumber{90});
    ASSERT_TRUE(set(94, 91));
    EXPECT_EQ(store_.state().safe, BlockNumber{94}) << "safe is not final";
}

TEST_P(Registering, AnAddressIsOneUsers) {
    const auto put = [&](const char* user, std::optional<bool> deployed) {
        return await(store_.wallets().put({user}, kChain, address_of(1), deployed, store_.soon()));
    };
    const auto first = put("alice", false).value();
    EXPECT_TRUE(first.created);
    EXPECT_EQ(first.wallet.user.value, "alice");
    EXPECT_EQ(first.wallet.chain, kChain);
    EXPECT_EQ(first.wallet.address, address_of(1));
    EXPECT_FALSE(first.wallet.is_deployed);
    EXPECT_EQ(first.wallet.tracked_from, std::nullopt);
    EXPECT_GT(first.wallet.id.value, 0);
    EXPECT_GT(first.wallet.created_at, Time(std::chrono::seconds(1'600'000'000)));
    EXPECT_EQ(failure(put("bob", true)), Errc::conflict);
    const auto again = put("alice", false).value();
    EXPECT_FALSE(again.created);
    EXPECT_EQ(again.wallet, first.wallet);
    const auto deployed = put("alice", true).value();
    EXPECT_FALSE(deployed.created);
    EXPECT_TRUE(deployed.wallet.is_deployed);
    EXPECT_EQ(deployed.wallet.id, first.wallet.id);
    EXPECT_TRUE(put("alice", std::nullopt).value().wallet.is_deployed);
}

TEST_P(Registering, TheSameAddressOnAnotherChainIsAnotherWallet) {
    const auto here = store_.put("alice", 1);
    const auto there =
        await(store_.wallets().put({"bob"}, ChainId{10}, address_of(1), true, store_.soon()));
    ASSERT_TRUE(there);
    EXPECT_NE(there->wallet.id, here);
}

TEST_P(Registering, RemovesOnlyTheUsersOwn) {
    const auto remove = [&](const char* user) {
        return await(store_.wallets().remove({user}, kChain, address_of(1), store_.soon()));
    };
    EXPECT_EQ(failure(remove("alice")), Errc::not_found);
    store_.put("alice", 1);
    EXPECT_EQ(failure(remove("bob")), Errc::not_found);
    EXPECT_TRUE(remove("alice"));
    EXPECT_EQ(failure(remove("alice")), Errc::not_found);
}

TEST_P(Registering, ARemovedWalletNoLongerCountsAndItsAddressIsFree) {
    const Cursor start = store_.begin_at(100);
    const WalletId old = store_.put_open(start, "alice", 1, 10);
    ASSERT_TRUE(await(store_.wallets().remove({"alice"}, kChain, address_of(1), store_.soon())));
    EXPECT_EQ(store_.find("alice").wallets, 0u);
    const WalletId fresh = store_.put("bob", 1);
    EXPECT_NE(fresh, old);
    EXPECT_FALSE(store_.find("bob").complete);
    ASSERT_TRUE(store_.open(start, fresh, {{kCpop, 12}}));
    EXPECT_EQ(store_.amount("bob"), U256(12));
    EXPECT_EQ(store_.journal_sum(old), "10");
    const auto late = PlanBuilder(kChain, start).block(101).transfer(kOutside, old, kCpop, 1);
    EXPECT_TRUE(store_.commit(late)) << "a plan that was made before the removal";
}

TEST_P(Registering, ListsAUsersWalletsInPages) {
    std::vector<std::int64_t> mine;
    for (std::uint64_t i = 0; i < 5; ++i) {
        mine.push_back(store_.put("alice", i).value);
        store_.put("bob", 100 + i);
    }
    const auto elsewhere =
        await(store_.wallets().put({"alice"}, ChainId{10}, address_of(1), true, store_.soon()))
            .value()
            .wallet.id;
    const auto page = [&](std::optional<ChainId> chain, std::optional<WalletId> after) {
        return await(store_.wallets().of_user({"alice"}, chain, after, 2, store_.soon())).value();
    };
    std::vector<std::int64_t> seen;
    std::optional<WalletId> after;
    int pages = 0;
    do {
        const WalletPage part = page(kChain, after);
        for (const std::int64_t id : ids_of(part.wallets)) seen.push_back(id);
        after = part.next;
        ASSERT_LT(++pages, 5);
    } while (after);
    EXPECT_EQ(seen, mine);
    EXPECT_EQ(pages, 3);
    const WalletPage last = page(std::nullopt, WalletId{mine.back()});
    EXPECT_THAT(ids_of(last.wallets), ElementsAre(elsewhere.value));
    EXPECT_EQ(last.next, std::nullopt);
    EXPECT_THAT(page(ChainId{11}, std::nullopt).wallets, IsEmpty());
}

TEST_P(Registering, WaitsForTheSnapshotOldestFirstAndIsTrackedThen) {
    const Cursor start = store_.begin_at(100);
    std::vector<WalletId> wallets;
    for (std::uint64_t i = 0; i < 4; ++i) wallets.push_back(store_.put("alice", i));
    const auto waiting = [&](std::size_t limit) {
        return await(store_.wallets().snapshotting(kChain, limit, store_.soon())).value();
    };
    const auto tracked = [&](WalletId after, std::size_t limit) {
        return await(store_.wallets().tracked(kChain, after, limit, store_.soon())).value();
    };
    EXPECT_THAT(ids_of(waiting(3)),
                ElementsAre(wallets[0].value, wallets[1].value, wallets[2].value));
    EXPECT_THAT(tracked({0}, 10), IsEmpty());
    for (const std::size_t i : {0u, 2u, 3u})
        ASSERT_TRUE(store_.open(start, wallets[i], {{kCpop, 1}}));
    EXPECT_THAT(ids_of(waiting(3)), ElementsAre(wallets[1].value));
    ASSERT_THAT(tracked({0}, 2), SizeIs(2));
    EXPECT_EQ(tracked({0}, 2)[1].id, wallets[2]);
    EXPECT_EQ(tracked({0}, 2)[1].address, address_of(2));
    EXPECT_EQ(tracked(wallets[2], 2)[0].id, wallets[3]);
    ASSERT_TRUE(await(store_.wallets().remove({"alice"}, kChain, address_of(3), store_.soon())));
    EXPECT_THAT(tracked(wallets[2], 2), IsEmpty());
    EXPECT_THAT(await(store_.wallets().tracked(ChainId{10}, {0}, 9, store_.soon())).value(),
                IsEmpty());
}

TEST_P(Registering, FindsNothingOfAnUnknownUserOrChain) {
    store_.begin_at(100);
    const StoredBalance nobody = store_.find("nobody");
    EXPECT_EQ(nobody.wallets, 0u);
    EXPECT_FALSE(nobody.complete);
    EXPECT_EQ(
        failure(await(store_.balances().find({{"alice"}, ChainId{99}, kCpop}, store_.soon()))),
        Errc::not_found);
}

}  // namespace
}  // namespace custodialbridge::store

#include "custodialbridge/sync/changed_amounts.hpp"

#include <gmock/gmock.h>

namespace custodialbridge::sync {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

store::AmountName name(std::int64_t wallet, std::optional<U256> nft_id = std::nullopt) {
    return {{WalletId{wallet}, TokenId{1}}, nft_id};
}

std::vector<std::int64_t> wallets(const std::vector<ChangedAmount>& taken) {
    std::vector<std::int64_t> all;
    for (const ChangedAmount& one : taken) all.push_back(one.name.balance.wallet.value);
    std::sort(all.begin(), all.end());
    return all;
}

TEST(Changed, AmountsAreTakenOnceTheirBlockIsReached) {
    ChangedAmounts changed;
    changed.add({name(1), {{5}, {5}}});
    changed.add({name(2), {{6}, {6}}});
    EXPECT_THAT(changed.take({4}, 10), IsEmpty());
    EXPECT_THAT(wallets(changed.take({5}, 10)), ElementsAre(1));
    EXPECT_THAT(wallets(changed.take({6}, 10)), ElementsAre(2));
    EXPECT_EQ(changed.size(), 0u);
}

TEST(Changed, OneThatChangesInEveryBlockIsTakenAsOfAnEarlierOneAndStays) {
    ChangedAmounts changed;
    for (std::uint64_t block = 5; block <= 9; ++block) changed.add({name(1), {{block}, {block}}});
    EXPECT_THAT(wallets(changed.take({7}, 10)), ElementsAre(1));
    EXPECT_THAT(changed.take({7}, 10), IsEmpty()) << "verified there";
    EXPECT_THAT(wallets(changed.take({8}, 10)), ElementsAre(1));
    EXPECT_THAT(wallets(changed.take({9}, 10)), ElementsAre(1));
    EXPECT_EQ(changed.size(), 0u);
}

TEST(Changed, IdsOfOneTokenAreApart) {
    ChangedAmounts changed;
    changed.add({name(1, 7), {{5}, {5}}});
    changed.add({name(1, 8), {{5}, {5}}});
    changed.add({name(1), {{5}, {5}}});
    EXPECT_EQ(changed.take({5}, 10).size(), 3u);
}

TEST(Changed, WhatWasTakenBackIsLookedAtWhereTheLedgerWentBackTo) {
    ChangedAmounts changed;
    changed.add({name(1), {{9}, {9}}});
    changed.unwound_to({6});
    EXPECT_THAT(wallets(changed.take({6}, 10)), ElementsAre(1));
}

TEST(Changed, NoMoreIsTakenThanAskedFor) {
    ChangedAmounts changed;
    for (std::int64_t wallet = 1; wallet <= 9; ++wallet) changed.add({name(wallet), {{1}, {1}}});
    EXPECT_EQ(changed.take({1}, 4).size(), 4u);
    EXPECT_EQ(changed.size(), 5u);
}

TEST(Changed, WhatFindsNoRoomIsCounted) {
    ChangedAmounts changed;
    const auto capacity = static_cast<std::int64_t>(ChangedAmounts::kCapacity);
    for (std::int64_t wallet = 1; wallet <= capacity + 3; ++wallet)
        changed.add({name(wallet), {{1}, {1}}});
    changed.add({name(1), {{2}, {2}}});
    EXPECT_EQ(changed.size(), ChangedAmounts::kCapacity);
    EXPECT_EQ(changed.without_room(), 3u);
}

}  // namespace
}  // namespace custodialbridge::sync

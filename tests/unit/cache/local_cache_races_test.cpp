/// What was on its way while the user's wallets, or what the ledger says of a block, changed.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "custodialbridge/cache/local_cache.hpp"

namespace custodialbridge::cache {
namespace {

constexpr ChainId kChain{31337};
constexpr TokenId kToken{1};
constexpr Millis kTtl{30'000};
constexpr Instant kNow{std::chrono::seconds(1'000)};

LocalBalance at(std::uint64_t block, std::uint64_t amount, bool followed = true) {
    LocalBalance value;
    value.balance.amount = amount;
    value.balance.version = {0, {block}};
    value.followed = followed;
    return value;
}

class LocalTierRaces : public ::testing::Test {
  protected:
    std::optional<LocalBalance> find(const BalanceKey& key) {
        LocalBalance out;
        bool expired = false;
        if (!cache.find(key.user.value, key.chain, key.token, kNow, out, expired))
            return std::nullopt;
        return out;
    }

    std::uint64_t ticket() const { return cache.ticket(alice.user.value, kChain); }
    bool fill(LocalBalance value) { return cache.fill(alice, std::move(value), ticket(), kNow); }
    bool dropped_since(std::uint64_t drops) const {
        return cache.dropped_since(drops, alice.user.value, kChain);
    }

    LocalCache cache{100'000, kTtl};
    const BalanceKey alice{{"alice"}, kChain, kToken};
};

TEST_F(LocalTierRaces, PutsWhatWasCommittedAfterTheUserWasDropped) {
    cache.drop_user(alice.user, kChain);
    const auto drops = cache.drops();
    EXPECT_TRUE(cache.put(alice, at(120, 5), kNow, drops));
    EXPECT_TRUE(find(alice));
    EXPECT_FALSE(dropped_since(drops));
}

TEST_F(LocalTierRaces, RefusesAPutWhoseUserWasDroppedSinceItsCommitBegan) {
    const auto drops = cache.drops();
    cache.drop_user(alice.user, kChain);
    EXPECT_TRUE(dropped_since(drops));
    EXPECT_FALSE(cache.put(alice, at(120, 5), kNow, drops));
    EXPECT_FALSE(find(alice));
    EXPECT_TRUE(cache.put(alice, at(120, 5), kNow, cache.drops()));
}

TEST_F(LocalTierRaces, KeepNothingThatSuchAPutWouldHaveReplaced) {
    cache.begin_block(kChain, {0, {119}});
    const auto drops = cache.drops();
    cache.drop_user(alice.user, kChain);
    ASSERT_TRUE(fill(at(119, 4)));
    cache.begin_block(kChain, {0, {120}});
    EXPECT_FALSE(cache.put(alice, at(120, 5), kNow, drops));
    EXPECT_FALSE(find(alice)) << "it would be taken for the balance at block 120";
}

TEST_F(LocalTierRaces, TellMostOtherUsersFromTheDroppedOne) {
    const auto drops = cache.drops();
    cache.drop_user(alice.user, kChain);
    int others = 0;
    for (int i = 0; i < 1'000; ++i)
        others += cache.dropped_since(drops, "u" + std::to_string(i), kChain);
    EXPECT_LT(others, 100);
    EXPECT_TRUE(dropped_since(drops));
}

TEST_F(LocalTierRaces, CallWhatWasReadBeforeTheUserWasDroppedOvertaken) {
    const auto before = ticket();
    EXPECT_FALSE(cache.overtaken(alice, {0, {120}}, true, before));
    cache.drop_user(alice.user, kChain);
    EXPECT_TRUE(cache.overtaken(alice, {0, {120}}, true, before));
    EXPECT_TRUE(cache.overtaken(alice, {0, {120}}, false, before));
    EXPECT_FALSE(cache.overtaken(alice, {0, {120}}, true, ticket()));
}

TEST_F(LocalTierRaces, LetGoOfAChainThatIsDoubtedAndOfAllThatIsOnItsWay) {
    cache.begin_block(kChain, {0, {120}});
    ASSERT_TRUE(fill(at(120, 4)));
    const auto drops = cache.drops();
    const auto before = ticket();
    cache.doubt_chain(kChain);
    LocalBalance held;
    bool expired = false;
    ASSERT_TRUE(cache.find("alice", kChain, kToken, kNow, held, expired));
    EXPECT_TRUE(expired);
    EXPECT_FALSE(cache.fill(alice, at(121, 5), before, kNow));
    EXPECT_FALSE(cache.put(alice, at(121, 5), kNow, drops));
    EXPECT_TRUE(fill(at(120, 5))) << "the same block says otherwise now";
    ASSERT_TRUE(cache.find("alice", kChain, kToken, kNow, held, expired));
    EXPECT_FALSE(expired);
    EXPECT_EQ(held.balance.amount, 5);
}

TEST_F(LocalTierRaces, LeaveOtherChainsWhenOneIsDoubted) {
    const BalanceKey elsewhere{alice.user, {1}, kToken};
    ASSERT_TRUE(cache.fill(elsewhere, at(120, 4), ticket(), kNow));
    cache.doubt_chain(kChain);
    LocalBalance held;
    bool expired = true;
    ASSERT_TRUE(cache.find("alice", {1}, kToken, kNow, held, expired));
    EXPECT_FALSE(expired);
}

TEST_F(LocalTierRaces, KeepNothingOfAUserWhoseWalletsAreChanging) {
    ASSERT_TRUE(fill(at(119, 4)));
    cache.begin_change(alice.user, kChain);
    EXPECT_TRUE(find(alice)) << "not changed yet";
    const auto drops = cache.drops();
    const auto before = ticket();
    EXPECT_FALSE(fill(at(120, 5)));
    EXPECT_FALSE(cache.put(alice, at(120, 5), kNow, drops));
    EXPECT_TRUE(dropped_since(drops));
    EXPECT_TRUE(cache.overtaken(alice, {0, {120}}, true, before));
    const BalanceKey elsewhere{alice.user, {1}, kToken}, bob{{"bob"}, kChain, kToken};
    EXPECT_TRUE(cache.put(elsewhere, at(120, 5), kNow, drops));
    EXPECT_TRUE(cache.put(bob, at(120, 5), kNow, drops));
    cache.end_change(alice.user, kChain, WalletsChange::made);
    EXPECT_FALSE(cache.fill(alice, at(120, 5), before, kNow));
    EXPECT_FALSE(cache.put(alice, at(120, 5), kNow, drops));
    EXPECT_TRUE(fill(at(120, 6)));
}

TEST_F(LocalTierRaces, WantWhatWasThereConfirmedWhenNothingWasChanged) {
    ASSERT_TRUE(fill(at(119, 4)));
    cache.begin_change(alice.user, kChain);
    cache.end_change(alice.user, kChain, WalletsChange::not_made);
    LocalBalance held;
    bool expired = false;
    ASSERT_TRUE(cache.find("alice", kChain, kToken, kNow, held, expired));
    EXPECT_TRUE(expired);
    EXPECT_TRUE(fill(at(119, 4)));
    EXPECT_TRUE(find(alice));
}

TEST_F(LocalTierRaces, KeepWhatWasThereAsALastResortWhenTheChangesEndIsUnknown) {
    ASSERT_TRUE(fill(at(119, 4)));
    const auto before = ticket();
    cache.begin_change(alice.user, kChain);
    cache.end_change(alice.user, kChain, WalletsChange::unknown);
    LocalBalance held;
    bool expired = false;
    ASSERT_TRUE(cache.find("alice", kChain, kToken, kNow, held, expired));
    EXPECT_TRUE(expired);
    EXPECT_FALSE(held.current);
    EXPECT_FALSE(cache.fill(alice, at(120, 5), before, kNow));
}

TEST_F(LocalTierRaces, CountTheChangesOfAUser) {
    cache.begin_change(alice.user, kChain);
    cache.begin_change(alice.user, kChain);
    cache.end_change(alice.user, kChain, WalletsChange::made);
    EXPECT_FALSE(fill(at(120, 5)));
    cache.end_change(alice.user, kChain, WalletsChange::made);
    EXPECT_TRUE(fill(at(120, 5)));
}

TEST_F(LocalTierRaces, RefuseWhatWasReadBeforeTheLedgerSaidOtherwiseOfItsBlock) {
    cache.begin_block(kChain, {0, {120}});
    const auto before = ticket();
    cache.begin_block(kChain, {0, {120}});
    EXPECT_FALSE(cache.fill(alice, at(120, 5), before, kNow));
    EXPECT_FALSE(cache.fill(alice, at(119, 5), before, kNow));
    EXPECT_FALSE(find(alice));
    EXPECT_TRUE(cache.overtaken(alice, {0, {120}}, true, before));
    EXPECT_FALSE(cache.overtaken(alice, {0, {121}}, true, before));
    cache.begin_block(kChain, {0, {121}});
    EXPECT_FALSE(cache.fill(alice, at(120, 5), before, kNow));
    EXPECT_TRUE(cache.fill(alice, at(121, 6), before, kNow));
}

TEST_F(LocalTierRaces, KeepWhatTheChainSaidThoughTheLedgerSaysOtherwiseMeanwhile) {
    cache.begin_block(kChain, {0, {120}});
    const auto before = ticket();
    cache.begin_block(kChain, {0, {120}});
    EXPECT_FALSE(cache.overtaken(alice, {0, {120}}, false, before));
    EXPECT_TRUE(cache.fill(alice, at(120, 5, false), before, kNow));
    EXPECT_FALSE(find(alice)->current);
}

TEST_F(LocalTierRaces, KeepACurrentValueThatTheChainSaysToo) {
    cache.begin_block(kChain, {0, {120}});
    cache.put(alice, at(120, 5), kNow);
    cache.begin_block(kChain, {0, {130}});
    LocalBalance seen = at(130, 5, false);
    seen.balance.as_of = Time(Micros(9));
    EXPECT_TRUE(fill(seen));
    EXPECT_TRUE(find(alice)->current);
    EXPECT_EQ(find(alice)->balance.as_of, Time(Micros(9)));
    EXPECT_TRUE(fill(at(130, 6, false)));
    EXPECT_FALSE(find(alice)->current);
    EXPECT_EQ(find(alice)->balance.amount, 6);
}

}  // namespace
}  // namespace custodialbridge::cache

#include "custodialbridge/cache/local_cache.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "custodialbridge/cache/cache_metrics.hpp"

namespace custodialbridge::cache {
namespace {

constexpr ChainId kChain{31337};
constexpr ChainId kOther{1};
constexpr TokenId kToken{1};
constexpr Millis kTtl{30'000};
constexpr Instant kNow{std::chrono::seconds(1'000)};

BalanceKey key_of(const std::string& user, ChainId chain = kChain) {
    return {{user}, chain, kToken};
}

LocalBalance at(Version version, std::uint64_t amount, bool followed = true) {
    LocalBalance value;
    value.balance.amount = amount;
    value.balance.version = version;
    value.followed = followed;
    value.raw = std::to_string(amount);
    return value;
}

LocalBalance at(std::uint64_t block, std::uint64_t amount, bool followed = true) {
    return at(Version{0, {block}}, amount, followed);
}

class LocalTier : public ::testing::Test {
  protected:
    explicit LocalTier(std::size_t capacity = 100'000) : cache(capacity, kTtl) {}

    std::optional<LocalBalance> find(const BalanceKey& key, Instant now = kNow) {
        LocalBalance out;
        bool expired = false;
        if (!cache.find(key.user.value, key.chain, key.token, now, out, expired))
            return std::nullopt;
        was_expired = expired;
        return out;
    }

    bool fill(const BalanceKey& key, LocalBalance value, Instant now = kNow) {
        return cache.fill(key, std::move(value), cache.ticket(key.user.value, key.chain), now);
    }

    std::uint64_t amount(const BalanceKey& key) {
        return static_cast<std::uint64_t>(find(key)->balance.amount);
    }

    LocalCache cache;
    bool was_expired = false;
    const BalanceKey alice = key_of("alice");
};

TEST_F(LocalTier, SaysHowFullItIsAndHowMuchItHadToLetGo) {
    LocalCache small{64, kTtl};  // one entry a shard
    const auto fill_users = [&](int from, int to) {
        for (int i = from; i < to; ++i) {
            const BalanceKey key = key_of("u" + std::to_string(i));
            small.fill(key, at(1, 1), small.ticket(key.user.value, kChain), kNow);
        }
    };
    EXPECT_EQ(small.filling().capacity, 64U);
    EXPECT_EQ(small.filling().entries, 0U);
    fill_users(0, 1'000);
    const auto full = small.filling();
    EXPECT_EQ(full.entries, small.size());
    EXPECT_EQ(full.entries + full.evictions, 1'000U);
    small.drop_chain(kChain);
    EXPECT_EQ(small.filling().entries, 0U);
    EXPECT_EQ(small.filling().evictions, full.evictions) << "nobody asked for their places";
}

TEST_F(LocalTier, IsSeenInTheMetrics) {
    telemetry::Registry metrics;
    LocalCache small{64, kTtl};
    show_local_tier(metrics, small);
    const auto has = [&](const std::string& line) {
        return metrics.render().find("custodialbridge_" + line + "\n") != std::string::npos;
    };
    EXPECT_TRUE(has("cache_entries{tier=\"local\"} 0"));
    EXPECT_TRUE(has("cache_capacity{tier=\"local\"} 64"));
    std::uint64_t filled = 0;
    while (small.filling().evictions < 2) {
        const BalanceKey key = key_of("u" + std::to_string(filled++));
        small.fill(key, at(1, 1), small.ticket(key.user.value, kChain), kNow);
    }
    EXPECT_TRUE(has("cache_entries{tier=\"local\"} " + std::to_string(filled - 2)));
    EXPECT_TRUE(has("cache_evictions_total{tier=\"local\"} 2"));
    EXPECT_TRUE(has("cache_evictions_total{tier=\"local\"} 2")) << "counted once";
}

TEST_F(LocalTier, HoldsNothingAtFirst) {
    EXPECT_FALSE(find(alice));
    EXPECT_EQ(cache.size(), 0U);
}

TEST_F(LocalTier, GivesBackTheWholeEntry) {
    LocalBalance value = at(120, 1'000'500'000);
    value.known = false;
    value.decimals = 6;
    value.symbol = "USDT";
    value.units = "1000.500000";
    value.balance.block_hash.bytes.fill(7);
    value.balance.as_of = Time(Micros(5));
    ASSERT_TRUE(fill(alice, value));
    const auto held = find(alice);
    ASSERT_TRUE(held);
    EXPECT_EQ(held->balance, value.balance);
    EXPECT_FALSE(held->known);
    EXPECT_TRUE(held->followed);
    EXPECT_EQ(held->decimals, 6);
    EXPECT_EQ(held->symbol, "USDT");
    EXPECT_EQ(held->units, "1000.500000");
    EXPECT_EQ(held->raw, "1000500000");
    EXPECT_EQ(held->expires, kNow + kTtl);
}

TEST_F(LocalTier, KeepsUsersChainsAndTokensApart) {
    ASSERT_TRUE(fill(alice, at(1, 5)));
    EXPECT_FALSE(find(key_of("bob")));
    EXPECT_FALSE(find(key_of("alice", kOther)));
    EXPECT_FALSE(find({alice.user, kChain, {2}}));
    EXPECT_EQ(amount(alice), 5U);
}

TEST_F(LocalTier, ReusesTheCallersStrings) {
    LocalBalance value = at(1, 5);
    value.raw = std::string(70, '9');
    ASSERT_TRUE(fill(alice, value));
    LocalBalance out;
    out.raw.reserve(100);
    const char* const letters = out.raw.data();
    bool expired = false;
    ASSERT_TRUE(cache.find("alice", kChain, kToken, kNow, out, expired));
    EXPECT_EQ(out.raw, value.raw);
    EXPECT_EQ(out.raw.data(), letters);
}

TEST_F(LocalTier, AKeyThatIsAgedIsOnlyFoundExpiredAndWhatWasReadBeforeIsRefused) {
    BalanceKey other = alice;
    other.token = TokenId{9};
    ASSERT_TRUE(fill(alice, at(5, 1)));
    ASSERT_TRUE(fill(other, at(5, 2)));
    const std::uint64_t before = cache.ticket(alice.user.value, alice.chain);
    cache.age(alice);
    EXPECT_EQ(amount(alice), 1u);
    EXPECT_TRUE(was_expired);
    EXPECT_FALSE(cache.fill(alice, at(5, 3), before, kNow));
    EXPECT_EQ(amount(other), 2u);
    EXPECT_FALSE(was_expired);
    EXPECT_TRUE(fill(alice, at(6, 3)));
    EXPECT_EQ(amount(alice), 3u);
    EXPECT_FALSE(was_expired);
}

TEST_F(LocalTier, SaysWhenAnEntryIsPastItsTimeAndStillGivesIt) {
    ASSERT_TRUE(fill(alice, at(1, 5)));
    ASSERT_TRUE(find(alice, kNow + kTtl - Millis(1)));
    EXPECT_FALSE(was_expired);
    ASSERT_TRUE(find(alice, kNow + kTtl));
    EXPECT_TRUE(was_expired);
}

TEST_F(LocalTier, RefusesAFillThatIsOlderThanWhatItHolds) {
    ASSERT_TRUE(fill(alice, at(120, 5)));
    EXPECT_FALSE(fill(alice, at(119, 4)));
    EXPECT_EQ(amount(alice), 5U);
    EXPECT_TRUE(fill(alice, at(121, 6)));
    EXPECT_EQ(amount(alice), 6U);
}

TEST_F(LocalTier, LetsALowerBlockOfAHigherEpochWin) {
    cache.put(alice, at({0, {120}}, 5), kNow);
    cache.put(alice, at({1, {90}}, 3), kNow);
    EXPECT_EQ(amount(alice), 3U);
    EXPECT_FALSE(fill(alice, at({0, {130}}, 9)));
    cache.put(alice, at({0, {130}}, 9), kNow);
    EXPECT_EQ(amount(alice), 3U);
}

TEST_F(LocalTier, LetsAPutWinOverAFillOfTheSameVersion) {
    ASSERT_TRUE(fill(alice, at(120, 5)));
    cache.put(alice, at(120, 6), kNow);
    EXPECT_EQ(amount(alice), 6U);
    EXPECT_TRUE(fill(alice, at(120, 5)));
    EXPECT_EQ(amount(alice), 6U);
}

TEST_F(LocalTier, LetsAFillReplaceAFillOfTheSameVersion) {
    ASSERT_TRUE(fill(alice, at(120, 5)));
    ASSERT_TRUE(fill(alice, at(120, 6)));
    EXPECT_EQ(amount(alice), 6U);
}

TEST_F(LocalTier, LetsAnEntryLiveOnWhenALowerTierStillSaysTheSame) {
    const Instant later = kNow + kTtl;
    cache.put(alice, at(120, 5), kNow);
    LocalBalance confirmation = at(120, 5);
    confirmation.balance.as_of = Time(Micros(9));
    ASSERT_TRUE(fill(alice, confirmation, later));
    ASSERT_TRUE(find(alice, later));
    EXPECT_FALSE(was_expired);
    EXPECT_EQ(find(alice)->balance.as_of, Time(Micros(9)));
    EXPECT_FALSE(fill(alice, at(110, 4), later + kTtl));
    ASSERT_TRUE(find(alice, later + kTtl));
    EXPECT_TRUE(was_expired);
}

TEST_F(LocalTier, CallsAWrittenThroughValueCurrentForAllLaterBlocks) {
    cache.begin_block(kChain, {0, {120}});
    cache.put(alice, at(120, 5), kNow);
    EXPECT_TRUE(find(alice)->current);
    cache.begin_block(kChain, {0, {121}});
    EXPECT_TRUE(find(alice)->current);
}

TEST_F(LocalTier, CallsAFillCurrentOnlyWhenNoLaterBlockWasAnnounced) {
    cache.begin_block(kChain, {0, {120}});
    ASSERT_TRUE(fill(alice, at(120, 5)));
    EXPECT_TRUE(find(alice)->current);
    ASSERT_TRUE(fill(key_of("bob"), at(119, 5)));
    EXPECT_FALSE(find(key_of("bob"))->current);
    cache.begin_block(kChain, {0, {121}});
    EXPECT_TRUE(find(alice)->current);
    EXPECT_FALSE(find(key_of("bob"))->current);
}

TEST_F(LocalTier, NeverCallsAPolledValueCurrent) {
    cache.put(alice, at(120, 5, false), kNow);
    EXPECT_FALSE(find(alice)->current);
    ASSERT_TRUE(fill(alice, at(121, 5, false)));
    EXPECT_FALSE(find(alice)->current);
}

TEST_F(LocalTier, CountsTheBlocksOfEachChainAlone) {
    cache.begin_block(kOther, {0, {500}});
    ASSERT_TRUE(fill(alice, at(120, 5)));
    EXPECT_TRUE(find(alice)->current);
}

TEST_F(LocalTier, DoesNotLetAnnouncementsGoBackwards) {
    cache.begin_block(kChain, {1, {120}});
    cache.begin_block(kChain, {1, {90}});
    cache.begin_block(kChain, {0, {200}});
    ASSERT_TRUE(fill(alice, at({1, {119}}, 5)));
    EXPECT_FALSE(find(alice)->current);
}

TEST_F(LocalTier, RefusesAFillThatWasReadBeforeAReorgWasUnwound) {
    cache.begin_block(kChain, {1, {90}});
    EXPECT_FALSE(fill(alice, at({0, {130}}, 5)));
    EXPECT_FALSE(find(alice));
    EXPECT_TRUE(fill(alice, at({1, {80}}, 5)));
}

TEST_F(LocalTier, KeepsAFillNoLongerThanItAsksFor) {
    LocalBalance value = at(120, 5);
    const auto kept_until = [&](Instant asked) {
        value.expires = asked;
        EXPECT_TRUE(fill(alice, value));
        return find(alice)->expires;
    };
    EXPECT_EQ(kept_until(kNow + Millis(5)), kNow + Millis(5));
    EXPECT_EQ(kept_until(kNow + 2 * kTtl), kNow + kTtl);
    EXPECT_EQ(kept_until({}), kNow + kTtl);
}

TEST_F(LocalTier, DoesNotReplaceACurrentValueByWhatIsOlderThanTheAnnouncedBlock) {
    cache.begin_block(kChain, {0, {120}});
    cache.put(alice, at(120, 5), kNow);
    cache.begin_block(kChain, {0, {150}});
    EXPECT_FALSE(fill(alice, at(130, 5)));
    EXPECT_TRUE(find(alice)->current);
    EXPECT_TRUE(fill(alice, at(150, 5)));
    EXPECT_TRUE(find(alice)->current);
    EXPECT_EQ(find(alice)->balance.version.block, BlockNumber{150});
}

TEST_F(LocalTier, RefusesFillsThatBeganBeforeTheUserWasDropped) {
    const auto before = cache.ticket("alice", kChain);
    cache.drop_user(alice.user, kChain);
    EXPECT_FALSE(cache.fill(alice, at(120, 5), before, kNow));
    EXPECT_FALSE(find(alice));
    EXPECT_TRUE(fill(alice, at(120, 5)));
}

TEST_F(LocalTier, DropsAllOfAUsersTokensOnOneChainOnly) {
    const BalanceKey second{alice.user, kChain, {2}};
    ASSERT_TRUE(fill(alice, at(120, 5)));
    ASSERT_TRUE(fill(second, at(120, 6)));
    ASSERT_TRUE(fill(key_of("alice", kOther), at(120, 7)));
    ASSERT_TRUE(fill(key_of("bob"), at(120, 8)));
    cache.drop_user(alice.user, kChain);
    EXPECT_FALSE(find(alice));
    EXPECT_FALSE(find(second));
    EXPECT_EQ(amount(key_of("alice", kOther)), 7U);
    EXPECT_EQ(amount(key_of("bob")), 8U);
}

TEST_F(LocalTier, DropsAllOfAChainOnly) {
    for (int i = 0; i < 300; ++i) {
        ASSERT_TRUE(fill(key_of("u" + std::to_string(i)), at(120, 5)));
        ASSERT_TRUE(fill(key_of("u" + std::to_string(i), kOther), at(120, 5)));
    }
    cache.drop_chain(kChain);
    EXPECT_EQ(cache.size(), 300U);
    EXPECT_FALSE(find(key_of("u7")));
    EXPECT_TRUE(find(key_of("u7", kOther)));
}

TEST_F(LocalTier, DoesNotGoBackByAFillThatBeganBeforeTheChainWasDropped) {
    cache.put(alice, at(120, 5), kNow);
    const auto before = cache.ticket("alice", kChain);
    cache.drop_chain(kChain);
    EXPECT_FALSE(cache.fill(alice, at(119, 4), before, kNow));
    EXPECT_TRUE(cache.fill(alice, at(120, 5), before, kNow));
}

TEST_F(LocalTier, RemembersThatACurrentValueWasGoodUpToTheAnnouncedBlock) {
    cache.put(alice, at(100, 5), kNow);
    cache.begin_block(kChain, {0, {150}});
    const auto before = cache.ticket("alice", kChain);
    cache.drop_chain(kChain);
    EXPECT_FALSE(cache.fill(alice, at(149, 5), before, kNow));
    EXPECT_TRUE(cache.fill(alice, at(150, 5), before, kNow));
}

// One entry a shard.
class SmallLocalTier : public LocalTier {
  protected:
    SmallLocalTier() : LocalTier(1) {}

    // Another user whose entries share alice's shard.
    std::string neighbour() {
        for (int i = 0;; ++i) {
            const std::string user = "u" + std::to_string(i);
            LocalCache probe(1, kTtl);
            probe.fill(alice, at(1, 1), 0, kNow);
            probe.fill(key_of(user), at(1, 1), 0, kNow);
            if (probe.size() == 1) return user;
        }
    }
};

TEST_F(SmallLocalTier, NeverHoldsMoreThanItsCapacity) {
    for (int i = 0; i < 1'000; ++i) {
        fill(key_of("f" + std::to_string(i)), at(1, 1));
        cache.put(key_of("p" + std::to_string(i)), at(1, 1), kNow);
    }
    EXPECT_LE(cache.size(), 64U);
    EXPECT_GT(cache.size(), 0U);
}

TEST_F(SmallLocalTier, DoesNotGoBackByAFillThatBeganBeforeAnEviction) {
    const BalanceKey bob = key_of(neighbour());
    ASSERT_TRUE(fill(alice, at(120, 5)));
    const auto before = cache.ticket("alice", kChain);
    ASSERT_TRUE(fill(bob, at(120, 7)));  // evicts alice
    ASSERT_FALSE(find(alice));
    EXPECT_FALSE(cache.fill(alice, at(119, 4), before, kNow));
    EXPECT_TRUE(cache.fill(alice, at(120, 5), before, kNow));
}

TEST_F(LocalTier, EvictsWhatWasNotUsedForLongest) {
    LocalCache two(128, kTtl);      // two entries a shard
    std::vector<BalanceKey> mates;  // of one shard
    for (std::uint32_t token = 1; token <= 3; ++token) mates.push_back({{"u"}, kChain, {token}});
    two.fill(mates[0], at(1, 1), 0, kNow);
    two.fill(mates[1], at(1, 1), 0, kNow);
    LocalBalance out;
    bool expired = false;
    EXPECT_TRUE(two.find("u", kChain, {1}, kNow, out, expired));
    two.fill(mates[2], at(1, 1), two.ticket("u", kChain), kNow);
    EXPECT_TRUE(two.find("u", kChain, {1}, kNow, out, expired));
    EXPECT_FALSE(two.find("u", kChain, {2}, kNow, out, expired));
    EXPECT_TRUE(two.find("u", kChain, {3}, kNow, out, expired));
}

TEST_F(LocalTier, PrefersWhatWasAskedForToWhatWasOnlyWritten) {
    LocalCache two(128, kTtl);
    LocalBalance out;
    bool expired = false;
    two.fill({{"u"}, kChain, {1}}, at(1, 1), 0, kNow);
    for (std::uint32_t token = 2; token < 10; ++token)
        two.put({{"u"}, kChain, {token}}, at(1, 1), kNow);
    EXPECT_TRUE(two.find("u", kChain, {1}, kNow, out, expired));
    EXPECT_TRUE(two.find("u", kChain, {9}, kNow, out, expired));
    EXPECT_EQ(two.size(), 2U);
}

}  // namespace
}  // namespace custodialbridge::cache

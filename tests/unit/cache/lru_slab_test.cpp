#include "lru_slab.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace custodialbridge::cache {
namespace {

// Few hashes, so that many keys share one.
LocalKey key_of(const std::string& user) {
    return {user, {1}, {2}, user.size() % 3};
}

TEST(LruSlab, FindsByKeyEvenWhenHashesCollide) {
    LruSlab slab;
    const std::vector<std::string> users{"a", "b", "abcd", "efgh"};
    for (const auto& user : users) slab.add(key_of(user), LruSlab::End::most_recent);
    for (const auto& user : users) EXPECT_EQ(slab.find(key_of(user))->user, user);
    EXPECT_EQ(slab.find(key_of("c")), nullptr);
    EXPECT_EQ(slab.find({"a", {2}, {2}, 1}), nullptr);
    EXPECT_EQ(slab.find({"a", {1}, {3}, 1}), nullptr);
}

TEST(LruSlab, IsEmptyAtFirst) {
    LruSlab slab;
    EXPECT_EQ(slab.size(), 0U);
    EXPECT_EQ(slab.least_recent(), nullptr);
    EXPECT_EQ(slab.find(key_of("a")), nullptr);
}

TEST(LruSlab, KeepsTheOrderOfUseUnderAnyMixOfCalls) {
    LruSlab slab;
    std::vector<std::string> model;  // the least recent first
    std::mt19937 random(1);
    for (int step = 0; step < 20'000; ++step) {
        const std::string user = std::to_string(random() % 40);
        const auto at = std::find(model.begin(), model.end(), user);
        LocalEntry* const entry = slab.find(key_of(user));
        ASSERT_EQ(entry != nullptr, at != model.end());
        if (entry == nullptr && random() % 2 == 0) {
            slab.add(key_of(user), LruSlab::End::most_recent);
            model.push_back(user);
        } else if (entry == nullptr) {
            slab.add(key_of(user), LruSlab::End::least_recent);
            model.insert(model.begin(), user);
        } else if (random() % 3 != 0) {
            slab.touch(*entry);
            model.erase(at);
            model.push_back(user);
        } else {
            slab.erase(*entry);
            model.erase(at);
        }
        ASSERT_EQ(slab.size(), model.size());
        ASSERT_EQ(slab.least_recent() == nullptr, model.empty());
        if (model.empty()) continue;
        ASSERT_EQ(slab.least_recent()->user, model.front());
    }
}

TEST(LruSlab, ErasesAllThatAPredicateNames) {
    LruSlab slab;
    for (int i = 0; i < 10; ++i) slab.add(key_of(std::to_string(i)), LruSlab::End::most_recent);
    slab.erase_if([](const LocalEntry& entry) { return entry.user < "7"; });
    EXPECT_EQ(slab.size(), 3U);
    EXPECT_EQ(slab.least_recent()->user, "7");
    slab.erase_if([](const LocalEntry&) { return true; });
    EXPECT_EQ(slab.size(), 0U);
    EXPECT_EQ(slab.least_recent(), nullptr);
}

}  // namespace
}  // namespace custodialbridge::cache

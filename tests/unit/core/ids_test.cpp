#include "custodialbridge/core/ids.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "custodialbridge/core/balance.hpp"

namespace custodialbridge {
namespace {

TEST(UserIds, TakeTheLettersOfTheContract) {
    for (const char* text : {"u", "u1", "Alice.Smith_7", "tenant:user@host-1", "...", "0"}) {
        const auto user = parse_user_id(text);
        ASSERT_TRUE(user) << text;
        EXPECT_EQ(user->value, text);
    }
}

TEST(UserIds, RefuseAnyOtherByte) {
    const std::string allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@-";
    for (int byte = 0; byte < 256; ++byte) {
        const char letter = static_cast<char>(byte);
        const bool good = allowed.find(letter) != std::string::npos;
        const auto user = parse_user_id(std::string{'u', letter});
        EXPECT_EQ(user.has_value(), good) << byte;
        if (!user) {
            EXPECT_EQ(user.error().code(), Errc::invalid);
        }
    }
}

TEST(UserIds, AreOneTo128Long) {
    EXPECT_FALSE(parse_user_id(""));
    EXPECT_TRUE(parse_user_id(std::string(128, 'u')));
    EXPECT_FALSE(parse_user_id(std::string(129, 'u')));
}

TEST(ChainIds, AreDecimalFromOneTo2To63) {
    EXPECT_EQ(parse_chain_id("1").value(), ChainId{1});
    EXPECT_EQ(parse_chain_id("31337").value(), ChainId{31337});
    EXPECT_EQ(parse_chain_id("9223372036854775807").value(), ChainId{9223372036854775807u});
    for (const char* text :
         {"", "0", "-1", "+1", " 1", "1 ", "0x1", "1.0", "1a", "a", "9223372036854775808",
          "18446744073709551616", "99999999999999999999999"}) {
        const auto chain = parse_chain_id(text);
        ASSERT_FALSE(chain) << text;
        EXPECT_EQ(chain.error().code(), Errc::invalid);
    }
}

TEST(TokenIds, AreDecimalFromZeroTo2To31) {
    EXPECT_EQ(parse_token_id("0").value(), TokenId{0});
    EXPECT_EQ(parse_token_id("2147483647").value(), TokenId{2147483647});
    for (const char* text : {"", "-0", "-1", "+0", " 0", "0 ", "0x1", "2147483648", "4294967296",
                             "18446744073709551616"}) {
        const auto token = parse_token_id(text);
        ASSERT_FALSE(token) << text;
        EXPECT_EQ(token.error().code(), Errc::invalid);
    }
}

TEST(BlockNumbers, HaveASuccessor) {
    EXPECT_EQ(next(BlockNumber{41}), BlockNumber{42});
}

TEST(Versions, OrderByEpochBeforeBlock) {
    const Version old{0, BlockNumber{200}};
    const Version unwound{1, BlockNumber{100}};
    EXPECT_LT(old, unwound);
    EXPECT_LT(unwound, (Version{1, BlockNumber{101}}));
    EXPECT_EQ((Cursor{BlockRef{BlockNumber{100}, Hash32{}}, 1}.version()), unwound);
}

TEST(BalanceKeys, ThatAreEqualHashAlike) {
    const BalanceKey key{UserId{"alice"}, ChainId{1}, TokenId{2}};
    EXPECT_EQ(std::hash<BalanceKey>{}(key), hash_of("alice", ChainId{1}, TokenId{2}));
}

/// Counts the hashes of 4096 keys, by the lowest and by the highest six bits: 64 each, were they
/// perfectly even. Chains and tokens are numbered in steps of 2^`shift`.
void expect_even_spread(unsigned shift) {
    std::vector<int> by_low(64), by_high(64);
    std::set<std::size_t> hashes;
    for (std::uint32_t i = 0; i < 4096; ++i) {
        const std::string user = "u" + std::to_string(i % 16);
        const ChainId chain{static_cast<std::uint64_t>(i / 16 % 16) << shift};
        const auto hash = hash_of(user, chain, TokenId{i / 256 << shift});
        hashes.insert(hash);
        ++by_low[hash % 64];
        ++by_high[hash >> 58];
    }
    EXPECT_EQ(hashes.size(), 4096u);
    for (const auto& buckets : {by_low, by_high}) {
        EXPECT_GT(*std::min_element(buckets.begin(), buckets.end()), 24) << "shift " << shift;
        EXPECT_LT(*std::max_element(buckets.begin(), buckets.end()), 128) << "shift " << shift;
    }
}

TEST(BalanceKeys, SpreadOverLowAndHighBitsOfTheirHash) {
    for (const unsigned shift : {0u, 8u, 16u, 24u}) expect_even_spread(shift);
}

}  // namespace
}  // namespace custodialbridge

#include "custodialbridge/rules/find_fork.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "custodialbridge/core/keccak.hpp"

namespace custodialbridge::rules {
namespace {

/// A block of a branch, named by a letter.
BlockRef block(std::uint64_t number, char branch = 'a') {
    return {{number}, keccak256(std::string(1, branch) + std::to_string(number))};
}

/// Hash-linked headers; numbers from `fork` on are of branch b.
std::vector<BlockHeader> headers(std::uint64_t first, std::uint64_t end,
                                 std::uint64_t fork = ~0ull) {
    std::vector<BlockHeader> made;
    for (std::uint64_t number = first; number < end; ++number) {
        BlockHeader header;
        header.ref = block(number, number < fork ? 'a' : 'b');
        if (number > 0) header.parent = block(number - 1, number - 1 < fork ? 'a' : 'b').hash;
        made.push_back(header);
    }
    return made;
}

std::vector<BlockRef> newest_first(std::uint64_t first, std::uint64_t end) {
    std::vector<BlockRef> made;
    for (std::uint64_t number = end; number-- > first;) made.push_back(block(number));
    return made;
}

TEST(NewestCommon, IsTheBlockBelowTheFork) {
    const auto ours = newest_first(0, 11);
    for (std::uint64_t fork = 1; fork <= 11; ++fork) {
        EXPECT_EQ(newest_common(ours, headers(0, 15, fork)), block(fork - 1)) << fork;
    }
}

TEST(NewestCommon, IsNothingWhenNoHashIsShared) {
    EXPECT_EQ(newest_common(newest_first(0, 11), headers(0, 15, 0)), std::nullopt);
}

TEST(NewestCommon, ComparesTheSameNumbersOnly) {
    const auto ours = newest_first(5, 11);
    EXPECT_EQ(newest_common(ours, headers(0, 5)), std::nullopt);
    EXPECT_EQ(newest_common(ours, headers(11, 15)), std::nullopt);
    EXPECT_EQ(newest_common(ours, headers(0, 6)), block(5));
    EXPECT_EQ(newest_common(ours, headers(10, 12)), block(10));
}

TEST(NewestCommon, WorksWithBlocksThatAreFarApart) {
    const std::vector<BlockRef> ours{block(100), block(64), block(32), block(0)};
    EXPECT_EQ(newest_common(ours, headers(20, 101, 65)), block(64));
    EXPECT_EQ(newest_common(ours, headers(20, 101, 60)), block(32));
    EXPECT_EQ(newest_common(ours, headers(20, 101, 30)), std::nullopt);
}

TEST(NewestCommon, IsNothingWithoutHeadersOrBlocks) {
    EXPECT_EQ(newest_common(newest_first(0, 5), {}), std::nullopt);
    EXPECT_EQ(newest_common({}, headers(0, 5)), std::nullopt);
}

TEST(Contradicts, IsTrueWhereANumberHasTwoBlocks) {
    EXPECT_TRUE(contradicts(newest_first(0, 11), headers(5, 15, 10)));
    EXPECT_TRUE(contradicts(newest_first(10, 11), headers(0, 15, 3)));
}

TEST(Contradicts, IsFalseForANodeThatIsBehind) {
    EXPECT_FALSE(contradicts(newest_first(10, 11), headers(0, 10)));
    EXPECT_FALSE(contradicts(newest_first(0, 11), headers(0, 5)));
    EXPECT_FALSE(contradicts(newest_first(0, 11), headers(20, 25, 20)));
    EXPECT_FALSE(contradicts(newest_first(0, 11), {}));
    EXPECT_FALSE(contradicts({}, headers(0, 5)));
}

TEST(Follows, IsTrueForHeadersThatLinkToTheCursor) {
    EXPECT_TRUE(follows(block(4), headers(5, 9)));
    EXPECT_TRUE(follows(block(4), headers(5, 6)));
    EXPECT_TRUE(follows(block(4), {}));
}

TEST(Follows, IsFalseWhenTheFirstParentIsAnother) {
    EXPECT_FALSE(follows(block(4, 'b'), headers(5, 9)));
}

TEST(Follows, IsFalseWhenABlockIsMissingOrRepeated) {
    EXPECT_FALSE(follows(block(3), headers(5, 9)));
    EXPECT_FALSE(follows(block(5), headers(5, 9)));
    auto gap = headers(5, 9);
    gap.erase(gap.begin() + 1);
    EXPECT_FALSE(follows(block(4), gap));
}

TEST(Follows, IsFalseWhenALaterLinkIsBroken) {
    auto broken = headers(5, 9);
    broken[2].parent = block(6, 'b').hash;
    EXPECT_FALSE(follows(block(4), broken));
    auto renumbered = headers(5, 9);
    renumbered[3].ref.number = {10};
    EXPECT_FALSE(follows(block(4), renumbered));
}

}  // namespace
}  // namespace custodialbridge::rules

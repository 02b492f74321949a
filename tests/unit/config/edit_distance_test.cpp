#include "edit_distance.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace custodialbridge::config {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
    EXPECT_EQ(edit_distance("", ""), 0u);
    EXPECT_EQ(edit_distance("level", "level"), 0u);
    EXPECT_EQ(edit_distance("", "abc"), 3u);
    EXPECT_EQ(edit_distance("abc", ""), 3u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
    EXPECT_EQ(edit_distance("ab", "ba"), 1u);
    EXPECT_EQ(edit_distance("listne", "listen"), 1u);
    EXPECT_EQ(edit_distance("ca", "abc"), 3u);
}

TEST(EditDistance, LooksAtTheFirst64LettersOnly) {
    EXPECT_EQ(edit_distance(std::string(1'000'000, 'a'), std::string(64, 'a')), 0u);
    EXPECT_EQ(edit_distance(std::string(1'000'000, 'a'), "b"), 64u);
}

TEST(Nearest, IsTheFirstOfTheNearest) {
    constexpr std::array<std::string_view, 3> known{"level", "format", "lever"};
    EXPECT_EQ(nearest("levle", known), "level");
    EXPECT_EQ(nearest("leve", known), "level");
    EXPECT_EQ(nearest("fromat", known), "format");
    EXPECT_EQ(nearest("x", {}), "");
}

}  // namespace
}  // namespace custodialbridge::config

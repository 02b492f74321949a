#include "params.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace custodialbridge::store {
namespace {

std::string value(const Params& made, std::size_t i) {
    return {made.data(i), static_cast<std::size_t>(made.length(i))};
}

TEST(Params, NumbersAreBigEndian) {
    const Params made = params(std::int64_t{258}, std::int32_t{-1}, true);
    ASSERT_EQ(made.count(), 3u);
    EXPECT_EQ(value(made, 0), std::string("\0\0\0\0\0\0\1\2", 8));
    EXPECT_EQ(value(made, 1), "\xff\xff\xff\xff");
    EXPECT_EQ(value(made, 2), "\1");
}

TEST(Params, TimesCountFromTheYear2000) {
    const Params made = params(kTimestampZero, kTimestampZero + Micros(3), Time{});
    EXPECT_EQ(value(made, 0), std::string(8, '\0'));
    EXPECT_EQ(value(made, 1), std::string("\0\0\0\0\0\0\0\3", 8));
    EXPECT_EQ(load_big_endian<std::int64_t>(made.data(2)), -946'684'800'000'000);
}

TEST(Params, NothingIsNull) {
    const Params made = params(std::optional<std::int64_t>(), std::optional<std::int64_t>(7));
    EXPECT_EQ(made.data(0), nullptr);
    EXPECT_EQ(made.length(1), 8);
}

TEST(Params, ArraysHaveOneDimensionAndCountFromOne) {
    Params made;
    made.add_array(std::vector<std::int32_t>{5, 6}, [](std::int32_t n) { return n; });
    EXPECT_EQ(value(made, 0), std::string("\0\0\0\1\0\0\0\1\0\0\0\x17\0\0\0\2\0\0\0\1"
                                          "\0\0\0\4\0\0\0\5\0\0\0\4\0\0\0\6",
                                          36));
}

TEST(Params, AnEmptyArrayHasNoDimension) {
    Params made;
    made.add_array(std::vector<std::int64_t>{}, [](std::int64_t n) { return n; });
    EXPECT_EQ(value(made, 0), std::string("\0\0\0\0\0\0\0\1\0\0\0\x14", 12));
}

TEST(Params, AnArrayMayHoldNulls) {
    Params made;
    made.add_array(std::vector<int>{1, 2}, [](int n) {
        return n == 1 ? std::optional<std::int32_t>() : std::optional<std::int32_t>(n);
    });
    EXPECT_EQ(value(made, 0).substr(20), std::string("\xff\xff\xff\xff\0\0\0\4\0\0\0\2", 12));
}

}  // namespace
}  // namespace custodialbridge::store

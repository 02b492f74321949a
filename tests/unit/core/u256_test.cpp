#include "custodialbridge/core/u256.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <vector>

namespace custodialbridge {
namespace {

const U256 kMax = std::numeric_limits<U256>::max();
const std::string kMaxText =
    "115792089237316195423570985008687907853269984665640564039457584007913129639935";

TEST(U256, AddsUpToTheLargestValueAndNoFurther) {
    EXPECT_EQ(checked_add(U256(2), U256(3)), U256(5));
    EXPECT_EQ(checked_add(kMax - 1, U256(1)), kMax);
    EXPECT_EQ(checked_add(kMax, U256(0)), kMax);
    EXPECT_EQ(checked_add(kMax, U256(1)), std::nullopt);
    EXPECT_EQ(checked_add(U256(1), kMax), std::nullopt);
    EXPECT_EQ(checked_add(kMax, kMax), std::nullopt);
}

TEST(U256, SubtractsDownToZeroAndNoFurther) {
    EXPECT_EQ(checked_sub(U256(5), U256(3)), U256(2));
    EXPECT_EQ(checked_sub(kMax, kMax), U256(0));
    EXPECT_EQ(checked_sub(U256(0), U256(1)), std::nullopt);
    EXPECT_EQ(checked_sub(U256(0), kMax), std::nullopt);
}

TEST(U256, IsReadFromBigEndianBytesOfAnyLengthUpTo32) {
    EXPECT_EQ(u256_from_be({}), U256(0));
    EXPECT_EQ(u256_from_be(std::vector<std::uint8_t>{0x01, 0x02}), U256(0x0102));
    EXPECT_EQ(u256_from_be(std::vector<std::uint8_t>{1, 0, 0, 0, 0, 0, 0, 0, 0}), U256(1) << 64);
    EXPECT_EQ(u256_from_be(std::vector<std::uint8_t>(32, 0xff)), kMax);
    EXPECT_EQ(u256_from_be(std::vector<std::uint8_t>(32, 0x00)), U256(0));
}

TEST(U256, OfMoreThan32BytesIsOurOwnMistake) {
    const std::vector<std::uint8_t> bytes(33);
    EXPECT_DEATH(u256_from_be(bytes), "check failed");
}

TEST(U256, IsWrittenAsBigEndianBytes) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(0xee);
    u256_to_be((U256(1) << 255) + 0x0203, bytes);
    std::array<std::uint8_t, 32> expected{};
    expected[0] = 0x80;
    expected[30] = 0x02;
    expected[31] = 0x03;
    EXPECT_EQ(bytes, expected);
    u256_to_be(U256(0), bytes);
    EXPECT_EQ(bytes, (std::array<std::uint8_t, 32>{}));
}

TEST(U256, IsWrittenInDecimal) {
    EXPECT_EQ(to_string(U256(0)), "0");
    EXPECT_EQ(to_string(U256(7)), "7");
    EXPECT_EQ(to_string(kMax), kMaxText);
    EXPECT_EQ(to_string(U256(1) << 64), "18446744073709551616");
    EXPECT_EQ(to_string((U256(1) << 64) - 1), "18446744073709551615");
}

TEST(U256, IsWrittenWithTheZerosInsideOfIt) {
    U256 power = 1;
    std::string text = "1";
    for (int i = 0; i < 77; ++i, power *= 10, text += '0') {
        EXPECT_EQ(to_string(power), text);
        EXPECT_EQ(to_string(U256(power - 1)), i == 0 ? "0" : std::string(text.size() - 1, '9'));
    }
}

TEST(U256, IsReadFromDecimal) {
    EXPECT_EQ(parse_u256("0"), U256(0));
    EXPECT_EQ(parse_u256("1000500000"), U256(1000500000));
    EXPECT_EQ(parse_u256("18446744073709551616"), U256(1) << 64);
    EXPECT_EQ(parse_u256(kMaxText), kMax);
    EXPECT_EQ(parse_u256("007"), U256(7));
    EXPECT_EQ(parse_u256(std::string(100, '0')), U256(0));
}

TEST(U256, AboveTheLargestIsRefused) {
    std::string one_more = kMaxText;
    one_more.back() = '6';
    EXPECT_EQ(parse_u256(one_more), std::nullopt);
    EXPECT_EQ(parse_u256(std::string(78, '9')), std::nullopt);
    EXPECT_EQ(parse_u256("1" + std::string(78, '0')), std::nullopt);
    EXPECT_EQ(parse_u256(std::string(1000, '9')), std::nullopt);
}

TEST(U256, FromAnythingButDigitsIsRefused) {
    for (const char* text :
         {"", " ", "-1", "+1", "1 ", " 1", "0x10", "1.0", "1e3", "12a", "1,000", "00-1", "1\xff"}) {
        EXPECT_EQ(parse_u256(text), std::nullopt) << text;
    }
}

TEST(FormatUnits, ShowsExactlyTheTokensDecimals) {
    EXPECT_EQ(format_units(U256(1000500000), 6), "1000.500000");
    EXPECT_EQ(format_units(U256(7), 0), "7");
    EXPECT_EQ(format_units(U256(0), 0), "0");
    EXPECT_EQ(format_units(U256(0), 6), "0.000000");
    EXPECT_EQ(format_units(U256(1), 6), "0.000001");
    EXPECT_EQ(format_units(U256(999999), 6), "0.999999");
    EXPECT_EQ(format_units(U256(1000000), 6), "1.000000");
    EXPECT_EQ(format_units(U256("1500000000000000000"), 18), "1.500000000000000000");
}

TEST(FormatUnits, ShowsTheLargestValueWithAnyDecimals) {
    EXPECT_EQ(format_units(kMax, 0), kMaxText);
    EXPECT_EQ(format_units(kMax, 18), kMaxText.substr(0, 60) + "." + kMaxText.substr(60));
    EXPECT_EQ(format_units(kMax, 77), "1." + kMaxText.substr(1));
    EXPECT_EQ(format_units(U256(1), 77), "0." + std::string(76, '0') + "1");
}

TEST(FormatUnits, WithMoreThan77DecimalsIsOurOwnMistake) {
    EXPECT_DEATH(format_units(U256(1), 78), "check failed");
}

TEST(SignedAmount, IsTheDifferenceOfTwoAmounts) {
    EXPECT_EQ(difference(U256(5), U256(3)), (SignedAmount{U256(2), false}));
    EXPECT_EQ(difference(U256(3), U256(5)), (SignedAmount{U256(2), true}));
    EXPECT_EQ(difference(U256(0), kMax), (SignedAmount{kMax, true}));
}

TEST(SignedAmount, IsNeverANegativeZero) {
    EXPECT_EQ(difference(kMax, kMax), (SignedAmount{U256(0), false}));
    EXPECT_EQ(to_string(difference(U256(4), U256(4))), "0");
}

TEST(SignedAmount, IsWrittenWithItsSign) {
    EXPECT_EQ(to_string(SignedAmount{U256(5), true}), "-5");
    EXPECT_EQ(to_string(SignedAmount{U256(12), false}), "12");
    EXPECT_EQ(to_string(SignedAmount{kMax, true}), "-" + kMaxText);
}

}  // namespace
}  // namespace custodialbridge

#include "numeric.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace custodialbridge::store {
namespace {

using Words = std::vector<std::uint16_t>;

std::string bytes_of(const Words& words) {
    std::string bytes;
    for (const std::uint16_t word : words) {
        bytes.push_back(static_cast<char>(word >> 8));
        bytes.push_back(static_cast<char>(word & 0xff));
    }
    return bytes;
}

std::string encoded(const U256& amount, bool negative = false) {
    std::string bytes(kNumericBytesMax, '\xee');
    bytes.resize(encode_numeric(amount, negative, bytes.data()));
    return bytes;
}

std::optional<SignedAmount> decoded(const std::string& bytes) {
    return decode_numeric({bytes.data(), bytes.size()});
}

U256 decimal(const char* digits) {
    return parse_u256(digits).value();
}

const U256 kMost = ~U256(0);

/// A value of up to `bits` bits; small, round and full ones come up often.
U256 any_amount(std::mt19937_64& random, unsigned bits) {
    U256 value = 0;
    for (int i = 0; i < 4; ++i) value = (value << 64) | random();
    value >>= 256 - bits;
    if (random() % 4 == 0) value -= value % U256(10'000'000'000'000'000);
    return value;
}

TEST(Numeric, WritesDigitsOfTenThousand) {
    EXPECT_EQ(encoded(0), bytes_of({0, 0, 0, 0}));
    EXPECT_EQ(encoded(1), bytes_of({1, 0, 0, 0, 1}));
    EXPECT_EQ(encoded(9'999), bytes_of({1, 0, 0, 0, 9'999}));
    EXPECT_EQ(encoded(12'345'678), bytes_of({2, 1, 0, 0, 1'234, 5'678}));
    EXPECT_EQ(encoded(1, true), bytes_of({1, 0, 0x4000, 0, 1}));
}

TEST(Numeric, LeavesOutZerosAtTheEnd) {
    EXPECT_EQ(encoded(10'000), bytes_of({1, 1, 0, 0, 1}));
    EXPECT_EQ(encoded(decimal("1000000000000000000")), bytes_of({1, 4, 0, 0, 100}));
    EXPECT_EQ(encoded(decimal("100000000000000000000000000000000000000")),
              bytes_of({1, 9, 0, 0, 100}));
}

TEST(Numeric, KeepsZerosInTheMiddle) {
    EXPECT_EQ(encoded(decimal("10000000000000001")), bytes_of({5, 4, 0, 0, 1, 0, 0, 0, 1}));
    EXPECT_EQ(encoded(decimal("100000000000000000000000000000007")),
              bytes_of({9, 8, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7}));
}

TEST(Numeric, WritesTheLargestAmount) {
    const std::string bytes = encoded(kMost);
    EXPECT_EQ(bytes.size(), kNumericBytesMax);
    EXPECT_EQ(bytes,
              bytes_of({20,   19,  0,    0,    11,   5792, 892, 3731, 6195, 4235, 7098, 5008,
                        6879, 785, 3269, 9846, 6564, 564,  394, 5758, 4007, 9131, 2963, 9935}));
}

TEST(Numeric, ZeroIsNeverNegative) {
    EXPECT_EQ(encoded(0, true), encoded(0));
    EXPECT_FALSE(decoded(bytes_of({0, 0, 0x4000, 0}))->negative);
}

TEST(Numeric, ReadsBackWhatItWrites) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    for (unsigned bits = 1; bits <= 256; ++bits) {
        for (int i = 0; i < 50; ++i) {
            const SignedAmount amount =
                difference(any_amount(random, bits), any_amount(random, bits));
            ASSERT_EQ(decoded(encoded(amount.magnitude, amount.negative)), amount)
                << to_string(amount);
        }
    }
}

TEST(Numeric, ReadsEveryBoundaryOfItsPaths) {
    for (unsigned bits : {64u, 128u, 192u, 255u})
        for (int around : {-1, 0, 1}) {
            const U256 amount = (U256(1) << bits) + around;
            EXPECT_EQ(decoded(encoded(amount))->magnitude, amount) << to_string(amount);
        }
}

TEST(Numeric, ReadsAFractionOfZerosAsWhole) {
    EXPECT_EQ(decoded(bytes_of({2, 0, 0, 4, 7, 0}))->magnitude, U256(7));
}

TEST(Numeric, RefusesWhatIsNoWholeAmount) {
    EXPECT_FALSE(decoded(""));
    EXPECT_FALSE(decoded(bytes_of({0, 0, 0})));
    EXPECT_FALSE(decoded(bytes_of({0, 0, 0xC000, 0}))) << "NaN";
    EXPECT_FALSE(decoded(bytes_of({0, 0, 0xD000, 0}))) << "infinity";
    EXPECT_FALSE(decoded(bytes_of({2, 0, 0, 4, 7, 5'000}))) << "7.5";
    EXPECT_FALSE(decoded(bytes_of({1, 0xffff, 0, 4, 5'000}))) << "0.5";
    EXPECT_FALSE(decoded(bytes_of({1, 0, 0, 0, 10'000}))) << "no digit";
    EXPECT_FALSE(decoded(bytes_of({2, 1, 0, 0, 1}))) << "cut off";
    EXPECT_FALSE(decoded(bytes_of({1, 0, 0, 0, 1, 1}))) << "too long";
}

TEST(Numeric, RefusesMoreThan256Bits) {
    std::string bytes = encoded(kMost);
    bytes.back() = static_cast<char>(bytes.back() + 1);
    EXPECT_FALSE(decoded(bytes)) << "2^256";
    EXPECT_FALSE(decoded(bytes_of({1, 19, 0, 0, 12})));
    EXPECT_FALSE(decoded(bytes_of({1, 20, 0, 0, 1})));
    EXPECT_FALSE(decoded(bytes_of({1, 0x7fff, 0, 0, 1})));
}

}  // namespace
}  // namespace custodialbridge::store

#include "custodialbridge/core/hex.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "custodialbridge/core/hash.hpp"
#include "custodialbridge/core/keccak.hpp"

namespace custodialbridge {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(Hex, IsWrittenInLowerCaseWithPrefix) {
    EXPECT_EQ(to_hex(Bytes{0x00, 0x9f, 0xff, 0xa0}), "0x009fffa0");
    EXPECT_EQ(to_hex({}), "0x");
}

TEST(Hex, IsAppendedWithoutPrefix) {
    std::string text = "hash=";
    append_hex(text, Bytes{0x01, 0xbc});
    EXPECT_EQ(text, "hash=01bc");
}

TEST(Hex, IsReadInEitherCase) {
    EXPECT_EQ(parse_hex("0x"), Bytes{});
    EXPECT_EQ(parse_hex("0x00abCDef19"), (Bytes{0x00, 0xab, 0xcd, 0xef, 0x19}));
}

TEST(Hex, RefusesWhatIsMalformed) {
    for (const char* text : {"", "0", "x", "00", "0X00", "0x0", "0x0g", "0xg0", "0x 0", "0x0\xff",
                             "ab", " 0x00", "0x00 ", "0x0x00", "0x/0", "0x:0", "0x@0", "0x`0"}) {
        EXPECT_EQ(parse_hex(text), std::nullopt) << text;
    }
    EXPECT_EQ(parse_hex(std::string_view("0x\0\0", 4)), std::nullopt);
}

TEST(Hex, OfExactLengthRefusesAnyOtherLength) {
    std::array<std::uint8_t, 2> out{};
    EXPECT_TRUE(parse_hex_exact("0xBEEf", out));
    EXPECT_EQ(out, (std::array<std::uint8_t, 2>{0xbe, 0xef}));
    for (const char* text : {"0xbee", "0xbeeff", "0xbe", "0xbeef00", "beef", "00beef", "0xbeeg"}) {
        EXPECT_FALSE(parse_hex_exact(text, out)) << text;
    }
}

TEST(Quantity, IsWrittenWithoutLeadingZeros) {
    EXPECT_EQ(to_quantity(0), "0x0");
    EXPECT_EQ(to_quantity(0x400), "0x400");
    EXPECT_EQ(to_quantity(std::numeric_limits<std::uint64_t>::max()), "0xffffffffffffffff");
}

TEST(Quantity, IsReadUpTo64Bits) {
    EXPECT_EQ(parse_quantity("0x0"), 0u);
    EXPECT_EQ(parse_quantity("0x41"), 65u);
    EXPECT_EQ(parse_quantity("0xDe0b6b3a7640000"), 1'000'000'000'000'000'000u);
    EXPECT_EQ(parse_quantity("0xffffffffffffffff"), std::numeric_limits<std::uint64_t>::max());
}

TEST(Quantity, MayHaveLeadingZeros) {
    EXPECT_EQ(parse_quantity("0x000041"), 65u);
    EXPECT_EQ(parse_quantity("0x" + std::string(64, '0') + "ffffffffffffffff"),
              std::numeric_limits<std::uint64_t>::max());
}

TEST(Quantity, RefusesWhatIsMalformedOrTooLarge) {
    for (const char* text : {"", "0x", "0", "41", "0xg", "0x4 1", "-0x1", "0x-1", "0X41",
                             "0x10000000000000000", "0x1ffffffffffffffff"}) {
        EXPECT_EQ(parse_quantity(text), std::nullopt) << text;
    }
}

TEST(Hash, IsReadInEitherCaseAndWrittenInLower) {
    const std::string digits = "DDf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3eF";
    const auto hash = parse_hash("0x" + digits);
    ASSERT_TRUE(hash);
    EXPECT_EQ(to_string(*hash),
              "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
}

TEST(Hash, RefusesWhatIsNot64Digits) {
    const std::string digits(64, 'a');
    EXPECT_TRUE(parse_hash("0x" + digits));
    EXPECT_FALSE(parse_hash(digits));
    EXPECT_FALSE(parse_hash("0x" + digits + "aa"));
    EXPECT_FALSE(parse_hash("0x" + digits.substr(2)));
    EXPECT_FALSE(parse_hash("0x" + digits.substr(1) + "z"));
    EXPECT_FALSE(parse_hash(""));
}

TEST(Keccak, AgreesWithTheKnownHashes) {
    EXPECT_EQ(to_string(keccak256("")),
              "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    EXPECT_EQ(to_string(keccak256("Transfer(address,address,uint256)")),
              "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
    EXPECT_EQ(to_string(keccak256("TransferSingle(address,address,address,uint256,uint256)")),
              "0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62");
}

TEST(Keccak, AgreesBeyondOneBlockOf136Bytes) {
    EXPECT_EQ(to_string(keccak256(std::string(136, 'a'))),
              "0xa6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e");
    EXPECT_EQ(to_string(keccak256(std::string(200, 'a'))),
              "0x96ea54061def936c4be90b518992fdc6f12f535068a256229aca54267b4d084d");
}

TEST(Keccak, OfTextIsKeccakOfItsBytes) {
    EXPECT_EQ(keccak256("abc"), keccak256(Bytes{'a', 'b', 'c'}));
}

}  // namespace
}  // namespace custodialbridge

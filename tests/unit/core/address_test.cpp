#include "custodialbridge/core/address.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace custodialbridge {
namespace {

// The examples of EIP-55.
const std::vector<std::string> kChecksummed{
    "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"};

template <class Change>
std::string with_digits(std::string text, Change change) {
    std::transform(text.begin() + 2, text.end(), text.begin() + 2,
                   [change](char letter) { return static_cast<char>(change(letter)); });
    return text;
}

Address address_of(std::uint8_t first, std::uint8_t last) {
    Address address;
    address.bytes.front() = first;
    address.bytes.back() = last;
    return address;
}

TEST(Address, IsWrittenWithTheChecksumOfEip55) {
    for (const std::string& text : kChecksummed) {
        const auto address = parse_address(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(to_string(*address), text);
    }
}

TEST(Address, MayBeAllLowerOrAllUpperCase) {
    for (const std::string& text : kChecksummed) {
        const auto lower = parse_address(with_digits(text, [](int c) { return std::tolower(c); }));
        const auto upper = parse_address(with_digits(text, [](int c) { return std::toupper(c); }));
        ASSERT_TRUE(lower && upper) << text;
        EXPECT_EQ(to_string(*lower), text);
        EXPECT_EQ(*lower, *upper);
    }
}

TEST(Address, InMixedCaseWithAnyOneLetterFlippedIsRefused) {
    const std::string right = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    for (std::size_t i = 2; i < right.size(); ++i) {
        if (!std::isalpha(static_cast<unsigned char>(right[i]))) continue;
        std::string wrong = right;
        wrong[i] = static_cast<char>(wrong[i] ^ 0x20);
        const auto address = parse_address(wrong);
        ASSERT_FALSE(address) << wrong;
        EXPECT_EQ(address.error().code(), Errc::invalid);
        EXPECT_NE(address.error().message().find("EIP-55"), std::string::npos);
        EXPECT_NE(address.error().message().find(wrong), std::string::npos);
    }
}

TEST(Address, ThatIsMalformedIsRefused) {
    for (const char* text : {"", "0x", "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
                             "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae",
                             "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed0",
                             "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg",
                             "0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"}) {
        const auto address = parse_address(text);
        ASSERT_FALSE(address) << text;
        EXPECT_EQ(address.error().code(), Errc::invalid);
        EXPECT_NE(address.error().message().find("40 hexadecimal digits"), std::string::npos);
    }
}

TEST(Address, StandsInTheLowTwentyBytesOfAWord) {
    const Address address = address_of(0xab, 0xcd);
    const Hash32 word = to_word(address);
    EXPECT_EQ(to_string(word),
              "0x000000000000000000000000ab000000000000000000000000000000000000cd");
    Address read;
    EXPECT_TRUE(address_from_word(word, read));
    EXPECT_EQ(read, address);
}

TEST(Address, IsNotReadFromAWordWithAnyHighByteSet) {
    for (std::size_t i = 0; i < 12; ++i) {
        Hash32 word = to_word(address_of(1, 2));
        word.bytes[i] = 1;
        Address read = address_of(3, 4);
        EXPECT_FALSE(address_from_word(word, read)) << i;
        EXPECT_EQ(read, address_of(3, 4)) << "left alone";
    }
}

TEST(Address, KnowsWhetherItIsZero) {
    EXPECT_TRUE(Address{}.is_zero());
    EXPECT_FALSE(address_of(0, 1).is_zero());
}

TEST(Address, HashesDifferWhenEitherEndDiffers) {
    std::set<std::size_t> hashes;
    for (unsigned i = 0; i < 256; ++i) {
        hashes.insert(std::hash<Address>{}(address_of(static_cast<std::uint8_t>(i), 7)));
        hashes.insert(std::hash<Address>{}(address_of(7, static_cast<std::uint8_t>(i))));
    }
    EXPECT_EQ(hashes.size(), 511u);  // (7, 7) is in both rows
}

}  // namespace
}  // namespace custodialbridge

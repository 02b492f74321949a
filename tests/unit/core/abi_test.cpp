#include "custodialbridge/core/abi.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <limits>

#include "abi_answers.hpp"
#include "custodialbridge/core/hex.hpp"

namespace custodialbridge::abi {
namespace {

Address holder() {
    return parse_address("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed").value();
}
Address repeated(std::uint8_t byte) {
    Address address;
    address.bytes.fill(byte);
    return address;
}

/// Hex with one word (or selector) a line.
Bytes bytes_of(std::initializer_list<const char*> lines) {
    std::string text = "0x";
    for (const char* line : lines) text += line;
    return parse_hex(text).value();
}

const std::string kHolderWord = "0000000000000000000000005aaeb6053f3e94c9b9a09f33669435e7ef1beaed";

/// [(true, 42 as a word), (false, nothing)], as aggregate3 answers it.
Bytes known_answer() {
    return bytes_of({
        "0000000000000000000000000000000000000000000000000000000000000020",  // 0: offset of array
        "0000000000000000000000000000000000000000000000000000000000000002",  // 1: entries
        "0000000000000000000000000000000000000000000000000000000000000040",  // 2: offset of first
        "00000000000000000000000000000000000000000000000000000000000000c0",  // 3: offset of second
        "0000000000000000000000000000000000000000000000000000000000000001",  // 4: success
        "0000000000000000000000000000000000000000000000000000000000000040",  // 5: offset of data
        "0000000000000000000000000000000000000000000000000000000000000020",  // 6: size of data
        "000000000000000000000000000000000000000000000000000000000000002a",  // 7: data
        "0000000000000000000000000000000000000000000000000000000000000000",  // 8: no success
        "0000000000000000000000000000000000000000000000000000000000000040",  // 9: offset of data
        "0000000000000000000000000000000000000000000000000000000000000000",  // 10: size of data
    });
}

constexpr std::size_t kDataWord = 7;

void expect_refused(const Bytes& answer, std::size_t expected) {
    const auto outcomes = decode_aggregate3(answer, expected);
    ASSERT_FALSE(outcomes) << to_hex(answer);
    EXPECT_EQ(outcomes.error().code(), Errc::invalid);
}

TEST(Selectors, AreTheFirstFourBytesOfTheSignaturesHash) {
    EXPECT_EQ(selector("transfer(address,uint256)"), (Selector{0xa9, 0x05, 0x9c, 0xbb}));
    EXPECT_EQ(selector("balanceOf(address)"), (Selector{0x70, 0xa0, 0x82, 0x31}));
}

TEST(BalanceCalls, AreASelectorAndWords) {
    EXPECT_EQ(to_hex(encode_balance_of(holder())), "0x70a08231" + kHolderWord);
    EXPECT_EQ(to_hex(encode_get_eth_balance(holder())), "0x4d2301cc" + kHolderWord);
    EXPECT_EQ(to_hex(encode_balance_of(holder(), (U256(1) << 255) + 7)),
              "0x00fdd58e" + kHolderWord +
                  "8000000000000000000000000000000000000000000000000000000000000007");
}

TEST(Words, AreExactly32Bytes) {
    Bytes word(32);
    word.back() = 9;
    EXPECT_EQ(decode_u256(word).value(), U256(9));
    EXPECT_EQ(decode_u256(Bytes(32, 0xff)).value(), std::numeric_limits<U256>::max());
    for (const std::size_t size : {0u, 1u, 31u, 33u, 64u}) {
        const auto value = decode_u256(Bytes(size));
        ASSERT_FALSE(value) << size;
        EXPECT_EQ(value.error().code(), Errc::invalid);
    }
}

TEST(Aggregate3, IsEncodedAsTheKnownCall) {
    const std::vector<Call> calls{{repeated(0x11), {0xde, 0xad, 0xbe, 0xef}},
                                  {repeated(0x22), {}},
                                  {repeated(0x33), Bytes(33, 0x77)}};
    EXPECT_EQ(encode_aggregate3(calls),
              bytes_of({
                  "82ad56cb",
                  "0000000000000000000000000000000000000000000000000000000000000020",
                  "0000000000000000000000000000000000000000000000000000000000000003",
                  "0000000000000000000000000000000000000000000000000000000000000060",
                  "0000000000000000000000000000000000000000000000000000000000000100",
                  "0000000000000000000000000000000000000000000000000000000000000180",
                  "0000000000000000000000001111111111111111111111111111111111111111",
                  "0000000000000000000000000000000000000000000000000000000000000001",
                  "0000000000000000000000000000000000000000000000000000000000000060",
                  "0000000000000000000000000000000000000000000000000000000000000004",
                  "deadbeef00000000000000000000000000000000000000000000000000000000",
                  "0000000000000000000000002222222222222222222222222222222222222222",
                  "0000000000000000000000000000000000000000000000000000000000000001",
                  "0000000000000000000000000000000000000000000000000000000000000060",
                  "0000000000000000000000000000000000000000000000000000000000000000",
                  "0000000000000000000000003333333333333333333333333333333333333333",
                  "0000000000000000000000000000000000000000000000000000000000000001",
                  "0000000000000000000000000000000000000000000000000000000000000060",
                  "0000000000000000000000000000000000000000000000000000000000000021",
                  "7777777777777777777777777777777777777777777777777777777777777777",
                  "7700000000000000000000000000000000000000000000000000000000000000",
              }));
}

TEST(Aggregate3, AnswerIsDecoded) {
    const auto outcomes = decode_aggregate3(known_answer(), 2);
    ASSERT_TRUE(outcomes);
    ASSERT_EQ(outcomes->size(), 2u);
    EXPECT_TRUE((*outcomes)[0].success);
    EXPECT_EQ(decode_u256((*outcomes)[0].data).value(), U256(42));
    EXPECT_FALSE((*outcomes)[1].success);
    EXPECT_TRUE((*outcomes)[1].data.empty());
}

TEST(Aggregate3, AnswerOfNoCallsIsEmpty) {
    const auto outcomes = decode_aggregate3(encode_answer({}), 0);
    ASSERT_TRUE(outcomes);
    EXPECT_TRUE(outcomes->empty());
}

TEST(Aggregate3, AnswerWithAnotherCountIsRefused) {
    for (const std::size_t expected : {0u, 1u, 3u, 1000u}) {
        expect_refused(known_answer(), expected);
    }
}

TEST(Aggregate3, AnswerThatIsCutAnywhereIsRefused) {
    const Bytes whole = known_answer();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        expect_refused(Bytes(whole.begin(), whole.begin() + static_cast<long>(size)), 2);
    }
}

TEST(Aggregate3, AnswerWithAnOffsetSizeOrCountOutOfRangeIsRefused) {
    const std::size_t size = known_answer().size();
    const U256 max = std::numeric_limits<U256>::max();
    const std::vector<U256> wrong{max,           max - 31,      U256(1) << 64, U256(1) << 255,
                                  U256(1) << 63, U256(1) << 32, U256(~0ULL),   U256(~0ULL - 31),
                                  U256(size),    U256(size + 1)};
    for (std::size_t word = 0; word < size / 32; ++word) {
        if (word == kDataWord) continue;
        for (const U256& value : wrong) {
            Bytes answer = known_answer();
            put_word(answer, word, value);
            SCOPED_TRACE("word " + std::to_string(word) + " = " + to_string(value));
            expect_refused(answer, 2);
        }
    }
}

TEST(Aggregate3, AnswerWithoutRoomForTheCountThatWeExpectIsRefused) {
    Bytes answer;
    append_word(answer, 32);
    append_word(answer, 64);  // as many entries as there are bytes, and no room for them
    expect_refused(answer, 64);
    expect_refused(Bytes{}, std::numeric_limits<std::size_t>::max());
}

TEST(Aggregate3, AnswerWithASuccessThatIsNoBooleanIsRefused) {
    Bytes answer = known_answer();
    put_word(answer, 4, 2);
    expect_refused(answer, 2);
}

TEST(Aggregate3, AnswerWhoseEntriesShareBytesIsRefused) {
    constexpr std::size_t kEntries = 100;
    Bytes answer;
    append_word(answer, 32);
    append_word(answer, kEntries);
    for (std::size_t i = 0; i < kEntries; ++i) append_word(answer, 32 * kEntries);
    append_word(answer, 1);
    append_word(answer, 64);
    append_word(answer, 4096);
    answer.resize(answer.size() + 4096);
    expect_refused(answer, kEntries);
}

TEST(Aggregate3, AnswerMayHaveBytesAfterIt) {
    Bytes answer = known_answer();
    answer.resize(answer.size() + 32);
    EXPECT_TRUE(decode_aggregate3(answer, 2));
}

}  // namespace
}  // namespace custodialbridge::abi

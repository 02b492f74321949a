#include "custodialbridge/rules/decode_events.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "made_logs.hpp"

namespace custodialbridge::rules {
namespace {

using testing::ModelChain;
using Bytes = std::vector<std::uint8_t>;

const U256 kMax = std::numeric_limits<U256>::max();

struct Read {
    Decoded decoded;
    TokenEvent event;
};

Read decode(const std::vector<Hash32>& topics, const Bytes& data) {
    MadeLogs logs;
    logs.raw(kCpop, topics, data);
    Read read{};
    read.decoded = decode_erc20(logs.batch.logs[0], logs.batch.data, read.event);
    return read;
}

Hash32 amount_word(const U256& amount) { return uint_word(amount); }

/// An address word with a bit set where there must be none.
Hash32 dirty(const Address& address, std::size_t byte) {
    Hash32 word = to_word(address);
    word.bytes[byte] = 1;
    return word;
}

TEST(DecodeErc20, KnowsTheTopicsOfTheStandard) {
    EXPECT_EQ(to_string(transfer_topic()),
              "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
    EXPECT_EQ(to_string(mint_topic()),
              "0x0f6798a560793a54c3bcfe86a93cde1e73087d944c0ea20544137d4121396885");
    EXPECT_EQ(to_string(burn_topic()),
              "0xcc16f5dbb4873280815c1ee09dbd06736cffcc184412cf7a71a0fdb75d397ca5");
}

TEST(DecodeErc20, ReadsATransferWithIndexedSides) {
    const Read read =
        decode({transfer_topic(), to_word(kAlice), to_word(kBob)}, ModelChain::word(7));
    EXPECT_EQ(read.decoded, Decoded::event);
    EXPECT_EQ(read.event.type, EventType::transfer);
    EXPECT_EQ(read.event.from, kAlice);
    EXPECT_EQ(read.event.to, kBob);
    EXPECT_EQ(read.event.amount, 7);
}

TEST(DecodeErc20, ReadsATransferHoweverManyParametersAreIndexed) {
    const std::vector<Hash32> words{to_word(kAlice), to_word(kBob), amount_word(kMax)};
    for (std::size_t indexed = 0; indexed <= 3; ++indexed) {
        const auto middle = words.begin() + static_cast<std::ptrdiff_t>(indexed);
        std::vector<Hash32> topics{transfer_topic()};
        topics.insert(topics.end(), words.begin(), middle);
        const Read read = decode(topics, joined({middle, words.end()}));
        EXPECT_EQ(read.decoded, Decoded::event) << indexed;
        EXPECT_EQ(read.event.from, kAlice);
        EXPECT_EQ(read.event.to, kBob);
        EXPECT_EQ(read.event.amount, kMax);
    }
}

TEST(DecodeErc20, RefusesDataOfAnyOtherSize) {
    const std::vector<Hash32> topics{transfer_topic(), to_word(kAlice), to_word(kBob)};
    for (const std::size_t size : {0u, 1u, 31u, 33u, 64u, 96u})
        EXPECT_EQ(decode(topics, Bytes(size)).decoded, Decoded::malformed) << size;
    EXPECT_EQ(decode({transfer_topic()}, Bytes(95)).decoded, Decoded::malformed);
    EXPECT_EQ(decode({transfer_topic(), to_word(kAlice), to_word(kBob), amount_word(1)}, Bytes(32))
                  .decoded,
              Decoded::malformed);
}

TEST(DecodeErc20, RefusesAddressWordsWithHighBits) {
    for (const std::size_t byte : {0u, 11u}) {
        EXPECT_EQ(decode({transfer_topic(), dirty(kAlice, byte), to_word(kBob)}, Bytes(32)).decoded,
                  Decoded::malformed);
        EXPECT_EQ(decode({transfer_topic(), to_word(kAlice), dirty(kBob, byte)}, Bytes(32)).decoded,
                  Decoded::malformed);
        EXPECT_EQ(decode({mint_topic(), dirty(kAlice, byte)}, Bytes(32)).decoded,
                  Decoded::malformed);
        EXPECT_EQ(decode({burn_topic(), dirty(kAlice, byte)}, Bytes(32)).decoded,
                  Decoded::malformed);
    }
    EXPECT_EQ(decode({transfer_topic()}, joined({dirty(kAlice, 11), to_word(kBob), amount_word(1)}))
                  .decoded,
              Decoded::malformed);
}

TEST(DecodeErc20, PassesOverLogsWithoutTopicsAndOfOtherEvents) {
    EXPECT_EQ(decode({}, Bytes(96)).decoded, Decoded::not_ours);
    EXPECT_EQ(
        decode({keccak256("Approval(address,address,uint256)"), to_word(kAlice), to_word(kBob)},
               Bytes(32))
            .decoded,
        Decoded::not_ours);
}

TEST(DecodeErc20, ReadsMintAndBurnWithOneSide) {
    const Read mint = decode({mint_topic(), to_word(kAlice)}, ModelChain::word(5));
    EXPECT_EQ(mint.decoded, Decoded::event);
    EXPECT_EQ(mint.event.type, EventType::mint);
    EXPECT_EQ(mint.event.to, kAlice);
    EXPECT_TRUE(mint.event.from.is_zero());
    EXPECT_EQ(mint.event.amount, 5);

    const Read burn = decode({burn_topic()}, joined({to_word(kBob), amount_word(6)}));
    EXPECT_EQ(burn.decoded, Decoded::event);
    EXPECT_EQ(burn.event.type, EventType::burn);
    EXPECT_EQ(burn.event.from, kBob);
    EXPECT_TRUE(burn.event.to.is_zero());
    EXPECT_EQ(burn.event.amount, 6);
}

TEST(DecodeErc20, RefusesMintAndBurnOfOtherShapes) {
    EXPECT_EQ(decode({mint_topic(), to_word(kAlice), to_word(kBob), to_word(kBob)}, {}).decoded,
              Decoded::malformed);
    EXPECT_EQ(decode({mint_topic(), to_word(kAlice)}, Bytes(64)).decoded, Decoded::malformed);
    EXPECT_EQ(decode({burn_topic()}, Bytes(32)).decoded, Decoded::malformed);
}

}  // namespace
}  // namespace custodialbridge::rules

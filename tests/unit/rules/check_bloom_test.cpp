#include "custodialbridge/rules/check_bloom.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <string>

#include "made_logs.hpp"

namespace custodialbridge::rules {
namespace {

Bloom bloom_of(const std::vector<Log>& logs) {
    Bloom bloom{};
    for (const Log& log : logs) {
        bloom_add(bloom, log.address.bytes);
        for (std::size_t i = 0; i < log.topic_count; ++i) bloom_add(bloom, log.topics[i].bytes);
    }
    return bloom;
}

std::size_t bits_in(const Bloom& bloom) {
    std::size_t bits = 0;
    for (const std::uint8_t byte : bloom) bits += static_cast<std::size_t>(std::popcount(byte));
    return bits;
}

std::vector<std::uint8_t> text(const std::string& letters) {
    return {letters.begin(), letters.end()};
}

/// The bits that the yellow paper names, counted from the right: the low 11 bits of the hash's
/// bytes 0-1, 2-3 and 4-5.
std::set<unsigned> set_bits(const Bloom& bloom) {
    std::set<unsigned> bits;
    for (unsigned bit = 0; bit < 2048; ++bit)
        if ((bloom[255 - bit / 8] >> (bit % 8) & 1) != 0) bits.insert(bit);
    return bits;
}

TEST(CheckBloom, ThatSaysMaybeToEverythingSaysNothing) {
    Bloom full;
    full.fill(0xff);
    EXPECT_EQ(check_bloom(full, {}, alice_and_bob()), BloomVerdict::says_nothing);
    full[200] = 0xfe;
    EXPECT_EQ(check_bloom(full, {}, alice_and_bob()), BloomVerdict::suspiciously_empty);
}

// keccak256 of nothing is c5d2460186f7….
TEST(Bloom, SetsTheThreeBitsThatTheHashNames) {
    Bloom bloom{};
    bloom_add(bloom, {});
    EXPECT_EQ(set_bits(bloom), (std::set<unsigned>{0xc5d2 & 2047, 0x4601 & 2047, 0x86f7 & 2047}));
}

// A hundred items, as go-ethereum's bloom test makes them, and the hash of the bloom that it
// expects.
TEST(Bloom, IsTheSameAsGoEthereums) {
    Bloom bloom{};
    for (int i = 0; i < 100; ++i)
        bloom_add(bloom, text("xxxxxxxxxx data " + std::to_string(i) + " yyyyyyyyyyyyyy"));
    EXPECT_EQ(to_string(keccak256(bloom)),
              "0xc8d3ca65cdb4874300a9e39475508f23ed6da09fdbc487f89a2dcf50b09eb263");
}

TEST(Bloom, MayContainWhatWasAdded) {
    Bloom bloom{};
    for (const char* word : {"one", "two", "three"}) bloom_add(bloom, text(word));
    for (const char* word : {"one", "two", "three"})
        EXPECT_TRUE(bloom_may_contain(bloom, text(word)));
    EXPECT_LE(bits_in(bloom), 9u);
}

TEST(Bloom, RulesOutAlmostEverythingElse) {
    Bloom bloom{};
    for (int i = 0; i < 20; ++i) bloom_add(bloom, text("in" + std::to_string(i)));
    int maybe = 0;
    for (int i = 0; i < 1000; ++i)
        maybe += bloom_may_contain(bloom, text("out" + std::to_string(i)));
    EXPECT_LT(maybe, 20);
    EXPECT_FALSE(bloom_may_contain(Bloom{}, text("anything")));
}

TEST(CheckBloom, AgreesWhenTheLogsAreThere) {
    MadeLogs logs;
    logs.transfer(kCpop, kAlice, kCarol, 1).transfer(kUsdt, kAlice, kBob, 2);
    EXPECT_EQ(check_bloom(bloom_of(logs.batch.logs), logs.batch.logs, alice_and_bob()),
              BloomVerdict::agrees);
}

TEST(CheckBloom, AgreesThatASilentBlockIsSilent) {
    EXPECT_EQ(check_bloom(Bloom{}, {}, alice_and_bob()), BloomVerdict::agrees);
    MadeLogs others;
    others.transfer(kUnknownContract, kAlice, kBob, 1);
    EXPECT_EQ(check_bloom(bloom_of(others.batch.logs), {}, alice_and_bob()), BloomVerdict::agrees);
}

TEST(CheckBloom, SeesThatAContractsLogsAreMissing) {
    MadeLogs logs;
    logs.transfer(kCpop, kAlice, kCarol, 1).transfer(kUsdt, kAlice, kBob, 2);
    const Bloom bloom = bloom_of(logs.batch.logs);
    const std::vector<Log> first{logs.batch.logs[0]};
    EXPECT_EQ(check_bloom(bloom, {}, alice_and_bob()), BloomVerdict::suspiciously_empty);
    EXPECT_EQ(check_bloom(bloom, first, alice_and_bob()), BloomVerdict::suspiciously_empty);
}

TEST(CheckBloom, IsNotSuspiciousOfAContractThatSaidOtherThings) {
    MadeLogs logs;
    logs.raw(kCpop, {keccak256("Paused(address)")}, {});
    EXPECT_EQ(check_bloom(bloom_of(logs.batch.logs), {}, alice_and_bob()), BloomVerdict::agrees);
}

TEST(CheckBloom, SeesThatATransferIsMissingBesideAnotherLogOfItsContract) {
    MadeLogs logs;
    logs.raw(kCpop, {keccak256("Approval(address,address,uint256)"), to_word(kAlice)}, {})
        .transfer(kCpop, kAlice, kCarol, 1);
    const std::vector<Log> approval{logs.batch.logs[0]};
    EXPECT_EQ(check_bloom(bloom_of(logs.batch.logs), approval, alice_and_bob()),
              BloomVerdict::suspiciously_empty);
    EXPECT_EQ(check_bloom(bloom_of(approval), approval, alice_and_bob()), BloomVerdict::agrees);
}

TEST(CheckBloom, SeesThatAUserOperationOrAnNftIsMissing) {
    MadeLogs logs;
    logs.raw(kEntryPoint, {user_operation_topic(), Hash32{}, to_word(kAlice), to_word(kZero)}, {})
        .nft(kArt, kAlice, kBob, 1)
        .single(kAlice, kBob, 1, 1);
    const Bloom bloom = bloom_of(logs.batch.logs);
    EXPECT_EQ(check_bloom(bloom, logs.batch.logs, collectors()), BloomVerdict::agrees);
    for (std::size_t missing = 0; missing < 3; ++missing) {
        std::vector<Log> rest = logs.batch.logs;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(missing));
        EXPECT_EQ(check_bloom(bloom, rest, collectors()), BloomVerdict::suspiciously_empty)
            << missing;
    }
}

TEST(CheckBloom, SeesALogThatTheHeaderRulesOut) {
    MadeLogs logs;
    logs.transfer(kCpop, kAlice, kCarol, 1);
    EXPECT_EQ(check_bloom(Bloom{}, logs.batch.logs, alice_and_bob()), BloomVerdict::contradicts);
    MadeLogs others;
    others.transfer(kUsdt, kAlice, kCarol, 1);
    EXPECT_EQ(check_bloom(bloom_of(others.batch.logs), logs.batch.logs, alice_and_bob()),
              BloomVerdict::contradicts);
}

// The contract and the event are in the bloom, the one who is said to be paid is not.
TEST(CheckBloom, SeesALogWithATopicThatTheHeaderRulesOut) {
    MadeLogs told;
    told.transfer(kCpop, kAlice, kBob, 1);
    MadeLogs true_ones;
    true_ones.transfer(kCpop, kAlice, kCarol, 1);
    EXPECT_EQ(check_bloom(bloom_of(true_ones.batch.logs), told.batch.logs, alice_and_bob()),
              BloomVerdict::contradicts);
}

}  // namespace
}  // namespace custodialbridge::rules

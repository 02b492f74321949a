#include "custodialbridge/core/receipt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>

#include "custodialbridge/core/header_fields.hpp"
#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/core/keccak.hpp"

namespace custodialbridge {
namespace {

using rlp::Bytes;
using ::testing::HasSubstr;

template <class T>
T filled(unsigned byte) {
    T value;
    value.bytes.fill(static_cast<std::uint8_t>(byte));
    return value;
}

Hash32 hash(std::string_view text) {
    return parse_hash(text).value();
}

/// Receipts with their logs apart, so that a test can change them freely.
struct LooseLog {
    Address address;
    std::vector<Hash32> topics;
    Bytes data;
};
struct LooseReceipt {
    Receipt head;
    std::vector<LooseLog> logs;
};
using Loose = std::vector<LooseReceipt>;

BlockReceipts packed(const Loose& loose) {
    BlockReceipts block;
    for (const LooseReceipt& receipt : loose) {
        block.receipts.push_back(receipt.head);
        block.receipts.back().log_count = static_cast<std::uint32_t>(receipt.logs.size());
        for (const LooseLog& log : receipt.logs) {
            Log& made = block.logs.logs.emplace_back();
            made.address = log.address;
            made.topic_count = static_cast<std::uint8_t>(log.topics.size());
            std::copy(log.topics.begin(), log.topics.end(), made.topics.begin());
            made.data_offset = static_cast<std::uint32_t>(block.logs.data.size());
            made.data_size = static_cast<std::uint32_t>(log.data.size());
            block.logs.data.insert(block.logs.data.end(), log.data.begin(), log.data.end());
        }
    }
    return block;
}

LooseReceipt receipt(std::uint64_t type, std::variant<bool, Hash32> outcome, std::uint64_t gas,
                     unsigned bloom, std::vector<LooseLog> logs = {}) {
    LooseReceipt made;
    made.head.type = type;
    made.head.outcome = outcome;
    made.head.cumulative_gas_used = gas;
    made.head.logs_bloom.fill(static_cast<std::uint8_t>(bloom));
    made.logs = std::move(logs);
    return made;
}

LooseLog log_of(unsigned address, const std::vector<unsigned>& topics, Bytes data = {}) {
    LooseLog made{filled<Address>(address), {}, std::move(data)};
    for (const unsigned topic : topics) made.topics.push_back(filled<Hash32>(topic));
    return made;
}

/// One of each kind.
Loose every_kind() {
    Loose made{
        receipt(Receipt::kLegacy, true, 21'000, 0),
        receipt(Receipt::kLegacy, false, 63'000, 0),
        receipt(Receipt::kAccessList, true, 100'000, 1, {log_of(0xaa, {1})}),
        receipt(Receipt::kDynamicFee, true, 200'000, 2,
                {log_of(0xaa, {1, 2, 3}, Bytes(32, 0x2a)), log_of(0xbb, {}, Bytes(1, 0x7f)),
                 log_of(0xcc, {1, 2, 3, 4}, Bytes(100, 0x80))}),
        receipt(Receipt::kBlob, false, 300'000, 0),
        receipt(Receipt::kSetCode, true, 0x10000000, 4, {log_of(0xdd, {9, 8}, Bytes(64, 0))}),
        receipt(Receipt::kDeposit, true, 0x10000001, 0),
        receipt(Receipt::kDeposit, true, 0x10000002, 0),
        receipt(Receipt::kLegacy, filled<Hash32>(0x5e), 0x10000003, 0)};
    made[6].head.deposit_nonce = 4012990;  // without a version it does not count
    made[7].head.deposit_nonce = 4012991;
    made[7].head.deposit_receipt_version = 1;
    return made;
}

/// The hash of one receipt's encoding.
std::string encoded_hash(const LooseReceipt& loose) {
    const BlockReceipts block = packed({loose});
    const auto encoded = encode_receipt(block.receipts[0], block.logs.logs, block.logs);
    return encoded ? to_string(keccak256(*encoded)) : "";
}

TEST(EncodeReceipt, WritesEveryKind) {
    // From another implementation of RLP (ethers 6).
    const std::vector<std::string> expected{
        "0xe38e5532717f12f769b07ea016014bd39b74fb72def4de8442114cc2728609f2",
        "0x5c8cb12bd8d56a3454355197900e2822c53e56014136ff09f4c7dd04f1eb3157",
        "0x6c539503e4d1828625cfb817b215f0c3248dfb1c8af7580a13f2077c87a1870d",
        "0x0996108ca55f427dbf07e412ad74693a5acaa8b4adca120422d2ce68766ca491",
        "0x1156999141112dba238bc2d84aa12ac98cd4f5109ec944b2e2ff0b24ddc54fbf",
        "0x2aa25b5a3986d5393fd0a9999546d4116c8113fbeb1dcb75f36fffb756048fbf",
        "0x581d5ad2242fb9be100039565c80e6fa169bd2de84d274ac04bf9537eb381a51",
        "0xfcc8ea98c7211ecacd46f4467a4b747dc282ece7eb716449aa60335b62e11dcb",
        "0x5cba52d6837bc77c33b5f23157a62a0d07e077744b8f0a1403548b7f45053b7a"};
    const Loose all = every_kind();
    ASSERT_EQ(all.size(), expected.size());
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(encoded_hash(all[i]), expected[i]) << i;
}

TEST(EncodeReceipt, LeavesImpossibleTypesAlone) {
    for (const std::uint64_t type : {0x80u, 0xc0u, 0x102u})
        EXPECT_EQ(encoded_hash(receipt(type, true, 1, 0)), "") << type;
}

TEST(EncodeReceipt, ExpectsTheTypeBeforeTheMembersOfAnyOther) {
    const auto encoded = [](std::uint64_t type) {
        const BlockReceipts block = packed({receipt(type, true, 9, 1, {log_of(0xaa, {1, 2})})});
        return encode_receipt(block.receipts[0], block.logs.logs, block.logs).value();
    };
    for (const std::uint64_t type : {0x05u, 0x64u, 0x6au, 0x7bu, 0x7fu}) {
        rlp::Bytes expected = encoded(Receipt::kDynamicFee);
        expected[0] = static_cast<std::uint8_t>(type);
        EXPECT_EQ(encoded(type), expected) << type;
    }
}

TEST(ReceiptsRoot, IsAnotherImplementations) {
    // @ethereumjs/trie 6.2 over the encodings of ethers 6.
    EXPECT_EQ(receipts_root(packed(every_kind())).value(),
              hash("0xe257c7b42761b405f008c6e03b96f04e7ecf70c58dcf8f1350594dcea7a34656"));
    EXPECT_EQ(receipts_root({}).value(),
              hash("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"));
}

TEST(ReceiptsRoot, IsARealChains) {
    // Block 0x112 of an OP stack chain after Canyon: its one deposit from L1.
    LooseReceipt deposit = receipt(Receipt::kDeposit, true, 0xb76d, 0);
    deposit.head.deposit_nonce = 0x111;
    deposit.head.deposit_receipt_version = 1;
    EXPECT_EQ(receipts_root(packed({deposit})).value(),
              hash("0x8c303881b3e408cc739f55ef3e5133075d552cbec9ee987aff6b71f58cf291ee"));
}

ReceiptsProof proof(const Hash32& committed, const Loose& loose) {
    const BlockReceipts block = packed(loose);
    return prove_receipts(committed, receipts_root(block), unknown_type_in(block));
}

TEST(ProveReceipts, TellsProvenFromDifferentFromUnknown) {
    Loose all = every_kind();
    const Hash32 root = receipts_root(packed(all)).value();
    EXPECT_EQ(proof(root, all).verdict, ProofVerdict::proven);
    const ReceiptsProof other = proof(Hash32{}, all);
    EXPECT_EQ(other.verdict, ProofVerdict::differs);
    EXPECT_THAT(other.why, HasSubstr(to_string(root)));
    EXPECT_THAT(other.why, HasSubstr(to_string(Hash32{})));
    all[3].head.type = 0x6a;
    const ReceiptsProof unknown = proof(root, all);
    EXPECT_EQ(unknown.verdict, ProofVerdict::cannot_tell);
    EXPECT_EQ(unknown.why, "receipt 3 has the unknown type 0x6a");
    all[3].head.type = 0x80;
    EXPECT_EQ(proof(root, all).verdict, ProofVerdict::cannot_tell);
    all[3].head.type = Receipt::kStateSync;
    EXPECT_EQ(proof(root, all).verdict, ProofVerdict::differs);
}

TEST(ProveReceipts, ProvesUnknownTypesThatGiveTheRoot) {
    Loose all = every_kind();
    for (const std::uint64_t type : {0x05u, 0x64u, 0x6au, 0x7fu}) {
        all[3].head.type = type;
        EXPECT_EQ(proof(receipts_root(packed(all)).value(), all).verdict, ProofVerdict::proven);
    }
}

TEST(ReceiptsRoot, IsOfThoseThatAreInIt) {
    const Loose inside = every_kind();
    Loose all = inside;
    all.push_back(receipt(Receipt::kLegacy, true, 0, 7, {log_of(0xaa, {1}), log_of(0xab, {2})}));
    all.push_back(receipt(0x70, true, 0, 7));
    BlockReceipts block = packed(all);
    block.outside_root = 2;
    EXPECT_EQ(block.logs_in_root() + 2, block.logs.logs.size());
    EXPECT_EQ(receipts_root(block).value(), receipts_root(packed(inside)).value());
    EXPECT_EQ(unknown_type_in(block), "");
}

// Whatever a node changes, the root shows it.

Loose any_block() {
    Loose made(*rc::gen::inRange<std::size_t>(1, 20));
    for (LooseReceipt& each : made) {
        each.head.type = *rc::gen::inRange<std::uint64_t>(0, 5);
        each.head.outcome = *rc::gen::arbitrary<bool>();
        each.head.cumulative_gas_used = *rc::gen::arbitrary<std::uint64_t>();
        each.logs.resize(*rc::gen::inRange<std::size_t>(0, 5));
        for (LooseLog& log : each.logs) {
            log = log_of(*rc::gen::inRange(0u, 3u), {});
            log.topics.resize(*rc::gen::inRange<std::size_t>(0, 5),
                              filled<Hash32>(*rc::gen::inRange(0u, 3u)));
            log.data.resize(*rc::gen::inRange<std::size_t>(0, 70),
                            *rc::gen::arbitrary<std::uint8_t>());
        }
    }
    made[0].logs.resize(std::max<std::size_t>(1, made[0].logs.size()));
    return made;
}

/// A receipt with a log, and the log.
std::pair<LooseReceipt*, std::size_t> any_log(Loose& block) {
    std::vector<std::pair<LooseReceipt*, std::size_t>> all;
    for (LooseReceipt& each : block)
        for (std::size_t i = 0; i < each.logs.size(); ++i) all.emplace_back(&each, i);
    return *rc::gen::elementOf(all);
}

template <class Change>
void expect_shown(Change change) {
    const Loose honest = any_block();
    const Hash32 root = receipts_root(packed(honest)).value();
    Loose told = honest;
    change(told);
    RC_ASSERT(proof(root, honest).verdict == ProofVerdict::proven);
    RC_ASSERT(proof(root, told).verdict == ProofVerdict::differs);
}

RC_GTEST_PROP(AnyBlock, ShowsALogThatWasLeftOut, ()) {
    expect_shown([](Loose& told) {
        const auto [from, at] = any_log(told);
        from->logs.erase(from->logs.begin() + static_cast<std::ptrdiff_t>(at));
    });
}

RC_GTEST_PROP(AnyBlock, ShowsALogThatWasAdded, ()) {
    expect_shown([](Loose& told) {
        const auto [to, at] = any_log(told);
        const LooseLog twice = to->logs[at];
        to->logs.insert(to->logs.begin() + static_cast<std::ptrdiff_t>(at), twice);
    });
}

RC_GTEST_PROP(AnyBlock, ShowsALogThatWasMovedToAnotherTransaction, ()) {
    expect_shown([](Loose& told) {
        told.push_back(receipt(Receipt::kLegacy, true, 1, 0));
        const auto [from, at] = any_log(told);
        told.back().logs.push_back(from->logs[at]);
        from->logs.erase(from->logs.begin() + static_cast<std::ptrdiff_t>(at));
    });
}

RC_GTEST_PROP(AnyBlock, ShowsAChangedLog, ()) {
    expect_shown([](Loose& told) {
        const auto [in, at] = any_log(told);
        LooseLog& log = in->logs[at];
        switch (*rc::gen::inRange(0, 5)) {
            case 0:
                log.address.bytes[7] ^= 1;
                break;
            case 1:
                log.data.push_back(0);
                break;
            case 2:
                if (log.data.empty()) log.data.resize(2);
                log.data.back() ^= 0x80;
                break;
            case 3:
                if (log.topics.empty()) log.topics.resize(2);
                log.topics.back().bytes[31] ^= 1;
                break;
            default:
                if (log.topics.empty()) log.topics.resize(2);
                log.topics.pop_back();
        }
    });
}

RC_GTEST_PROP(AnyBlock, ShowsLogsInAnotherOrder, ()) {
    Loose block = any_block();
    const auto [in, at] = any_log(block);
    LooseLog other = in->logs[at];
    other.data.push_back(9);
    in->logs.push_back(other);
    const Hash32 root = receipts_root(packed(block)).value();
    std::swap(in->logs[at], in->logs.back());
    RC_ASSERT(proof(root, block).verdict == ProofVerdict::differs);
}

RC_GTEST_PROP(AnyBlock, ShowsReceiptsInAnotherOrder, ()) {
    Loose honest = any_block();
    honest.push_back(receipt(Receipt::kLegacy, filled<Hash32>(1), 7, 0));
    const Hash32 root = receipts_root(packed(honest)).value();
    std::swap(honest.front(), honest.back());
    RC_ASSERT(proof(root, honest).verdict == ProofVerdict::differs);
}

RC_GTEST_PROP(AnyBlock, ShowsAReceiptThatIsMissingOrOther, ()) {
    expect_shown([](Loose& told) {
        Receipt& last = told.back().head;
        switch (*rc::gen::inRange(0, 5)) {
            case 0:
                told.pop_back();
                break;
            case 1:
                last.type = last.type == 2 ? 1 : 2;
                break;
            case 2:
                last.outcome = !std::get<bool>(last.outcome);
                break;
            case 3:
                last.cumulative_gas_used ^= 1;
                break;
            default:
                last.logs_bloom[99] ^= 1;
        }
    });
}

/// A block of an OP stack chain.
HeaderFields op_block() {
    HeaderFields block;
    block.parent_hash = hash("0xcfbc479d5f63476538db9ff15295167a6e91ecc9d6cf54be471eded689c251c9");
    block.ommers_hash = hash("0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");
    block.beneficiary = parse_address("0x4200000000000000000000000000000000000011").value();
    block.state_root = hash("0x86be45fb7a22b8c12cbce8d538372b800377cc589de590b6d88f5f65dde97df8");
    block.transactions_root =
        hash("0xb01a2ad2c1ceb76f2edcdc02f2e0453c52e24c421fb04132cdfc0da5b70a593e");
    block.receipts_root =
        hash("0x8c303881b3e408cc739f55ef3e5133075d552cbec9ee987aff6b71f58cf291ee");
    block.number = 0x112;
    block.gas_limit = 0x1c9c380;
    block.gas_used = 0xb76d;
    block.timestamp = 0x65da607b;
    block.mix_hash = hash("0x8bc8a48326d9309959f2452206c1c842be9fcc9840c789845caab9d290a9700c");
    block.base_fee = U256(0x1418f329);
    block.withdrawals_root =
        hash("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
    return block;
}

TEST(HashHeader, OfARealBlockSinceShanghai) {
    EXPECT_EQ(hash_header(op_block()),
              hash("0xfc70e073ec6e1bb7f387698e4be418d7b1ff2216f625cdf41e1b80fb08029ef5"));
}

TEST(HashHeader, OfTheMainnetsFirstBlock) {
    HeaderFields block;
    block.ommers_hash = hash("0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");
    block.state_root = hash("0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544");
    block.transactions_root = block.receipts_root =
        hash("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
    block.difficulty = 0x400000000;
    block.gas_limit = 5000;
    block.extra_data =
        *parse_hex("0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa");
    block.nonce[7] = 0x42;
    EXPECT_EQ(hash_header(block),
              hash("0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"));
}

TEST(HashHeader, DependsOnEveryField) {
    const auto changes = std::vector<void (*)(HeaderFields&)>{
        [](HeaderFields& of) { of.parent_hash.bytes[0] ^= 1; },
        [](HeaderFields& of) { of.logs_bloom[0] ^= 1; },
        [](HeaderFields& of) { of.receipts_root.bytes[31] ^= 1; },
        [](HeaderFields& of) { of.difficulty += 1; },
        [](HeaderFields& of) { ++of.timestamp; },
        [](HeaderFields& of) { of.extra_data.push_back(0); },
        [](HeaderFields& of) { of.nonce[0] ^= 1; },
        [](HeaderFields& of) { of.withdrawals_root.reset(); },
        [](HeaderFields& of) { of.blob_gas_used = 0; }};
    const auto hashed = hash_header(op_block());
    for (const auto change : changes) {
        HeaderFields changed = op_block();
        change(changed);
        EXPECT_NE(hash_header(changed), hashed);
    }
}

TEST(HashHeader, AcceptsNoGap) {
    HeaderFields block = op_block();
    block.withdrawals_root.reset();
    block.blob_gas_used = 0;
    EXPECT_FALSE(hash_header(block));
}

}  // namespace
}  // namespace custodialbridge

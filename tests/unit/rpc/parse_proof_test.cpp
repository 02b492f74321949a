#include "parse_proof.hpp"

#include <gtest/gtest.h>

#include "made_block.hpp"

namespace custodialbridge::rpc {
namespace {

TEST(Receipts, AreRead) {
    MadeBlock block = made_block(7);
    json& old = block.receipts[1];
    old.erase("status");
    old.erase("type");
    old["root"] = text_of(0x5e, 32);
    json& deposit = block.receipts[2];
    deposit["type"] = "0x7e";
    deposit["depositNonce"] = "0x111";
    deposit["depositReceiptVersion"] = "0x1";
    deposit["root"] = "0x";
    const auto read = receipts_of(block.receipts, block.hash()).value().value().block;
    ASSERT_EQ(read.receipts.size(), 4u);
    EXPECT_EQ(read.logs.logs.size(), 5u);
    EXPECT_EQ(read.receipts[0].log_count, 2u);
    EXPECT_EQ(std::get<bool>(read.receipts[0].outcome), true);
    EXPECT_EQ(read.receipts[0].cumulative_gas_used, 30'000u);
    EXPECT_EQ(read.receipts[0].logs_bloom[9], 0x11);
    EXPECT_EQ(read.receipts[1].type, Receipt::kLegacy);
    EXPECT_EQ(to_string(std::get<Hash32>(read.receipts[1].outcome)), text_of(0x5e, 32));
    EXPECT_EQ(read.receipts[2].type, Receipt::kDeposit);
    EXPECT_EQ(read.receipts[2].deposit_nonce, 0x111u);
    EXPECT_EQ(read.receipts[2].deposit_receipt_version, 1u);
    EXPECT_FALSE(receipts_of(json(), block.hash()).value());
}

TEST(Receipts, ThatLackWhatAProofNeedsAreUnsupported) {
    for (const char* key : {"status", "cumulativeGasUsed", "logsBloom", "logs", "transactionHash",
                            "transactionIndex", "blockHash"}) {
        MadeBlock block = made_block(7);
        block.receipts[1].erase(key);
        EXPECT_EQ(receipts_of(block.receipts, block.hash()).error().code(), Errc::unsupported)
            << key;
    }
}

TEST(WholeHeader, IsReadAndHashes) {
    const MadeBlock block = made_block(7);
    const WholeHeader header = whole_header_of(block.header).value().value();
    EXPECT_EQ(header.hash, block.hash());
    EXPECT_EQ(hash_header(header.fields), block.hash());
    EXPECT_EQ(header.transactions.size(), 4u);
    EXPECT_FALSE(whole_header_of(json()).value());
}

TEST(WholeHeader, ThatLacksAFieldIsUnsupportedAndAMalformedOneIsABadAnswer) {
    for (const char* key :
         {"hash", "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot",
          "receiptsRoot", "logsBloom", "difficulty", "number", "gasLimit", "gasUsed", "timestamp",
          "extraData", "mixHash", "nonce", "transactions"}) {
        MadeBlock block = made_block(7);
        block.header[key] = "0xzz";
        EXPECT_EQ(whole_header_of(block.header).error().code(), Errc::unavailable) << key;
        block.header[key] = nullptr;
        EXPECT_EQ(whole_header_of(block.header).error().code(), Errc::unsupported) << key;
    }
    for (const char* key : {"baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas",
                            "parentBeaconBlockRoot", "requestsHash"}) {
        MadeBlock block = made_block(7);
        block.header[key] = "0xzz";
        EXPECT_EQ(whole_header_of(block.header).error().code(), Errc::unavailable) << key;
    }
}

}  // namespace
}  // namespace custodialbridge::rpc

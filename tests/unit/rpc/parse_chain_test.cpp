#include "parse_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json_value.hpp"
#include "made_block.hpp"

namespace custodialbridge::rpc {
namespace {

using ::testing::HasSubstr;

const Hash32 kTopic = keccak256(std::string_view("Transfer(address,address,uint256)"));
const Address kToken = parse_address("0x5fbdb2315678afecb367f032d93f642f64180aa3").value();

Result<std::optional<BlockHeader>> header_of(const json& value) {
    return parse_answer<std::optional<BlockHeader>>(
        value, [](JsonValue& result) { return parse_header(result); });
}

json log_json(std::uint64_t block, std::uint64_t index) {
    return {{"address", to_hex(kToken.bytes)},
            {"topics", {to_string(kTopic), to_string(Hash32{}), to_string(Hash32{})}},
            {"data", "0x" + std::string(62, '0') + "2a"},
            {"blockNumber", to_quantity(block)},
            {"blockHash", to_string(block_hash(block))},
            {"blockTimestamp", "0x1"},
            {"transactionHash", to_string(keccak256(std::string_view("tx")))},
            {"transactionIndex", "0x2"},
            {"logIndex", to_quantity(index)},
            {"removed", false}};
}

LogFilter filter() {
    LogFilter made;
    made.addresses = {kToken};
    made.topics[0] = {kTopic};
    return made;
}

Result<LogBatch> logs_of(const json& value,
                         const LogChecks& checks = LogChecks(filter(), {1}, {9})) {
    return parse_answer<LogBatch>(
        value, [&checks](JsonValue& result) { return parse_logs(result, checks, LogShare::most); });
}

std::string complaint(const json& value) {
    const auto logs = logs_of(value);
    if (logs) return "";
    EXPECT_EQ(logs.error().code(), Errc::unavailable);
    return logs.error().message();
}

TEST(Header, IsRead) {
    json block = block_json(300);
    block["logsBloom"] = "0x" + std::string(510, '0') + "80";
    block["transactions"] = {"0x1", "0x2"};
    block["uncles"] = json::array();
    const BlockHeader header = header_of(block).value().value();
    EXPECT_EQ(header.ref.number.value, 300u);
    EXPECT_EQ(header.ref.hash, block_hash(300));
    EXPECT_EQ(header.parent, block_hash(299));
    EXPECT_EQ(header.timestamp.time_since_epoch(), Seconds(1'700'000'300));
    EXPECT_EQ(header.logs_bloom[255], 0x80);
}

TEST(Header, OfAnUnknownBlockIsNothing) {
    EXPECT_FALSE(header_of(nullptr).value().has_value());
}

TEST(Header, WithoutABloomMayHoldAnything) {
    json block = block_json(3);
    block.erase("logsBloom");
    EXPECT_EQ(header_of(block).value()->logs_bloom[17], 0xff);
}

TEST(Header, IsRefusedWhenAFieldIsMissingOrMalformed) {
    for (const char* field : {"number", "hash", "parentHash", "timestamp"}) {
        json block = block_json(3);
        block.erase(field);
        EXPECT_FALSE(header_of(block)) << field;
        for (const json& bad : {json(), json(7), json("0x"), json("0xzz"), json("12"),
                                json("0x" + std::string(65, '1')), json::array(), json(true)}) {
            block[field] = bad;
            const auto header = header_of(block);
            ASSERT_FALSE(header) << field << " " << bad;
            EXPECT_EQ(header.error().code(), Errc::unavailable);
        }
    }
    json block = block_json(3);
    block["logsBloom"] = "0x00";
    EXPECT_FALSE(header_of(block));
    block = block_json(3);
    block["timestamp"] = "0xffffffffffffffff";
    EXPECT_FALSE(header_of(block));
    EXPECT_FALSE(header_of("0x1"));
    EXPECT_FALSE(header_of(json::array()));
}

TEST(Header, TellsItsStateRoot) {
    json block = block_json(3);
    block["stateRoot"] = to_string(kTopic);
    Hash32 root;
    const auto with_root = [&root](JsonValue& value) {
        return parse_header(value, {.state_root = &root});
    };
    ASSERT_TRUE(parse_answer<std::optional<BlockHeader>>(block, with_root));
    EXPECT_EQ(root, kTopic);
    block["stateRoot"] = "0x12";
    EXPECT_FALSE(parse_answer<std::optional<BlockHeader>>(block, with_root));
}

TEST(Proof, LeadsToTheHashOfItsFirstNode) {
    const std::vector<std::uint8_t> node{1, 2, 3};
    const json proof{{"address", "0x0"}, {"accountProof", {"0x010203", "0x04"}}};
    EXPECT_EQ(parse_answer<Hash32>(proof, parse_proof_root).value(), keccak256(node));
    for (const json& bad :
         {json(), json(7), json::object(), json{{"accountProof", "0x01"}},
          json{{"accountProof", json::array()}}, json{{"accountProof", json::array({7})}},
          json{{"accountProof", json::array({"0x1"})}}})
        EXPECT_FALSE(parse_answer<Hash32>(bad, parse_proof_root)) << bad;
}

TEST(Logs, AreReadPacked) {
    const json second = log_json(3, 7);
    json third = log_json(4, 0);
    third["data"] = "0x";
    third["topics"] = {to_string(kTopic)};
    const LogBatch batch = logs_of(json::array({log_json(3, 5), second, third})).value();
    ASSERT_EQ(batch.logs.size(), 3u);
    const Log& log = batch.logs[1];
    EXPECT_EQ(log.block, (BlockRef{{3}, block_hash(3)}));
    EXPECT_EQ(log.tx_hash, keccak256(std::string_view("tx")));
    EXPECT_EQ(log.tx_index, 2u);
    EXPECT_EQ(log.log_index, 7u);
    EXPECT_EQ(log.address, kToken);
    EXPECT_EQ(log.topic_count, 3u);
    EXPECT_EQ(log.topics[0], kTopic);
    ASSERT_EQ(batch.data_of(log).size(), 32u);
    EXPECT_EQ(batch.data_of(log)[31], 0x2a);
    EXPECT_EQ(batch.logs[2].block.hash, block_hash(4));
    EXPECT_EQ(batch.logs[2].topic_count, 1u);
    EXPECT_TRUE(batch.data_of(batch.logs[2]).empty());
}

TEST(Logs, MayBeNone) {
    EXPECT_TRUE(logs_of(json::array()).value().logs.empty());
}

TEST(Logs, AreRefusedWhenTheyAreNoList) {
    for (const json& bad : {json(), json("0x"), json::object(), json(3)})
        EXPECT_FALSE(logs_of(bad));
    EXPECT_FALSE(logs_of(json::array({7})));
    EXPECT_FALSE(logs_of(json::array({nullptr})));
}

TEST(Logs, AreRefusedWhenAFieldIsMissing) {
    for (const char* field : {"address", "topics", "data", "blockNumber", "blockHash",
                              "transactionHash", "transactionIndex", "logIndex"}) {
        json log = log_json(3, 5);
        log.erase(field);
        EXPECT_THAT(complaint(json::array({log})), HasSubstr("lacks")) << field;
        for (const json& bad : {json(), json(7), json("0xz"), json("0x123g"), json("zz"),
                                json::object(), json("0x" + std::string(67, '1'))}) {
            log[field] = bad;
            EXPECT_THAT(complaint(json::array({log})), HasSubstr("a log's " + std::string(field)))
                << field << " " << bad;
        }
    }
}

TEST(Logs, HaveAtMostFourTopics) {
    json log = log_json(3, 5);
    log["topics"] = json(4, to_string(kTopic));
    EXPECT_EQ(complaint(json::array({log})), "");
    log["topics"] = json(5, to_string(kTopic));
    EXPECT_THAT(complaint(json::array({log})), HasSubstr("topics"));
}

TEST(Logs, OfAReorganisedBlockAreRefused) {
    json log = log_json(3, 5);
    log["removed"] = true;
    EXPECT_THAT(complaint(json::array({log})), HasSubstr("removed"));
    log.erase("removed");
    EXPECT_EQ(complaint(json::array({log})), "");
}

TEST(Logs, MustBeInOrder) {
    EXPECT_EQ(complaint(json::array({log_json(3, 1), log_json(3, 2), log_json(4, 0)})), "");
    EXPECT_THAT(complaint(json::array({log_json(3, 2), log_json(3, 1)})), HasSubstr("order"));
    EXPECT_THAT(complaint(json::array({log_json(3, 2), log_json(3, 2)})), HasSubstr("order"));
    EXPECT_THAT(complaint(json::array({log_json(4, 0), log_json(3, 1)})), HasSubstr("order"));
}

TEST(Logs, OfOneBlockHaveOneHash) {
    json other = log_json(3, 6);
    other["blockHash"] = to_string(block_hash(3, "other"));
    EXPECT_THAT(complaint(json::array({log_json(3, 5), other})), HasSubstr("two hashes"));
}

TEST(Logs, MustBeWhatWasAskedFor) {
    EXPECT_THAT(complaint(json::array({log_json(10, 0)})), HasSubstr("range"));
    EXPECT_THAT(complaint(json::array({log_json(0, 0)})), HasSubstr("range"));
    json log = log_json(3, 5);
    log["address"] = "0x" + std::string(40, '1');
    EXPECT_THAT(complaint(json::array({log})), HasSubstr("contract"));
    EXPECT_THAT(complaint(json::array({log_json(3, 4), log})), HasSubstr("contract"));
    log = log_json(3, 5);
    log["topics"][0] = to_string(Hash32{});
    EXPECT_THAT(complaint(json::array({log})), HasSubstr("topic"));
    log["topics"] = json::array();
    EXPECT_THAT(complaint(json::array({log})), HasSubstr("topic"));
    const LogChecks of_another_block(filter(), block_hash(4));
    EXPECT_FALSE(logs_of(json::array({log_json(3, 5)}), of_another_block));
    EXPECT_TRUE(logs_of(json::array({log_json(4, 5)}), of_another_block));
}

TEST(Quantities, OfBalancesAreUpTo256Bits) {
    EXPECT_EQ(parse_u256_quantity("0x0"), U256(0));
    EXPECT_EQ(parse_u256_quantity("0x56bc75e2d63100000"), U256("100000000000000000000"));
    EXPECT_TRUE(parse_u256_quantity("0x" + std::string(64, 'f')));
    for (const char* bad : {"", "0x", "12", "0xg", "x0"}) EXPECT_FALSE(parse_u256_quantity(bad));
    EXPECT_FALSE(parse_u256_quantity("0x" + std::string(65, '1')));
}

TEST(LogQueries, NameBlockOrRange) {
    EXPECT_EQ(json::parse(log_query(filter(), {1}, {255})),
              json::array({{{"fromBlock", "0x1"},
                            {"toBlock", "0xff"},
                            {"address", {to_hex(kToken.bytes)}},
                            {"topics", json::array({json::array({to_string(kTopic)})})}}}));
    LogFilter any_topic = filter();
    any_topic.topics[0].clear();
    EXPECT_EQ(json::parse(log_query(any_topic, block_hash(5))),
              json::array({{{"blockHash", to_string(block_hash(5))},
                            {"address", {to_hex(kToken.bytes)}}}}));
}

}  // namespace
}  // namespace custodialbridge::rpc

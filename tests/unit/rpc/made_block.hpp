/// A block whose header really commits to its receipts, as JSON, and a node that has it.
#pragma once

#include "custodialbridge/core/state_sync.hpp"
#include "fake_node.hpp"
#include "json_value.hpp"
#include "parse_proof.hpp"

namespace custodialbridge::rpc {

/// Puts a value into an answer and gives it to a parser.
template <class T>
Result<T> parse_answer(const json& value, std::function<Result<T>(JsonValue&)> parser) {
    std::string body = json{{"id", 1}, {"result", value}}.dump();
    Result<T> parsed = Error(Errc::corrupt, "not parsed");
    const ResultReader reader = [&](std::size_t, JsonValue& result) -> Result<void> {
        parsed = parser(result);
        return {};
    };
    const auto answers = read_answers(body, 1, 1, reader);
    if (!answers) return answers.error();
    return parsed;
}

inline Result<std::optional<ReceiptsAnswer>> receipts_of(const json& value, const Hash32& block) {
    return parse_answer<std::optional<ReceiptsAnswer>>(
        value, [&block](JsonValue& result) { return parse_receipts(result, block); });
}

inline Result<std::optional<WholeHeader>> whole_header_of(const json& value) {
    return parse_answer<std::optional<WholeHeader>>(
        value, [](JsonValue& result) { return parse_whole_header(result); });
}

struct MadeBlock {
    json header, receipts;

    Hash32 hash() const { return parse_hash(header.at("hash").get<std::string>()).value(); }

    /// All logs, as eth_getLogs gives them.
    json logs() const {
        json all = json::array();
        for (const json& receipt : receipts)
            for (const json& log : receipt.at("logs")) all.push_back(log);
        return all;
    }
};

inline std::string text_of(unsigned byte, std::size_t size) {
    return to_hex(std::vector<std::uint8_t>(size, static_cast<std::uint8_t>(byte)));
}

inline json made_log(unsigned contract, const std::vector<unsigned>& topics, unsigned data) {
    json log{{"address", text_of(contract, 20)},
             {"topics", json::array()},
             {"data", text_of(data, 32)},
             {"removed", false}};
    for (const unsigned topic : topics) log["topics"].push_back(text_of(topic, 32));
    return log;
}

/// What follows from the logs' and receipts' places and from the hash is filled in.
inline void fill_in(MadeBlock& block) {
    std::size_t index = 0, log_index = 0;
    block.header["transactions"] = json::array();
    for (json& receipt : block.receipts) {
        const std::string transaction = to_string(
            keccak256(block.header.at("number").get<std::string>() + std::to_string(index)));
        block.header["transactions"].push_back(transaction);
        const json place{{"blockHash", block.header.at("hash")},
                         {"blockNumber", block.header.at("number")},
                         {"transactionHash", transaction},
                         {"transactionIndex", to_quantity(index++)}};
        receipt.update(place);
        for (json& log : receipt.at("logs")) {
            log.update(place);
            log["logIndex"] = to_quantity(log_index++);
        }
    }
}

/// Makes the header commit to the receipts, and the hash to the header.
inline void seal(MadeBlock& block) {
    block.header["hash"] = to_string(Hash32{});
    fill_in(block);
    const auto answer = receipts_of(block.receipts, Hash32{}).value().value();
    const auto root = receipts_root(answer.block);
    if (root) block.header["receiptsRoot"] = to_string(*root);
    const auto whole = whole_header_of(block.header).value().value();
    block.header["hash"] = to_string(hash_header(whole.fields).value());
    fill_in(block);
}

/// The same with a hash that is not made of the header as we know it, whatever that commits to.
inline void seal_otherwise(MadeBlock& block) {
    block.header["hash"] = to_string(keccak256(block.header.dump()));
    fill_in(block);
}

/// Makes the hash commit to the header, and the header to what its root says.
inline void seal_header(MadeBlock& block) {
    const auto whole = whole_header_of(block.header).value().value();
    block.header["hash"] = to_string(hash_header(whole.fields).value());
    fill_in(block);
}

inline json made_receipt(unsigned type, bool success, std::uint64_t gas, json logs) {
    return {{"type", to_quantity(type)},
            {"status", success ? "0x1" : "0x0"},
            {"cumulativeGasUsed", to_quantity(gas)},
            {"gasUsed", "0x5208"},
            {"contractAddress", nullptr},
            {"logsBloom", text_of(0x11, 256)},
            {"logs", std::move(logs)}};
}

/// Four transactions and five logs; contracts 0xaa and 0xbb, first topics 1 and 2.
inline MadeBlock made_block(std::uint64_t number) {
    MadeBlock block;
    block.header = {{"number", to_quantity(number)},
                    {"parentHash", to_string(block_hash(number - 1))},
                    {"sha3Uncles", text_of(1, 32)},
                    {"miner", text_of(2, 20)},
                    {"stateRoot", text_of(3, 32)},
                    {"transactionsRoot", text_of(4, 32)},
                    {"receiptsRoot", text_of(5, 32)},
                    {"logsBloom", text_of(0xff, 256)},
                    {"difficulty", "0x0"},
                    {"gasLimit", "0x1c9c380"},
                    {"gasUsed", "0x30000"},
                    {"timestamp", to_quantity(1'700'000'000 + number)},
                    {"extraData", "0xabcd"},
                    {"mixHash", text_of(6, 32)},
                    {"nonce", "0x0000000000000000"},
                    {"baseFeePerGas", "0x3b9aca00"},
                    {"withdrawalsRoot", text_of(7, 32)},
                    {"blobGasUsed", "0x0"},
                    {"excessBlobGas", "0x20000"},
                    {"parentBeaconBlockRoot", text_of(8, 32)},
                    {"requestsHash", text_of(9, 32)},
                    {"size", "0x220"},
                    {"uncles", json::array()}};
    block.receipts = json::array(
        {made_receipt(0, true, 30'000, {made_log(0xaa, {1, 7, 8}, 1), made_log(0xbb, {1}, 2)}),
         made_receipt(2, false, 60'000, json::array()),
         made_receipt(2, true, 90'000, {made_log(0xaa, {2, 7}, 3), made_log(0xaa, {1, 8, 9}, 4)}),
         made_receipt(3, true, 120'000, {made_log(0xcc, {}, 5)})});
    seal(block);
    return block;
}

/// One more receipt after the sealed block's, as Bor tells of a state sync: not in the root.
inline void add_state_sync(MadeBlock& block, std::vector<json> logs) {
    const auto number = parse_quantity(block.header.at("number").get<std::string>()).value();
    const json place{
        {"blockHash", block.header.at("hash")},
        {"blockNumber", block.header.at("number")},
        {"transactionHash", to_string(state_sync_transaction({{number}, block.hash()}))},
        {"transactionIndex", to_quantity(block.receipts.size())}};
    std::size_t log_index = block.logs().size();
    for (json& log : logs) {
        log.update(place);
        log["logIndex"] = to_quantity(log_index++);
    }
    block.receipts.push_back(made_receipt(0, true, 0, json(logs)));
    block.receipts.back().update(place);
    block.receipts.back()["from"] = block.receipts.back()["to"] = text_of(0, 20);
    block.header["transactions"].push_back(place.at("transactionHash"));
}

/// Makes `node` have these blocks, with receipts.
inline void teach(FakeNode& node, const std::vector<MadeBlock>& blocks) {
    using Get = std::function<json(const MadeBlock&)>;
    const auto by_hash = [&blocks](Get get) {
        return [blocks, get](const json& parameters) {
            const json& first = parameters.at(0);
            const json& hash = first.is_object() ? first.at("blockHash") : first;
            for (const MadeBlock& block : blocks)
                if (block.header.at("hash") == hash) return get(block);
            return json();
        };
    };
    node.on["eth_getBlockByHash"] = by_hash([](const MadeBlock& block) { return block.header; });
    node.on["eth_getBlockReceipts"] =
        by_hash([](const MadeBlock& block) { return block.receipts; });
    node.on["eth_getLogs"] = by_hash([](const MadeBlock& block) {
        json wanted = json::array();
        for (const json& log : block.logs())
            if (log.at("address") == text_of(0xaa, 20) && log.at("topics").at(0) == text_of(1, 32))
                wanted.push_back(log);
        return wanted;
    });
}

/// The same of a node that gives receipts one by one alone.
inline void teach_one_by_one(FakeNode& node, const std::vector<MadeBlock>& blocks) {
    teach(node, blocks);
    node.on.erase("eth_getBlockReceipts");
    const auto headers = node.on["eth_getBlockByHash"];
    node.on["eth_getBlockByHash"] = [headers](const json& parameters) {
        json block = headers(parameters);
        if (!parameters.at(1).get<bool>() || block.is_null()) return block;
        unsigned party = 0x70;
        for (json& transaction : block["transactions"])
            transaction = {{"hash", transaction}, {"from", text_of(party++, 20)}, {"to", nullptr}};
        return block;
    };
    node.on["eth_getTransactionReceipt"] = [blocks](const json& parameters) {
        for (const MadeBlock& block : blocks)
            for (const json& receipt : block.receipts)
                if (receipt.at("transactionHash") == parameters.at(0)) return receipt;
        return json();
    };
}

/// What `teach`'s eth_getLogs gives: contract 0xaa, first topic 1.
inline LogFilter filter_of_made() {
    LogFilter filter;
    filter.addresses = {parse_address(text_of(0xaa, 20)).value()};
    filter.topics[0] = {parse_hash(text_of(1, 32)).value()};
    return filter;
}

}  // namespace custodialbridge::rpc

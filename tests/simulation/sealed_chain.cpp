#include "sealed_chain.hpp"

#include <nlohmann/json.hpp>
#include <span>

#include "custodialbridge/core/header_fields.hpp"
#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/core/receipt.hpp"

namespace custodialbridge::simulation {

namespace {

using nlohmann::json;
using testing::ModelBlock;

Hash32 transaction_of(const Hash32& block_before_seal, std::size_t index) {
    return testing::hash_of_text(to_string(block_before_seal) + "tx" + std::to_string(index));
}

/// As many as the logs name, and now and then one without logs.
BlockReceipts receipts_of(const ModelBlock& block) {
    BlockReceipts all;
    all.logs = block.logs;
    const auto& logs = block.logs.logs;
    const std::size_t named = logs.empty() ? 0 : logs.back().tx_index + 1;
    all.receipts.resize(named + block.header.ref.number.value % 2);
    for (std::size_t i = 0; i < all.receipts.size(); ++i) {
        all.receipts[i].type = i % 3 == 0 ? Receipt::kLegacy : Receipt::kDynamicFee;
        all.receipts[i].cumulative_gas_used = 21'000 * (i + 1);
    }
    for (const Log& log : logs) {
        Receipt& receipt = all.receipts[log.tx_index];
        ++receipt.log_count;
        rules::bloom_add(receipt.logs_bloom, log.address.bytes);
        for (std::size_t i = 0; i < log.topic_count; ++i)
            rules::bloom_add(receipt.logs_bloom, log.topics[i].bytes);
    }
    return all;
}

HeaderFields fields_of(const ModelBlock& block, const std::string& chain) {
    HeaderFields fields;
    fields.parent_hash = block.header.parent;
    fields.state_root = block.header.ref.hash;  // not another block's
    fields.logs_bloom = block.header.logs_bloom;
    fields.number = block.header.ref.number.value;
    fields.gas_limit = 30'000'000;
    const auto since_epoch = block.header.timestamp.time_since_epoch();
    fields.timestamp =
        static_cast<std::uint64_t>(std::chrono::duration_cast<Seconds>(since_epoch).count());
    fields.extra_data.assign(chain.begin(), chain.end());
    fields.base_fee = 7;
    fields.withdrawals_root = Hash32{};
    return fields;
}

json header_json(const HeaderFields& fields, const Hash32& hash, const json& transactions) {
    return {{"number", to_quantity(fields.number)},
            {"hash", to_string(hash)},
            {"parentHash", to_string(fields.parent_hash)},
            {"sha3Uncles", to_string(fields.ommers_hash)},
            {"miner", to_hex(fields.beneficiary.bytes)},
            {"stateRoot", to_string(fields.state_root)},
            {"transactionsRoot", to_string(fields.transactions_root)},
            {"receiptsRoot", to_string(fields.receipts_root)},
            {"logsBloom", to_hex(fields.logs_bloom)},
            {"difficulty", "0x0"},
            {"gasLimit", to_quantity(fields.gas_limit)},
            {"gasUsed", to_quantity(fields.gas_used)},
            {"timestamp", to_quantity(fields.timestamp)},
            {"extraData", to_hex(fields.extra_data)},
            {"mixHash", to_string(fields.mix_hash)},
            {"nonce", to_hex(fields.nonce)},
            {"baseFeePerGas", "0x7"},
            {"withdrawalsRoot", to_string(*fields.withdrawals_root)},
            {"transactions", transactions}};
}

json log_json(const Log& log, const LogBatch& batch) {
    json topics = json::array();
    for (std::size_t i = 0; i < log.topic_count; ++i) topics.push_back(to_string(log.topics[i]));
    return {{"address", to_hex(log.address.bytes)},
            {"topics", std::move(topics)},
            {"data", to_hex(batch.data_of(log))},
            {"blockHash", to_string(log.block.hash)},
            {"blockNumber", to_quantity(log.block.number.value)},
            {"transactionHash", to_string(log.tx_hash)},
            {"transactionIndex", to_quantity(log.tx_index)},
            {"logIndex", to_quantity(log.log_index)},
            {"removed", false}};
}

json receipt_json(const ModelBlock& block, const Receipt& receipt, std::size_t index,
                  const json& transaction) {
    json logs = json::array();
    for (const Log& log : block.logs.logs)
        if (log.tx_index == index) logs.push_back(log_json(log, block.logs));
    return {{"type", to_quantity(receipt.type)},
            {"status", "0x1"},
            {"cumulativeGasUsed", to_quantity(receipt.cumulative_gas_used)},
            {"gasUsed", "0x5208"},
            {"contractAddress", nullptr},
            {"logsBloom", to_hex(receipt.logs_bloom)},
            {"blockHash", to_string(block.header.ref.hash)},
            {"blockNumber", to_quantity(block.header.ref.number.value)},
            {"transactionHash", transaction},
            {"transactionIndex", to_quantity(index)},
            {"logs", std::move(logs)}};
}

}  // namespace

SealedChain::SealedChain(std::string name) : name_(std::move(name)) {
    model.seal = [this](ModelBlock& block) { seal(block); };
    model.seal_first();
}

void SealedChain::seal(ModelBlock& block) {
    const BlockReceipts receipts = receipts_of(block);
    const bool is_shared = block.header.parent == Hash32{};
    HeaderFields fields = fields_of(block, is_shared ? "" : name_);
    fields.receipts_root = receipts_root(receipts).value();
    fields.gas_used = 21'000 * receipts.receipts.size();
    json transactions = json::array();
    for (std::size_t i = 0; i < receipts.receipts.size(); ++i)
        transactions.push_back(to_string(transaction_of(block.header.ref.hash, i)));
    block.header.ref.hash = hash_header(fields).value();
    for (Log& log : block.logs.logs) log.block = block.header.ref;

    BlockTexts texts;
    texts.header = header_json(fields, block.header.ref.hash, transactions).dump();
    json all = json::array();
    for (std::size_t i = 0; i < receipts.receipts.size(); ++i) {
        all.push_back(receipt_json(block, receipts.receipts[i], i, transactions[i]));
        const auto transaction = parse_hash(transactions[i].get<std::string>()).value();
        receipts_[transaction] = {block.header.ref.hash, all.back().dump()};
    }
    texts.receipts = all.dump();
    for (const Log& log : block.logs.logs)
        texts.logs.push_back(log_json(log, block.logs).dump());
    texts_[block.header.ref.hash] = std::move(texts);
}

}  // namespace custodialbridge::simulation

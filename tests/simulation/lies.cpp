#include "lies.hpp"

#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/core/keccak.hpp"
#include "custodialbridge/core/u256.hpp"
#include "custodialbridge/rules/check_bloom.hpp"
#include "custodialbridge/rules/decode_events.hpp"

namespace custodialbridge::simulation {

namespace {

using nlohmann::json;

std::string amount_word(std::uint64_t amount) {
    std::vector<std::uint8_t> bytes(32);
    u256_to_be(amount, std::span<std::uint8_t, 32>(bytes.data(), 32));
    return to_hex(bytes);
}

json made_up(const json& place, const Names& names, Dice& dice) {
    json log{{"address", to_hex(dice.one_of(names.contracts).bytes)},
             {"topics",
              {to_string(rules::transfer_topic()),
               to_string(to_word(dice.chance(50) ? Address{} : dice.one_of(names.holders))),
               to_string(to_word(dice.one_of(names.holders)))}},
             {"data", amount_word(1 + dice.below(60))},
             {"logIndex", "0x0"},
             {"removed", false}};
    for (const char* key : {"blockHash", "blockNumber", "transactionHash", "transactionIndex"})
        log[key] = place.at(key);
    return log;
}

void change(json& log, const Names& names, Dice& dice) {
    json& topics = log.at("topics");
    switch (dice.below(4)) {
        case 0: log["data"] = amount_word(1 + dice.below(100)); break;
        case 1: topics[topics.size() - 1] = to_string(to_word(dice.one_of(names.holders))); break;
        case 2: log["address"] = to_hex(dice.one_of(names.contracts).bytes); break;
        default: topics[0] = to_string(keccak256("Approval(address,address,uint256)")); break;
    }
}

/// As a careful liar numbers them.
void renumber(json& logs, std::size_t& next) {
    for (json& log : logs) log["logIndex"] = to_quantity(next++);
}

/// One lie about some logs; `place` is where a made-up one would stand.
void lie_about(json& logs, const json& place, const Names& names, Dice& dice) {
    const std::uint64_t kind = logs.empty() ? 0 : dice.below(5);
    const auto at = logs.empty() ? 0 : static_cast<std::size_t>(dice.below(logs.size()));
    switch (kind) {
        case 0: logs.push_back(made_up(place, names, dice)); break;
        case 1: logs.erase(at); break;
        case 2: logs.push_back(json(logs[at])); break;
        case 3: std::swap(logs[0], logs[at]); break;
        default: change(logs[at], names, dice); break;
    }
    if (kind == 3 && at == 0) change(logs[0], names, dice);
}

json place_in(const json& header) {
    const json& transactions = header.at("transactions");
    return {{"blockHash", header.at("hash")},
            {"blockNumber", header.at("number")},
            {"transactionHash", transactions.empty() ? header.at("hash") : transactions[0]},
            {"transactionIndex", "0x0"}};
}

}  // namespace

void lie_about_receipts(json& receipts, const Names& names, Dice& dice) {
    if (receipts.empty()) {
        receipts.push_back({{"type", "0x0"}, {"status", "0x1"}});
        return;
    }
    json& receipt = dice.one_of(receipts);
    switch (dice.below(8)) {
        case 0: receipt["status"] = "0x0"; return;
        case 1: receipts.erase(receipts.size() - 1); return;
        case 2: receipts = json::array(); return;
        case 3: receipt["cumulativeGasUsed"] = "0x1"; return;
        default: lie_about(receipt.at("logs"), receipt, names, dice); break;
    }
    std::size_t next = 0;
    for (json& each : receipts) renumber(each.at("logs"), next);
}

void lie_about_logs(json& logs, const json& header, const Names& names, Dice& dice) {
    lie_about(logs, place_in(header), names, dice);
    std::size_t next = 0;
    renumber(logs, next);
}

bool lie_against_bloom(json& logs, const json& header, const Bloom& bloom, const Names& names,
                       Dice& dice) {
    const Address& contract = dice.one_of(names.contracts);
    const std::string name = to_hex(contract.bytes);
    if (rules::bloom_may_contain(bloom, contract.bytes)) {
        json rest = json::array();
        for (const json& log : logs)
            if (log.at("address") != name) rest.push_back(log);
        if (rest.size() == logs.size()) return false;
        logs = std::move(rest);
        return true;
    }
    json log = made_up(place_in(header), names, dice);
    log["address"] = name;
    log["logIndex"] = to_quantity(logs.size() + 100);
    logs.push_back(std::move(log));
    return true;
}

void leave_out_others(json& logs) {
    const std::string transfer = to_string(rules::transfer_topic());
    json rest = json::array();
    for (const json& log : logs)
        if (log.at("topics").at(0) == transfer) rest.push_back(log);
    logs = std::move(rest);
}

void forge_header(json& header, const Hash32& grandparent, Dice& dice) {
    header["fieldOfTheNextFork"] = "0x1";  // as an excuse
    switch (dice.below(5)) {
        case 0: header["parentHash"] = to_string(keccak256(header.at("hash").dump())); break;
        case 1: header["timestamp"] = "0x1"; break;
        case 2: header["logsBloom"] = "0x" + std::string(512, '0'); break;
        case 3: header["parentHash"] = to_string(grandparent); break;
        default: {  // as if it stood in its parent's place
            const auto number = parse_quantity(header.at("number").get<std::string>());
            header["number"] = to_quantity(number.value_or(1) - 1);
            header["parentHash"] = to_string(grandparent);
            break;
        }
    }
}

testing::ModelState miscount(const testing::ModelState& state, Dice& dice) {
    testing::ModelState other = state;
    for (auto& [place, amount] : other)
        if (dice.chance(50)) amount = dice.chance(30) ? U256(0) : amount + 1 + dice.below(50);
    return other;
}

Hash32 invented_hash(std::uint64_t branch, std::uint64_t number) {
    return testing::hash_of_text("invented " + std::to_string(branch) + " " +
                                 std::to_string(number));
}

void invent_header(json& header, std::uint64_t branch, std::uint64_t begins,
                   std::uint64_t number) {
    header["number"] = to_quantity(number);
    header["hash"] = to_string(invented_hash(branch, number));
    if (number > begins) header["parentHash"] = to_string(invented_hash(branch, number - 1));
}

}  // namespace custodialbridge::simulation

/// From a block at the node to its balances at the API and in the database, beside the bare cost of
/// that block:
///
///   head_to_visible NODE API TARGET DATABASE BARE_DATABASE BLOCKS < traffic.json
///
/// NODE and API are host:port, TARGET the API's path of a balance that every block changes. The
/// traffic is {chain_id, token, wallets: [address…], calls: [{from, data}…]}; each block is mined
/// with all of the calls. Prints a line of JSON a block: milliseconds until the cached answer and
/// until the row shows it, and for one fetch of the block's header and logs in a batch and for one
/// commit of its rows from ready-made buffers.
#include <poll.h>

#include <chrono>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/rules/decode_events.hpp"
#include "head_feed.hpp"
#include "http_client.hpp"
#include "ledger_rows.hpp"

namespace custodialbridge::bench {

namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::int32_t kToken = 1;
constexpr std::chrono::microseconds kBetweenLooks{200};
constexpr std::chrono::seconds kPatience{30};
constexpr int kHeadPatienceMs = 30'000;

double milliseconds(Clock::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

json call(std::string_view method, json parameters, int id = 1) {
    return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(parameters)}};
}

json result_of(const json& answer) {
    if (answer.contains("error")) throw std::runtime_error("the node: " + answer["error"].dump());
    return answer.at("result");
}

/// The block that the API's answer is true as of.
std::uint64_t block_in(const std::string& answer) {
    constexpr std::string_view kName = "\"block_number\":";
    const auto at = answer.find(kName);
    if (at == std::string::npos) throw std::runtime_error("the API: " + answer);
    return std::stoull(answer.substr(at + kName.size(), 20));
}

struct Places {
    std::string node, api, target, database, bare_database;
};

class Measurement {
  public:
    Measurement(const Places& places, json traffic)
        : traffic_(std::move(traffic)), target_(places.target), node_(loop_, places.node),
          api_(loop_, places.api), feed_(loop_, places.node), database_(places.database),
          bare_database_(places.bare_database),
          bare_(bare_database_, traffic_.at("chain_id"), kToken) {
        std::vector<Address> wallets;
        for (const json& wallet : traffic_.at("wallets"))
            wallets.push_back(parse_address(wallet.get<std::string>()).value());
        token_ = parse_address(traffic_.at("token").get<std::string>()).value();
        bare_.begin(token_, wallets);
        for (std::size_t i = 0; i < wallets.size(); ++i) {
            wallet_ids_[wallets[i]] = static_cast<std::int64_t>(i) + 1;
            balances_[static_cast<std::int64_t>(i) + 1] = U256(1) << 128;
        }
    }

    json next_block() {
        send_traffic();
        const std::uint64_t number = block_number() + 1;
        json figures = watch(number);
        const BlockRef head = feed_.next();
        result_of(json::parse(node_.receive()));
        if (head.number.value != number) throw std::runtime_error("another block than expected");
        measure_bare(head, figures);
        figures["block"] = number;
        return figures;
    }

  private:
    void send_traffic() {
        json batch = json::array();
        for (const json& each : traffic_.at("calls"))
            batch.push_back(call("eth_sendTransaction",
                                 {{{"from", each.at("from")},
                                   {"to", traffic_.at("token")},
                                   {"data", each.at("data")},
                                   {"gas", "0x4c4b40"},
                                   {"gasPrice", "0x174876e800"}}},
                                 static_cast<int>(batch.size())));
        for (const json& answer : json::parse(node_.post(batch.dump()))) result_of(answer);
    }

    std::uint64_t block_number() {
        const json answer = json::parse(node_.post(call("eth_blockNumber", json::array()).dump()));
        return parse_quantity(result_of(answer).get<std::string>()).value();
    }

    /// Mines; from when the node first shows the block, looks until everybody does.
    json watch(std::uint64_t number) {
        node_.send(call("evm_mine", json::array()).dump());
        pollfd signs[]{{node_.descriptor(), POLLIN, 0}, {feed_.descriptor(), POLLIN, 0}};
        if (::poll(signs, 2, kHeadPatienceMs) < 1)
            throw std::runtime_error("the node does not mine");
        const auto there = Clock::now();
        Clock::duration at_api{}, in_database{};
        while (at_api == Clock::duration{} || in_database == Clock::duration{}) {
            if (at_api == Clock::duration{} && block_in(api_.get(target_)) >= number)
                at_api = Clock::now() - there;
            if (in_database == Clock::duration{} &&
                std::stoull(database_.run("SELECT cursor_number FROM chains")) >= number)
                in_database = Clock::now() - there;
            if (Clock::now() - there > kPatience)
                throw std::runtime_error("block " + std::to_string(number) + " stays unseen");
            std::this_thread::sleep_for(kBetweenLooks);
        }
        return {{"api_ms", milliseconds(at_api)}, {"database_ms", milliseconds(in_database)}};
    }

    void measure_bare(const BlockRef& head, json& figures) {
        const std::string hash = to_string(head.hash);
        const json filter{{"blockHash", hash},
                          {"address", traffic_.at("token")},
                          {"topics", {to_string(rules::transfer_topic())}}};
        const json batch{call("eth_getBlockByHash", {hash, false}, 0),
                         call("eth_getLogs", {filter}, 1)};
        const std::string question = batch.dump();
        const auto started = Clock::now();
        const std::string answer = node_.post(question);
        figures["fetch_ms"] = milliseconds(Clock::now() - started);
        const ReadyCommit ready = rows_of(head, json::parse(answer));
        figures["transfers"] = last_transfers_;
        const auto fetched = Clock::now();
        bare_.copy_journal(ready);
        bare_.upsert_and_commit(ready);
        figures["commit_ms"] = milliseconds(Clock::now() - fetched);
    }

    ReadyCommit rows_of(const BlockRef& head, const json& answers) {
        std::vector<JournalRow> journal;
        std::map<std::int64_t, BalanceRow> touched;
        const auto block = static_cast<std::int64_t>(head.number.value);
        for (const json& answer : answers) {
            if (answer.at("id") != 1) continue;
            for (const json& log : result_of(answer)) journal.push_back(row_of(log, block));
        }
        last_transfers_ = journal.size();
        for (const JournalRow& row : journal) {
            balances_[row.debit] -= row.amount;
            balances_[row.credit] += row.amount;
            for (const auto wallet : {row.debit, row.credit})
                if (wallet != 0) touched[wallet] = {wallet, block, balances_[wallet]};
        }
        std::vector<BalanceRow> balances;
        for (const auto& [wallet, balance] : touched) balances.push_back(balance);
        const BlockRow row{head, {}, Time(std::chrono::seconds(block))};
        return bare_.ready(std::span(&row, 1), journal, balances);
    }

    JournalRow row_of(const json& log, std::int64_t block) const {
        const auto wallet = [&](std::size_t topic) {
            Address address;
            address_from_word(parse_hash(log["topics"][topic].get<std::string>()).value(), address);
            const auto found = wallet_ids_.find(address);
            return found == wallet_ids_.end() ? std::int64_t{0} : found->second;
        };
        const auto quantity = [&](const char* name) {
            return parse_quantity(log[name].get<std::string>()).value();
        };
        return {block, static_cast<std::int32_t>(quantity("logIndex")), wallet(1), wallet(2),
                u256_from_be(parse_hex(log["data"].get<std::string>()).value()),
                parse_hash(log["transactionHash"].get<std::string>()).value()};
    }

    json traffic_;
    std::string target_;
    boost::asio::io_context loop_;
    HttpClient node_, api_;
    HeadFeed feed_;
    Database database_, bare_database_;
    BareLedger bare_;
    Address token_;
    std::map<Address, std::int64_t> wallet_ids_;
    std::map<std::int64_t, U256> balances_;
    std::size_t last_transfers_ = 0;
};

}  // namespace

}  // namespace custodialbridge::bench

int main(int argc, char** argv) {
    using namespace custodialbridge::bench;
    if (argc != 7) {
        std::cerr << "usage: head_to_visible NODE API TARGET DATABASE BARE_DATABASE BLOCKS\n";
        return 2;
    }
    try {
        Measurement measurement({argv[1], argv[2], argv[3], argv[4], argv[5]},
                                nlohmann::json::parse(std::cin));
        const auto blocks = std::stoul(argv[6]);
        for (std::size_t i = 0; i < blocks; ++i)
            std::cout << measurement.next_block() << std::endl;
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << "head_to_visible: " << failure.what() << '\n';
        return 1;
    }
}

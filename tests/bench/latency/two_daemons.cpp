/// From a block's commit to its balances through the daemon that does not write, and whether
/// anybody is taken back:
///
///   two_daemons NODE WRITER OTHER DATABASE BLOCKS < traffic.json
///
/// NODE, WRITER and OTHER are host:port. The traffic is {chain_id, token, calls: [{from, data}…],
/// targets: [the API's path of a balance that every block changes…]}; each block is mined with all
/// of the calls. Meanwhile two readers ask for one target after the other, one through each daemon.
/// Prints a line of JSON a block: milliseconds from the node's answer to the commit, and from the
/// commit to the answer through OTHER; then one of the readers.
#include <atomic>
#include <chrono>
#include <future>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "database.hpp"
#include "http_client.hpp"

namespace custodialbridge::bench {

namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::microseconds kBetweenLooks{100};
constexpr std::chrono::microseconds kBetweenReads{500};
constexpr std::chrono::seconds kPatience{30};

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

/// Looks until `newest` gives the block; when that was.
template <class Newest>
Clock::time_point when(std::uint64_t block, Newest newest) {
    const auto end = Clock::now() + kPatience;
    while (newest() < block) {
        if (Clock::now() > end)
            throw std::runtime_error("block " + std::to_string(block) + " stays unseen");
        std::this_thread::sleep_for(kBetweenLooks);
    }
    return Clock::now();
}

/// Asks for one target after the other through one daemon until its end.
class Reader {
  public:
    Reader(const std::string& api, std::vector<std::string> targets)
        : targets_(std::move(targets)), api_(loop_, api), thread_([this] { read(); }) {}
    ~Reader() { end(); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    json end() {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
        if (!failure_.empty()) throw std::runtime_error(failure_);
        return {{"reads", reads_}, {"backwards", backwards_}};
    }

  private:
    void read() try {
        std::map<std::string, std::uint64_t> newest;
        while (!stopping_) {
            const std::string& target = targets_[reads_ % targets_.size()];
            const std::uint64_t block = block_in(api_.get(target));
            std::uint64_t& seen = newest[target];
            backwards_ += block < seen;
            seen = block;
            ++reads_;
            std::this_thread::sleep_for(kBetweenReads);
        }
    } catch (const std::exception& failure) {
        failure_ = failure.what();
    }

    const std::vector<std::string> targets_;
    boost::asio::io_context loop_;
    HttpClient api_;
    std::size_t reads_ = 0;
    std::size_t backwards_ = 0;
    std::string failure_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

class Measurement {
  public:
    Measurement(const std::string& node, const std::string& other, const std::string& database,
                json traffic)
        : traffic_(std::move(traffic)), target_(traffic_.at("targets").at(0)), node_(loop_, node),
          other_(loop_, other), database_(database) {}

    json next_block() {
        send_traffic();
        const std::uint64_t number = block_number() + 1;
        auto committing = std::async(std::launch::async, [&] {
            return when(number, [&] {
                return std::stoull(database_.run("SELECT cursor_number FROM chains"));
            });
        });
        auto showing = std::async(std::launch::async, [&] {
            return when(number, [&] { return block_in(other_.get(target_)); });
        });
        result_of(json::parse(node_.post(call("evm_mine", json::array()).dump())));
        const auto mined = Clock::now();
        const auto committed = committing.get(), shown = showing.get();
        return {{"block", number},
                {"commit_ms", milliseconds(committed - mined)},
                {"fresh_ms", milliseconds(shown - committed)}};
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
        const std::string quantity = result_of(answer).get<std::string>();
        return std::stoull(quantity, nullptr, 16);
    }

    json traffic_;
    const std::string target_;
    boost::asio::io_context loop_;
    HttpClient node_, other_;
    Database database_;
};

}  // namespace

}  // namespace custodialbridge::bench

int main(int argc, char** argv) {
    using namespace custodialbridge::bench;
    if (argc != 6) {
        std::cerr << "usage: two_daemons NODE WRITER OTHER DATABASE BLOCKS\n";
        return 2;
    }
    try {
        const auto traffic = nlohmann::json::parse(std::cin);
        const auto targets = traffic.at("targets").get<std::vector<std::string>>();
        Measurement measurement(argv[1], argv[3], argv[4], traffic);
        Reader through_writer(argv[2], targets), through_other(argv[3], targets);
        const auto blocks = std::stoul(argv[5]);
        for (std::size_t i = 0; i < blocks; ++i)
            std::cout << measurement.next_block() << std::endl;
        std::cout << nlohmann::json{{"through_writer", through_writer.end()},
                                    {"through_other", through_other.end()}}
                  << std::endl;
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << "two_daemons: " << failure.what() << '\n';
        return 1;
    }
}

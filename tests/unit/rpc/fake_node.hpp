/// FakeNode: a node behind the Transport seam, with a small chain and every bad habit that a test
/// asks for.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/core/keccak.hpp"
#include "endpoint.hpp"
#include "support/virtual_loop.hpp"
#include "transport.hpp"

namespace custodialbridge::rpc {

using nlohmann::json;

/// What a handler throws to answer with a JSON-RPC error.
struct RpcFailure {
    int code;
    std::string message;
};

inline Hash32 block_hash(std::uint64_t number, const std::string& fork = "main") {
    return keccak256(std::string_view(fork + std::to_string(number)));
}

inline json block_json(std::uint64_t number, const std::string& fork = "main") {
    return {{"number", to_quantity(number)},
            {"hash", to_string(block_hash(number, fork))},
            {"parentHash", to_string(number > 0 ? block_hash(number - 1, fork) : Hash32{})},
            {"timestamp", to_quantity(1'700'000'000 + number)},
            {"logsBloom", "0x" + std::string(512, '0')}};
}

class FakeNode {
  public:
    explicit FakeNode(runtime::Clock& clock) : clock_(clock) {
        on["eth_chainId"] = [this](const json&) { return json(to_quantity(chain)); };
        on["eth_getBlockByNumber"] = [this](const json& parameters) {
            const std::string which = parameters.at(0);
            const std::uint64_t number =
                which == "latest" ? head : parse_quantity(which).value_or(~0ull);
            return number > head ? json() : block_json(number);
        };
        on["eth_getBlockByHash"] = [this](const json& parameters) {
            for (std::uint64_t number = 0; number <= head; ++number)
                if (parameters.at(0) == to_string(block_hash(number))) return block_json(number);
            return json();
        };
        on["eth_getLogs"] = [](const json&) { return json::array(); };
    }

    std::uint64_t chain = 31337;
    std::uint64_t head = 100;
    bool down = false;     ///< no connection
    bool stalled = false;  ///< connected, and silent
    unsigned status = 200;
    std::optional<Seconds> retry_after;
    std::size_t batch_max = 1000;
    std::size_t body_max = ~std::size_t{0};  ///< of a request; else HTTP 413
    std::size_t refused = 0;                 ///< for that
    std::map<std::string, std::function<json(const json&)>> on;  ///< by method

    std::size_t posts = 0;
    std::vector<std::string> methods;  ///< of every call so far
    std::vector<std::size_t> batches;  ///< calls in each post so far

    std::size_t asked(const std::string& method) const {
        return static_cast<std::size_t>(std::count(methods.begin(), methods.end(), method));
    }

    Task<Result<HttpAnswer>> post(std::string body, Deadline by) {
        ++posts;
        if (down) co_return Error(Errc::unavailable, "cannot connect: Connection refused");
        if (stalled) {
            co_await clock_.sleep_until(by.at);
            co_return Error(Errc::timed_out, "no answer in time");
        }
        HttpAnswer answer;
        if (body.size() > body_max) {
            ++refused;
            answer.status = 413;
            co_return std::move(answer);
        }
        answer.status = status;
        answer.retry_after = retry_after;
        answer.body = answer_to(json::parse(body)).dump();
        co_return std::move(answer);
    }

  private:
    json answer_to(const json& request) {
        batches.push_back(request.is_array() ? request.size() : 1);
        if (!request.is_array()) return answer_one(request);
        if (request.size() > batch_max)
            return {{"jsonrpc", "2.0"},
                    {"id", nullptr},
                    {"error", {{"code", -32600}, {"message", "batch too large"}}}};
        json answers = json::array();
        for (const json& call : request) answers.push_back(answer_one(call));
        std::reverse(answers.begin(), answers.end());  // any order is allowed
        return answers;
    }

    json answer_one(const json& call) {
        const std::string method = call.at("method");
        methods.push_back(method);
        json answer{{"jsonrpc", "2.0"}, {"id", call.at("id")}};
        try {
            if (!on.contains(method)) throw RpcFailure{-32601, "the method does not exist"};
            answer["result"] = on[method](call.at("params"));
        } catch (const RpcFailure& failure) {
            answer["error"] = {{"code", failure.code}, {"message", failure.message}};
        }
        return answer;
    }

    runtime::Clock& clock_;
};

class FakeTransport final : public Transport {
  public:
    explicit FakeTransport(FakeNode& node) : node_(node) {}
    Task<Result<HttpAnswer>> post(std::string body, Deadline by) override {
        return node_.post(std::move(body), by);
    }

  private:
    FakeNode& node_;
};

/// A loop in virtual time and what endpoints need around them.
class NodeWorld {
  public:
    testing::VirtualLoop loop;
    telemetry::Registry metrics;
    runtime::SeededRandom random{7};

    std::unique_ptr<Endpoint> endpoint(FakeNode& node, EndpointSettings settings = {},
                                       runtime::BlockingPool* parse_pool = nullptr) {
        if (settings.http.empty())
            settings.http = "http://node" + std::to_string(++made_) + ":8545/v2/secret-key";
        const Surroundings surroundings{ChainId{31337}, loop.clock, random, metrics, parse_pool};
        return std::make_unique<Endpoint>(surroundings, settings,
                                          std::make_unique<FakeTransport>(node));
    }

    Deadline by(Millis time = Seconds(20)) { return Deadline::after(loop.clock, time); }

  private:
    int made_ = 0;
};

}  // namespace custodialbridge::rpc

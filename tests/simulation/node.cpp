#include "node.hpp"

#include <algorithm>
#include <array>

#include "custodialbridge/core/hex.hpp"

namespace custodialbridge::simulation {

using nlohmann::json;
using testing::ModelBlock;

namespace {

constexpr std::array<std::string_view, 4> kGarbage{
    "<html><body>502 Bad Gateway</body></html>", "", R"([{"jsonrpc":"2.0","id":1,)",
    R"({"jsonrpc":"2.0","id":null,"result":"0x1"})"};

/// As different providers say it.
const std::array kTooLarge{
    RpcFailure{-32005, "query returned more than 10000 results"},
    RpcFailure{-32602, "exceed maximum block range: 5000"},
    RpcFailure{-32000, "block range is too large"},
    RpcFailure{-32600, "eth_getLogs is limited to a 10 block range"},
    RpcFailure{-32602, "Log response size exceeded. You can make eth_getLogs requests with up to "
                       "a 2K block range"},
    RpcFailure{-32701, "Please specify an address in your request or reduce the block range"},
    RpcFailure{-32000, "too many results, query timeout exceeded"}};

const std::array kPruned{
    RpcFailure{-32000, "missing trie node 1234 (path ) state 0x12 is not available"},
    RpcFailure{-32000, "historical state is not available"},
    RpcFailure{4444, "pruned history unavailable"}};

const std::array kBusy{
    RpcFailure{-32000, "internal error"}, RpcFailure{-32005, "limit exceeded"},
    RpcFailure{-32603, "header not found"}, RpcFailure{-32000, "request timed out"},
    RpcFailure{-32016, "over rate limit"}};

/// The block that eth_call and the like are to be made at.
const ModelBlock& pinned(const json& pin, const NodeView& view, const Habits& habits) {
    const ModelBlock* block = nullptr;
    if (pin.is_object()) {
        if (!habits.takes_hashes)
            throw RpcFailure{-32602, "invalid argument 1: json: cannot unmarshal object into Go "
                                     "value of type string"};
        block = view.with(parse_hash(pin.at("blockHash").get<std::string>()).value());
    } else {
        block = view.named(pin.get<std::string>());
    }
    if (block == nullptr) throw RpcFailure{-32000, "header not found"};
    return *block;
}

}  // namespace

Node::Node(const SealedChain& chain, ChainId id, Names names, runtime::Clock& clock, Dice dice,
           Tally& tally, std::uint64_t branch)
    : chain_(chain), id_(id), names_(std::move(names)), clock_(clock), dice_(dice),
      tally_(tally), view_(chain.model), other_(chain.model), branch_(branch) {}

bool Node::happens(unsigned percent, std::string_view name) {
    if (!dice_.chance(percent)) return false;
    ++tally_[name];
    return true;
}

void Node::sync(std::uint64_t behind) {
    view_.sync(behind);
}

void Node::sync_other(std::uint64_t behind) {
    other_.sync(behind);
}

runtime::Task<Result<rpc::HttpAnswer>> Node::post(std::string body, runtime::Deadline by) {
    const Millis latency = Millis{1} + dice_.up_to(dice_.chance(20) ? 60 : 4);
    co_await clock_.sleep_until(clock_.now() + latency);
    if (happens(habits.refuses, "connections refused"))
        co_return Error(Errc::unavailable, "cannot connect: Connection refused");
    if (happens(habits.stalls, "stalls")) {
        co_await clock_.sleep_until(by.at);
        co_return Error(Errc::timed_out, "no answer in time");
    }
    if (auto refused = refusal()) co_return std::move(*refused);
    rpc::HttpAnswer good;
    good.status = 200;
    good.body = answer(body);
    const Millis back = dice_.up_to(2);
    co_await clock_.sleep_until(clock_.now() + back);
    co_return std::move(good);
}

/// What comes instead of an answer.
std::optional<rpc::HttpAnswer> Node::refusal() {
    rpc::HttpAnswer refused;
    if (happens(habits.limits_rate, "rate limits")) {
        refused.status = 429;
        refused.body = "slow down";
        if (dice_.chance(50)) refused.retry_after = Seconds(1 + dice_.below(3));
        return refused;
    }
    if (happens(habits.breaks, "HTTP 5xx")) {
        refused.status = dice_.chance(50) ? 500 : 503;
        refused.body = "Internal Server Error";
        return refused;
    }
    if (!happens(habits.garbles, "garbage")) return std::nullopt;
    refused.status = 200;
    refused.body = dice_.one_of(kGarbage);
    return refused;
}

std::string Node::answer(const std::string& body) {
    const NodeView& view = happens(habits.flaps, "answers of another backend") ? other_ : view_;
    const json request = json::parse(body);
    return request.is_array() ? answer_batch(request, view) : answer_call(request, view);
}

/// In any order.
std::string Node::answer_batch(const json& calls, const NodeView& view) {
    if (happens(calls.size() > habits.batch_max ? 100 : 0, "batches refused"))
        return R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batch too large"}})";
    std::vector<std::string> answers;
    for (const json& call : calls) {
        std::string one = answer_call(call, view);
        if (!happens(habits.leaves_out, "missing answers")) answers.push_back(std::move(one));
    }
    for (std::size_t i = answers.size(); i > 1; --i)
        std::swap(answers[i - 1], answers[static_cast<std::size_t>(dice_.below(i))]);
    std::string body = "[";
    for (const std::string& one : answers) body.append(body.size() > 1 ? "," : "").append(one);
    return body.append("]");
}

std::string Node::answer_call(const json& call, const NodeView& view) {
    std::string answer = R"({"jsonrpc":"2.0","id":)" + call.at("id").dump();
    try {
        if (happens(habits.busy, "errors")) throw dice_.one_of(kBusy);
        const std::string result = result_of(call.at("method"), call.at("params"), view);
        answer.append(R"(,"result":)").append(result);
    } catch (const RpcFailure& failure) {
        const json error{{"code", failure.code}, {"message", failure.message}};
        answer.append(R"(,"error":)").append(error.dump());
    }
    return answer.append("}");
}

std::string Node::result_of(const std::string& method, const json& parameters,
                            const NodeView& view) {
    if (method == "eth_chainId") return quoted(to_quantity(id_.value));
    if (method == "web3_clientVersion") return quoted("model/v1");
    if (method == "eth_getBlockByNumber") return numbered(parameters.at(0), view);
    const auto by_hash = [&] {
        const Hash32 hash = parse_hash(parameters.at(0).get<std::string>()).value();
        return habits.remembers_orphans ? view.ever(hash) : view.with(hash);
    };
    if (method == "eth_getBlockByHash") return header(by_hash(), view);
    if (method == "eth_getBlockReceipts") return receipts(by_hash());
    if (method == "eth_getTransactionReceipt") return receipt(parameters.at(0), view);
    if (method == "eth_getLogs") return logs(parameters.at(0), view);
    if (method != "eth_getCode" && method != "eth_call" && method != "eth_getBalance")
        throw RpcFailure{-32601, "the method does not exist/is not available"};
    const ModelBlock& block = pinned(parameters.at(1), view, habits);
    const std::uint64_t depth =
        view.head().header.ref.number.value - block.header.ref.number.value;
    const bool pruned = habits.state_depth && depth > *habits.state_depth;
    if (happens(pruned ? 100 : 0, "states pruned")) throw dice_.one_of(kPruned);
    if (method == "eth_getBalance") return quoted("0x0");
    if (method == "eth_call") {
        const bool lies = happens(habits.miscounts, "balances miscounted");
        const auto state = lies ? miscount(block.state, dice_) : block.state;
        return call_contract(parameters.at(0), state, multicall,
                             [&](const Address& contract, const Address& holder) {
                                 return keeps_secret(contract, holder, block.header.ref.number);
                             });
    }
    const bool there =
        (!multicall.is_zero() && parameters.at(0) == to_hex(multicall.bytes)) ||
        std::any_of(names_.contracts.begin(), names_.contracts.end(), [&](const Address& one) {
            return parameters.at(0) == to_hex(one.bytes);
        });
    return quoted(there ? "0x6001" : "0x");
}

/// The contract's doing, so every node says the same; on any branch, and without a throw.
bool Node::keeps_secret(const Address& contract, const Address& holder, BlockNumber at) {
    constexpr std::uint64_t kBlocks = 8;  // in a row
    const std::uint64_t turn = at.value / kBlocks + contract.bytes[19] + holder.bytes[19];
    const bool secret = secretive && turn % 3 == 0;
    if (secret) ++tally_["balances refused"];
    return secret;
}

std::string Node::header(const ModelBlock* block, const NodeView& view) {
    if (block == nullptr || happens(habits.nulls, "null blocks")) return "null";
    const std::string& text = chain_.texts_of(block->header.ref.hash).header;
    const ModelBlock* parent = view.ever(block->header.parent);
    if (parent == nullptr || !happens(habits.forges, "forged headers")) return text;
    json forged = json::parse(text);
    forge_header(forged, parent->header.parent, dice_);
    return forged.dump();
}

/// Its newest blocks may be of a branch that only this node knows, and may be more than there are.
std::string Node::numbered(const std::string& name, const NodeView& view) {
    const ModelBlock* block = view.named(name);
    const std::uint64_t height = view.head().header.ref.number.value;
    const std::uint64_t begins = height + 2 - std::min(height + 1, habits.invented);
    const std::uint64_t number = name == "latest" ? height + 1
                                 : block          ? block->header.ref.number.value
                                                  : parse_quantity(name).value();
    const bool is_there = number >= begins && number <= height + 1;
    if (!is_there || !happens(habits.invents, "blocks invented")) return header(block, view);
    const ModelBlock* over = block ? block : &view.head();
    json invented = json::parse(chain_.texts_of(over->header.ref.hash).header);
    const std::string parent = to_string(over->header.ref.hash);
    if (over == &view.head() && number == height + 1) invented["parentHash"] = parent;
    invent_header(invented, branch_, begins, number);
    return invented.dump();
}

std::string Node::receipt(const std::string& transaction, const NodeView& view) {
    const auto* found = chain_.receipt_of(parse_hash(transaction).value());
    if (found == nullptr || view.with(found->block) == nullptr) return "null";
    if (!habits.lies_within_bloom || !happens(habits.lies, "lies in receipts")) return found->text;
    json lied = json::array({json::parse(found->text)});
    lie_about_receipts(lied, names_, dice_);
    return lied.empty() ? "null" : lied.front().dump();
}

std::string Node::receipts(const ModelBlock* block) {
    if (happens(habits.withholds, "receipts withheld"))
        throw RpcFailure{-32601, "the method eth_getBlockReceipts does not exist"};
    if (block == nullptr) return "null";
    const std::string& text = chain_.texts_of(block->header.ref.hash).receipts;
    if (!habits.lies_within_bloom || !happens(habits.lies, "lies in receipts")) return text;
    json lied = json::parse(text);
    lie_about_receipts(lied, names_, dice_);
    return lied.dump();
}

std::string Node::logs(const json& filter, const NodeView& view) {
    if (filter.contains("blockHash")) {
        const Hash32 hash = parse_hash(filter.at("blockHash").get<std::string>()).value();
        const ModelBlock* block = habits.remembers_orphans ? view.ever(hash) : view.with(hash);
        if (block == nullptr) throw RpcFailure{-32000, "unknown block"};
        std::string honest = matching_logs(*block, chain_.texts_of(hash), filter);
        return happens(habits.lies, "lies in logs")
                   ? lie_in(std::move(honest), *block, habits.lies_within_bloom)
                   : honest;
    }
    const auto first = parse_quantity(filter.at("fromBlock").get<std::string>()).value();
    const auto last = parse_quantity(filter.at("toBlock").get<std::string>()).value();
    if (happens(last - first >= habits.log_range_max ? 100 : 0, "ranges refused"))
        throw dice_.one_of(kTooLarge);
    std::vector<std::string> lists;
    for (std::uint64_t number = first; number <= last; ++number)
        if (const ModelBlock* block = view.at(number)) {
            std::string list =
                matching_logs(*block, chain_.texts_of(block->header.ref.hash), filter);
            const bool may_lie = habits.lies_in_ranges > 0;
            if (may_lie && happens(habits.lies_in_ranges, "lies in ranges"))
                list = lie_in_range(std::move(list), *block);
            lists.push_back(std::move(list));
        }
    return joined(lists);
}

std::string Node::lie_in_range(std::string honest, const ModelBlock& block) {
    if (!habits.hides_others) return lie_in(std::move(honest), block, dice_.chance(50));
    json lied = json::parse(honest);
    leave_out_others(lied);
    return lied.dump();
}

std::string Node::lie_in(std::string honest, const ModelBlock& block, bool within_bloom) {
    json lied = json::parse(honest);
    const json header = json::parse(chain_.texts_of(block.header.ref.hash).header);
    if (within_bloom)
        lie_about_logs(lied, header, names_, dice_);
    else if (!lie_against_bloom(lied, header, block.header.logs_bloom, names_, dice_))
        return honest;
    return lied.dump();
}

}  // namespace custodialbridge::simulation

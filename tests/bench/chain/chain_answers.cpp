#include "chain_answers.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/rules/decode_events.hpp"

namespace custodialbridge::bench {

namespace {

using nlohmann::json;

// As deep as on the main network.
constexpr std::uint64_t kSafeDepth = 32;
constexpr std::uint64_t kFinalizedDepth = 64;

struct RpcFault {
    int code;
    std::string message;
};

std::uint64_t monotonic_us() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

/// One value, any of a list, or whatever when there is none.
bool matches(const json& wanted, const std::string& value) {
    if (wanted.is_null()) return true;
    if (wanted.is_string()) return wanted == value;
    return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const json& each) {
               return each.is_null() || each == value;
           });
}

json member(const json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() ? json() : *found;
}

json parameter(const json& parameters, std::size_t at) {
    return parameters.is_array() && parameters.size() > at ? parameters[at] : json();
}

std::string text_of(const json& value) { return value.is_string() ? value.get<std::string>() : ""; }

std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

}  // namespace

std::uint64_t Reply::size() const {
    std::uint64_t total = 0;
    for (const Piece& piece : pieces_) total += piece.text.size() + piece.logs.size;
    return total;
}

Piece& Reply::last() {
    if (pieces_.empty() || pieces_.back().logs.size > 0) pieces_.emplace_back();
    return pieces_.back();
}

ChainAnswers::ChainAnswers(const PreparedChain& chain)
    : chain_(chain), balances_(chain), token_(to_hex(chain.facts().token.bytes)),
      topic_(to_string(rules::transfer_topic())), head_(chain.facts().head) {
    for (std::uint64_t block = 0; block < chain.blocks().size(); ++block)
        numbers_.emplace(chain.blocks()[block].hash, block);
}

void ChainAnswers::set_head(std::uint64_t head) {
    head_ = std::min(head, chain_.facts().head);
    head_set_us_ = monotonic_us();
    head_told_us_ = 0;
}

std::string ChainAnswers::statistics() const {
    return json{{"head", head_}, {"head_set_us", head_set_us_}, {"head_told_us", head_told_us_},
                {"calls", calls_}}
        .dump();
}

std::optional<Reply> ChainAnswers::answer(std::string_view body) {
    const json question = json::parse(body, nullptr, false);
    if (question.is_discarded()) return std::nullopt;
    Reply reply;
    if (!question.is_array()) {
        answer_call(question, reply);
        return reply;
    }
    const char* before = "[";
    for (const json& call : question) {
        reply.add(before);
        answer_call(call, reply);
        before = ",";
    }
    reply.add("]");
    return reply;
}

void ChainAnswers::answer_call(const json& call, Reply& reply) {
    const std::string method = text_of(member(call, "method"));
    ++calls_[method];
    reply.add("{\"jsonrpc\":\"2.0\",\"id\":" + member(call, "id").dump());
    try {
        append_result(method, member(call, "params"), reply);
    } catch (const RpcFault& fault) {
        reply.add(",\"error\":" + json{{"code", fault.code}, {"message", fault.message}}.dump());
    }
    reply.add("}");
}

void ChainAnswers::append_result(const std::string& method, const json& parameters, Reply& reply) {
    const std::string key = ",\"result\":";
    if (method == "eth_getLogs") {
        append_logs(parameter(parameters, 0), reply);
    } else if (method == "eth_getBlockByNumber") {
        append_block(block_named(parameter(parameters, 0)), reply);
    } else if (method == "eth_getBlockByHash") {
        append_block(block_pinned(parameter(parameters, 0)), reply);
    } else if (method == "eth_call") {
        reply.add(key + in_quotes(balance_of(parameters)));
    } else if (method == "eth_chainId") {
        reply.add(key + in_quotes(to_quantity(chain_.facts().chain_id)));
    } else if (method == "eth_blockNumber") {
        reply.add(key + in_quotes(to_quantity(head_)));
    } else if (method == "eth_getCode") {
        reply.add(key + in_quotes("0x"));
    } else if (method == "eth_getBalance") {
        reply.add(key + in_quotes("0x0"));
    } else {
        throw RpcFault{-32601, "the method " + method + " does not exist"};
    }
}

void ChainAnswers::append_block(std::optional<std::uint64_t> block, Reply& reply) {
    if (block == head_ && head_told_us_ == 0) head_told_us_ = monotonic_us();
    reply.add(",\"result\":");
    reply.add(block ? chain_.header(*block) : std::string_view("null"));
}

void ChainAnswers::append_logs(const json& query, Reply& reply) {
    std::optional<std::uint64_t> first, last;
    if (query.contains("blockHash")) {
        first = last = block_pinned(query["blockHash"]);
        if (!first) throw RpcFault{-32000, "unknown block"};
    } else {
        first = block_named(member(query, "fromBlock"));
        last = block_named(member(query, "toBlock"));
        if (!last) last = head_;
    }
    reply.add(",\"result\":[");
    const bool ours = matches(member(query, "address"), token_) &&
                      matches(parameter(member(query, "topics"), 0), topic_);
    if (first && *first <= *last && ours) {
        auto part = chain_.logs(*first, *last);
        if (part.size > 0) {
            --part.size;  // the comma behind the last one
            reply.add(part);
        }
    }
    reply.add("]");
}

/// Of balanceOf(address), the only call that our token knows.
std::string ChainAnswers::balance_of(const json& parameters) const {
    const auto data = parse_hex(text_of(member(parameter(parameters, 0), "data")));
    const bool asked = data && data->size() == 36 && (*data)[0] == 0x70 && (*data)[1] == 0xa0 &&
                       (*data)[2] == 0x82 && (*data)[3] == 0x31;
    if (!asked || text_of(member(parameter(parameters, 0), "to")) != token_)
        throw RpcFault{3, "execution reverted"};
    const auto block = block_pinned(parameter(parameters, 1));
    if (!block) throw RpcFault{-32000, "header not found"};
    Address holder;
    std::copy(data->begin() + 16, data->end(), holder.bytes.begin());
    Hash32 word;
    Amount amount = balances_.at(holder, *block);
    for (std::size_t i = 32; amount != 0; amount >>= 8)
        word.bytes[--i] = static_cast<std::uint8_t>(amount);
    return to_string(word);
}

std::optional<std::uint64_t> ChainAnswers::block_named(const json& name) const {
    const std::string text = text_of(name);
    if (text == "latest" || text == "pending") return head_;
    if (text == "safe") return head_ - std::min(head_, kSafeDepth);
    if (text == "finalized") return head_ - std::min(head_, kFinalizedDepth);
    if (text == "earliest") return 0;
    const auto number = parse_quantity(text);
    return number && *number <= head_ ? number : std::nullopt;
}

std::optional<std::uint64_t> ChainAnswers::block_of(const Hash32& hash) const {
    const auto found = numbers_.find(hash);
    return found != numbers_.end() && found->second <= head_ ? std::optional(found->second)
                                                             : std::nullopt;
}

/// A hash, {"blockHash"}, {"blockNumber"}, a number or a tag (EIP-1898).
std::optional<std::uint64_t> ChainAnswers::block_pinned(const json& pin) const {
    if (pin.is_object() && pin.contains("blockHash")) return block_pinned(pin["blockHash"]);
    if (pin.is_object()) return block_named(member(pin, "blockNumber"));
    const auto hash = parse_hash(text_of(pin));
    return hash ? block_of(*hash) : block_named(pin);
}

}  // namespace custodialbridge::bench

#include "rpc_answers.hpp"

#include <algorithm>

#include "abi_answers.hpp"
#include "custodialbridge/core/hex.hpp"

namespace custodialbridge::simulation {

using nlohmann::json;
using testing::ModelBlock;

void NodeView::sync(std::uint64_t behind) {
    const std::uint64_t height = chain_->height();
    const std::uint64_t first = chain_->first();
    const ModelBlock* block = chain_->at(std::max(first, height - std::min(behind, height)));
    const auto place = [first](const ModelBlock& one) {
        return static_cast<std::size_t>(one.header.ref.number.value - first);
    };
    blocks_.resize(place(*block) + 1, nullptr);
    while (block != nullptr && blocks_[place(*block)] != block) {
        blocks_[place(*block)] = block;
        block = chain_->ever(block->header.parent);
    }
}

const ModelBlock* NodeView::at(std::uint64_t number) const {
    const std::uint64_t first = chain_->first();
    return number < first || number - first >= blocks_.size() ? nullptr : blocks_[number - first];
}

const ModelBlock* NodeView::with(const Hash32& hash) const {
    const ModelBlock* block = chain_->ever(hash);
    return block != nullptr && at(block->header.ref.number.value) == block ? block : nullptr;
}

const ModelBlock* NodeView::ever(const Hash32& hash) const {
    return chain_->ever(hash);
}

const ModelBlock* NodeView::named(const std::string& name) const {
    const std::uint64_t height = head().header.ref.number.value;
    if (name == "latest") return &head();
    if (name == "safe" || name == "finalized")
        return at(std::max(chain_->first(), height - std::min(kFinalityDepth, height)));
    const auto number = parse_quantity(name);
    if (!number) throw RpcFailure{-32602, "invalid argument 0"};
    return at(*number);
}

namespace {

bool lets_through(const json& filter, const Log& log) {
    const auto has = [](const json& list, const std::string& text) {
        return std::find(list.begin(), list.end(), text) != list.end();
    };
    if (filter.contains("address") && !has(filter.at("address"), to_hex(log.address.bytes)))
        return false;
    if (!filter.contains("topics")) return true;
    return log.topic_count > 0 && has(filter.at("topics").at(0), to_string(log.topics[0]));
}

using Bytes = abi::Bytes;
using Data = std::span<const std::uint8_t>;

std::size_t number_at(Data data, std::size_t at) {
    if (at + 32 > data.size()) throw RpcFailure{3, "execution reverted"};
    return static_cast<std::size_t>(u256_from_be(data.subspan(at, 32)));
}

Address address_at(Data data, std::size_t at) {
    Address address;
    if (at + 32 > data.size()) throw RpcFailure{3, "execution reverted"};
    std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(at + 12), 20, address.bytes.begin());
    return address;
}

/// Nothing when it reverts.
std::optional<Bytes> call_token(const Address& contract, Data data,
                                const testing::ModelState& state, const Refuses& refuses) {
    static const Bytes kBalanceOf = abi::encode_balance_of(Address{});
    if (data.size() != kBalanceOf.size() || !std::equal(data.begin(), data.begin() + 4,
                                                        kBalanceOf.begin()))
        return std::nullopt;
    Bytes word;
    const Address holder = address_at(data, 4);
    if (refuses(contract, holder)) return std::nullopt;
    abi::append_word(word, testing::ModelChain::balance_in(state, contract, holder));
    return word;
}

Bytes call_multicall(Data data, const testing::ModelState& state, const Refuses& refuses) {
    const Data arguments = data.subspan(4);
    const std::size_t list = number_at(arguments, 0) + 32;
    std::vector<abi::CallOutcome> outcomes(number_at(arguments, list - 32));
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const std::size_t call = list + number_at(arguments, list + 32 * i);
        const std::size_t bytes = call + number_at(arguments, call + 64);
        const Data inner = arguments.subspan(bytes + 32, number_at(arguments, bytes));
        auto answer = call_token(address_at(arguments, call), inner, state, refuses);
        outcomes[i].success = answer.has_value();
        if (answer) outcomes[i].data = std::move(*answer);
    }
    return abi::encode_answer(outcomes);
}

}  // namespace

std::string matching_logs(const ModelBlock& block, const BlockTexts& texts, const json& filter) {
    std::string list = "[";
    for (std::size_t i = 0; i < block.logs.logs.size(); ++i) {
        if (!lets_through(filter, block.logs.logs[i])) continue;
        if (list.size() > 1) list += ',';
        list += texts.logs[i];
    }
    list += ']';
    return list;
}

std::string joined(const std::vector<std::string>& lists) {
    std::string all = "[";
    for (const std::string& list : lists) {
        if (list.size() <= 2) continue;
        if (all.size() > 1) all += ',';
        all.append(list, 1, list.size() - 2);
    }
    all += ']';
    return all;
}

std::string call_contract(const json& call, const testing::ModelState& state,
                          const Address& multicall, const Refuses& refuses) {
    const auto to = parse_address(call.at("to").get<std::string>());
    const auto data = parse_hex(call.at("data").get<std::string>());
    if (!to || !data || data->size() < 4) throw RpcFailure{-32602, "invalid params"};
    if (!multicall.is_zero() && *to == multicall)
        return quoted(to_hex(call_multicall(*data, state, refuses)));
    const auto answer = call_token(*to, *data, state, refuses);
    if (!answer) throw RpcFailure{3, "execution reverted"};
    return quoted(to_hex(*answer));
}

std::string quoted(const std::string& text) {
    std::string out(1, '"');
    out.append(text).append(1, '"');
    return out;
}

}  // namespace custodialbridge::simulation

#include "custodialbridge/rules/decode_events.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "custodialbridge/core/keccak.hpp"

namespace custodialbridge::rules {

const Hash32& transfer_topic() {
    static const Hash32 kTopic = keccak256("Transfer(address,address,uint256)");
    return kTopic;
}

const Hash32& mint_topic() {
    static const Hash32 kTopic = keccak256("Mint(address,uint256)");
    return kTopic;
}

const Hash32& burn_topic() {
    static const Hash32 kTopic = keccak256("Burn(address,uint256)");
    return kTopic;
}

const Hash32& transfer_single_topic() {
    static const Hash32 kTopic =
        keccak256("TransferSingle(address,address,address,uint256,uint256)");
    return kTopic;
}

const Hash32& transfer_batch_topic() {
    static const Hash32 kTopic =
        keccak256("TransferBatch(address,address,address,uint256[],uint256[])");
    return kTopic;
}

const Hash32& user_operation_topic() {
    static const Hash32 kTopic =
        keccak256("UserOperationEvent(bytes32,address,address,uint256,bool,uint256,uint256)");
    return kTopic;
}

const Hash32& account_deployed_topic() {
    static const Hash32 kTopic = keccak256("AccountDeployed(bytes32,address,address,address)");
    return kTopic;
}

bool moves_nothing(const Hash32& topic) {
    static const Hash32 kApproval = keccak256("Approval(address,address,uint256)");
    static const Hash32 kApprovalForAll = keccak256("ApprovalForAll(address,address,bool)");
    return topic == kApproval || topic == kApprovalForAll;
}

namespace {

/// An event's parameters as words, whether they were indexed or not.
template <std::size_t kCount>
bool parameters(const Log& log, std::span<const std::uint8_t> data,
                std::array<Hash32, kCount>& words) {
    const std::size_t indexed = log.topic_count - 1U;
    if (indexed > kCount || data.size() != (kCount - indexed) * 32) return false;
    std::copy_n(log.topics.begin() + 1, indexed, words.begin());
    for (std::size_t i = indexed; i < kCount; ++i)
        std::copy_n(data.begin() + static_cast<std::ptrdiff_t>((i - indexed) * 32), 32,
                    words[i].bytes.begin());
    return true;
}

bool decode_transfer(const Log& log, std::span<const std::uint8_t> data, TokenEvent& out) {
    std::array<Hash32, 3> words;
    if (!parameters(log, data, words)) return false;
    out = {};
    out.type = EventType::transfer;
    out.amount = u256_from_be(words[2].bytes);
    return address_from_word(words[0], out.from) && address_from_word(words[1], out.to);
}

bool decode_one_sided(const Log& log, std::span<const std::uint8_t> data, EventType type,
                      TokenEvent& out) {
    std::array<Hash32, 2> words;
    if (!parameters(log, data, words)) return false;
    out = {};
    out.type = type;
    out.amount = u256_from_be(words[1].bytes);
    return address_from_word(words[0], type == EventType::mint ? out.to : out.from);
}

using Data = std::span<const std::uint8_t>;

/// The word at `at`, if the data has it.
bool word_at(Data data, std::size_t at, U256& out) {
    if (at > data.size() || data.size() - at < 32) return false;
    out = u256_from_be(data.subspan(at, 32));
    return true;
}

/// A `uint256[]` of ABI-encoded parameters: where its first element stands, and how many there are.
struct List {
    std::size_t first = 0;
    std::size_t count = 0;
};

bool list_at(Data data, std::size_t head, List& out) {
    U256 offset, count;
    if (!word_at(data, head, offset) || offset > data.size()) return false;
    const auto start = static_cast<std::size_t>(offset);
    if (!word_at(data, start, count) || count > (data.size() - start - 32) / 32) return false;
    out = {start + 32, static_cast<std::size_t>(count)};
    return true;
}

bool decode_sides(const Log& log, TokenEvent& out) {
    return log.topic_count == 4 && address_from_word(log.topics[2], out.from) &&
           address_from_word(log.topics[3], out.to);
}

bool decode_single(const Log& log, Data data, std::vector<TokenEvent>& out) {
    TokenEvent event;
    event.type = EventType::transfer_single;
    U256 id;
    if (!decode_sides(log, event) || data.size() != 64 || !word_at(data, 0, id) ||
        !word_at(data, 32, event.amount))
        return false;
    event.nft_id = id;
    out.push_back(std::move(event));
    return true;
}

bool decode_batch(const Log& log, Data data, std::vector<TokenEvent>& out) {
    TokenEvent event;
    event.type = EventType::transfer_batch;
    List ids, amounts;
    if (!decode_sides(log, event) || !list_at(data, 0, ids) || !list_at(data, 32, amounts) ||
        ids.count != amounts.count)
        return false;
    for (std::size_t i = 0; i < ids.count; ++i) {
        event.nft_id = u256_from_be(data.subspan(ids.first + 32 * i, 32));
        event.amount = u256_from_be(data.subspan(amounts.first + 32 * i, 32));
        out.push_back(event);
    }
    return true;
}

Decoded decoded(bool fits) {
    return fits ? Decoded::event : Decoded::malformed;
}

}  // namespace

Decoded decode_erc721(const Log& log, Data data, TokenEvent& out) {
    if (log.topic_count == 0 || log.topics[0] != transfer_topic()) return Decoded::not_ours;
    if (!decode_transfer(log, data, out)) return Decoded::malformed;
    out.nft_id = std::exchange(out.amount, 1);
    return Decoded::event;
}

Decoded decode_erc1155(const Log& log, Data data, std::vector<TokenEvent>& out) {
    if (log.topic_count == 0) return Decoded::not_ours;
    if (log.topics[0] == transfer_single_topic()) return decoded(decode_single(log, data, out));
    if (log.topics[0] == transfer_batch_topic()) return decoded(decode_batch(log, data, out));
    return Decoded::not_ours;
}

Decoded decode_user_operation(const Log& log, Data data, UserOperation& out) {
    if (log.topic_count == 0 || log.topics[0] != user_operation_topic()) return Decoded::not_ours;
    if (log.topic_count != 4 || data.size() != 4 * 32 ||
        !address_from_word(log.topics[2], out.sender))
        return Decoded::malformed;
    out.hash = log.topics[1];
    out.nonce = u256_from_be(data.first(32));
    const U256 success = u256_from_be(data.subspan(32, 32));
    out.actual_gas_cost = u256_from_be(data.subspan(64, 32));
    out.success = success == 1;
    return decoded(success <= 1);
}

Decoded decode_account_deployed(const Log& log, Address& out) {
    if (log.topic_count == 0 || log.topics[0] != account_deployed_topic())
        return Decoded::not_ours;
    return decoded(log.topic_count == 3 && address_from_word(log.topics[2], out));
}

Decoded decode_erc20(const Log& log, std::span<const std::uint8_t> data, TokenEvent& out) {
    if (log.topic_count == 0) return Decoded::not_ours;
    const Hash32& topic = log.topics[0];
    bool fits = false;
    if (topic == transfer_topic())
        fits = decode_transfer(log, data, out);
    else if (topic == mint_topic())
        fits = decode_one_sided(log, data, EventType::mint, out);
    else if (topic == burn_topic())
        fits = decode_one_sided(log, data, EventType::burn, out);
    else
        return Decoded::not_ours;
    return decoded(fits);
}

}  // namespace custodialbridge::rules

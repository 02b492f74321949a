#include "custodialbridge/rules/decode_events.hpp"

#include <algorithm>
#include <array>

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

}  // namespace

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
    return fits ? Decoded::event : Decoded::malformed;
}

}  // namespace custodialbridge::rules

#include "custodialbridge/rules/check_bloom.hpp"

#include <algorithm>

#include "custodialbridge/core/keccak.hpp"
#include "custodialbridge/rules/decode_events.hpp"

namespace custodialbridge::rules {

namespace {

/// The three bits of an item: the low 11 bits of the first three pairs of bytes of its hash,
/// counted from the last bit of the bloom.
template <class Visit>
void for_each_bit(std::span<const std::uint8_t> item, Visit visit) {
    const Hash32 hash = keccak256(item);
    for (std::size_t pair = 0; pair < 6; pair += 2) {
        const unsigned bit = ((hash.bytes[pair] << 8U) | hash.bytes[pair + 1]) & 2047U;
        visit(255U - bit / 8U, static_cast<std::uint8_t>(1U << (bit % 8U)));
    }
}

bool contract_may_have_spoken(const Bloom& bloom, const FollowedToken& token) {
    if (!bloom_may_contain(bloom, token.contract.bytes)) return false;
    const auto may_have = [&](const Hash32& topic) {
        return bloom_may_contain(bloom, topic.bytes);
    };
    switch (token.kind) {
        case TokenKind::erc1155:
            return may_have(transfer_single_topic()) || may_have(transfer_batch_topic());
        case TokenKind::erc721: return may_have(transfer_topic());
        default: break;
    }
    return may_have(transfer_topic()) || may_have(mint_topic()) || may_have(burn_topic());
}

bool is_ruled_out(const Bloom& bloom, const Log& log) {
    const auto topics = std::span(log.topics).first(log.topic_count);
    return !bloom_may_contain(bloom, log.address.bytes) ||
           !std::all_of(topics.begin(), topics.end(), [&](const Hash32& topic) {
               return bloom_may_contain(bloom, topic.bytes);
           });
}

}  // namespace

bool bloom_may_contain(const Bloom& bloom, std::span<const std::uint8_t> item) {
    bool all = true;
    for_each_bit(item,
                 [&](unsigned at, std::uint8_t mask) { all = all && (bloom[at] & mask) != 0; });
    return all;
}

void bloom_add(Bloom& bloom, std::span<const std::uint8_t> item) {
    for_each_bit(item, [&](unsigned at, std::uint8_t mask) {
        bloom[at] = static_cast<std::uint8_t>(bloom[at] | mask);
    });
}

BloomVerdict check_bloom(const Bloom& bloom, std::span<const Log> logs,
                         const Watchlist& watchlist) {
    for (const Log& log : logs)
        if (is_ruled_out(bloom, log)) return BloomVerdict::contradicts;
    bool silent = true;
    for (const FollowedToken& token : watchlist.tokens()) {
        const bool present = std::any_of(logs.begin(), logs.end(), [&](const Log& log) {
            return log.address == token.contract;
        });
        if (!present && contract_may_have_spoken(bloom, token)) silent = false;
    }
    return silent ? BloomVerdict::agrees : BloomVerdict::suspiciously_empty;
}

}  // namespace custodialbridge::rules

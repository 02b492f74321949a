#include "custodialbridge/rules/check_bloom.hpp"

#include <algorithm>
#include <array>
#include <vector>

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

/// The events without which nothing moves.
std::vector<Hash32> moving_topics(TokenKind kind) {
    switch (kind) {
        case TokenKind::erc1155: return {transfer_single_topic(), transfer_batch_topic()};
        case TokenKind::erc721: return {transfer_topic()};
        default: return {transfer_topic(), mint_topic(), burn_topic()};
    }
}

/// Could the contract have emitted one of these, though there is none among the logs? Other logs of
/// it say nothing of them.
bool is_missing(const Bloom& bloom, std::span<const Log> logs, const Address& contract,
                std::span<const Hash32> topics) {
    if (!bloom_may_contain(bloom, contract.bytes)) return false;
    const bool possible = std::any_of(topics.begin(), topics.end(), [&](const Hash32& topic) {
        return bloom_may_contain(bloom, topic.bytes);
    });
    return possible && std::none_of(logs.begin(), logs.end(), [&](const Log& log) {
        return log.address == contract && log.topic_count > 0 &&
               std::find(topics.begin(), topics.end(), log.topics[0]) != topics.end();
    });
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
    for (const FollowedToken& token : watchlist.tokens())
        if (is_missing(bloom, logs, token.contract, moving_topics(token.kind)))
            return BloomVerdict::suspiciously_empty;
    const std::array operation{user_operation_topic()};
    for (const Address& entry_point : watchlist.entry_points())
        if (is_missing(bloom, logs, entry_point, operation))
            return BloomVerdict::suspiciously_empty;
    return BloomVerdict::agrees;
}

}  // namespace custodialbridge::rules

#include "custodialbridge/rules/check_bloom.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "custodialbridge/rules/decode_events.hpp"

namespace custodialbridge::rules {

namespace {

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

BloomVerdict check_bloom(const Bloom& bloom, std::span<const Log> logs,
                         const Watchlist& watchlist) {
    if (std::all_of(bloom.begin(), bloom.end(), [](std::uint8_t byte) { return byte == 0xff; }))
        return BloomVerdict::says_nothing;
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

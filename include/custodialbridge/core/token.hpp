/// Tokens as the registry knows them (the configuration's chains[].tokens).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/ids.hpp"
#include "custodialbridge/core/u256.hpp"

namespace custodialbridge {

enum class TokenKind : std::uint8_t { native, erc20, erc721, erc1155 };
enum class SyncClass : std::uint8_t { cpop, major, other, nft };

/// What a re-read that differs from the events means.
enum class OnDifference : std::uint8_t { mismatch, sync };

struct Token {
    ChainId chain;
    TokenId id;
    TokenKind kind = TokenKind::native;
    SyncClass sync_class = SyncClass::other;
    std::string symbol;
    std::uint8_t decimals = 0;  ///< 0 … 77
    Address address;            ///< zero for native
    bool realtime = false;      ///< followed from events: its class (interval 0s) or itself says so
    std::optional<U256> nft_id; ///< erc1155 only: one id; without it the whole collection
    U256 mismatch_threshold{0}; ///< smallest units
    OnDifference on_difference = OnDifference::sync;
    friend bool operator==(const Token&, const Token&) = default;
};

/// Has no events that its balances follow, and one call that tells each: the native currency, and
/// tokens that are not followed (but not a whole erc1155 collection).
bool is_polled(const Token& token);

std::string_view to_string(TokenKind kind);
std::string_view to_string(SyncClass sync_class);
std::string_view to_string(OnDifference on_difference);
std::optional<TokenKind> parse_token_kind(std::string_view text);
std::optional<SyncClass> parse_sync_class(std::string_view text);
std::optional<OnDifference> parse_on_difference(std::string_view text);

}  // namespace custodialbridge

/// A token as somebody asks for it: what is left out has a default.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/token.hpp"

namespace custodialbridge {

struct TokenDraft {
    ChainId chain;
    TokenId id;
    std::optional<TokenKind> kind;
    std::optional<SyncClass> sync_class;
    std::optional<std::string> symbol;
    std::optional<std::uint64_t> decimals;
    std::optional<Address> address;
    std::optional<U256> nft_id;
    std::optional<bool> realtime;
    std::optional<U256> mismatch_threshold;
    std::optional<OnDifference> on_difference;
};

/// What the configuration says for tokens that do not.
struct TokenDefaults {
    std::array<bool, 4> realtime{};  ///< by sync class: its interval is zero
    U256 mismatch_threshold{0};
};

/// By the rules of the configuration's tokens; `invalid` begins with the field at fault.
Result<Token> complete(const TokenDraft& draft, const TokenDefaults& defaults);

/// Whether two are one token: its contract and id never change.
bool same_token(const Token& a, const Token& b);

/// What a token must not share with another one of its chain: `conflict` with the reason, when
/// `token` cannot stand beside `other`.
Result<void> may_stand_beside(const Token& token, const Token& other);

}  // namespace custodialbridge

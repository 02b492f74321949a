/// Different things are different types: one line an id.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "custodialbridge/core/result.hpp"

namespace custodialbridge {

template <class Tag, class Rep>
struct Id {
    Rep value{};
    auto operator<=>(const Id&) const = default;
};

using ChainId = Id<struct ChainTag, std::uint64_t>;  ///< EIP-155 chain id, 1 … 2^63-1
using BlockNumber = Id<struct BlockNumberTag, std::uint64_t>;
using TokenId = Id<struct TokenTag, std::uint32_t>;  ///< the registry's number, not an NFT id
using WalletId = Id<struct WalletTag, std::int64_t>;  ///< the store's number of a wallet, from 1
using UserId = Id<struct UserTag, std::string>;  ///< see parse_user_id

constexpr BlockNumber next(BlockNumber block) { return {block.value + 1}; }

/// 1 to 128 of `A-Z a-z 0-9 . _ : @ -`; `invalid` otherwise.
Result<UserId> parse_user_id(std::string_view text);

/// A decimal number without sign or leading blanks, in 1 … 2^63-1; `invalid` otherwise.
Result<ChainId> parse_chain_id(std::string_view text);

/// A decimal number in 0 … 2^31-1; `invalid` otherwise.
Result<TokenId> parse_token_id(std::string_view text);

}  // namespace custodialbridge

template <class Tag, class Rep>
struct std::hash<custodialbridge::Id<Tag, Rep>> {
    std::size_t operator()(const custodialbridge::Id<Tag, Rep>& id) const noexcept {
        return std::hash<Rep>{}(id.value);
    }
};

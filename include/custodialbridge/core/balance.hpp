/// Balances: what a user holds of a token on a chain, and as of which block that is true.
#pragma once

#include <cstddef>
#include <functional>

#include "custodialbridge/core/block.hpp"
#include "custodialbridge/core/ids.hpp"
#include "custodialbridge/core/time.hpp"
#include "custodialbridge/core/u256.hpp"

namespace custodialbridge {

struct BalanceKey {
    UserId user;
    ChainId chain;
    TokenId token;
    friend bool operator==(const BalanceKey&, const BalanceKey&) = default;
};

/// A user's balance of a token, summed over the user's wallets on the chain.
struct Balance {
    U256 amount{0};
    Version version;    ///< true as of this block …
    Hash32 block_hash;  ///< … with this hash
    Time as_of;         ///< when it was last known to be equal to the chain
    friend bool operator==(const Balance&, const Balance&) = default;
};

/// FNV-1a over the user, mixed with chain and token. Not keyed: ids are chosen by the backend.
std::size_t hash_of(std::string_view user, ChainId chain, TokenId token) noexcept;

}  // namespace custodialbridge

template <>
struct std::hash<custodialbridge::BalanceKey> {
    std::size_t operator()(const custodialbridge::BalanceKey& key) const noexcept {
        return custodialbridge::hash_of(key.user.value, key.chain, key.token);
    }
};

/// Wallets: addresses whose balances belong to a user on a chain.
#pragma once

#include <optional>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/ids.hpp"
#include "custodialbridge/core/time.hpp"

namespace custodialbridge {

struct Wallet {
    WalletId id;
    UserId user;
    ChainId chain;
    Address address;
    bool is_deployed = false;
    std::optional<BlockNumber> tracked_from;  ///< block of the opening snapshot; none: snapshotting
    Time created_at;
    friend bool operator==(const Wallet&, const Wallet&) = default;
};

}  // namespace custodialbridge

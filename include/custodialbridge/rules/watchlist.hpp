/// Watchlist: the contracts that we follow on a chain, and whose wallets. It decides which logs
/// count.
///
/// A flat hash table from address to wallet: about 32 bytes a slot, so that 10 million wallets stay
/// below 1 GiB. Not thread-safe: it belongs to the chain's listener.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>
#include <span>
#include <vector>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/ids.hpp"
#include "custodialbridge/core/log.hpp"
#include "custodialbridge/core/token.hpp"

namespace custodialbridge::rules {

struct FollowedToken {
    Address contract;
    TokenId token;
    TokenKind kind = TokenKind::erc20;
    std::optional<U256> nft_id;  ///< erc1155: that id alone
};

class Watchlist {
  public:
    /// Keeps those tokens that are followed from events (realtime ones).
    explicit Watchlist(std::span<const Token> tokens, std::span<const Address> entry_points = {});

    /// Follows one token more; no effect when it is not realtime or already there.
    void add_token(const Token& token);
    void remove_token(TokenId token);

    void add_wallet(const Address& address, WalletId wallet) { wallets_[address] = wallet; }
    void remove_wallet(const Address& address) { wallets_.erase(address); }
    void reserve(std::size_t wallets) { wallets_.reserve(wallets); }
    void clear_wallets() { wallets_.clear(); }
    std::size_t wallet_count() const { return wallets_.size(); }

    /// kOutside when the address is nobody's.
    WalletId wallet(const Address& address) const {
        const auto found = wallets_.find(address);
        return found == wallets_.end() ? kOutsideWallet : found->second;
    }

    /// Of one kind; several only of an erc1155: the collection, and ids of their own.
    std::span<const FollowedToken> tokens_of(const Address& contract) const;
    std::span<const FollowedToken> tokens() const { return tokens_; }

    /// Is it an ERC-4337 contract whose user operations we follow?
    bool is_entry_point(const Address& contract) const;
    std::span<const Address> entry_points() const { return entry_points_; }

    /// What to ask a node for: all logs of these contracts, since any of them may name a wallet.
    LogFilter filter() const;

  private:
    static constexpr WalletId kOutsideWallet{0};
    std::vector<FollowedToken> tokens_;  // by contract
    std::vector<Address> entry_points_;
    boost::unordered_flat_map<Address, WalletId, std::hash<Address>> wallets_;
};

}  // namespace custodialbridge::rules

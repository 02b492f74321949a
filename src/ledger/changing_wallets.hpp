/// A user's set of wallets is changing, or was perhaps changed by another process: from before
/// anybody may count by the new set until Redis has forgotten what was so before.
#pragma once

#include <utility>
#include <vector>

#include "custodialbridge/cache/local_cache.hpp"
#include "custodialbridge/core/token_registry.hpp"

namespace custodialbridge::ledger {

class ChangingWallets {
  public:
    ChangingWallets(cache::LocalCache& local, UserId user, ChainId chain)
        : local_(local), user_(std::move(user)), chain_(chain) {
        local_.begin_change(user_, chain_);
    }
    ~ChangingWallets() { local_.end_change(user_, chain_, outcome); }
    ChangingWallets(const ChangingWallets&) = delete;
    ChangingWallets& operator=(const ChangingWallets&) = delete;

    cache::WalletsChange outcome = cache::WalletsChange::unknown;

  private:
    cache::LocalCache& local_;
    const UserId user_;
    const ChainId chain_;
};

/// All that a tier may hold of the users.
inline std::vector<BalanceKey> keys_of(const std::vector<UserId>& users, ChainId chain,
                                       const TokenRegistry& tokens) {
    std::vector<BalanceKey> keys;
    for (const UserId& user : users)
        for (const Token& token : tokens.of_chain(chain)) keys.push_back({user, chain, token.id});
    return keys;
}

}  // namespace custodialbridge::ledger

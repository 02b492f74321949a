/// Balances that could not be read when their wallet or token was opened: they are asked for again,
/// pinned to the cursor's block, later and later for each token that tells none.
#pragma once

#include <map>

#include "followed_chain.hpp"

namespace custodialbridge::sync {

class Unknowns {
  public:
    explicit Unknowns(FollowedChain& chain) : chain_(chain) {}

    /// Learns what can be read now; the rest waits for a later step.
    Task<Result<void>> step();

  private:
    /// Where a token's walk through its wallets stands. What cannot be read holds no other wallet
    /// up, and no other token.
    struct Walk {
        WalletId after;
        bool tells = false;   ///< the last page told something
        unsigned failed = 0;  ///< pages in a row that told nothing
        Instant next{};       ///< not before
    };

    /// Of one token, by wallet.
    struct Page {
        TokenId token;
        std::vector<store::Unsettled> balances;
        bool last = false;  ///< there are none after these
        std::size_t learnt = 0;
    };

    Task<Result<std::vector<Page>>> next_pages();
    Task<Result<bool>> learn(std::vector<Page>& pages);
    void go_on(const Page& page, bool answered);

    FollowedChain& chain_;
    std::map<TokenId, Walk> walks_;  ///< of tokens that may have some
};

}  // namespace custodialbridge::sync

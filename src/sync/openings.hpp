/// Opening snapshots: a wallet's balances read at the cursor's block, so that they join the events
/// after it.
#pragma once

#include <deque>

#include "followed_chain.hpp"
#include "nft_search.hpp"
#include "opening_read.hpp"

namespace custodialbridge::sync {

class Openings {
  public:
    explicit Openings(FollowedChain& chain)
        : chain_(chain), search_(chain), token_search_(chain) {}

    /// Opens new tokens, then one batch of waiting wallets; true when there may be more. `at_head`
    /// says that the cursor's state is recent: a node without history cannot answer before that.
    /// What cannot be read waits and is tried again later, backed off: the walk goes on meanwhile.
    /// But what contracts refuse to tell does not keep the rest waiting: it is opened as unknown.
    /// Fails only with `conflict`: then the stored state must be looked at again.
    Task<Result<bool>> step(bool at_head);

    /// After the cursor moved back: wallets opened above it wait again.
    void unwound_to(BlockNumber block);

    /// Who is watched was read from the store: what was opened before is not ours to take back.
    void reloaded() {
        opened_.clear();
        search_.begin({}, {});
        token_search_.begin({}, {});
        searched_token_.reset();
        seen_head_ = false;
    }

    /// Balances kept, for a gauge.
    std::uint64_t balances() const { return balances_; }
    void set_balances(std::uint64_t balances) { balances_ = balances; }
    void set_tokens_to_open(std::vector<TokenId> tokens) { tokens_to_open_ = std::move(tokens); }

  private:
    struct Opened {
        BlockNumber at;
        Address address;
    };

    /// What failed is tried again, later and later.
    struct Attempts {
        bool waits_for_head = false;  ///< the node lacks the state at an old cursor
        unsigned failed = 0;          ///< in a row
        Instant next{};
    };

    Task<Result<bool>> attempt(Attempts& attempts, Task<Result<bool>> opening, bool at_head);
    Task<Result<bool>> open_wallets();

    /// Followed tokens that are new, for the wallets that were there before them.
    Task<Result<bool>> open_tokens();
    Task<Result<void>> settle_unmade(std::span<const rpc::BalanceQuestion> questions,
                                     std::vector<rpc::BalanceAnswer>& answers, Deadline by);
    Task<Result<void>> read(OpeningRead& opening, Deadline by);
    std::vector<store::TrackedWallet> next_wallets(const std::vector<Wallet>& waiting,
                                                   std::span<const rules::FollowedToken> to);
    Task<Result<bool>> open_token(Token token);
    Task<Result<bool>> search_for(rules::FollowedToken token);
    Task<Result<void>> look_for_removed();
    void tell_unknown(const OpeningRead& opening);
    Task<Result<void>> try_token(rules::FollowedToken token, Deadline by);
    const Token* configured(TokenId token) const;

    FollowedChain& chain_;
    NftSearch search_;        // of waiting wallets
    NftSearch token_search_;  // of a token that is being opened, for all wallets
    std::optional<TokenId> searched_token_;
    std::vector<TokenId> tokens_to_open_;
    std::deque<Opened> opened_;      // since the last load, within the reorg depth
    Attempts tokens_;
    Attempts wallets_;
    bool seen_head_ = false;  // since the last load: what failed below it is tried again
    std::uint64_t balances_ = 0;
};

}  // namespace custodialbridge::sync

/// What is asked to open wallets, and what the answers say: balances of tokens, and of NFTs how
/// many of each id.
#pragma once

#include <span>
#include <vector>

#include "custodialbridge/rpc/rpc_client.hpp"
#include "nft_search.hpp"

namespace custodialbridge::sync {

class OpeningRead {
  public:
    /// `candidates` ascend. The references must stay.
    OpeningRead(std::span<const store::TrackedWallet> wallets,
                std::span<const rules::FollowedToken> tokens,
                std::span<const NftCandidate> candidates);

    /// Wallet by wallet.
    const std::vector<rpc::BalanceQuestion>& questions() const { return questions_; }

    /// Takes the answers, in the order of the questions. A wallet with an unknown answer is left
    /// out as a whole; but an erc721's contract that refuses to name an owner only says that
    /// nobody owns that id.
    void take(std::span<const rpc::BalanceAnswer> answers);

    std::vector<Observation> balances;
    std::vector<HoldingObservation> holdings;
    std::vector<WalletId> wallets;          ///< that were read
    const rpc::BalanceQuestion* unknown = nullptr;  ///< the first question without an answer
    Error why{Errc::unavailable, ""};  ///< of that one

  private:
    struct Asked {
        WalletId wallet;
        TokenId token;
    };

    void ask_for(const store::TrackedWallet& wallet);
    bool take_wallet(WalletId wallet, std::span<const Asked> asked,
                     std::span<const rpc::BalanceAnswer> answers, std::size_t first);
    bool is_unknown(const rpc::BalanceQuestion& question, const Error& error);

    std::span<const store::TrackedWallet> given_;
    std::span<const rules::FollowedToken> tokens_;
    std::span<const NftCandidate> candidates_;
    std::vector<rpc::BalanceQuestion> questions_;
    std::vector<Asked> asked_;
};

}  // namespace custodialbridge::sync

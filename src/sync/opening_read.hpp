/// What is asked to open wallets, and what the answers say: balances of tokens, and of NFTs how
/// many of each id.
#pragma once

#include <map>
#include <optional>
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

    /// Takes the answers, in the order of the questions. A balance that its contract refuses to
    /// tell is unknown. With any other question that has no answer its wallet is left out as a
    /// whole, and so it is for tokens whose ids had to be searched; but an erc721's contract that
    /// refuses to name an owner only says that nobody owns that id.
    void take(std::span<const rpc::BalanceAnswer> answers);

    /// What an answer was refused to, and why.
    struct Unanswered {
        const rpc::BalanceQuestion* question;
        Error why;
    };

    std::vector<Observation> balances;
    std::vector<HoldingObservation> holdings;
    std::vector<UnknownBalance> unknown;
    std::vector<WalletId> wallets;            ///< that were read
    std::optional<Unanswered> left_out;       ///< the first that left its wallet out
    std::map<TokenId, Unanswered> refused;    ///< the first of each token's that are unknown

  private:
    struct Asked {
        WalletId wallet;
        TokenId token;
    };

    void ask_for(const store::TrackedWallet& wallet);
    bool take_wallet(WalletId wallet, std::span<const Asked> asked,
                     std::span<const rpc::BalanceAnswer> answers, std::size_t first);
    bool leave_out(const rpc::BalanceQuestion& question, const Error& error);
    bool may_be_unknown(TokenId token, const Error& error) const;

    std::span<const store::TrackedWallet> given_;
    std::span<const rules::FollowedToken> tokens_;
    std::span<const NftCandidate> candidates_;
    std::vector<rpc::BalanceQuestion> questions_;
    std::vector<Asked> asked_;
};

}  // namespace custodialbridge::sync

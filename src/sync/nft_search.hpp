/// Which NFTs may be in some wallets: the ids that ever came to them, from the logs of the
/// contracts. Which of them they still have is for a pinned read to say.
#pragma once

#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "followed_chain.hpp"

namespace custodialbridge::sync {

/// An id that came to a wallet at some time.
struct NftCandidate {
    WalletId wallet;
    TokenId token;
    U256 nft_id{0};
    friend bool operator==(const NftCandidate&, const NftCandidate&) = default;
    friend bool operator<(const NftCandidate& a, const NftCandidate& b) {
        return std::tie(a.wallet, a.token, a.nft_id) < std::tie(b.wallet, b.token, b.nft_id);
    }
};

/// Only whole collections are searched: of an erc1155 entry that names its id, nothing is open.
bool has_unknown_ids(const rules::FollowedToken& token);

class NftSearch {
  public:
    explicit NftSearch(FollowedChain& chain) : chain_(chain) {}

    /// What is looked for from now on; `tokens` without unknown ids are passed over.
    void begin(std::vector<store::TrackedWallet> wallets,
               std::span<const rules::FollowedToken> tokens);
    bool is_for(WalletId wallet) const;
    bool is_for(TokenId token) const;

    /// Goes on for a moment; true when all blocks up to the cursor were searched. Where an endpoint
    /// finds a range too large, or the same one fails twice in a row in whatever words, it is
    /// halved.
    Task<Result<bool>> advance();

    /// What was found, ascending; of one wallet it stands together.
    std::span<const NftCandidate> found();

    /// Told what the wallets have, and which ids: erc721 contracts of which they have more pieces
    /// than that are searched once more, for events that do not index the receiver. True when there
    /// are such that were not searched so yet.
    bool widen(std::span<const Observation> balances, std::span<const HoldingObservation> holdings);

    /// After the cursor moved back: what stands above it is searched anew.
    void unwound_to(BlockNumber block);

  private:
    /// One way through the blocks.
    struct Pass {
        std::uint64_t searched = 0;   ///< blocks, from the first
        std::uint64_t range = 0;      ///< blocks to ask for at a time; 0: all that there are
        std::uint64_t range_max = 0;  ///< the most that was not refused
        std::optional<std::uint64_t> failed_at;  ///< where it ended with an error

        void begin();
        bool is_to_be_halved(const Error& error);
    };

    Task<Result<bool>> advance(Pass& pass, std::vector<LogFilter> filters, Deadline moment);
    Task<Result<void>> search(const std::vector<LogFilter>& filters, BlockNumber first,
                              BlockNumber last);
    LogFilter filter_of(TokenKind kind) const;
    LogFilter wide_filter() const;
    bool is_wide(TokenId token) const;
    void take(const LogBatch& batch);
    WalletId wallet_at(const Address& address) const;

    FollowedChain& chain_;
    std::vector<store::TrackedWallet> wallets_;  // by address
    std::vector<rules::FollowedToken> tokens_;
    std::vector<TokenId> wide_;  // of these, whoever the receiver is
    std::vector<NftCandidate> found_;
    bool sorted_ = true;
    Pass named_, unnamed_;  // the receivers
};

}  // namespace custodialbridge::sync

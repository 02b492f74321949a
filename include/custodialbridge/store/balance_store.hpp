/// Balances as stored. Read port.
#pragma once

#include <optional>
#include <vector>

#include "custodialbridge/core/balance.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/wallet.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::store {

using runtime::Deadline;
using runtime::Task;

/// As of which block a balance is that is polled.
struct PolledAsOf {
    Version version;
    Hash32 block_hash;
    Time read_at;
    bool touched = false;  ///< a later block names a wallet of the user: it is perhaps another one
    friend bool operator==(const PolledAsOf&, const PolledAsOf&) = default;
};

/// What the ledger says of a key, from one snapshot of the database.
struct StoredBalance {
    std::size_t wallets = 0;      ///< the user's wallets on the chain; 0: nobody's balance
    bool complete = false;        ///< every wallet has a row, known: `amount` is the user's balance
    U256 amount{0};
    Cursor cursor;                ///< the chain's cursor in the same snapshot: true as of here,
    std::optional<PolledAsOf> polled{};  ///< or, of a token that is not followed, as of there
    friend bool operator==(const StoredBalance&, const StoredBalance&) = default;
};

/// A stored balance's own key.
struct BalanceName {
    WalletId wallet;
    TokenId token;
    friend auto operator<=>(const BalanceName&, const BalanceName&) = default;
};

/// How many of an NFT a user holds on a chain, over all of the user's wallets there.
struct HeldNft {
    ChainId chain;
    TokenId token;
    U256 nft_id{0};
    U256 amount{0};      ///< above zero
    BlockNumber as_of;   ///< the chain's cursor in the same snapshot
    friend bool operator==(const HeldNft&, const HeldNft&) = default;
};

/// The place of a HeldNft in a user's list.
struct NftPlace {
    ChainId chain;
    TokenId token;
    U256 nft_id{0};
};

struct NftPage {
    std::vector<HeldNft> items;  ///< by chain, token, id
    bool more = false;
};

/// A balance that is to be read again, pinned.
struct Unsettled {
    BalanceName name;
    Address holder;
    friend bool operator==(const Unsettled&, const Unsettled&) = default;
};

/// Where a look at a token's balances that are not known goes on.
struct UnknownAfter {
    TokenId token;
    WalletId after;
};

/// Names a balance, or with an id what is held of one NFT.
struct AmountName {
    BalanceName balance;
    std::optional<U256> nft_id{};
    friend bool operator==(const AmountName&, const AmountName&) = default;
};

/// What the ledger says of it at some block.
struct LedgerAmount {
    AmountName name;
    Address holder;
    U256 amount{0};
    friend bool operator==(const LedgerAmount&, const LedgerAmount&) = default;
};

class BalanceStore {
  public:
    virtual ~BalanceStore() = default;

    /// `not_found` when the chain has no ledger yet.
    virtual Task<Result<StoredBalance>> find(BalanceKey key, Deadline by) = 0;

    /// The same for many keys in one statement, in their order; nothing where `find` would say
    /// `not_found`.
    virtual Task<Result<std::vector<std::optional<StoredBalance>>>> find_all(
        std::vector<BalanceKey> keys, Deadline by) = 0;

    /// What a user holds of NFTs that are followed from events, after `after`, at most `limit`.
    virtual Task<Result<NftPage>> nfts(UserId user, std::optional<ChainId> chain,
                                       std::optional<NftPlace> after, std::size_t limit,
                                       Deadline by) = 0;

    /// Balances that could not pay for a delta or were touched by an event, and were not set to a
    /// pinned read since; of opened tokens (but not of whole erc1155 collections: no call tells
    /// theirs) and tracked wallets after `after`, in their order, at most `limit`.
    virtual Task<Result<std::vector<Unsettled>>> unsettled(ChainId chain, WalletId after,
                                                           std::size_t limit, Deadline by) = 0;

    /// Balances that could not be read when their wallet or token was opened, nor since (see
    /// `OpeningPlan::unknown`): of each of these tokens, if it is opened, at most `each` of tracked
    /// wallets after the one that is named. In the order of `tokens`, then of wallets.
    virtual Task<Result<std::vector<Unsettled>>> unknown(ChainId chain,
                                                         std::vector<UnknownAfter> tokens,
                                                         std::size_t each, Deadline by) = 0;

    /// What these were at `at`, a block not far below the cursor, to be compared with the chain. In
    /// their order; without those whose wallet or token was not followed there, or that were not
    /// known there. `conflict` when `at` is not one of the chain's canonical blocks up to its
    /// cursor.
    virtual Task<Result<std::vector<LedgerAmount>>> at_block(ChainId chain, BlockRef at,
                                                             std::vector<AmountName> names,
                                                             Deadline by) = 0;

    /// Sum over the journal (canonical rows) of one wallet and token; for checks and tests.
    virtual Task<Result<SignedAmount>> journal_sum(WalletId wallet, TokenId token, Deadline by) = 0;

    /// Balance rows of a chain (for a gauge).
    virtual Task<Result<std::uint64_t>> count(ChainId chain, Deadline by) = 0;
};

}  // namespace custodialbridge::store

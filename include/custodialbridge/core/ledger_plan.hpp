/// Plans: what some consecutive blocks mean to a chain's ledger, as plain values; nothing done yet.
///
/// The journal is double entry: a move takes an amount from one side and gives it to the other, so
/// that the moves of a token sum to zero in every block by construction. Sides are wallets, the
/// outside world, or suspense (what no event explains).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/block.hpp"
#include "custodialbridge/core/hash.hpp"
#include "custodialbridge/core/ids.hpp"
#include "custodialbridge/core/u256.hpp"

namespace custodialbridge {

inline constexpr WalletId kOutside{0};    ///< any address that is not a tracked wallet
inline constexpr WalletId kSuspense{-1};  ///< the counter-side of what no event explains

enum class MoveKind : std::uint8_t {
    transfer = 0,
    mint = 1,
    burn = 2,
    opening = 3,  ///< what a wallet had before it was followed, against the outside
    sync = 4,     ///< a pinned read that differed from the events, against suspense
    repair = 5    ///< an approved correction, against suspense
};

/// The event types of the API's events.
enum class EventType : std::uint8_t {
    transfer = 0,
    transfer_single = 1,
    transfer_batch = 2,
    user_operation = 3,
    mint = 4,
    burn = 5
};

std::string_view to_string(EventType type);

/// `amount` of `token` goes from `debit` to `credit`, because of one log or element of a batch log.
struct Move {
    BlockNumber block;
    std::uint32_t log_index = 0;
    std::uint32_t sub_index = 0;  ///< position among the moves of one log; 0 for the first
    TokenId token;
    WalletId debit = kOutside;
    WalletId credit = kOutside;
    U256 amount{0};
    Hash32 tx_hash;
    MoveKind kind = MoveKind::transfer;
    EventType event = EventType::transfer;
    std::optional<U256> nft_id{};  ///< of an erc721 or erc1155
    friend bool operator==(const Move&, const Move&) = default;
};

/// An event that names a tracked wallet and by itself moves nothing (a Mint beside its Transfer).
struct Announcement {
    BlockNumber block;
    std::uint32_t log_index = 0;
    WalletId wallet;
    std::optional<TokenId> token;
    U256 amount{0};
    Hash32 tx_hash;
    EventType event = EventType::mint;
    std::optional<Address> contract{};  ///< who told of it, when it is of no token
    friend bool operator==(const Announcement&, const Announcement&) = default;
};

/// The sum of a plan's moves for one balance: two unsigned sums, never one signed number.
struct BalanceDelta {
    WalletId wallet;
    TokenId token;
    U256 credit{0};
    U256 debit{0};
    BlockNumber last_block;  ///< the newest block that touches it
    friend bool operator==(const BalanceDelta&, const BalanceDelta&) = default;
};

/// The same for how many of one NFT a wallet holds.
struct HoldingDelta {
    WalletId wallet;
    TokenId token;
    U256 nft_id{0};
    U256 credit{0};
    U256 debit{0};
    BlockNumber last_block;
    friend bool operator==(const HoldingDelta&, const HoldingDelta&) = default;
};

/// What a token's moves give to a wallet, or take from it, beyond 2^256-1 within one plan. It goes
/// to suspense, or comes from there, so that what is left of the sum fits.
struct Excess {
    WalletId wallet;
    TokenId token;
    std::optional<U256> nft_id{};
    U256 amount{0};
    bool given = true;  ///< else taken
    BlockNumber block;
    friend bool operator==(const Excess&, const Excess&) = default;
};

/// A balance that an event names without saying what became of it: it is to be read again, pinned.
struct Touch {
    WalletId wallet;
    TokenId token;
    friend auto operator<=>(const Touch&, const Touch&) = default;
};

struct AppliedBlock {
    BlockHeader header;
    Completeness completeness = Completeness::claimed;
    friend bool operator==(const AppliedBlock&, const AppliedBlock&) = default;
};

/// Everything that the blocks after `expected` up to and including `blocks.back()` change.
///
/// `blocks` ascends. While following it holds every block; while catching up, the blocks that have
/// moves or announcements and the last one of the range.
struct LedgerPlan {
    ChainId chain;
    Cursor expected;  ///< the commit fails with `conflict` when the stored cursor is another
    std::vector<AppliedBlock> blocks;
    std::vector<Move> moves;                  ///< ordered by block, log index, sub index
    std::vector<Announcement> announcements;  ///< the same order
    std::vector<BalanceDelta> deltas;         ///< one per balance, by wallet then token
    std::vector<HoldingDelta> holdings;       ///< one per NFT held, by wallet, token, id
    std::vector<Excess> excesses{};           ///< what the sums of the deltas could not take
    std::vector<Touch> touched;               ///< ascending, each once
    std::vector<WalletId> deployed;           ///< wallets whose account was deployed
    /// Wallets whose native balance may be another one: a transaction or a user operation names
    /// them. Ascending, each once.
    std::vector<WalletId> native_touched{};
    friend bool operator==(const LedgerPlan&, const LedgerPlan&) = default;
};

/// A pinned read of one wallet's balance of one token.
struct Observation {
    WalletId wallet;
    TokenId token;
    U256 amount{0};
    friend bool operator==(const Observation&, const Observation&) = default;
};

/// The same of one NFT.
struct HoldingObservation {
    WalletId wallet;
    TokenId token;
    U256 nft_id{0};
    U256 amount{0};
    friend bool operator==(const HoldingObservation&, const HoldingObservation&) = default;
};

/// A balance that the chain would not tell: the read was made, and the contract refused it.
struct UnknownBalance {
    WalletId wallet;
    TokenId token;
    friend auto operator<=>(const UnknownBalance&, const UnknownBalance&) = default;
};

/// Opening snapshots at the cursor's block: from here on the wallets are followed.
struct OpeningPlan {
    ChainId chain;
    Cursor at;
    std::vector<WalletId> wallets;
    std::vector<Observation> balances;  ///< each wallet with each followed token, but for `unknown`
    std::vector<HoldingObservation> holdings{};  ///< of NFTs: all that are known to be held
    std::vector<UnknownBalance> unknown{};       ///< to be learnt from a later read: adjusted
    friend bool operator==(const OpeningPlan&, const OpeningPlan&) = default;
};

/// Pinned reads at the cursor's block that set followed balances and holdings; differences go
/// through suspense. A balance that is not named moves with its holdings.
struct AdjustmentPlan {
    ChainId chain;
    Cursor at;
    MoveKind kind = MoveKind::sync;  ///< sync or repair
    std::vector<Observation> balances;
    std::vector<HoldingObservation> holdings{};  ///< each id once
    friend bool operator==(const AdjustmentPlan&, const AdjustmentPlan&) = default;
};

using ResumeId = Id<struct ResumeTag, std::int64_t>;  ///< the store's number of an operator's order

/// Everything above `ancestor` is reversed; the epoch goes up by one.
struct UnwindPlan {
    ChainId chain;
    Cursor expected;
    BlockRef ancestor;

    /// An operator's order: it may go below the finalized block, and is fulfilled by the commit.
    std::optional<ResumeId> ordered_by{};
    friend bool operator==(const UnwindPlan&, const UnwindPlan&) = default;
};

}  // namespace custodialbridge

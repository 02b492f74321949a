/// The ledger's past as it is told: what its entries did to wallets, and which events named them.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/block.hpp"
#include "custodialbridge/core/ledger_plan.hpp"

namespace custodialbridge {

/// How settled a block must be for its balance to be told.
enum class FinalityLevel : std::uint8_t { latest, safe, finalized };

/// As of which block: this one, or the newest that is so settled.
using AsOf = std::variant<BlockNumber, FinalityLevel>;

/// Where something stands in the ledger's order, in which lists of the past are told. Keys of
/// pages: an entry keeps its place for good.
struct JournalPlace {
    ChainId chain;
    BlockNumber block;
    std::uint32_t epoch = 0;
    std::uint32_t log_index = 0;  ///< 2^31-1 of what no log stands behind
    std::uint64_t sub_index = 0;
    std::uint64_t part = 0;  ///< of a move: 0 its debit, 1 its credit; else the wallet's number + 1
    friend auto operator<=>(const JournalPlace&, const JournalPlace&) = default;
};

enum class ChangeKind : std::uint8_t {
    opening,
    transfer_in,
    transfer_out,
    mint,
    burn,
    sync,
    repair
};

std::string_view to_string(ChangeKind kind);

/// What a move of this kind is to the side that gives, or to the one that takes.
ChangeKind change_kind(MoveKind kind, bool takes);

/// What one entry of the journal did to one wallet.
struct LedgerChange {
    JournalPlace place;
    TokenId token;
    Address address;
    Hash32 block_hash;
    Time timestamp;                 ///< the block's
    std::optional<Hash32> tx_hash;  ///< none: no log stands behind it
    ChangeKind kind = ChangeKind::opening;
    SignedAmount delta;
    std::optional<U256> nft_id;
    bool orphaned = false;  ///< taken back by a reorganisation: it counts no more
    friend bool operator==(const LedgerChange&, const LedgerChange&) = default;

    bool has_log() const { return tx_hash.has_value(); }
};

struct ChangeQuery {
    UserId user;
    std::optional<ChainId> chain;
    std::optional<TokenId> token;
    bool include_orphaned = false;
    std::optional<JournalPlace> after;
    std::size_t limit = 0;
};

/// An event that names a tracked wallet, as told to that wallet.
struct LedgerEvent {
    JournalPlace place;
    Hash32 block_hash;
    Time timestamp;  ///< the block's
    Hash32 tx_hash;
    EventType type = EventType::transfer;
    std::optional<TokenId> token;     ///< none: the event is of no token
    std::optional<Address> contract;  ///< the token's, or who told of it
    Address wallet;
    U256 amount{0};
    std::optional<U256> nft_id;
    friend bool operator==(const LedgerEvent&, const LedgerEvent&) = default;
};

struct EventQuery {
    std::optional<ChainId> chain;
    std::optional<EventType> type;
    std::optional<Address> address;  ///< the wallet's or the contract's
    BlockNumber from;
    std::optional<JournalPlace> after;
    std::size_t limit = 0;
};

/// Some items in the ledger's order; `next` is where the page after them goes on, if there is one.
template <class Item>
struct JournalPage {
    std::vector<Item> items;
    std::optional<JournalPlace> next;
};

}  // namespace custodialbridge

/// The rows of the fake store's tables.
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

#include "custodialbridge/core/token.hpp"
#include "custodialbridge/store/balance_store.hpp"
#include "custodialbridge/store/chain_store.hpp"
#include "custodialbridge/store/plan_committer.hpp"
#include "custodialbridge/store/poll_schedule.hpp"
#include "custodialbridge/store/resume_orders.hpp"
#include "custodialbridge/store/wallet_directory.hpp"

namespace custodialbridge::testing {

struct JournalRow {
    Move move;
    std::uint32_t epoch = 0;
    std::uint64_t sequence = 0;  ///< of rows without a log; 0 of the others
    bool orphaned = false;
};

struct EventRow {
    Announcement event;
    std::uint32_t epoch = 0;
    bool orphaned = false;
};

struct BlockRow {
    AppliedBlock block;
    std::uint32_t epoch = 0;
    bool orphaned = false;
};

struct ChainRow {
    store::ChainState state;  ///< its cursor names no term
    std::uint64_t term = 0;
    const void* leader = nullptr;
    std::vector<BlockRow> blocks;
    std::vector<JournalRow> journal;
    std::vector<EventRow> events;
    std::map<TokenId, BlockNumber> opened_tokens;
    std::optional<BlockNumber> audited;

    Cursor cursor() const { return {state.cursor.block, state.cursor.epoch, term}; }

    using Place = std::tuple<BlockNumber, std::uint32_t, std::uint32_t, std::uint32_t>;
    std::set<Place> journal_places;  ///< block, epoch, log index, sub index
};

/// Canonical ones, newest first.
std::vector<BlockRef> newest_blocks(const ChainRow& chain, std::optional<BlockNumber> below,
                                    std::size_t count);

struct WalletRow {
    Wallet wallet;
    bool deleted = false;
};

struct OrderRow {
    ChainId chain;
    BlockNumber from;
    Instant good_until;
    std::optional<store::ResumeOutcome> outcome;
};

struct BalanceRow {
    U256 amount{0};
    BlockNumber as_of;
    bool unsettled = false;
    bool known = true;
    std::optional<BlockNumber> learnt_at{};  ///< nothing: it was known from its opening on

    /// From here on it may be told.
    bool known_at(BlockNumber block) const { return known && learnt_at <= block; }
};

struct PollRow {
    std::optional<store::PolledAsOf> read;  ///< its `touched` says nothing
    std::optional<BlockNumber> touched;
    Time tried_at{};
    unsigned failures = 0;
    std::optional<SegmentId> segment{};  ///< then `read` and `tried_at` are the segment's
};

struct SegmentRow {
    ChainId chain;
    TokenId token;
    std::optional<store::PolledAsOf> read;
    Time tried_at{};
    std::vector<store::DuePoll> members;  ///< when it was written; some may have left since
};

using PollId = std::tuple<std::string, ChainId, TokenId>;
using BalanceId = std::pair<WalletId, TokenId>;
using HoldingId = std::tuple<WalletId, TokenId, U256>;

/// What a net of credits and debits does to a stored amount.
struct Net {
    U256 credit{0};
    U256 debit{0};
    BlockNumber as_of;
};

}  // namespace custodialbridge::testing

/// The ledger's tables in memory, with the same keys, checks and units of work as the real store's.
/// A unit of work changes a copy and takes its place only as a whole.
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "support/ledger_rows.hpp"

namespace custodialbridge::testing {

class LedgerTables {
  public:
    std::map<ChainId, ChainRow> chains;
    std::map<std::pair<ChainId, TokenId>, Token> tokens;
    std::set<std::pair<ChainId, TokenId>> tokens_of_api;
    std::map<WalletId, WalletRow> wallets;
    std::map<BalanceId, BalanceRow> balances;
    std::map<HoldingId, U256> holdings;
    std::map<ResumeId, OrderRow> resume_orders;
    std::map<PollId, PollRow> polls;
    std::map<SegmentId, SegmentRow> segments;
    std::uint64_t sequence = 0;
    bool checks_deltas = false;  ///< a plan whose deltas are not its moves' sums is a bug

    static constexpr std::uint32_t kNoLog = std::numeric_limits<std::int32_t>::max();

    /// `conflict` unless the chain stands there.
    Result<ChainRow*> locked(ChainId chain, const Cursor& at);

    std::vector<const Wallet*> wallets_of(const UserId& user, ChainId chain) const;

    /// What is not configured or not followed any more is snapshotted anew if it ever is again.
    void unfollow(ChainId chain, TokenId token);

    /// Who has which wallets has changed.
    void reset_polls(const UserId& user, ChainId chain);

    /// Of a token that was made, or is polled or followed from now on.
    void sync_polls(const Token& token);

    /// What was read above the ancestor does not count.
    void forget_polls(ChainId chain, BlockNumber ancestor);

    /// What it is by itself, or in its segment.
    std::optional<store::PolledAsOf> read_of(const PollRow& row) const;
    Time tried_at_of(const PollRow& row) const;

    /// It is by itself what its segment is.
    void leave_segment(PollRow& row) const;

    void touch_polls(ChainId chain, const std::vector<WalletId>& named, BlockNumber block);

    bool is_opened(ChainId chain, TokenId token) const;

    const BalanceRow* balance(WalletId wallet, TokenId token) const;

    std::optional<store::PolledAsOf> polled_as_of(const BalanceKey& key) const;

    store::StoredBalance sum(const BalanceKey& key) const;

    /// Adds rows that no log stands behind.
    void add_entry(ChainRow& chain, BlockNumber block, TokenId token, WalletId debit,
                   WalletId credit, const U256& amount, MoveKind kind, std::uint32_t epoch,
                   const std::optional<U256>& nft_id = std::nullopt);

    /// The entry that takes a balance from one amount to another; none when they are equal.
    void add_difference(ChainRow& chain, const U256& from, const Observation& to, BlockNumber block,
                        WalletId other_side, MoveKind kind, std::uint32_t epoch);

    /// Through suspense; of a holding under its id and back without one.
    void add_excesses(ChainRow& chain, const std::vector<Excess>& excesses, std::uint32_t epoch);

    /// Changes stored amounts; what would go below zero ends at zero and suspense supplies the
    /// rest, and what would pass 2^256-1 ends there.
    Result<std::vector<store::Shortfall>> change(ChainRow& chain,
                                                 const std::map<BalanceId, Net>& changes,
                                                 std::uint32_t epoch);

    /// The same of holdings; what one lacks was held without its id.
    Result<void> change(ChainRow& chain, const std::map<HoldingId, Net>& changes,
                        std::uint32_t epoch);

    /// Sets what a wallet holds of a token to what was seen, and its balance; what that is more or
    /// less than its holdings has no ids.
    void open_balance(ChainRow& chain, const Observation& seen,
                      const std::vector<HoldingObservation>& holdings_seen, BlockNumber block,
                      std::uint32_t epoch);

    /// The row is there, and what it was before is to be learnt.
    void open_unknown(const UnknownBalance& unknown, BlockNumber block);

    /// What was learnt above the ancestor is not known any more.
    void forget_learnt(ChainId chain, BlockNumber ancestor);

    /// Of the users whose balances are named: where every wallet has its row, known, and the token
    /// is opened.
    std::vector<store::UserTotal> totals(ChainId chain, const std::set<BalanceId>& changed) const;

    Result<void> insert_block(ChainRow& chain, const AppliedBlock& block, std::uint32_t epoch);

    Result<void> insert_move(ChainRow& chain, const Move& move, std::uint32_t epoch);
};

}  // namespace custodialbridge::testing

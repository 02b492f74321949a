/// LedgerWork: one unit of work on a chain's ledger.
///
/// It begins by locking the chain's row at the cursor that the plan names, so all writers of one
/// chain's balances stand in line. What changes is gathered and sent together with the COMMIT.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connection.hpp"
#include "custodialbridge/core/ledger_plan.hpp"
#include "custodialbridge/store/plan_committer.hpp"

namespace custodialbridge::store {

/// Names a stored balance.
struct BalanceRow {
    WalletId wallet;
    TokenId token;
};

template <class Range>
std::vector<BalanceRow> rows_of(const Range& range) {
    std::vector<BalanceRow> rows;
    rows.reserve(range.size());
    for (const auto& one : range) rows.push_back({one.wallet, one.token});
    return rows;
}

/// A balance as it is stored. One that is not known yet has only what moved it since its opening.
struct StoredAmount {
    U256 amount{0};
    bool known = true;
};

/// What happens to one stored balance.
struct NetChange {
    WalletId wallet;
    TokenId token;
    SignedAmount net;
    BlockNumber as_of;
};

/// What happens to one holding.
struct HoldingChange {
    WalletId wallet;
    TokenId token;
    U256 nft_id{0};
    SignedAmount net;
    BlockNumber as_of;
};

/// A journal row without a log.
struct Entry {
    BlockNumber block;
    TokenId token;
    WalletId debit;
    WalletId credit;
    U256 amount{0};
    MoveKind kind = MoveKind::sync;
    std::optional<U256> nft_id{};
};

/// What a stored amount can take of a change.
U256 room_for(const SignedAmount& net, const U256& stored);

/// What is `above` what an amount can take goes to suspense; what is missing comes from there.
Entry through_suspense(WalletId wallet, TokenId token, const U256& amount, bool above,
                       BlockNumber block, std::optional<U256> nft_id = {});

/// Part of what a balance was at its opening, learnt at `block`.
Entry was_there(WalletId wallet, TokenId token, const U256& amount, BlockNumber block);

class LedgerWork {
  public:
    LedgerWork(Connection& session, const runtime::Clock& clock, ChainId chain, Deadline by);
    ~LedgerWork();  ///< rolls back what was not committed
    LedgerWork(const LedgerWork&) = delete;
    LedgerWork& operator=(const LedgerWork&) = delete;

    /// Begins, moves the cursor and writes the moves. `conflict` at another cursor.
    Result<void> begin_advance(const LedgerPlan& plan);

    /// Begins and locks the cursor where it is; the chain's finalized block. `conflict` as above.
    Result<std::optional<BlockNumber>> begin_here(const Cursor& expected);

    /// Begins beside the chain's writer: `at` stays a canonical block of that epoch until the end.
    Result<void> begin_at(const BlockRef& at, std::uint32_t epoch);

    Result<Rows> ask(const Statement& statement, const Params& params);

    /// The stored amounts, in the same order.
    Result<std::vector<std::optional<StoredAmount>>> amounts(std::span<const BalanceRow> rows);

    /// Makes the changes fit the stored amounts: one that would go below zero ends at zero, and an
    /// entry from suspense supplies what is missing; one that would pass 2^256-1 ends there, and
    /// the rest goes to suspense. What a balance that is not known yet lacks was there before: that
    /// much of its opening is known now, and nobody was short. `corrupt` for a balance that is not
    /// there.
    Result<std::vector<Shortfall>> settle(std::span<NetChange> changes,
                                          std::vector<Entry>& entries);

    /// The same of holdings. What one lacks was held without our knowing which it was: it comes
    /// from suspense under its id and goes back there without one, so the balance is not changed.
    /// What one has too much goes the other way.
    Result<void> settle_holdings(std::span<HoldingChange> changes, std::vector<Entry>& entries);

    /// What is stored of these, in the same order.
    Result<std::vector<HoldingObservation>> stored_holdings(
        std::span<const HoldingObservation> names);

    /// What the wallets of `balances` hold of their tokens.
    Result<std::vector<HoldingObservation>> holdings_of(std::span<const Observation> balances);

    void add(const Statement& statement, Params params);
    void add_blocks(std::span<const AppliedBlock> blocks, std::uint32_t epoch);
    void add_events(const Statement& how, std::span<const Announcement> events,
                    std::uint32_t epoch);
    void add_entries(std::span<const Entry> entries, std::uint32_t epoch);
    /// Of a holding: under its id, and back without one, so that the balance is not changed.
    void add_excesses(std::span<const Excess> excesses, std::uint32_t epoch);
    void add_changes(std::span<const NetChange> changes);
    void add_holdings(std::span<const HoldingChange> changes);
    void add_mark(const Statement& statement, std::span<const BalanceRow> rows);
    void mark_deployed(const std::vector<WalletId>& wallets);
    void add_balances(const Statement& statement, std::span<const Observation> balances,
                      BlockNumber as_of);
    void add_unknown(std::span<const UnknownBalance> balances, BlockNumber as_of);

    /// Sends what was added and the COMMIT in one round trip; the totals of the users whose
    /// balances are named. Once sent, a lost connection is `timed_out`: nobody knows.
    Result<std::vector<UserTotal>> commit(std::span<const BalanceRow> changed, Totals totals);

  private:
    Result<std::vector<Rows>> begin(const std::string& fence);
    std::string at(const Cursor& cursor) const;
    Error moved_on(const Cursor& expected) const;
    Error no_balance(WalletId wallet, TokenId token, const char* why) const;

    Connection& session_;
    const runtime::Clock& clock_;
    ChainId chain_;
    Deadline by_;
    std::vector<Command> commands_;
};

}  // namespace custodialbridge::store

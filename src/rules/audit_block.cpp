#include "custodialbridge/rules/audit_block.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "custodialbridge/rules/plan_blocks.hpp"

namespace custodialbridge::rules {

namespace {

/// A row, and what it means to those who were followed then.
struct Meaning {
    Move row;
    Move move;
};

auto key_of(const Meaning& meaning) {
    const Move& m = meaning.move;
    return std::tie(m.log_index, m.token, m.nft_id, m.debit, m.credit, m.amount, m.kind, m.event);
}

auto key_of(const Announcement& e) {
    return std::tie(e.log_index, e.wallet, e.token, e.event, e.amount, e.contract);
}

struct ByKey {
    template <class Row>
    bool operator()(const Row& a, const Row& b) const {
        return key_of(a) < key_of(b);
    }
};

template <class Row>
std::vector<Row> only_in(const std::vector<Row>& some, const std::vector<Row>& others) {
    std::vector<Row> rest;
    std::set_difference(some.begin(), some.end(), others.begin(), others.end(),
                        std::back_inserter(rest), ByKey{});
    return rest;
}

class Reading {
  public:
    Reading(BlockNumber block, const FollowedSince& since, const Watchlist& watchlist)
        : block_(block), since_(since), watchlist_(watchlist) {}

    std::vector<Meaning> of(const std::vector<Move>& rows) const {
        std::vector<Meaning> all;
        for (const Move& row : rows) {
            if (!since_.before(block_, row.token)) continue;
            Move move = row;
            move.debit = side(row.debit);
            move.credit = side(row.credit);
            if (move.debit != kOutside || move.credit != kOutside) all.push_back({row, move});
        }
        std::sort(all.begin(), all.end(), ByKey{});
        return all;
    }

    std::vector<Announcement> of(const std::vector<Announcement>& rows) const {
        std::vector<Announcement> all;
        for (const Announcement& row : rows)
            if (since_.before(block_, row.wallet) && is_from_whom_we_follow(row))
                all.push_back(row);
        std::sort(all.begin(), all.end(), ByKey{});
        return all;
    }

  private:
    WalletId side(WalletId wallet) const {
        return since_.before(block_, wallet) ? wallet : kOutside;
    }

    bool is_from_whom_we_follow(const Announcement& row) const {
        if (row.token) return since_.before(block_, *row.token);
        return row.contract && watchlist_.is_entry_point(*row.contract);
    }

    BlockNumber block_;
    const FollowedSince& since_;
    const Watchlist& watchlist_;
};

bool can_be_read(const Watchlist& watchlist, TokenId token) {
    for (const FollowedToken& followed : watchlist.tokens())
        if (followed.token == token)
            return followed.kind != TokenKind::erc1155 || followed.nft_id.has_value();
    return false;
}

/// What the correction does to balances and holdings.
void sum_up(CorrectionPlan& plan, const std::vector<Meaning>& missing,
                    const std::vector<Meaning>& phantom, const Watchlist& watchlist) {
    LedgerPlan moved;
    for (const Meaning& one : missing) moved.moves.push_back(one.move);
    for (const Meaning& one : phantom) {
        moved.moves.push_back(one.move);
        std::swap(moved.moves.back().debit, moved.moves.back().credit);
    }
    sum_deltas(moved);
    plan.deltas = std::move(moved.deltas);
    plan.holdings = std::move(moved.holdings);
    plan.excesses = std::move(moved.excesses);
    for (const BalanceDelta& delta : plan.deltas)
        if (can_be_read(watchlist, delta.token))
            plan.touched.push_back({delta.wallet, delta.token});
    std::sort(plan.touched.begin(), plan.touched.end());
    plan.touched.erase(std::unique(plan.touched.begin(), plan.touched.end()), plan.touched.end());
}

}  // namespace

bool FollowedSince::before(BlockNumber block, WalletId wallet) const {
    const auto found = wallets.find(wallet);
    return found != wallets.end() && found->second < block;
}

bool FollowedSince::before(BlockNumber block, TokenId token) const {
    const auto found = tokens.find(token);
    return found != tokens.end() && found->second < block;
}

std::optional<CorrectionPlan> audit_block(const AppliedBlock& block, const LedgerPlan& proven,
                                          const RecordedBlock& recorded,
                                          const FollowedSince& since, const Watchlist& watchlist) {
    const Reading reading(block.header.ref.number, since, watchlist);
    const auto theirs = reading.of(proven.moves), ours = reading.of(recorded.moves);
    const auto missing = only_in(theirs, ours), phantom = only_in(ours, theirs);
    const auto told = reading.of(proven.announcements), known = reading.of(recorded.events);
    CorrectionPlan plan;
    plan.block = block;
    plan.missing_events = only_in(told, known);
    plan.phantom_events = only_in(known, told);
    const bool same_moves = missing.empty() && phantom.empty();
    if (same_moves && plan.missing_events.empty() && plan.phantom_events.empty())
        return std::nullopt;
    for (const Meaning& one : missing) plan.missing.push_back(one.move);
    for (const Meaning& one : phantom) plan.phantom.push_back(one.row);
    plan.touched = touched_then(block.header.ref.number, proven, since);
    plan.deployed = deployed_then(block.header.ref.number, proven, since);
    sum_up(plan, missing, phantom, watchlist);
    return plan;
}

std::vector<Touch> touched_then(BlockNumber block, const LedgerPlan& proven,
                                const FollowedSince& since) {
    std::vector<Touch> touched;
    for (const Touch& one : proven.touched)
        if (since.before(block, one.wallet) && since.before(block, one.token))
            touched.push_back(one);
    return touched;
}

std::vector<WalletId> deployed_then(BlockNumber block, const LedgerPlan& proven,
                                    const FollowedSince& since) {
    std::vector<WalletId> deployed;
    for (const WalletId wallet : proven.deployed)
        if (since.before(block, wallet)) deployed.push_back(wallet);
    return deployed;
}

}  // namespace custodialbridge::rules

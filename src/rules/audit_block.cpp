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
    return std::tie(m.log_index, m.token, m.nft_id, m.debit, m.credit, m.amount, m.kind);
}

bool before(const Meaning& a, const Meaning& b) { return key_of(a) < key_of(b); }

class Reading {
  public:
    Reading(BlockNumber block, const FollowedSince& since) : block_(block), since_(since) {}

    std::vector<Meaning> of(const std::vector<Move>& rows) const {
        std::vector<Meaning> all;
        for (const Move& row : rows) {
            const auto token = since_.tokens.find(row.token);
            if (token == since_.tokens.end() || token->second >= block_) continue;
            Move move = row;
            move.debit = side(row.debit);
            move.credit = side(row.credit);
            if (move.debit != kOutside || move.credit != kOutside) all.push_back({row, move});
        }
        std::sort(all.begin(), all.end(), before);
        return all;
    }

  private:
    WalletId side(WalletId wallet) const {
        const auto found = since_.wallets.find(wallet);
        return found != since_.wallets.end() && found->second < block_ ? wallet : kOutside;
    }

    BlockNumber block_;
    const FollowedSince& since_;
};

bool can_be_read(const Watchlist& watchlist, TokenId token) {
    for (const FollowedToken& followed : watchlist.tokens())
        if (followed.token == token)
            return followed.kind != TokenKind::erc1155 || followed.nft_id.has_value();
    return false;
}

/// What the correction does to balances and holdings.
Result<void> sum_up(CorrectionPlan& plan, const std::vector<Meaning>& missing,
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
    return {};
}

}  // namespace

Result<std::optional<CorrectionPlan>> audit_block(const AppliedBlock& block,
                                                  const std::vector<Move>& proven,
                                                  const std::vector<Move>& journal,
                                                  const FollowedSince& since,
                                                  const Watchlist& watchlist) {
    const Reading reading(block.header.ref.number, since);
    const std::vector<Meaning> theirs = reading.of(proven), ours = reading.of(journal);
    std::vector<Meaning> missing, phantom;
    std::set_difference(theirs.begin(), theirs.end(), ours.begin(), ours.end(),
                        std::back_inserter(missing), before);
    std::set_difference(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                        std::back_inserter(phantom), before);
    if (missing.empty() && phantom.empty()) return std::optional<CorrectionPlan>();
    CorrectionPlan plan;
    plan.block = block;
    for (const Meaning& one : missing) plan.missing.push_back(one.move);
    for (const Meaning& one : phantom) plan.phantom.push_back(one.row);
    CB_CHECKED(sum_up(plan, missing, phantom, watchlist));
    return std::optional(std::move(plan));
}

}  // namespace custodialbridge::rules

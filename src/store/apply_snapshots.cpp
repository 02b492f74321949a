#include <map>
#include <set>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "apply_plans.hpp"
#include "ledger_statements.hpp"
#include "ledger_work.hpp"

namespace custodialbridge::store {
namespace {

/// Entries that take stored amounts to seen ones: of NFTs by id, and of what a balance is more or
/// less than them: pieces whose ids nobody could tell.
class SnapshotEntries {
  public:
    SnapshotEntries(const Cursor& at, WalletId other_side, MoveKind kind)
        : block_(at.block.number), other_side_(other_side), kind_(kind) {}

    /// A balance (and its holdings) is taken from what is stored to what was seen.
    void add_holdings(const std::vector<HoldingObservation>& stored,
                      const std::vector<HoldingObservation>& seen) {
        std::map<std::tuple<WalletId, TokenId, U256>, std::pair<U256, U256>> both;
        for (const auto& one : stored) both[{one.wallet, one.token, one.nft_id}].first = one.amount;
        for (const auto& one : seen) both[{one.wallet, one.token, one.nft_id}].second = one.amount;
        for (const auto& [key, amounts] : both) {
            const auto& [wallet, token, nft_id] = key;
            const SignedAmount net = difference(amounts.second, amounts.first);
            if (net.magnitude == 0) continue;
            add(wallet, token, net, nft_id);
            changes.push_back({wallet, token, nft_id, net, block_});
            SignedAmount& sum = known_[{wallet, token}];
            sum = plus(sum, net);
        }
    }

    /// It was not known when its wallet or token was opened: what it is found to be more or less
    /// than its moves was so from the start.
    void opens(WalletId wallet, TokenId token) { unknown_.insert({wallet, token}); }

    void add_balance(const U256& stored, const Observation& seen) {
        const SignedAmount known = known_[{seen.wallet, seen.token}];
        const SignedAmount whole = difference(seen.amount, stored);
        const SignedAmount rest = plus(whole, {known.magnitude, !known.negative});
        if (rest.magnitude != 0) add(seen.wallet, seen.token, rest, std::nullopt);
    }

    /// What is known by id moves the balances that were not added by themselves.
    std::vector<NetChange> other_balances(std::span<const Observation> added) const {
        std::map<std::pair<WalletId, TokenId>, SignedAmount> others = known_;
        for (const Observation& balance : added) others.erase({balance.wallet, balance.token});
        std::vector<NetChange> nets;
        for (const auto& [name, net] : others)
            if (net.magnitude != 0) nets.push_back({name.first, name.second, net, block_});
        return nets;
    }

    std::vector<Entry> entries;
    std::vector<HoldingChange> changes;

  private:
    static SignedAmount plus(const SignedAmount& a, const SignedAmount& b) {
        if (a.negative == b.negative) return {a.magnitude + b.magnitude, a.negative};
        return a.negative ? difference(b.magnitude, a.magnitude)
                          : difference(a.magnitude, b.magnitude);
    }

    void add(WalletId wallet, TokenId token, const SignedAmount& net,
             const std::optional<U256>& nft_id) {
        const bool opening = unknown_.contains({wallet, token});
        const WalletId other_side = opening ? kOutside : other_side_;
        const WalletId debit = net.negative ? wallet : other_side;
        const WalletId credit = net.negative ? other_side : wallet;
        const MoveKind kind = opening ? MoveKind::opening : kind_;
        entries.push_back({block_, token, debit, credit, net.magnitude, kind, nft_id});
    }

    BlockNumber block_;
    WalletId other_side_;
    MoveKind kind_;
    std::map<std::pair<WalletId, TokenId>, SignedAmount> known_;
    std::set<std::pair<WalletId, TokenId>> unknown_;
};

Params of_wallets(ChainId chain, std::span<const WalletId> wallets) {
    Params made = params(column(chain));
    made.add_array(wallets, [](const WalletId& wallet) { return column(wallet); });
    return made;
}

/// The observations of the wallets that `rows` names.
template <class Seen>
std::vector<Seen> only_of(const std::vector<Seen>& all, const Rows& rows) {
    std::unordered_set<WalletId> named;
    for (std::size_t i = 0; i < rows.count(); ++i) named.insert(rows.id<WalletId>(i, 0));
    std::vector<Seen> kept;
    for (const Seen& one : all)
        if (named.contains(one.wallet)) kept.push_back(one);
    return kept;
}

U256 amount_of(const std::optional<StoredAmount>& stored) {
    return stored ? stored->amount : U256(0);
}

}  // namespace

/// A row may be there of a token that was polled before it was followed.
Result<Committed> open_wallets(Connection& session, const Clock& clock, const OpeningPlan& plan,
                               Deadline by) {
    LedgerWork work(session, clock, plan.chain, by);
    CB_CHECKED(work.begin_here(plan.at));
    Params wallets = params(column(plan.chain), column(plan.at.block.number));
    wallets.add_array(plan.wallets, [](const WalletId& wallet) { return column(wallet); });
    CB_TRY(tracked, work.ask(kTrackWallets, wallets));
    const auto balances = only_of(plan.balances, tracked);
    CB_TRY(stored, work.amounts(rows_of(balances)));
    SnapshotEntries opening(plan.at, kOutside, MoveKind::opening);
    opening.add_holdings({}, only_of(plan.holdings, tracked));
    for (std::size_t i = 0; i < balances.size(); ++i)
        opening.add_balance(amount_of(stored[i]), balances[i]);
    work.add_holdings(opening.changes);
    work.add_balances(kSetBalances, balances, plan.at.block.number);
    work.add_unknown(only_of(plan.unknown, tracked), plan.at.block.number);
    work.add_entries(opening.entries, plan.at.epoch);
    CB_TRY(totals, work.commit(rows_of(balances), Totals::wanted));
    Committed done{plan.at, std::move(totals), {}, {}};
    for (std::size_t i = 0; i < tracked.count(); ++i)
        done.opened.push_back(tracked.id<WalletId>(i, 0));
    return done;
}

/// A row may be there from an opening that was begun at another block and given up: its events were
/// not followed since, so the difference is as much the outside's as the first snapshot.
Result<Committed> open_token(Connection& session, const Clock& clock, const OpeningPlan& plan,
                             TokenId token, bool last, Deadline by) {
    LedgerWork work(session, clock, plan.chain, by);
    CB_CHECKED(work.begin_here(plan.at));
    std::vector<WalletId> wallets;
    for (const Observation& balance : plan.balances) wallets.push_back(balance.wallet);
    for (const UnknownBalance& unknown : plan.unknown) wallets.push_back(unknown.wallet);
    CB_TRY(tracked, work.ask(kStillTracked, of_wallets(plan.chain, wallets)));
    const auto balances = only_of(plan.balances, tracked);
    CB_TRY(stored, work.amounts(rows_of(balances)));
    CB_TRY(held, work.holdings_of(balances));
    SnapshotEntries opening(plan.at, kOutside, MoveKind::opening);
    opening.add_holdings(held, only_of(plan.holdings, tracked));
    for (std::size_t i = 0; i < balances.size(); ++i)
        opening.add_balance(amount_of(stored[i]), balances[i]);
    work.add_holdings(opening.changes);
    work.add_balances(kSetBalances, balances, plan.at.block.number);
    work.add_unknown(only_of(plan.unknown, tracked), plan.at.block.number);
    work.add_entries(opening.entries, plan.at.epoch);
    if (last)
        work.add(kOpenToken,
                 params(column(plan.chain), column(token), column(plan.at.block.number)));
    auto totals = work.commit(rows_of(balances), Totals::wanted);
    if (!totals && session.sqlstate() == "22012")
        return Error(Errc::conflict,
                     "token " + std::to_string(token.value) +
                         ": not every tracked wallet was read at the cursor's block");
    if (!totals) return totals.error();
    return Committed{plan.at, std::move(*totals), {}, {}};
}

Result<Committed> adjust_balances(Connection& session, const Clock& clock,
                                  const AdjustmentPlan& plan, Deadline by) {
    LedgerWork work(session, clock, plan.chain, by);
    CB_CHECKED(work.begin_here(plan.at));
    CB_TRY(stored, work.amounts(rows_of(plan.balances)));
    CB_TRY(held, work.stored_holdings(plan.holdings));
    SnapshotEntries adjusting(plan.at, kSuspense, plan.kind);
    for (std::size_t i = 0; i < stored.size(); ++i)
        if (stored[i] && !stored[i]->known)
            adjusting.opens(plan.balances[i].wallet, plan.balances[i].token);
    adjusting.add_holdings(held, plan.holdings);
    std::vector<Observation> changed;
    for (std::size_t i = 0; i < plan.balances.size(); ++i) {
        const Observation& balance = plan.balances[i];
        if (!stored[i])
            return Error(Errc::corrupt, "wallet " + std::to_string(balance.wallet.value) +
                                            ", token " + std::to_string(balance.token.value) +
                                            ": no such balance to adjust");
        adjusting.add_balance(stored[i]->amount, balance);
        if (stored[i]->amount != balance.amount || !stored[i]->known) changed.push_back(balance);
    }
    std::vector<NetChange> others = adjusting.other_balances(plan.balances);
    CB_CHECKED(work.settle(others, adjusting.entries));
    work.add_holdings(adjusting.changes);
    work.add_changes(others);
    work.add_mark(kMarkSettled, rows_of(plan.balances));
    work.add_mark(kMarkSettled, rows_of(plan.holdings));
    work.add_balances(kAdjustBalances, changed, plan.at.block.number);
    work.add_entries(adjusting.entries, plan.at.epoch);
    std::vector<BalanceRow> names = rows_of(changed);
    for (const NetChange& other : others) names.push_back({other.wallet, other.token});
    CB_TRY(totals, work.commit(names, Totals::wanted));
    return Committed{plan.at, std::move(totals), {}, {}};
}

}  // namespace custodialbridge::store

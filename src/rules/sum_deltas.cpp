#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <iterator>
#include <tuple>
#include <utility>

#include "custodialbridge/rules/plan_blocks.hpp"

namespace custodialbridge::rules {

namespace {

const U256 kMost = ~U256(0);

auto key_of(const BalanceDelta& delta) { return std::make_pair(delta.wallet, delta.token); }

auto key_of(const HoldingDelta& delta) {
    return std::make_tuple(delta.wallet, delta.token, delta.nft_id);
}

struct DeltaKey {
    std::int64_t wallet;
    std::uint32_t token;
    bool operator==(const DeltaKey&) const = default;
};

struct DeltaKeyHash {
    std::size_t operator()(const DeltaKey& key) const noexcept {
        return static_cast<std::size_t>(key.wallet) * 0x9e3779b97f4a7c15ULL ^
               (std::size_t{key.token} * 0xc2b2ae3d27d4eb4fULL);
    }
};

using DeltaIndex = boost::unordered_flat_map<DeltaKey, std::size_t, DeltaKeyHash>;

BalanceDelta& delta_of(DeltaIndex& index, LedgerPlan& plan, WalletId wallet, const Move& move) {
    const auto [found, added] =
        index.try_emplace(DeltaKey{wallet.value, move.token.value}, plan.deltas.size());
    if (added) plan.deltas.push_back({wallet, move.token, 0, 0, move.block});
    BalanceDelta& delta = plan.deltas[found->second];
    delta.last_block = std::max(delta.last_block, move.block);
    return delta;
}

bool add_to(U256& sum, const U256& amount) {
    const auto total = checked_add(sum, amount);
    if (!total) return false;
    sum = *total;
    return true;
}

/// What both sides have in common is nothing to the balance.
template <class Delta>
void cancel_common(Delta& delta) {
    const U256 common = std::min(delta.credit, delta.debit);
    delta.credit -= common;
    delta.debit -= common;
}

/// False when the delta's net would not fit. A side alone may well not: a large supply that goes to
/// and fro.
template <class Delta>
bool add_to(Delta& delta, U256 Delta::*side, const U256& amount) {
    if (add_to(delta.*side, amount)) return true;
    cancel_common(delta);
    return add_to(delta.*side, amount);
}

template <class Delta>
bool join(Delta& sum, Delta delta) {
    if (!checked_add(sum.credit, delta.credit) || !checked_add(sum.debit, delta.debit))
        cancel_common(delta);
    sum.last_block = std::max(sum.last_block, delta.last_block);
    return add_to(sum, &Delta::credit, delta.credit) && add_to(sum, &Delta::debit, delta.debit);
}

/// Fills a side that cannot take `amount` as far as it goes; what is left over.
template <class Delta>
U256 fill(Delta& delta, U256 Delta::*side, const U256& amount) {
    const U256 room = kMost - delta.*side;
    delta.*side = kMost;
    return amount - room;
}

void add_to_balance(DeltaIndex& index, LedgerPlan& plan, WalletId wallet, const Move& move,
                    U256 BalanceDelta::*side) {
    if (wallet.value <= 0) return;
    BalanceDelta& delta = delta_of(index, plan, wallet, move);
    if (add_to(delta, side, move.amount)) return;
    const U256 rest = fill(delta, side, move.amount);
    const bool given = side == &BalanceDelta::credit;
    plan.excesses.push_back({wallet, move.token, std::nullopt, rest, given, move.block});
    plan.touched.push_back({wallet, move.token});
}

void sum_balances(LedgerPlan& plan) {
    DeltaIndex index;
    plan.deltas.clear();
    for (const Move& move : plan.moves) {
        if (move.amount == 0 || move.debit == move.credit) continue;
        add_to_balance(index, plan, move.debit, move, &BalanceDelta::debit);
        add_to_balance(index, plan, move.credit, move, &BalanceDelta::credit);
    }
    std::sort(plan.deltas.begin(), plan.deltas.end(),
              [](const auto& a, const auto& b) { return key_of(a) < key_of(b); });
}

/// NFTs are few: sorted, then summed.
void sum_holdings(LedgerPlan& plan) {
    std::vector<HoldingDelta> legs;
    for (const Move& move : plan.moves) {
        if (!move.nft_id || move.amount == 0 || move.debit == move.credit) continue;
        if (move.debit.value > 0)
            legs.push_back({move.debit, move.token, *move.nft_id, 0, move.amount, move.block});
        if (move.credit.value > 0)
            legs.push_back({move.credit, move.token, *move.nft_id, move.amount, 0, move.block});
    }
    std::stable_sort(legs.begin(), legs.end(),
                     [](const auto& a, const auto& b) { return key_of(a) < key_of(b); });
    plan.holdings.clear();
    for (HoldingDelta& leg : legs) {
        const bool same =
            !plan.holdings.empty() && key_of(plan.holdings.back()) == key_of(leg);
        if (!same) {
            plan.holdings.push_back(std::move(leg));
            continue;
        }
        HoldingDelta& sum = plan.holdings.back();
        sum.last_block = std::max(sum.last_block, leg.last_block);
        const bool given = leg.debit == 0;
        const auto side = given ? &HoldingDelta::credit : &HoldingDelta::debit;
        if (add_to(sum, side, leg.*side)) continue;
        const U256 rest = fill(sum, side, leg.*side);
        plan.excesses.push_back({leg.wallet, leg.token, leg.nft_id, rest, given, leg.last_block});
    }
}

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

/// Of two sorted lists; false when a sum would not fit.
template <class Delta>
bool joined(const std::vector<Delta>& first, const std::vector<Delta>& second,
            std::vector<Delta>& out) {
    out.reserve(first.size() + second.size());
    auto earlier = first.begin();
    for (const Delta& delta : second) {
        for (; earlier != first.end() && key_of(*earlier) < key_of(delta); ++earlier)
            out.push_back(*earlier);
        out.push_back(delta);
        if (earlier == first.end() || key_of(*earlier) != key_of(delta)) continue;
        if (!join(out.back(), *earlier)) return false;
        ++earlier;
    }
    out.insert(out.end(), earlier, first.end());
    return true;
}

}  // namespace

void sum_deltas(LedgerPlan& plan) {
    plan.excesses.clear();
    sum_balances(plan);
    sum_holdings(plan);
    std::sort(plan.touched.begin(), plan.touched.end());
    plan.touched.erase(std::unique(plan.touched.begin(), plan.touched.end()), plan.touched.end());
}

bool join_plans(LedgerPlan& first, LedgerPlan& second) {
    std::vector<BalanceDelta> deltas;
    std::vector<HoldingDelta> holdings;
    if (!joined(first.deltas, second.deltas, deltas) ||
        !joined(first.holdings, second.holdings, holdings))
        return false;
    first.deltas = std::move(deltas);
    first.holdings = std::move(holdings);
    std::vector<Touch> touched;
    std::set_union(first.touched.begin(), first.touched.end(), second.touched.begin(),
                   second.touched.end(), std::back_inserter(touched));
    first.touched = std::move(touched);
    append(first.blocks, second.blocks);
    append(first.moves, second.moves);
    append(first.excesses, second.excesses);
    append(first.announcements, second.announcements);
    append(first.deployed, second.deployed);
    append(first.native_touched, second.native_touched);
    return true;
}

}  // namespace custodialbridge::rules

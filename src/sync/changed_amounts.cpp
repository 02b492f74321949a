#include "custodialbridge/sync/changed_amounts.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace custodialbridge::sync {

std::size_t ChangedAmounts::HashName::operator()(const store::AmountName& name) const noexcept {
    const std::hash<std::uint64_t> hash;
    std::size_t mixed = hash(static_cast<std::uint64_t>(name.balance.wallet.value) * 0x9e3779b9U);
    mixed = mixed * 31 + hash(name.balance.token.value);
    if (name.nft_id) mixed = mixed * 31 + hash(static_cast<std::uint64_t>(*name.nft_id & ~0ULL));
    return mixed * 0x9e3779b97f4a7c15ULL;
}

void ChangedAmounts::want(bool wanted) {
    wanted_ = wanted;
    if (wanted) return;
    changed_.clear();
    unsettled_.clear();
}

void ChangedAmounts::add(const LedgerPlan& plan) {
    for (const BalanceDelta& delta : plan.deltas)
        add({{{delta.wallet, delta.token}, std::nullopt}, {delta.last_block, delta.last_block}});
    for (const HoldingDelta& delta : plan.holdings)
        add({{{delta.wallet, delta.token}, delta.nft_id}, {delta.last_block, delta.last_block}});
}

void ChangedAmounts::add(const ChangedAmount& changed) {
    if (!wanted_) return;
    const auto found = changed_.find(changed.name);
    if (found != changed_.end()) {
        ChangedIn& in = found->second;
        in.first = std::min(in.first, changed.in.first);
        in.last = std::max(in.last, changed.in.last);
    } else if (changed_.size() < kCapacity) {
        changed_.emplace(changed.name, changed.in);
    } else {
        ++without_room_;
    }
}

void ChangedAmounts::unwound_to(BlockNumber ancestor) {
    unsettled_.clear();  // found again, where it still is so
    for (auto& [name, in] : changed_) {
        in.first = std::min(in.first, ancestor);
        in.last = std::min(in.last, ancestor);
    }
}

std::vector<ChangedAmount> ChangedAmounts::take(BlockNumber at, std::size_t limit) {
    std::vector<ChangedAmount> taken;
    for (auto each = changed_.begin(); each != changed_.end() && taken.size() < limit;) {
        auto& [name, in] = *each;
        if (in.first > at) {
            ++each;
            continue;
        }
        taken.push_back({name, in});
        if (in.last > at) {
            in.first = next(at);
            ++each;
        } else {
            changed_.erase(each++);
        }
    }
    return taken;
}

void ChangedAmounts::settle(const store::LedgerAmount& amount) {
    const bool known = std::any_of(unsettled_.begin(), unsettled_.end(),
                                   [&](const auto& one) { return one.name == amount.name; });
    if (!known && unsettled_.size() < kUnsettledMax) unsettled_.push_back(amount);
}

std::vector<store::LedgerAmount> ChangedAmounts::take_unsettled() {
    return std::exchange(unsettled_, {});
}

}  // namespace custodialbridge::sync

#include "balance_history.hpp"

#include <algorithm>

namespace custodialbridge::bench {

BalanceHistory::BalanceHistory(const PreparedChain& chain) : steps_(chain.facts().wallets) {
    for (std::uint32_t wallet = 0; wallet < chain.facts().wallets; ++wallet)
        wallets_.emplace(wallet_address(wallet), wallet);
    const auto step_of = [this](std::uint32_t wallet, std::uint32_t block) -> Amount& {
        auto& steps = steps_[wallet];
        if (steps.empty() || steps.back().first != block)
            steps.emplace_back(block, steps.empty() ? Amount{0} : steps.back().second);
        return steps.back().second;
    };
    for (const Transfer& transfer : chain.transfers()) {
        if (transfer.from != kNobody) step_of(transfer.from, transfer.block) -= transfer.amount;
        if (transfer.to != kNobody) step_of(transfer.to, transfer.block) += transfer.amount;
    }
}

Amount BalanceHistory::at(const Address& address, std::uint64_t block) const {
    const auto found = wallets_.find(address);
    if (found == wallets_.end()) return 0;
    const auto& steps = steps_[found->second];
    const auto after = std::upper_bound(steps.begin(), steps.end(), block,
                                        [](std::uint64_t number, const Step& step) {
                                            return number < step.first;
                                        });
    return after == steps.begin() ? Amount{0} : std::prev(after)->second;
}

}  // namespace custodialbridge::bench

#include "settlements.hpp"

#include <algorithm>

namespace custodialbridge::sync {

namespace {

constexpr Millis kReadPatience{5'000};  // the walk waits meanwhile

}  // namespace

Task<Result<void>> Settlements::step() {
    if (!chain_.unsettled) {
        CB_CO_TRY(stored, co_await chain_.parts.balances.unsettled(chain_.id(), chain_.deadline()));
        chain_.unsettled = std::move(stored);
    }
    if (chain_.unsettled->empty()) co_return Result<void>{};
    co_return co_await settle();
}

Task<Result<void>> Settlements::settle() {
    std::vector<rpc::BalanceQuestion> questions;
    std::vector<Observation> observations;
    for (const store::BalanceName& name : *chain_.unsettled)
        ask_for(name, questions, observations);
    if (questions.empty()) co_return Result<void>{};
    const Deadline by = chain_.deadline().at_most(chain_.parts.clock, kReadPatience);
    const auto answers =
        co_await chain_.parts.rpc.balances(chain_.cursor.block, std::move(questions), by);
    if (!answers) co_return Result<void>{};
    AdjustmentPlan plan{chain_.id(), chain_.cursor, MoveKind::sync, {}};
    for (std::size_t i = 0; i < answers->size(); ++i) {
        if (!(*answers)[i]) continue;
        observations[i].amount = *(*answers)[i];
        plan.balances.push_back(observations[i]);
    }
    if (plan.balances.empty()) co_return Result<void>{};
    const std::vector<Observation> settled = plan.balances;
    CB_CO_CHECKED(co_await chain_.parts.writer.adjust(std::move(plan), chain_.deadline()));
    std::erase_if(*chain_.unsettled, [&](const store::BalanceName& name) {
        return std::any_of(settled.begin(), settled.end(), [&](const Observation& one) {
            return one.wallet == name.wallet && one.token == name.token;
        });
    });
    co_return Result<void>{};
}

void Settlements::ask_for(const store::BalanceName& name,
                          std::vector<rpc::BalanceQuestion>& questions,
                          std::vector<Observation>& observations) const {
    const Address* holder = chain_.watchlist.address_of(name.wallet);
    if (holder == nullptr) return;
    for (const rules::FollowedToken& token : chain_.watchlist.tokens()) {
        if (token.token != name.token) continue;
        questions.push_back({*holder, token.contract, std::nullopt});
        observations.push_back({name.wallet, name.token, 0});
    }
}

}  // namespace custodialbridge::sync

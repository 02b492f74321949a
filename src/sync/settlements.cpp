#include "settlements.hpp"

#include <algorithm>
#include <utility>

namespace custodialbridge::sync {

namespace {

constexpr Millis kReadPatience{2'000};  // the walk waits meanwhile
constexpr std::size_t kReadAtOnce = 500;
constexpr Millis kPauseFirst{250};
constexpr Millis kPauseCap{4'000};

}  // namespace

Task<Result<void>> Settlements::step() {
    CB_CO_CHECKED(co_await settle_differing());
    if (!chain_.has_unsettled || chain_.parts.clock.now() < next_) co_return Result<void>{};
    chain_.has_unsettled = false;  // unless somebody says so meanwhile
    auto found = co_await chain_.parts.balances.unsettled(chain_.id(), after_, kReadAtOnce,
                                                          chain_.deadline());
    if (!found) {
        chain_.has_unsettled = true;
        co_return found.error();
    }
    const std::size_t count = found->size();
    const bool from_the_start = std::exchange(after_, WalletId{0}) == WalletId{0};
    if (count == kReadAtOnce) after_ = found->back().name.wallet;
    if (count == 0) {
        chain_.has_unsettled = chain_.has_unsettled || !from_the_start;
        co_return Result<void>{};
    }
    auto settled = co_await settle(std::move(*found));
    const bool all = settled && *settled == count && count < kReadAtOnce && from_the_start;
    chain_.has_unsettled = chain_.has_unsettled || !all;
    rest(settled && *settled > 0);
    if (!settled) co_return settled.error();
    co_return Result<void>{};
}

/// What the verifier found to differ; it will again, should this not come to an end.
Task<Result<void>> Settlements::settle_differing() {
    if (chain_.parts.changed == nullptr || !chain_.parts.changed->has_unsettled())
        co_return Result<void>{};
    std::vector<rpc::BalanceQuestion> questions;
    std::vector<store::AmountName> names;
    for (const store::LedgerAmount& one : chain_.parts.changed->take_unsettled()) {
        const rules::FollowedToken* token = chain_.followed(one.name.balance.token);
        const bool asked = std::find(names.begin(), names.end(), one.name) != names.end();
        if (token == nullptr || asked) continue;
        const auto& id = one.name.nft_id ? one.name.nft_id : token->nft_id;
        const bool by_owner = token->kind == TokenKind::erc721 && id.has_value();
        questions.push_back({one.holder, token->contract, id, by_owner});
        names.push_back(one.name);
        if (!by_owner) continue;  // how many there are does not follow from one of them
        const store::AmountName count{one.name.balance, std::nullopt};
        if (std::find(names.begin(), names.end(), count) != names.end()) continue;
        questions.push_back({one.holder, token->contract, std::nullopt});
        names.push_back(count);
    }
    if (questions.empty()) co_return Result<void>{};
    const Deadline by = chain_.deadline().at_most(chain_.parts.clock, kReadPatience);
    const auto answers =
        co_await chain_.parts.rpc.balances(chain_.cursor.block, std::move(questions), by);
    if (!answers) co_return Result<void>{};
    AdjustmentPlan plan{chain_.id(), chain_.cursor, MoveKind::sync, {}};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!(*answers)[i]) continue;
        const auto& [wallet, token] = names[i].balance;
        if (names[i].nft_id)
            plan.holdings.push_back({wallet, token, *names[i].nft_id, *(*answers)[i]});
        else
            plan.balances.push_back({wallet, token, *(*answers)[i]});
    }
    if (plan.balances.empty() && plan.holdings.empty()) co_return Result<void>{};
    co_return co_await chain_.adjust(std::move(plan));
}

void Settlements::rest(bool useful) {
    failed_ = useful ? 0 : failed_ + 1;
    const Millis pause =
        std::min<Millis>(kPauseFirst * (1LL << std::min(failed_, 10U)), kPauseCap);
    next_ = useful ? Instant{} : chain_.parts.clock.now() + pause;
}

/// How many of them were.
Task<Result<std::size_t>> Settlements::settle(std::vector<store::Unsettled> waiting) {
    std::vector<rpc::BalanceQuestion> questions;
    std::vector<Observation> observations;
    for (const store::Unsettled& one : waiting) {
        const rules::FollowedToken* token = chain_.followed(one.name.token);
        if (token == nullptr) continue;
        questions.push_back({one.holder, token->contract, token->nft_id});
        observations.push_back({one.name.wallet, one.name.token, 0});
    }
    if (questions.empty()) co_return std::size_t{0};
    const Deadline by = chain_.deadline().at_most(chain_.parts.clock, kReadPatience);
    const auto answers =
        co_await chain_.parts.rpc.balances(chain_.cursor.block, std::move(questions), by);
    if (!answers) co_return std::size_t{0};
    AdjustmentPlan plan{chain_.id(), chain_.cursor, MoveKind::sync, {}};
    for (std::size_t i = 0; i < answers->size(); ++i) {
        if (!(*answers)[i]) continue;
        observations[i].amount = *(*answers)[i];
        plan.balances.push_back(observations[i]);
    }
    const std::size_t settled = plan.balances.size();
    if (settled > 0)
        CB_CO_CHECKED(co_await chain_.adjust(std::move(plan)));
    co_return settled;
}

}  // namespace custodialbridge::sync

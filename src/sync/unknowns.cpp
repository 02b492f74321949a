#include "unknowns.hpp"

#include <algorithm>
#include <utility>

namespace custodialbridge::sync {

namespace {

constexpr Millis kReadPatience{2'000};  // the walk waits meanwhile
constexpr std::size_t kReadAtOnce = 500;
constexpr std::size_t kTriedAtOnce = 20;  // of a token that has told nothing: each may cost a call
constexpr Millis kPauseFirst{500};
constexpr Millis kPauseCap{15'000};

}  // namespace

Task<Result<void>> Unknowns::step() {
    if (std::exchange(chain_.has_unknown, false))
        for (const rules::FollowedToken& token : chain_.watchlist.tokens())
            walks_.try_emplace(token.token);
    CB_CO_TRY(pages, co_await next_pages());
    if (pages.empty()) co_return Result<void>{};
    CB_CO_TRY(answered, co_await learn(pages));
    for (const Page& page : pages) go_on(page, answered);
    co_return Result<void>{};
}

/// Of the tokens that are due.
Task<Result<std::vector<Unknowns::Page>>> Unknowns::next_pages() {
    std::vector<Page> pages;
    std::vector<store::UnknownAfter> due;
    for (const auto& [token, walk] : walks_) {
        if (chain_.parts.clock.now() < walk.next) continue;
        due.push_back({token, walk.after});
        pages.push_back({token, {}, false, 0});
    }
    if (due.empty()) co_return std::move(pages);
    CB_CO_TRY(found, co_await chain_.parts.balances.unknown(chain_.id(), std::move(due),
                                                            kReadAtOnce, chain_.deadline()));
    auto one = found.begin();
    for (Page& page : pages) {
        while (one != found.end() && one->name.token == page.token)
            page.balances.push_back(std::move(*one++));
        page.last = page.balances.size() < kReadAtOnce;
        const std::size_t most = walks_[page.token].tells ? kReadAtOnce : kTriedAtOnce;
        page.last = page.last && page.balances.size() <= most;
        page.balances.resize(std::min(page.balances.size(), most));
    }
    co_return std::move(pages);
}

/// False when nobody answered: then it says nothing about the tokens.
Task<Result<bool>> Unknowns::learn(std::vector<Page>& pages) {
    std::vector<rpc::BalanceQuestion> questions;
    for (const Page& page : pages)
        for (const store::Unsettled& one : page.balances) {
            const rules::FollowedToken* token = chain_.followed(page.token);
            if (token == nullptr) continue;
            questions.push_back({one.holder, token->contract, token->nft_id});
        }
    if (questions.empty()) co_return true;
    const Deadline by = chain_.deadline().at_most(chain_.parts.clock, kReadPatience);
    const auto answers =
        co_await chain_.parts.rpc.balances(chain_.cursor.block, std::move(questions), by);
    if (!answers) co_return false;
    AdjustmentPlan plan{chain_.id(), chain_.cursor, MoveKind::sync, {}};
    auto answer = answers->begin();
    for (Page& page : pages) {
        const rules::FollowedToken* token = chain_.followed(page.token);
        if (token == nullptr) continue;
        for (const store::Unsettled& one : page.balances) {
            const rpc::BalanceAnswer& amount = *answer++;
            if (!amount) continue;
            ++page.learnt;
            plan.balances.push_back({one.name.wallet, page.token, *amount});
            if (token->nft_id)
                plan.holdings.push_back({one.name.wallet, page.token, *token->nft_id, *amount});
        }
    }
    if (plan.balances.empty()) co_return true;
    CB_CO_CHECKED(co_await chain_.adjust(std::move(plan)));
    co_return true;
}

void Unknowns::go_on(const Page& page, bool answered) {
    Walk& walk = walks_[page.token];
    const bool none_left = page.balances.empty() && walk.after == WalletId{0};
    if (none_left || chain_.followed(page.token) == nullptr) {
        walks_.erase(page.token);
        return;
    }
    if (answered) walk.after = page.last ? WalletId{0} : page.balances.back().name.wallet;
    if (page.learnt > 0) chain_.probe.learnt(page.token, page.learnt);
    if (page.balances.empty()) return;  // from the start again
    walk.tells = page.learnt > 0;
    walk.failed = walk.tells ? 0 : walk.failed + 1;
    const Millis pause =
        std::min<Millis>(kPauseFirst * (1LL << std::min(walk.failed, 10U)), kPauseCap);
    walk.next = walk.tells ? Instant{} : chain_.parts.clock.now() + pause;
}

}  // namespace custodialbridge::sync

#include "openings.hpp"

#include <algorithm>

#include "custodialbridge/core/limits.hpp"

namespace custodialbridge::sync {

namespace {

constexpr Millis kPauseFirst{500};
constexpr Millis kPauseCap{30'000};

/// A commit that failed may have landed: its wallets would be tracked and not watched. So look
/// again.
Error perhaps_committed(const Error& error) {
    return {Errc::conflict, "an opening's outcome is unknown: " + error.message()};
}

/// Answers come wallet by wallet, in the order of the tokens; one unknown balance makes its wallet
/// wait.
std::vector<Observation> whole_wallets(const std::vector<store::TrackedWallet>& wallets,
                                       const std::vector<rules::FollowedToken>& tokens,
                                       const std::vector<rpc::BalanceAnswer>& answers) {
    std::vector<Observation> whole;
    for (std::size_t w = 0; w < wallets.size(); ++w) {
        const auto first = answers.begin() + static_cast<std::ptrdiff_t>(w * tokens.size());
        const auto last = first + static_cast<std::ptrdiff_t>(tokens.size());
        if (!std::all_of(first, last, [](const auto& answer) { return answer.has_value(); }))
            continue;
        for (std::size_t t = 0; t < tokens.size(); ++t)
            whole.push_back(
                {wallets[w].id, tokens[t].token, **(first + static_cast<std::ptrdiff_t>(t))});
    }
    return whole;
}

}  // namespace

Task<Result<std::vector<Observation>>> Openings::read(std::vector<store::TrackedWallet> wallets,
                                                      std::vector<rules::FollowedToken> tokens,
                                                      Deadline by) {
    std::vector<rpc::BalanceQuestion> questions;
    for (const store::TrackedWallet& wallet : wallets)
        for (const rules::FollowedToken& token : tokens)
            questions.push_back({wallet.address, token.contract, std::nullopt});
    if (questions.empty()) co_return std::vector<Observation>{};
    CB_CO_TRY(answers, co_await chain_.parts.rpc.balances(chain_.cursor.block,
                                                          std::move(questions), by));
    for (const rpc::BalanceAnswer& answer : answers)
        if (!answer) {
            telemetry::log(telemetry::LogLevel::warn, "a followed token's balance cannot be read",
                           {{"chain", chain_.id().value}, {"error", answer.error()}});
            break;
        }
    co_return whole_wallets(wallets, tokens, answers);
}

Task<Result<bool>> Openings::step(bool at_head) {
    runtime::Clock& clock = chain_.parts.clock;
    if (at_head && wait_for_head_) {
        wait_for_head_ = false;
        next_try_ = {};
    }
    if (wait_for_head_ || clock.now() < next_try_) co_return false;
    auto opened = co_await open_something();
    if (opened) {
        failures_ = 0;
        co_return std::move(opened);
    }
    const Error& error = opened.error();
    if (error.code() == Errc::conflict) co_return error;
    wait_for_head_ = error.code() == Errc::unsupported && !at_head;
    const Millis pause =
        std::min<Millis>(kPauseFirst * (1LL << std::min(failures_++, 10U)), kPauseCap);
    next_try_ = clock.now() + pause;
    telemetry::log(telemetry::LogLevel::warn, "opening balances cannot be read yet",
                   {{"chain", chain_.id().value}, {"error", error},
                    {"retry_in_ms", pause.count()}});
    co_return false;
}

Task<Result<bool>> Openings::open_something() {
    CB_CO_CHECKED(co_await open_tokens());
    co_return co_await open_wallets();
}

Task<Result<bool>> Openings::open_wallets() {
    const Deadline by = chain_.deadline();
    CB_CO_TRY(waiting, co_await chain_.parts.wallets.snapshotting(
                           chain_.id(), limits::kWalletsPerSnapshotMax, by));
    if (waiting.empty()) co_return false;
    std::vector<store::TrackedWallet> wallets;
    for (const Wallet& wallet : waiting) wallets.push_back({wallet.id, wallet.address});
    const auto tokens = chain_.watchlist.tokens();
    std::vector<rules::FollowedToken> followed(tokens.begin(), tokens.end());
    CB_CO_TRY(seen, co_await read(wallets, std::move(followed), by));
    OpeningPlan plan;
    plan.chain = chain_.id();
    plan.at = chain_.cursor;
    for (const store::TrackedWallet& wallet : wallets)
        if (tokens.empty() || std::any_of(seen.begin(), seen.end(), [&](const auto& balance) {
                return balance.wallet == wallet.id;
            }))
            plan.wallets.push_back(wallet.id);
    if (plan.wallets.empty())
        co_return Error(Errc::unavailable, "no waiting wallet's balances can be read");
    plan.balances = std::move(seen);
    const auto committed = co_await chain_.parts.writer.open(std::move(plan), by);
    if (!committed) co_return perhaps_committed(committed.error());
    for (const WalletId opened : committed->opened) {
        const auto found = std::find_if(wallets.begin(), wallets.end(),
                                        [&](const auto& wallet) { return wallet.id == opened; });
        if (found == wallets.end()) continue;
        chain_.watchlist.add_wallet(found->address, opened);
        opened_.push_back({chain_.cursor.block.number, found->address});
    }
    const std::uint64_t depth = chain_.parts.settings.reorg_depth;
    while (!opened_.empty() && opened_.front().at.value + depth < chain_.cursor.block.number.value)
        opened_.pop_front();
    balances_ += committed->opened.size() * chain_.watchlist.tokens().size();
    chain_.probe.opened(committed->opened.size(), chain_.cursor);
    co_return !committed->opened.empty();
}

const Token* Openings::configured(TokenId token) const {
    const auto& tokens = chain_.parts.tokens;
    const auto found = std::find_if(tokens.begin(), tokens.end(),
                                    [&](const Token& known) { return known.id == token; });
    return found == tokens.end() ? nullptr : &*found;
}

Task<Result<void>> Openings::open_tokens() {
    while (!tokens_to_open_.empty()) {
        const Token* token = configured(tokens_to_open_.back());
        if (token != nullptr && token->realtime && token->kind == TokenKind::erc20) {
            CB_CO_CHECKED(co_await open_token(*token));
            chain_.watchlist.add_token(*token);
        }
        tokens_to_open_.pop_back();
    }
    co_return Result<void>{};
}

Task<Result<void>> Openings::open_token(Token token) {
    const std::vector<rules::FollowedToken> tokens{{token.address, token.id, token.kind}};
    WalletId after{0};
    for (bool last = false; !last;) {
        const Deadline by = chain_.deadline();  // each batch has its own
        CB_CO_TRY(wallets, co_await chain_.parts.wallets.tracked(
                               chain_.id(), after, limits::kWalletsPerSnapshotMax, by));
        last = wallets.size() < limits::kWalletsPerSnapshotMax;
        if (!wallets.empty()) after = wallets.back().id;
        OpeningPlan plan;
        plan.chain = chain_.id();
        plan.at = chain_.cursor;
        CB_CO_TRY(seen, co_await read(wallets, tokens, by));
        if (seen.size() != wallets.size())
            co_return Error(Errc::unavailable, "token " + std::to_string(token.id.value) +
                                                   ": not every wallet's balance can be read");
        const std::size_t count = seen.size();
        plan.balances = std::move(seen);
        const auto committed =
            co_await chain_.parts.writer.open_token(std::move(plan), token.id, last, by);
        if (!committed) co_return perhaps_committed(committed.error());
        balances_ += count;
    }
    co_return Result<void>{};
}

void Openings::unwound_to(BlockNumber block) {
    while (!opened_.empty() && block < opened_.back().at) {
        chain_.watchlist.remove_wallet(opened_.back().address);
        opened_.pop_back();
    }
}

}  // namespace custodialbridge::sync

#include "openings.hpp"

#include <algorithm>
#include <utility>

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
    const auto unread = std::find_if(answers.begin(), answers.end(),
                                     [](const rpc::BalanceAnswer& answer) { return !answer; });
    if (unread != answers.end()) {
        const auto at = static_cast<std::size_t>(unread - answers.begin());
        const rules::FollowedToken& token = tokens[at % tokens.size()];
        telemetry::log(telemetry::LogLevel::warn, "a followed token's balance cannot be read",
                       {{"chain", chain_.id().value}, {"token", token.token.value},
                        {"contract", to_string(token.contract)},
                        {"holder", to_string(wallets[at / tokens.size()].address)},
                        {"error", unread->error()}});
    }
    co_return whole_wallets(wallets, tokens, answers);
}

Task<Result<bool>> Openings::step(bool at_head) {
    if (at_head) {
        for (Attempts* some : {&tokens_, &wallets_})
            if (some->waits_for_head || !seen_head_) *some = {};
        seen_head_ = true;
    }
    auto opening_tokens = open_tokens();
    CB_CO_TRY(tokens, co_await attempt(tokens_, std::move(opening_tokens), at_head));
    if (tokens_.waits_for_head) co_return tokens;  // wallets join with the tokens
    auto opening_wallets = open_wallets();
    CB_CO_TRY(wallets, co_await attempt(wallets_, std::move(opening_wallets), at_head));
    co_return tokens || wallets;
}

Task<Result<bool>> Openings::attempt(Attempts& attempts, Task<Result<bool>> opening, bool at_head) {
    runtime::Clock& clock = chain_.parts.clock;
    if (attempts.waits_for_head || clock.now() < attempts.next) co_return false;
    auto opened = co_await std::move(opening);
    if (opened) {
        attempts = {};
        co_return std::move(opened);
    }
    const Error& error = opened.error();
    if (error.code() == Errc::conflict) co_return error;
    attempts.waits_for_head = error.code() == Errc::unsupported && !at_head;
    const Millis pause =
        std::min<Millis>(kPauseFirst * (1LL << std::min(attempts.failed++, 10U)), kPauseCap);
    attempts.next = clock.now() + pause;
    telemetry::log(telemetry::LogLevel::warn, "opening balances cannot be read yet",
                   {{"chain", chain_.id().value}, {"error", error},
                    {"retry_in_ms", pause.count()}});
    co_return false;
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
    const std::size_t planned = plan.wallets.size();
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
    if (committed->opened.size() != planned)  // removed, or opened by what we gave up waiting for
        co_return Error(Errc::conflict, "a wallet was opened or removed meanwhile");
    co_return true;
}

const Token* Openings::configured(TokenId token) const {
    const auto& tokens = chain_.parts.tokens;
    const auto found = std::find_if(tokens.begin(), tokens.end(),
                                    [&](const Token& known) { return known.id == token; });
    return found == tokens.end() ? nullptr : &*found;
}

Task<Result<bool>> Openings::open_tokens() {
    std::vector<TokenId> waiting;
    Result<bool> outcome = !tokens_to_open_.empty();
    for (const TokenId id : std::exchange(tokens_to_open_, {})) {
        const Token* token = configured(id);
        if (token == nullptr || !token->realtime || token->kind != TokenKind::erc20) continue;
        const auto opened = co_await open_token(*token);
        if (opened) {
            chain_.watchlist.add_token(*token);
            continue;
        }
        waiting.push_back(id);  // it holds no other token up
        if (outcome || opened.error().code() == Errc::conflict) outcome = opened.error();
    }
    tokens_to_open_ = std::move(waiting);
    co_return std::move(outcome);
}

Task<Result<void>> Openings::open_token(Token token) {
    const std::vector<rules::FollowedToken> tokens{
        {token.address, token.id, token.kind, token.nft_id}};
    WalletId after{0};
    for (bool last = false; !last;) {
        const Deadline by = chain_.deadline();  // each batch has its own
        CB_CO_TRY(wallets, co_await chain_.parts.wallets.tracked(
                               chain_.id(), after, limits::kWalletsPerSnapshotMax, by));
        last = wallets.size() < limits::kWalletsPerSnapshotMax;
        if (!wallets.empty()) after = wallets.back().id;
        if (wallets.empty()) CB_CO_CHECKED(co_await try_token(tokens.front(), by));
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

/// With no wallet to read it for, a token that cannot be read would be found out by the first one.
Task<Result<void>> Openings::try_token(rules::FollowedToken token, Deadline by) {
    std::vector<rpc::BalanceQuestion> questions{{token.contract, token.contract, std::nullopt}};
    CB_CO_TRY(answers, co_await chain_.parts.rpc.balances(chain_.cursor.block,
                                                          std::move(questions), by));
    if (answers.front()) co_return Result<void>{};
    co_return Error(Errc::unavailable, "token " + std::to_string(token.token.value) + " (" +
                                           to_string(token.contract) + "): " +
                                           answers.front().error().message());
}

void Openings::unwound_to(BlockNumber block) {
    while (!opened_.empty() && block < opened_.back().at) {
        chain_.watchlist.remove_wallet(opened_.back().address);
        opened_.pop_back();
    }
}

}  // namespace custodialbridge::sync

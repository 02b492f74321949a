#include "openings.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "custodialbridge/core/limits.hpp"

namespace custodialbridge::sync {

namespace {

constexpr std::size_t kWalletsPerLook = 50'000;
constexpr Millis kPauseFirst{500};
constexpr Millis kPauseCap{30'000};

/// A commit that failed may have landed: its wallets would be tracked and not watched. So look
/// again.
Error perhaps_committed(const Error& error) {
    return {Errc::conflict, "an opening's outcome is unknown: " + error.message()};
}

}  // namespace

/// Fills it at the cursor's block.
Task<Result<void>> Openings::read(OpeningRead& opening, Deadline by) {
    if (opening.questions().empty()) {
        opening.take({});
        co_return Result<void>{};
    }
    auto questions = opening.questions();
    CB_CO_TRY(answers, co_await chain_.parts.rpc.balances(chain_.cursor.block,
                                                          std::move(questions), by));
    CB_CO_CHECKED(co_await settle_unmade(opening.questions(), answers, by));
    opening.take(answers);
    if (opening.left_out)
        telemetry::log(telemetry::LogLevel::warn, "a followed token's balance cannot be read",
                       {{"chain", chain_.id().value},
                        {"contract", to_string(opening.left_out->question->contract)},
                        {"holder", to_string(opening.left_out->question->holder)},
                        {"error", opening.left_out->why}});
    co_return Result<void>{};
}

/// Of a contract that is not made yet at the cursor's block, nobody has anything.
Task<Result<void>> Openings::settle_unmade(std::span<const rpc::BalanceQuestion> questions,
                                           std::vector<rpc::BalanceAnswer>& answers, Deadline by) {
    std::set<Address> contracts;
    for (std::size_t i = 0; i < questions.size(); ++i)
        if (!answers[i] && !questions[i].by_owner) contracts.insert(questions[i].contract);
    if (contracts.empty()) co_return Result<void>{};
    std::vector<rpc::BalanceQuestion> of_code;
    for (const Address& contract : contracts)
        of_code.push_back({{}, contract, std::nullopt, false, true});
    CB_CO_TRY(codes,
              co_await chain_.parts.rpc.balances(chain_.cursor.block, std::move(of_code), by));
    auto code = codes.begin();
    for (const Address& contract : contracts) {
        const rpc::BalanceAnswer is_made = std::move(*code++);
        for (std::size_t i = 0; is_made && *is_made == 0 && i < questions.size(); ++i)
            if (questions[i].contract == contract && !questions[i].by_owner) answers[i] = U256(0);
    }
    co_return Result<void>{};
}

Task<Result<bool>> Openings::step(bool at_head) {
    if (at_head) {
        for (Attempts* some : {&tokens_, &wallets_})
            if (some->waits_for_head || !seen_head_) *some = {};
        seen_head_ = true;
    }
    auto opening_tokens = open_tokens();
    CB_CO_TRY(tokens, co_await attempt(tokens_, std::move(opening_tokens), at_head));
    // Wallets join with the tokens.
    if (tokens_.waits_for_head || searched_token_) co_return tokens;
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

/// Those whose NFTs are being searched, as long as they wait; else the first that do.
std::vector<store::TrackedWallet> Openings::next_wallets(const std::vector<Wallet>& waiting,
                                                         std::span<const rules::FollowedToken> to) {
    std::vector<store::TrackedWallet> searched, all;
    for (const Wallet& wallet : waiting) {
        all.push_back({wallet.id, wallet.address});
        if (search_.is_for(wallet.id)) searched.push_back(all.back());
    }
    const bool same_tokens = std::all_of(to.begin(), to.end(), [&](const auto& token) {
        return !has_unknown_ids(token) || search_.is_for(token.token);
    });
    if (same_tokens && !searched.empty()) return searched;
    search_.begin(all, to);
    return all;
}

Task<Result<bool>> Openings::open_wallets() {
    const Deadline by = chain_.deadline();
    CB_CO_TRY(waiting, co_await chain_.parts.wallets.snapshotting(
                           chain_.id(), limits::kWalletsPerSnapshotMax, by));
    if (waiting.empty()) co_return false;
    const auto tokens = chain_.watchlist.tokens();
    const std::vector<rules::FollowedToken> followed(tokens.begin(), tokens.end());
    const auto wallets = next_wallets(waiting, followed);
    CB_CO_TRY(searched, co_await search_.advance());
    if (!searched) co_return true;
    OpeningRead opening(wallets, followed, search_.found());
    CB_CO_CHECKED(co_await read(opening, chain_.deadline()));
    if (search_.widen(opening.balances, opening.holdings)) co_return true;
    search_.begin({}, {});  // whoever cannot be read joins the next that wait
    if (opening.wallets.empty())
        co_return Error(Errc::unavailable, "no waiting wallet's balances can be read");
    OpeningPlan plan;
    plan.chain = chain_.id();
    plan.at = chain_.cursor;
    plan.wallets = std::move(opening.wallets);
    plan.balances = std::move(opening.balances);
    plan.holdings = std::move(opening.holdings);
    plan.unknown = opening.unknown;
    const std::size_t planned = plan.wallets.size();
    const auto committed = co_await chain_.parts.writer.open(std::move(plan), by);
    if (!committed) co_return perhaps_committed(committed.error());
    tell_unknown(opening);
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
        if (token == nullptr || !token->realtime || token->kind == TokenKind::native) continue;
        const auto opened = co_await open_token(*token);
        if (opened && *opened) {
            chain_.watchlist.add_token(*token);
            continue;
        }
        waiting.push_back(id);  // it holds no other token up
        if (opened) continue;
        if (searched_token_ == id) {  // it holds neither the others nor the wallets up
            searched_token_.reset();
            token_search_.begin({}, {});
        }
        if (outcome || opened.error().code() == Errc::conflict) outcome = opened.error();
    }
    tokens_to_open_ = std::move(waiting);
    co_return std::move(outcome);
}

/// False when its NFTs have to be searched on.
Task<Result<bool>> Openings::open_token(Token token) {
    const std::vector<rules::FollowedToken> tokens{
        {token.address, token.id, token.kind, token.nft_id}};
    CB_CO_TRY(searched, co_await search_for(tokens.front()));
    if (!searched) co_return false;
    const auto candidates = token_search_.found();
    bool readable = false;
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
        OpeningRead opening(wallets, tokens, candidates);
        CB_CO_CHECKED(co_await read(opening, by));
        if (opening.wallets.size() != wallets.size())
            co_return Error(Errc::unavailable, "token " + std::to_string(token.id.value) +
                                                   ": not every wallet's balance can be read");
        readable = readable || !opening.balances.empty();
        if (!readable) CB_CO_CHECKED(co_await try_token(tokens.front(), by));
        if (token_search_.widen(opening.balances, opening.holdings)) co_return false;
        plan.balances = std::move(opening.balances);
        plan.holdings = std::move(opening.holdings);
        plan.unknown = opening.unknown;
        const auto committed =
            co_await chain_.parts.writer.open_token(std::move(plan), token.id, last, by);
        if (!committed) co_return perhaps_committed(committed.error());
        tell_unknown(opening);
        balances_ += wallets.size();
    }
    searched_token_.reset();
    token_search_.begin({}, {});
    const auto looked = co_await look_for_removed();
    if (!looked) co_return Error(Errc::conflict, "a token was opened: " + looked.error().message());
    co_return true;
}

/// Of the wallets that are there already; until it is done, no other wallet joins them. True when
/// there is nothing (more) to search.
Task<Result<bool>> Openings::search_for(rules::FollowedToken token) {
    if (!has_unknown_ids(token)) co_return true;
    if (searched_token_ && *searched_token_ != token.token) co_return false;  // one by one
    if (!searched_token_) {
        std::vector<store::TrackedWallet> all;
        for (WalletId after{0};;) {
            CB_CO_TRY(some, co_await chain_.parts.wallets.tracked(
                                chain_.id(), after, kWalletsPerLook, chain_.deadline()));
            all.insert(all.end(), some.begin(), some.end());
            if (some.size() < kWalletsPerLook) break;
            after = some.back().id;
        }
        token_search_.begin(std::move(all), {&token, 1});
        searched_token_ = token.token;
    }
    co_return co_await token_search_.advance();
}

/// A wallet that was removed before the token was opened has no row of it, and is watched still.
Task<Result<void>> Openings::look_for_removed() {
    std::size_t tracked = 0;
    WalletId after{0};
    for (bool last = false; !last;) {
        CB_CO_TRY(wallets, co_await chain_.parts.wallets.tracked(
                               chain_.id(), after, kWalletsPerLook, chain_.deadline()));
        last = wallets.size() < kWalletsPerLook;
        if (!wallets.empty()) after = wallets.back().id;
        tracked += wallets.size();
    }
    if (tracked == chain_.watchlist.wallet_count()) co_return Result<void>{};
    co_return Error(Errc::conflict, "wallets are watched that were removed");
}

/// What was opened without being known is asked for again.
void Openings::tell_unknown(const OpeningRead& opening) {
    chain_.has_unknown = chain_.has_unknown || !opening.unknown.empty();
    for (const auto& [token, first] : opening.refused) {
        const auto balances = std::count_if(opening.unknown.begin(), opening.unknown.end(),
                                            [&](const auto& one) { return one.token == token; });
        if (balances == 0) continue;
        chain_.probe.unknown(token, *first.question, first.why,
                             static_cast<std::size_t>(balances));
    }
}

/// With no wallet's balance read, a token that cannot be read at all would not be found out.
Task<Result<void>> Openings::try_token(rules::FollowedToken token, Deadline by) {
    const bool by_id = token.kind == TokenKind::erc1155;
    const auto id = by_id ? std::optional(token.nft_id.value_or(0)) : std::nullopt;
    std::vector<rpc::BalanceQuestion> questions{{token.contract, token.contract, id}};
    auto asked = questions;
    CB_CO_TRY(answers, co_await chain_.parts.rpc.balances(chain_.cursor.block, std::move(asked),
                                                          by));
    CB_CO_CHECKED(co_await settle_unmade(questions, answers, by));
    if (answers.front()) co_return Result<void>{};
    co_return Error(Errc::unavailable, "token " + std::to_string(token.token.value) + " (" +
                                           to_string(token.contract) + "): " +
                                           answers.front().error().message());
}

void Openings::unwound_to(BlockNumber block) {
    search_.unwound_to(block);
    token_search_.unwound_to(block);
    while (!opened_.empty() && block < opened_.back().at) {
        chain_.watchlist.remove_wallet(opened_.back().address);
        opened_.pop_back();
    }
}

}  // namespace custodialbridge::sync

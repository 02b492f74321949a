#include "nft_search.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "custodialbridge/rules/decode_events.hpp"

namespace custodialbridge::sync {

namespace {

constexpr Millis kMoment{1'000};         // the walk waits meanwhile
constexpr Millis kAnswerPatience{5'000};
constexpr std::size_t kReceiversMax = 500;  // named to the node; of more, all logs are asked for

bool by_address(const store::TrackedWallet& a, const store::TrackedWallet& b) {
    return a.address < b.address;
}

bool is_too_large(const Error& error) {
    return error.code() == Errc::limited || error.code() == Errc::timed_out;
}

}  // namespace

bool has_unknown_ids(const rules::FollowedToken& token) {
    return token.kind == TokenKind::erc721 || (token.kind == TokenKind::erc1155 && !token.nft_id);
}

void NftSearch::begin(std::vector<store::TrackedWallet> wallets,
                      std::span<const rules::FollowedToken> tokens) {
    wallets_ = std::move(wallets);
    std::sort(wallets_.begin(), wallets_.end(), by_address);
    tokens_.clear();
    std::copy_if(tokens.begin(), tokens.end(), std::back_inserter(tokens_), has_unknown_ids);
    found_.clear();
    sorted_ = true;
    wide_.clear();
    named_.begin();
    unnamed_.begin();
}

bool NftSearch::is_for(WalletId wallet) const {
    return std::any_of(wallets_.begin(), wallets_.end(),
                       [&](const auto& one) { return one.id == wallet; });
}

bool NftSearch::is_for(TokenId token) const {
    return std::any_of(tokens_.begin(), tokens_.end(),
                       [&](const auto& one) { return one.token == token; });
}

std::span<const NftCandidate> NftSearch::found() {
    if (!std::exchange(sorted_, true)) {
        std::sort(found_.begin(), found_.end());
        found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    }
    return found_;
}

bool NftSearch::widen(std::span<const Observation> balances,
                      std::span<const HoldingObservation> holdings) {
    std::map<std::pair<WalletId, TokenId>, U256> without_id;
    for (const Observation& balance : balances)
        without_id[{balance.wallet, balance.token}] = balance.amount;
    for (const HoldingObservation& held : holdings) {
        U256& left = without_id[{held.wallet, held.token}];
        left -= std::min(left, held.amount);
    }
    const std::size_t before = wide_.size();
    for (const rules::FollowedToken& token : tokens_) {
        const auto is_short = [&](const auto& one) {
            return one.first.second == token.token && one.second > 0;
        };
        if (token.kind == TokenKind::erc721 && !is_wide(token.token) &&
            std::any_of(without_id.begin(), without_id.end(), is_short))
            wide_.push_back(token.token);
    }
    if (wide_.size() == before) return false;
    unnamed_ = {};
    return true;
}

bool NftSearch::is_wide(TokenId token) const {
    return std::find(wide_.begin(), wide_.end(), token) != wide_.end();
}

void NftSearch::unwound_to(BlockNumber block) {
    for (Pass* pass : {&named_, &unnamed_})
        pass->searched = std::min(pass->searched, next(block).value);
}

void NftSearch::Pass::begin() {
    searched = 0;
    if (!failed_at) range = range_max = 0;  // else it is begun anew because of that
}

Task<Result<bool>> NftSearch::advance() {
    if (tokens_.empty() || wallets_.empty()) co_return true;
    const Deadline moment = Deadline::after(chain_.parts.clock, kMoment);
    std::vector<LogFilter> filters{filter_of(TokenKind::erc721), filter_of(TokenKind::erc1155)};
    CB_CO_TRY(named, co_await advance(named_, std::move(filters), moment));
    if (!named) co_return false;
    std::vector<LogFilter> wide{wide_filter()};
    co_return co_await advance(unnamed_, std::move(wide), moment);
}

Task<Result<bool>> NftSearch::advance(Pass& pass, std::vector<LogFilter> filters,
                                      Deadline moment) {
    std::erase_if(filters, [](const LogFilter& filter) { return filter.empty(); });
    if (filters.empty()) co_return true;
    const std::uint64_t end = next(chain_.cursor.block.number).value;
    while (pass.searched < end) {
        const std::uint64_t left = end - pass.searched;
        const std::uint64_t blocks = pass.range == 0 ? left : std::min(pass.range, left);
        const BlockNumber first{pass.searched}, last{pass.searched + blocks - 1};
        const auto done = co_await search(filters, first, last);
        if (done) {
            pass.searched += blocks;
            pass.failed_at.reset();
            if (pass.range != 0) pass.range = std::min(pass.range * 2, pass.range_max);
        } else if (blocks > 1 && pass.is_to_be_halved(done.error())) {
            pass.range = pass.range_max = blocks / 2;
        } else {
            co_return done.error();
        }
        if (moment.passed(chain_.parts.clock)) break;
    }
    co_return pass.searched >= end;
}

bool NftSearch::Pass::is_to_be_halved(const Error& error) {
    if (is_too_large(error)) return true;
    if (std::exchange(failed_at, searched) != searched) return false;
    failed_at.reset();
    return true;
}

Task<Result<void>> NftSearch::search(const std::vector<LogFilter>& filters, BlockNumber first,
                                     BlockNumber last) {
    for (const LogFilter& filter : filters) {
        const Deadline by = chain_.deadline().at_most(chain_.parts.clock, kAnswerPatience);
        CB_CO_TRY(batch, co_await chain_.parts.rpc.logs(first, last, filter, by));
        take(batch);
    }
    co_return Result<void>{};
}

/// Early contracts index nothing: their Transfers have the event's name alone as a topic.
LogFilter NftSearch::wide_filter() const {
    LogFilter filter;
    for (const rules::FollowedToken& token : tokens_)
        if (is_wide(token.token)) filter.addresses.push_back(token.contract);
    filter.topics[0] = {rules::transfer_topic()};
    return filter;
}

/// Transfers to these wallets. EIP-721 has the receiver in the third topic, EIP-1155 in the fourth.
LogFilter NftSearch::filter_of(TokenKind kind) const {
    LogFilter filter;
    for (const rules::FollowedToken& token : tokens_)
        if (token.kind == kind) filter.addresses.push_back(token.contract);
    if (kind == TokenKind::erc721)
        filter.topics[0] = {rules::transfer_topic()};
    else
        filter.topics[0] = {rules::transfer_single_topic(), rules::transfer_batch_topic()};
    if (wallets_.size() > kReceiversMax) return filter;
    auto& receivers = filter.topics[kind == TokenKind::erc721 ? 2 : 3];
    for (const store::TrackedWallet& wallet : wallets_)
        receivers.push_back(to_word(wallet.address));
    return filter;
}

void NftSearch::take(const LogBatch& batch) {
    std::vector<rules::TokenEvent> events;
    for (const Log& log : batch.logs) {
        for (const rules::FollowedToken& token : tokens_) {
            if (token.contract != log.address) continue;
            events.assign(token.kind == TokenKind::erc721 ? 1 : 0, {});
            const auto decoded =
                token.kind == TokenKind::erc721
                    ? rules::decode_erc721(log, batch.data_of(log), events.front())
                    : rules::decode_erc1155(log, batch.data_of(log), events);
            if (decoded != rules::Decoded::event) continue;
            for (const rules::TokenEvent& event : events) {
                const WalletId wallet = wallet_at(event.to);
                if (wallet == kOutside || !event.nft_id) continue;
                found_.push_back({wallet, token.token, *event.nft_id});
                sorted_ = false;
            }
        }
    }
}

WalletId NftSearch::wallet_at(const Address& address) const {
    const auto place = std::lower_bound(wallets_.begin(), wallets_.end(),
                                        store::TrackedWallet{kOutside, address}, by_address);
    return place != wallets_.end() && place->address == address ? place->id : kOutside;
}

}  // namespace custodialbridge::sync

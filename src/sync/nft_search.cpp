#include "nft_search.hpp"

#include <algorithm>
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
    searched_ = 0;
    if (!failed_at_) range_ = range_max_ = 0;  // else it is begun anew because of that
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

Task<Result<bool>> NftSearch::advance() {
    const std::uint64_t end = next(chain_.cursor.block.number).value;
    if (tokens_.empty() || wallets_.empty()) co_return true;
    const Deadline moment = Deadline::after(chain_.parts.clock, kMoment);
    while (searched_ < end) {
        const std::uint64_t left = end - searched_;
        const std::uint64_t blocks = range_ == 0 ? left : std::min(range_, left);
        const auto done = co_await search({searched_}, {searched_ + blocks - 1});
        if (done) {
            searched_ += blocks;
            failed_at_.reset();
            if (range_ != 0) range_ = std::min(range_ * 2, range_max_);
        } else if (blocks > 1 && is_to_be_halved(done.error())) {
            range_ = range_max_ = blocks / 2;
        } else {
            co_return done.error();
        }
        if (moment.passed(chain_.parts.clock)) break;
    }
    co_return searched_ >= end;
}

bool NftSearch::is_to_be_halved(const Error& error) {
    if (is_too_large(error)) return true;
    if (std::exchange(failed_at_, searched_) != searched_) return false;
    failed_at_.reset();
    return true;
}

Task<Result<void>> NftSearch::search(BlockNumber first, BlockNumber last) {
    for (const TokenKind kind : {TokenKind::erc721, TokenKind::erc1155})
        CB_CO_CHECKED(co_await ask(filter_of(kind), first, last));
    co_return Result<void>{};
}

Task<Result<void>> NftSearch::ask(LogFilter filter, BlockNumber first, BlockNumber last) {
    if (filter.empty()) co_return Result<void>{};
    const Deadline by = chain_.deadline().at_most(chain_.parts.clock, kAnswerPatience);
    CB_CO_TRY(batch, co_await chain_.parts.rpc.logs(first, last, std::move(filter), by));
    take(batch);
    co_return Result<void>{};
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

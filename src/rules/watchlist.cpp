#include "custodialbridge/rules/watchlist.hpp"

#include <algorithm>

namespace custodialbridge::rules {

namespace {

struct ByContract {
    bool operator()(const FollowedToken& a, const FollowedToken& b) const {
        return a.contract < b.contract;
    }
    bool operator()(const FollowedToken& a, const Address& b) const { return a.contract < b; }
    bool operator()(const Address& a, const FollowedToken& b) const { return a < b.contract; }
};

bool is_followed(const Token& token) {
    return token.realtime && token.kind != TokenKind::native;
}

}  // namespace

Watchlist::Watchlist(std::span<const Token> tokens, std::span<const Address> entry_points)
    : entry_points_(entry_points.begin(), entry_points.end()) {
    for (const Token& token : tokens) add_token(token);
}

void Watchlist::add_token(const Token& token) {
    if (!is_followed(token)) return;
    const auto same = tokens_of(token.address);
    const bool known = std::any_of(same.begin(), same.end(), [&](const FollowedToken& followed) {
        return followed.nft_id == token.nft_id || followed.kind != token.kind;
    });
    if (known) return;
    const FollowedToken added{token.address, token.id, token.kind, token.nft_id};
    tokens_.insert(std::upper_bound(tokens_.begin(), tokens_.end(), added, ByContract{}), added);
}

void Watchlist::remove_token(TokenId token) {
    std::erase_if(tokens_, [&](const FollowedToken& followed) { return followed.token == token; });
}

std::span<const FollowedToken> Watchlist::tokens_of(const Address& contract) const {
    const auto [first, last] =
        std::equal_range(tokens_.begin(), tokens_.end(), contract, ByContract{});
    return {first, last};
}

bool Watchlist::is_entry_point(const Address& contract) const {
    return std::find(entry_points_.begin(), entry_points_.end(), contract) != entry_points_.end();
}

LogFilter Watchlist::filter() const {
    LogFilter filter;
    for (const FollowedToken& token : tokens_)
        if (filter.addresses.empty() || filter.addresses.back() != token.contract)
            filter.addresses.push_back(token.contract);
    filter.addresses.insert(filter.addresses.end(), entry_points_.begin(), entry_points_.end());
    return filter;
}

}  // namespace custodialbridge::rules

#include "custodialbridge/rules/watchlist.hpp"

#include <algorithm>

#include "custodialbridge/rules/decode_events.hpp"

namespace custodialbridge::rules {

Watchlist::Watchlist(std::span<const Token> tokens) {
    for (const Token& token : tokens) add_token(token);
}

void Watchlist::add_token(const Token& token) {
    if (!token.realtime || token.kind != TokenKind::erc20 || token_of(token.address) != nullptr)
        return;
    tokens_.push_back({token.address, token.id, token.kind});
}

void Watchlist::remove_token(TokenId token) {
    std::erase_if(tokens_, [&](const FollowedToken& followed) { return followed.token == token; });
}

const Address* Watchlist::address_of(WalletId wallet) const {
    for (const auto& [address, id] : wallets_)
        if (id == wallet) return &address;
    return nullptr;
}

const FollowedToken* Watchlist::token_of(const Address& contract) const {
    const auto found =
        std::find_if(tokens_.begin(), tokens_.end(),
                     [&](const FollowedToken& token) { return token.contract == contract; });
    return found == tokens_.end() ? nullptr : &*found;
}

LogFilter Watchlist::filter() const {
    LogFilter filter;
    for (const FollowedToken& token : tokens_) filter.addresses.push_back(token.contract);
    filter.topics0 = {transfer_topic(), mint_topic(), burn_topic()};
    return filter;
}

}  // namespace custodialbridge::rules

#include "support/registration.hpp"

#include "custodialbridge/core/token_draft.hpp"

namespace custodialbridge::testing {

Result<void> store_tokens(LedgerTables& tables, const std::vector<Token>& given) {
    for (const Token& token : given) {
        const auto found = tables.tokens.find({token.chain, token.id});
        if (found != tables.tokens.end() && !same_token(found->second, token))
            return Error(Errc::conflict, "another token has this number");
        if (!token.realtime && found != tables.tokens.end()) tables.unfollow(token.chain, token.id);
        tables.tokens[{token.chain, token.id}] = token;
        tables.tokens_of_api.erase({token.chain, token.id});
        tables.sync_polls(token);
    }
    for (const auto& [id, held] : tables.tokens) {
        const auto on_chain = [&](const Token& one) { return one.chain == held.chain; };
        const auto is_it = [&](const Token& one) { return on_chain(one) && one.id == held.id; };
        if (std::any_of(given.begin(), given.end(), on_chain) &&
            std::none_of(given.begin(), given.end(), is_it) && !tables.tokens_of_api.contains(id))
            tables.unfollow(held.chain, held.id);
    }
    return {};
}

Result<void> store_token_of_api(LedgerTables& tables, const Token& token) {
    for (const auto& [id, held] : tables.tokens) CB_CHECKED(may_stand_beside(token, held));
    if (!token.realtime && tables.tokens.contains({token.chain, token.id}))
        tables.unfollow(token.chain, token.id);
    tables.tokens[{token.chain, token.id}] = token;
    tables.tokens_of_api.insert({token.chain, token.id});
    tables.sync_polls(token);
    return {};
}

WalletPlaces places_of(const LedgerTables& tables) {
    WalletPlaces places;
    for (const auto& [id, row] : tables.wallets)
        if (!row.deleted) places[{row.wallet.chain, row.wallet.address}] = id;
    return places;
}

Result<store::PutWallet> put_wallet(LedgerTables& tables, WalletPlaces& places,
                                    const store::NewWallet& given, Time now) {
    const auto found = places.find({given.chain, given.address});
    if (found != places.end()) {
        Wallet& held = tables.wallets.at(found->second).wallet;
        if (held.user != given.user) return Error(Errc::conflict, "another user's");
        held.is_deployed = given.is_deployed.value_or(held.is_deployed);
        return store::PutWallet{held, false};
    }
    const WalletId id{static_cast<std::int64_t>(tables.wallets.size()) + 1};
    const Wallet made{
        id,           given.user, given.chain, given.address, given.is_deployed.value_or(false),
        std::nullopt, now};
    tables.wallets[id] = {made, false};
    places[{given.chain, given.address}] = id;
    tables.reset_polls(given.user, given.chain);
    return store::PutWallet{made, true};
}

Result<store::PutWallet> put_wallet(LedgerTables& tables, const store::NewWallet& given, Time now) {
    WalletPlaces places = places_of(tables);
    return put_wallet(tables, places, given, now);
}

Result<std::vector<Result<store::Registered>>> put_wallets(
    LedgerTables& tables, const std::vector<store::NewWallet>& given, Time now) {
    WalletPlaces places = places_of(tables);
    std::vector<Result<store::Registered>> all;
    for (const store::NewWallet& one : given) {
        const auto put = put_wallet(tables, places, one, now);
        if (!put)
            all.emplace_back(put.error());
        else
            all.emplace_back(put->created ? store::Registered::now : store::Registered::before);
    }
    return all;
}

std::vector<store::UserAddress> addresses_in(const LedgerTables& tables, ChainId chain,
                                             const std::vector<UserId>& users, std::size_t each) {
    std::vector<store::UserAddress> found;
    for (std::size_t i = 0; i < users.size(); ++i) {
        auto wallets = tables.wallets_of(users[i], chain);
        wallets.resize(std::min(each, wallets.size()));
        for (const Wallet* wallet : wallets) found.push_back({i, wallet->address, wallet->id});
    }
    return found;
}

std::vector<ChainId> chains_in(const LedgerTables& tables, const UserId& user) {
    std::set<ChainId> chains;
    for (const auto& [id, row] : tables.wallets)
        if (!row.deleted && row.wallet.user == user) chains.insert(row.wallet.chain);
    return {chains.begin(), chains.end()};
}

StoredSums sums_in(const LedgerTables& tables, const std::vector<BalanceKey>& keys) {
    StoredSums sums(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (tables.chains.contains(keys[i].chain)) sums[i] = tables.sum(keys[i]);
    return sums;
}

std::uint64_t balances_in(const LedgerTables& tables, ChainId chain) {
    std::uint64_t count = 0;
    for (const auto& [id, row] : tables.balances)
        count += tables.wallets.at(id.first).wallet.chain == chain;
    return count;
}

}  // namespace custodialbridge::testing

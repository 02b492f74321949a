/// What the fake store's tables say of a user's NFTs, and of balances to be read again.
#pragma once

#include "support/ledger_tables.hpp"

namespace custodialbridge::testing {

inline std::vector<store::Unsettled> unsettled_of(const LedgerTables& tables, ChainId chain,
                                                  WalletId after, std::size_t limit) {
    std::vector<store::Unsettled> all;
    for (const auto& [id, row] : tables.balances) {
        const WalletRow& owner = tables.wallets.at(id.first);
        const bool counts = row.unsettled && owner.wallet.chain == chain && !owner.deleted &&
                            owner.wallet.tracked_from && id.first > after &&
                            tables.is_opened(chain, id.second);
        if (counts && all.size() < limit)
            all.push_back({{id.first, id.second}, owner.wallet.address});
    }
    return all;
}

inline store::NftPage nfts_of(const LedgerTables& tables, const UserId& user,
                              std::optional<ChainId> chain, std::optional<store::NftPlace> after,
                              std::size_t limit) {
    using Place = std::tuple<ChainId, TokenId, U256>;
    std::map<Place, U256> sums;
    for (const auto& [id, amount] : tables.holdings) {
        const auto& [wallet, token, nft_id] = id;
        const WalletRow& row = tables.wallets.at(wallet);
        const ChainId on = row.wallet.chain;
        const bool counts = !row.deleted && row.wallet.tracked_from && amount > 0 &&
                            row.wallet.user == user && (!chain || on == *chain) &&
                            tables.is_opened(on, token);
        if (counts) sums[{on, token, nft_id}] += amount;
    }
    store::NftPage page;
    for (const auto& [place, amount] : sums) {
        const auto& [on, token, nft_id] = place;
        if (after && place <= Place{after->chain, after->token, after->nft_id}) continue;
        page.more = page.items.size() == limit;
        if (page.more) break;
        const BlockNumber as_of = tables.chains.at(on).state.cursor.block.number;
        page.items.push_back({on, token, nft_id, amount, as_of});
    }
    return page;
}

}  // namespace custodialbridge::testing

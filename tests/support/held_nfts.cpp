#include "support/held_nfts.hpp"

namespace custodialbridge::testing {

bool is_collection(const LedgerTables& tables, ChainId chain, const BalanceId& id) {
    const Token& token = tables.tokens.at({chain, id.second});
    return token.kind == TokenKind::erc1155 && !token.nft_id;
}

std::vector<store::Unsettled> unsettled_of(const LedgerTables& tables, ChainId chain,
                                           WalletId after, std::size_t limit) {
    std::vector<store::Unsettled> all;
    for (const auto& [id, row] : tables.balances) {
        const WalletRow& owner = tables.wallets.at(id.first);
        const bool counts = row.unsettled && owner.wallet.chain == chain && !owner.deleted &&
                            owner.wallet.tracked_from && id.first > after &&
                            tables.is_opened(chain, id.second) && !is_collection(tables, chain, id);
        if (counts && all.size() < limit)
            all.push_back({{id.first, id.second}, owner.wallet.address});
    }
    return all;
}

std::vector<store::Unsettled> unknown_of(const LedgerTables& tables, ChainId chain,
                                         const std::vector<store::UnknownAfter>& tokens,
                                         std::size_t each) {
    std::vector<store::Unsettled> all;
    for (const store::UnknownAfter& asked : tokens) {
        std::size_t found = 0;
        for (const auto& [id, row] : tables.balances) {
            const WalletRow& owner = tables.wallets.at(id.first);
            const bool counts = !row.known && id.second == asked.token && id.first > asked.after &&
                                owner.wallet.chain == chain && !owner.deleted &&
                                owner.wallet.tracked_from && tables.is_opened(chain, id.second);
            if (counts && found++ < each)
                all.push_back({{id.first, id.second}, owner.wallet.address});
        }
    }
    return all;
}

std::optional<std::vector<store::LedgerAmount>> amounts_at(
    const LedgerTables& tables, ChainId id, const BlockRef& at,
    const std::vector<store::AmountName>& names) {
    const ChainRow& chain = tables.chains.at(id);
    const bool known =
        at.number <= chain.state.cursor.block.number &&
        std::any_of(chain.blocks.begin(), chain.blocks.end(), [&](const BlockRow& row) {
            return !row.orphaned && row.block.header.ref == at;
        });
    if (!known) return std::nullopt;
    std::vector<store::LedgerAmount> all;
    for (const auto& [balance, nft_id] : names) {
        const auto& [wallet, token] = balance;
        const WalletRow& owner = tables.wallets.at(wallet);
        const auto opened = chain.opened_tokens.find(token);
        const BalanceRow* row = tables.balance(wallet, token);
        if (owner.deleted || !owner.wallet.tracked_from || *owner.wallet.tracked_from > at.number ||
            opened == chain.opened_tokens.end() || opened->second > at.number || row == nullptr ||
            !row->known_at(at.number))
            continue;
        Net net{row->amount, 0, {}};
        if (nft_id) {
            const auto held = tables.holdings.find({wallet, token, *nft_id});
            net.credit = held == tables.holdings.end() ? U256(0) : held->second;
        }
        for (const JournalRow& entry : chain.journal) {
            const Move& move = entry.move;
            if (entry.orphaned || move.block <= at.number || move.token != token) continue;
            if (nft_id && move.nft_id != nft_id) continue;
            if (move.credit == wallet) net.debit += move.amount;
            if (move.debit == wallet) net.credit += move.amount;
        }
        const SignedAmount before = difference(net.credit, net.debit);
        all.push_back({{balance, nft_id},
                       owner.wallet.address,
                       before.negative ? U256(0) : before.magnitude});
    }
    return all;
}

store::NftPage nfts_of(const LedgerTables& tables, const UserId& user, std::optional<ChainId> chain,
                       std::optional<store::NftPlace> after, std::size_t limit) {
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

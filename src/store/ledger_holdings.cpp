#include <utility>

#include "holding_statements.hpp"
#include "in_parts.hpp"
#include "ledger_work.hpp"

namespace custodialbridge::store {
namespace {

void add_names(Params& params, std::span<const HoldingChange> changes) {
    params.add_array(changes, [](const HoldingChange& c) { return column(c.wallet); });
    params.add_array(changes, [](const HoldingChange& c) { return column(c.token); });
    params.add_array(changes, [](const HoldingChange& c) { return c.nft_id; });
}

}  // namespace

Result<void> LedgerWork::settle_holdings(std::span<HoldingChange> changes,
                                         std::vector<Entry>& entries) {
    if (changes.empty()) return {};
    Params names;
    add_names(names, changes);
    CB_TRY(found, ask(kReadHoldings, names));
    for (std::size_t i = 0; i < changes.size(); ++i) {
        HoldingChange& change = changes[i];
        const U256 stored = found.is_null(i, 0) ? U256(0) : found.amount(i, 0);
        const U256 room = room_for(change.net, stored);
        if (change.net.magnitude <= room) continue;
        const bool above = !change.net.negative;
        const U256 rest = change.net.magnitude - room;
        const auto [wallet, token] = std::pair(change.wallet, change.token);
        entries.push_back(
            through_suspense(wallet, token, rest, above, change.as_of, change.nft_id));
        entries.push_back(through_suspense(wallet, token, rest, !above, change.as_of));
        change.net.magnitude = room;
    }
    return {};
}

Result<std::vector<HoldingObservation>> LedgerWork::stored_holdings(
    std::span<const HoldingObservation> names) {
    std::vector<HoldingObservation> stored(names.begin(), names.end());
    if (names.empty()) return stored;
    Params asked;
    asked.add_array(names, [](const HoldingObservation& h) { return column(h.wallet); });
    asked.add_array(names, [](const HoldingObservation& h) { return column(h.token); });
    asked.add_array(names, [](const HoldingObservation& h) { return h.nft_id; });
    CB_TRY(found, ask(kReadHoldings, asked));
    for (std::size_t i = 0; i < stored.size(); ++i)
        stored[i].amount = found.is_null(i, 0) ? U256(0) : found.amount(i, 0);
    return stored;
}

Result<std::vector<HoldingObservation>> LedgerWork::holdings_of(
    std::span<const Observation> balances) {
    std::vector<HoldingObservation> held;
    if (balances.empty()) return held;
    Params names;
    names.add_array(balances, [](const Observation& o) { return column(o.wallet); });
    names.add_array(balances, [](const Observation& o) { return column(o.token); });
    CB_TRY(found, ask(kHoldingsOf, names));
    for (std::size_t i = 0; i < found.count(); ++i)
        held.push_back({found.id<WalletId>(i, 0), found.id<TokenId>(i, 1), found.amount(i, 2),
                        found.amount(i, 3)});
    return held;
}

void LedgerWork::add_holdings(std::span<const HoldingChange> changes) {
    in_parts(changes, [&](std::span<const HoldingChange> part) {
        Params names = params(column(chain_), column(part.back().as_of));
        add_names(names, part);
        add(kMakeHoldings, std::move(names));
        Params rows;
        add_names(rows, part);
        rows.add_array(part, [](const HoldingChange& c) { return c.net; });
        rows.add_array(part, [](const HoldingChange& c) { return column(c.as_of); });
        add(kApplyHoldings, std::move(rows));
    });
}

}  // namespace custodialbridge::store

#include <algorithm>
#include <utility>

#include "holding_statements.hpp"
#include "in_parts.hpp"
#include "ledger_statements.hpp"
#include "ledger_work.hpp"

namespace custodialbridge::store {
namespace {

template <class Enum>
std::int16_t code(Enum value) {
    return static_cast<std::int16_t>(value);
}

}  // namespace

void LedgerWork::add(const Statement& statement, Params params) {
    commands_.push_back({&statement, std::move(params)});
}

void LedgerWork::add_blocks(std::span<const AppliedBlock> blocks, std::uint32_t epoch) {
    in_parts(blocks, [&](std::span<const AppliedBlock> part) {
        using Block = AppliedBlock;
        Params rows = params(column(chain_), static_cast<std::int32_t>(epoch));
        rows.add_array(part, [](const Block& b) { return column(b.header.ref.number); });
        rows.add_array(part, [](const Block& b) { return b.header.ref.hash; });
        rows.add_array(part, [](const Block& b) { return b.header.parent; });
        rows.add_array(part, [](const Block& b) { return b.header.timestamp; });
        rows.add_array(part, [](const Block& b) { return code(b.completeness); });
        add(kInsertBlocks, std::move(rows));
    });
}

void LedgerWork::add_events(const Statement& how, std::span<const Announcement> events,
                            std::uint32_t epoch) {
    in_parts(events, [&](std::span<const Announcement> part) {
        using Event = Announcement;
        Params rows = params(column(chain_), static_cast<std::int32_t>(epoch));
        rows.add_array(part, [](const Event& e) { return column(e.block); });
        rows.add_array(part, [](const Event& e) { return static_cast<std::int32_t>(e.log_index); });
        rows.add_array(part, [](const Event& e) { return column(e.wallet); });
        rows.add_array(part, [](const Event& e) {
            return e.token ? std::optional(column(*e.token)) : std::nullopt;
        });
        rows.add_array(part, [](const Event& e) { return e.amount; });
        rows.add_array(part, [](const Event& e) { return code(e.event); });
        rows.add_array(part, [](const Event& e) { return e.tx_hash; });
        rows.add_array(part, [](const Event& e) { return e.contract; });
        add(how, std::move(rows));
    });
}

void LedgerWork::mark_deployed(const std::vector<WalletId>& wallets) {
    if (wallets.empty()) return;
    Params named;
    named.add_array(wallets, [](const WalletId& wallet) { return column(wallet); });
    add(kMarkDeployed, std::move(named));
}

void LedgerWork::add_entries(std::span<const Entry> entries, std::uint32_t epoch) {
    in_parts(entries, [&](std::span<const Entry> part) {
        Params rows = params(column(chain_), static_cast<std::int32_t>(epoch));
        rows.add_array(part, [](const Entry& e) { return column(e.block); });
        rows.add_array(part, [](const Entry& e) { return column(e.token); });
        rows.add_array(part, [](const Entry& e) { return column(e.debit); });
        rows.add_array(part, [](const Entry& e) { return column(e.credit); });
        rows.add_array(part, [](const Entry& e) { return e.amount; });
        rows.add_array(part, [](const Entry& e) { return code(e.kind); });
        rows.add_array(part, [](const Entry& e) { return e.nft_id; });
        add(kInsertEntries, std::move(rows));
    });
}

void LedgerWork::add_excesses(std::span<const Excess> excesses, std::uint32_t epoch) {
    std::vector<Entry> entries;
    for (const Excess& one : excesses) {
        entries.push_back(through_suspense(one.wallet, one.token, one.amount, one.given, one.block,
                                           one.nft_id));
        if (one.nft_id)
            entries.push_back(
                through_suspense(one.wallet, one.token, one.amount, !one.given, one.block));
    }
    add_entries(entries, epoch);
}

void LedgerWork::add_mark(const Statement& statement, std::span<const BalanceRow> rows) {
    in_parts(rows, [&](std::span<const BalanceRow> part) {
        Params names;
        names.add_array(part, [](const BalanceRow& row) { return column(row.wallet); });
        names.add_array(part, [](const BalanceRow& row) { return column(row.token); });
        add(statement, std::move(names));
    });
}

void LedgerWork::add_changes(std::span<const NetChange> changes) {
    in_parts(changes, [&](std::span<const NetChange> part) {
        Params rows;
        rows.add_array(part, [](const NetChange& c) { return column(c.wallet); });
        rows.add_array(part, [](const NetChange& c) { return column(c.token); });
        rows.add_array(part, [](const NetChange& c) { return c.net; });
        rows.add_array(part, [](const NetChange& c) { return column(c.as_of); });
        add(kApplyDeltas, std::move(rows));
    });
}

void LedgerWork::add_balances(const Statement& statement, std::span<const Observation> balances,
                              BlockNumber as_of) {
    in_parts(balances, [&](std::span<const Observation> part) {
        Params rows = params(column(chain_), column(as_of));
        rows.add_array(part, [](const Observation& o) { return column(o.wallet); });
        rows.add_array(part, [](const Observation& o) { return column(o.token); });
        rows.add_array(part, [](const Observation& o) { return o.amount; });
        add(statement, std::move(rows));
    });
}

void LedgerWork::add_unknown(std::span<const UnknownBalance> balances, BlockNumber as_of) {
    in_parts(balances, [&](std::span<const UnknownBalance> part) {
        Params rows = params(column(chain_), column(as_of));
        rows.add_array(part, [](const UnknownBalance& b) { return column(b.wallet); });
        rows.add_array(part, [](const UnknownBalance& b) { return column(b.token); });
        add(kSetUnknown, std::move(rows));
    });
}

}  // namespace custodialbridge::store

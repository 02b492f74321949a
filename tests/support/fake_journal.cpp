#include "support/fake_journal.hpp"

namespace custodialbridge::testing {

runtime::Task<Result<store::PastBalance>> FakeJournal::balance_at(BalanceKey key, AsOf at,
                                                                  runtime::Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "balance_at", by));
    if (!tables_.chains.contains(key.chain)) co_return Error(Errc::not_found, "no ledger yet");
    store::PastBalance answer = past(key, at);
    CB_CO_CHECKED(co_await script_.pass(Point::answering, "balance_at", by));
    co_return std::move(answer);
}

runtime::Task<Result<JournalPage<LedgerChange>>> FakeJournal::changes(ChangeQuery query,
                                                                      runtime::Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "changes", by));
    const auto all = all_changes(query);
    co_return page(all, query.after, query.limit);
}

runtime::Task<Result<JournalPage<LedgerEvent>>> FakeJournal::events(EventQuery query,
                                                                    runtime::Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "events", by));
    const auto all = all_events(query);
    co_return page(all, query.after, query.limit);
}

store::PastBalance FakeJournal::past(const BalanceKey& key, const AsOf& at) const {
    const ChainRow& chain = tables_.chains.at(key.chain);
    const store::StoredBalance now = tables_.sum(key);
    store::PastBalance past;
    past.cursor = now.cursor;
    past.safe = chain.state.safe;
    past.finalized = chain.state.finalized;
    past.wallets = now.wallets;
    past.block = block_of(chain, at);
    if (past.block)
        for (const BlockRow& row : chain.blocks)
            if (!row.orphaned && row.block.header.ref.number == *past.block)
                past.block_hash = row.block.header.ref.hash;
    if (!now.complete) return past;
    past.covered_from = chain.opened_tokens.at(key.token);
    for (const Wallet* wallet : tables_.wallets_of(key.user, key.chain)) {
        past.covered_from = std::max(*past.covered_from, *wallet->tracked_from);
        if (const auto learnt = tables_.balance(wallet->id, key.token)->learnt_at)
            past.covered_from = std::max(*past.covered_from, *learnt);
        if (past.block) add_to(past.amount, amount_at(chain, *wallet, key.token, *past.block));
    }
    return past;
}

void FakeJournal::add_to(U256& sum, const U256& amount) {
    sum = checked_add(sum, amount).value_or(std::numeric_limits<U256>::max());
}

std::optional<BlockNumber> FakeJournal::block_of(const ChainRow& chain, const AsOf& at) {
    if (const auto* number = std::get_if<BlockNumber>(&at)) return *number;
    const BlockNumber cursor = chain.state.cursor.block.number;
    const auto level = std::get<FinalityLevel>(at);
    if (level == FinalityLevel::latest) return cursor;
    const auto named = level == FinalityLevel::safe ? chain.state.safe : chain.state.finalized;
    return named ? std::optional(std::min(*named, cursor)) : std::nullopt;
}

U256 FakeJournal::amount_at(const ChainRow& chain, const Wallet& wallet, TokenId token,
                            BlockNumber block) {
    Net net;
    for (const JournalRow& row : chain.journal) {
        if (row.orphaned || row.move.token != token || row.move.block > block) continue;
        if (row.move.credit == wallet.id) net.credit += row.move.amount;
        if (row.move.debit == wallet.id) net.debit += row.move.amount;
    }
    return net.credit > net.debit ? U256(net.credit - net.debit) : U256(0);
}

JournalPlace FakeJournal::place_of(ChainId chain, const JournalRow& row, bool takes) {
    const bool has_log = row.move.log_index != LedgerTables::kNoLog;
    return {chain,
            row.move.block,
            row.epoch,
            row.move.log_index,
            has_log ? row.move.sub_index : row.sequence,
            takes ? 1u : 0u};
}

const BlockHeader& FakeJournal::header_of(const ChainRow& chain, BlockNumber number,
                                          std::uint32_t epoch) {
    const BlockRow* newest = nullptr;
    for (const BlockRow& row : chain.blocks)
        if (row.block.header.ref.number == number && row.epoch <= epoch &&
            (newest == nullptr || row.epoch > newest->epoch))
            newest = &row;
    if (newest == nullptr) throw std::logic_error("a journal row's block is not stored");
    return newest->block.header;
}

const Wallet* FakeJournal::living(WalletId id) const {
    const auto found = tables_.wallets.find(id);
    return found == tables_.wallets.end() || found->second.deleted ? nullptr
                                                                   : &found->second.wallet;
}

std::vector<LedgerChange> FakeJournal::all_changes(const ChangeQuery& query) const {
    std::vector<LedgerChange> all;
    for (const auto& [id, chain] : tables_.chains) {
        if (query.chain && *query.chain != id) continue;
        for (const JournalRow& row : chain.journal) {
            if (query.token && *query.token != row.move.token) continue;
            if (row.orphaned && !query.include_orphaned) continue;
            for (const bool takes : {false, true}) {
                const Wallet* wallet = living(takes ? row.move.credit : row.move.debit);
                if (wallet == nullptr || wallet->user != query.user) continue;
                all.push_back(change_of(chain, id, row, *wallet, takes));
            }
        }
    }
    return all;
}

LedgerChange FakeJournal::change_of(const ChainRow& chain, ChainId id, const JournalRow& row,
                                    const Wallet& wallet, bool takes) {
    const BlockHeader& header = header_of(chain, row.move.block, row.epoch);
    LedgerChange change;
    change.place = place_of(id, row, takes);
    change.token = row.move.token;
    change.address = wallet.address;
    change.block_hash = header.ref.hash;
    change.timestamp = header.timestamp;
    if (row.move.log_index != LedgerTables::kNoLog) change.tx_hash = row.move.tx_hash;
    change.kind = change_kind(row.move.kind, takes);
    change.delta = {row.move.amount, !takes && row.move.amount != 0};
    change.orphaned = row.orphaned;
    change.nft_id = row.move.nft_id;
    return change;
}

std::vector<LedgerEvent> FakeJournal::all_events(const EventQuery& query) const {
    std::vector<LedgerEvent> all;
    for (const auto& [id, chain] : tables_.chains) {
        for (const JournalRow& row : chain.journal) {
            const Move& move = row.move;
            if (row.orphaned || move.log_index == LedgerTables::kNoLog) continue;
            for (const bool takes : {false, true}) {
                const Wallet* wallet = living(takes ? move.credit : move.debit);
                if (wallet == nullptr || (takes && move.credit == move.debit)) continue;
                all.push_back(event_of(chain, place_of(id, row, takes), *wallet, move.event,
                                       move.token, move.amount, move.tx_hash));
                all.back().nft_id = move.nft_id;
            }
        }
        for (const EventRow& row : chain.events) {
            const Announcement& event = row.event;
            const Wallet* wallet = row.orphaned ? nullptr : living(event.wallet);
            if (wallet == nullptr) continue;
            const auto part = static_cast<std::uint64_t>(event.wallet.value) + 1;
            const JournalPlace place{id, event.block, row.epoch, event.log_index, 0, part};
            all.push_back(event_of(chain, place, *wallet, event.event, event.token, event.amount,
                                   event.tx_hash));
            if (!event.token) all.back().contract = event.contract;
        }
    }
    std::erase_if(all, [&](const LedgerEvent& event) { return !is_wanted(event, query); });
    return all;
}

LedgerEvent FakeJournal::event_of(const ChainRow& chain, const JournalPlace& place,
                                  const Wallet& wallet, EventType type,
                                  std::optional<TokenId> token, const U256& amount,
                                  const Hash32& tx_hash) const {
    const BlockHeader& header = header_of(chain, place.block, place.epoch);
    LedgerEvent event;
    event.place = place;
    event.block_hash = header.ref.hash;
    event.timestamp = header.timestamp;
    event.tx_hash = tx_hash;
    event.type = type;
    event.token = token;
    if (token) event.contract = tables_.tokens.at({place.chain, *token}).address;
    event.wallet = wallet.address;
    event.amount = amount;
    return event;
}

bool FakeJournal::is_wanted(const LedgerEvent& event, const EventQuery& query) {
    return (!query.chain || event.place.chain == *query.chain) &&
           (!query.type || event.type == *query.type) && event.place.block >= query.from &&
           (!query.address || event.wallet == *query.address || event.contract == *query.address);
}

}  // namespace custodialbridge::testing

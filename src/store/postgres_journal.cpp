#include "postgres_journal.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "history_statements.hpp"
#include "journal_indexes.hpp"

namespace custodialbridge::store {
namespace {

/// A journal without its indexes is read as long as that takes no more than some milliseconds.
constexpr std::int64_t kUnindexedBytesMax = 4 * 1024 * 1024;

constexpr std::int16_t kEventTypes = 6;

Result<void> require_ready(Connection& session, std::atomic<bool>& indexed, Deadline by) {
    if (indexed) return {};
    Params names;
    names.add_array(kJournalIndexes, [](const JournalIndex& index) { return index.name; });
    CB_TRY(found, session.run(kHistoryReady, names, by));
    indexed = found.int64(0, 0) == std::int64_t{kJournalIndexes.size()};
    if (indexed || found.int64(0, 1) <= kUnindexedBytesMax) return {};
    return Error(Errc::unavailable,
                 "the journal is not indexed yet: history is told once every "
                 "chain stands at its head");
}

Result<PastBalance> balance_at_block(Connection& session, const BalanceKey& key, const AsOf& at,
                                     Deadline by) {
    std::optional<std::int64_t> block;
    if (const auto* number = std::get_if<BlockNumber>(&at)) block = column(*number);
    std::int32_t level = 0;
    if (const auto* named = std::get_if<FinalityLevel>(&at))
        level = static_cast<std::int32_t>(*named);
    const Params names = params(std::string_view(key.user.value), column(key.chain),
                                column(key.token), block, level);
    CB_TRY(rows, session.run(kBalanceAt, names, by));
    if (rows.empty())
        return Error(Errc::not_found, "no ledger of chain " + std::to_string(key.chain.value));
    PastBalance past;
    past.cursor.block = {rows.id<BlockNumber>(0, 0), rows.hash(0, 1)};
    past.cursor.epoch = static_cast<std::uint32_t>(rows.int32(0, 2));
    past.safe = rows.optional_id<BlockNumber>(0, 3);
    past.finalized = rows.optional_id<BlockNumber>(0, 4);
    past.block = rows.optional_id<BlockNumber>(0, 5);
    if (!rows.is_null(0, 6)) past.block_hash = rows.hash(0, 6);
    past.wallets = static_cast<std::size_t>(rows.int64(0, 7));
    past.covered_from = rows.optional_id<BlockNumber>(0, 8);
    past.amount = rows.amount(0, 9);
    return past;
}

/// As six parameters; nothing comes before the place that no page ended at.
void add_place(Params& to, const std::optional<JournalPlace>& after) {
    const JournalPlace place = after.value_or(JournalPlace{});
    to.add(column(place.chain)).add(column(place.block));
    to.add(static_cast<std::int32_t>(place.epoch)).add(static_cast<std::int32_t>(place.log_index));
    to.add(static_cast<std::int64_t>(place.sub_index));
    to.add(after ? static_cast<std::int64_t>(place.part) : std::int64_t{-1});
}

JournalPlace place_of(const Rows& rows, std::size_t i) {
    return {rows.id<ChainId>(i, 0),
            rows.id<BlockNumber>(i, 1),
            static_cast<std::uint32_t>(rows.int32(i, 2)),
            static_cast<std::uint32_t>(rows.int32(i, 3)),
            static_cast<std::uint64_t>(rows.int64(i, 4)),
            static_cast<std::uint64_t>(rows.int64(i, 5))};
}

/// One row more than asked for tells whether there is a next page.
std::int64_t rows_for(std::size_t limit) {
    return static_cast<std::int64_t>(std::min<std::size_t>(limit, 1'000'000)) + 1;
}

template <class Item, class Read>
Result<JournalPage<Item>> page_of(const Rows& rows, std::size_t limit, Read read) {
    JournalPage<Item> page;
    const std::size_t count = std::min(rows.count(), limit);
    page.items.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        if (rows.is_null(i, 6))
            return Error(Errc::corrupt, "a journal row's block is not stored: " +
                                            std::to_string(rows.int64(i, 1)));
        page.items.push_back(read(rows, i));
    }
    if (rows.count() > limit && count > 0) page.next = page.items.back().place;
    return page;
}

LedgerChange change_of(const Rows& rows, std::size_t i) {
    LedgerChange change;
    change.place = place_of(rows, i);
    change.block_hash = rows.hash(i, 6);
    change.timestamp = rows.time(i, 7);
    if (!rows.is_null(i, 8)) change.tx_hash = rows.hash(i, 8);
    change.token = rows.id<TokenId>(i, 9);
    change.address = rows.address(i, 10);
    change.kind = change_kind(static_cast<MoveKind>(rows.number<std::int16_t>(i, 11)),
                              change.place.part == 1);
    change.delta = rows.signed_amount(i, 12);
    change.orphaned = rows.truth(i, 13);
    if (!rows.is_null(i, 14)) change.nft_id = rows.amount(i, 14);
    return change;
}

LedgerEvent event_of(const Rows& rows, std::size_t i) {
    LedgerEvent event;
    event.place = place_of(rows, i);
    event.block_hash = rows.hash(i, 6);
    event.timestamp = rows.time(i, 7);
    event.tx_hash = rows.hash(i, 8);
    event.token = rows.optional_id<TokenId>(i, 9);
    event.wallet = rows.address(i, 10);
    event.type = static_cast<EventType>(rows.number<std::int16_t>(i, 11));
    event.amount = rows.amount(i, 12);
    if (!rows.is_null(i, 13)) event.contract = rows.address(i, 13);
    if (!rows.is_null(i, 14)) event.nft_id = rows.amount(i, 14);
    return event;
}

template <class Id>
auto optional_column(const std::optional<Id>& id) {
    return id ? std::optional(column(*id)) : std::nullopt;
}

Result<JournalPage<LedgerChange>> page_of_changes(Connection& session, const ChangeQuery& query,
                                                  Deadline by) {
    Params wanted = params(std::string_view(query.user.value), optional_column(query.chain),
                           optional_column(query.token), query.include_orphaned);
    add_place(wanted, query.after);
    wanted.add(rows_for(query.limit));
    CB_TRY(rows, session.run(kChanges, wanted, by));
    return page_of<LedgerChange>(rows, query.limit, change_of);
}

Result<JournalPage<LedgerEvent>> page_of_events(Connection& session, const EventQuery& query,
                                                Deadline by) {
    Params wanted = params(optional_column(query.chain), column(query.from));
    add_place(wanted, query.after);
    wanted.add(rows_for(query.limit));
    const bool filtered = query.type || query.address;
    if (filtered) {
        std::vector<std::int16_t> types;
        for (std::int16_t type = 0; type < kEventTypes; ++type)
            if (!query.type || *query.type == static_cast<EventType>(type)) types.push_back(type);
        wanted.add_array(types, [](std::int16_t type) { return type; });
        wanted.add(query.address);
    }
    CB_TRY(rows, session.run(filtered ? kFilteredEvents : kEvents, wanted, by));
    return page_of<LedgerEvent>(rows, query.limit, event_of);
}

}  // namespace

template <class Work>
auto PostgresJournal::read(Deadline by, Work work)
    -> Task<std::invoke_result_t<Work&, Connection&>> {
    auto when_ready = [this, by, work = std::move(work)](
                          Connection& session) -> std::invoke_result_t<Work&, Connection&> {
        CB_CHECKED(require_ready(session, indexed_, by));
        return work(session);
    };
    return database_.read(by, std::move(when_ready));
}

Task<Result<PastBalance>> PostgresJournal::balance_at(BalanceKey key, AsOf at, Deadline by) {
    return read(by, [key = std::move(key), at, by](Connection& session) {
        return balance_at_block(session, key, at, by);
    });
}

Task<Result<JournalPage<LedgerChange>>> PostgresJournal::changes(ChangeQuery query, Deadline by) {
    return read(by, [query = std::move(query), by](Connection& session) {
        return page_of_changes(session, query, by);
    });
}

Task<Result<JournalPage<LedgerEvent>>> PostgresJournal::events(EventQuery query, Deadline by) {
    return read(by,
                [query, by](Connection& session) { return page_of_events(session, query, by); });
}

}  // namespace custodialbridge::store

#include <utility>

#include "apply_plans.hpp"
#include "ledger_statements.hpp"
#include "ledger_work.hpp"

namespace custodialbridge::store {
namespace {

/// Fails with a division by zero unless each of them is there and canonical. OFFSET 0: found one by
/// one, also by a plan that was made while all rows were few.
constexpr Statement kOrphanMoves{"orphan_moves", R"(
    WITH hit AS (
        UPDATE journal AS j SET orphaned = true
        FROM (SELECT *, $1::int8 AS chain_id FROM unnest($2::int8[], $3::int4[], $4::int8[])
              AS u (block_number, log_index, sub_index) OFFSET 0) d
        WHERE j.chain_id = d.chain_id AND j.block_number = d.block_number
              AND j.log_index = d.log_index AND j.sub_index = d.sub_index AND NOT j.orphaned
        RETURNING 1)
    SELECT 1 / (count(*) = cardinality($2))::int4 FROM hit)"};

/// Their sub_index begins where no row of the same log was: another one may stand there, orphaned.
constexpr Statement kInsertMoves{"insert_moves", R"(
    INSERT INTO journal (chain_id, epoch, block_number, log_index, sub_index, token_id, debit,
                         credit, amount, tx_hash, kind, event, nft_id)
    SELECT $1::int8, $2::int4, d.block_number, d.log_index,
           1 + d.sub_index + coalesce((SELECT max(j.sub_index) FROM journal j
                                       WHERE j.chain_id = $1::int8
                                             AND j.block_number = d.block_number
                                             AND j.log_index = d.log_index), -1),
           d.token_id, d.debit, d.credit, d.amount, d.tx_hash, d.kind, d.event, d.nft_id
    FROM unnest($3::int8[], $4::int4[], $5::int8[], $6::int4[], $7::int8[], $8::int8[],
                $9::numeric[], $10::bytea[], $11::int2[], $12::int2[], $13::numeric[])
         AS d (block_number, log_index, sub_index, token_id, debit, credit, amount, tx_hash, kind,
               event, nft_id))"};

/// Fails with a division by zero unless each of them is there and canonical.
constexpr Statement kOrphanEventsOf{"orphan_events_of", R"(
    WITH hit AS (
        UPDATE events AS e SET orphaned = true
        FROM (SELECT *, $1::int8 AS chain_id FROM unnest($2::int8[], $3::int4[], $4::int8[])
              AS u (block_number, log_index, wallet_id) OFFSET 0) d
        WHERE e.chain_id = d.chain_id AND e.block_number = d.block_number
              AND e.log_index = d.log_index AND e.wallet_id = d.wallet_id AND NOT e.orphaned
        RETURNING 1)
    SELECT 1 / (count(*) = cardinality($2))::int4 FROM hit)"};

/// A log tells a wallet one thing: what was changed on its way is put right in its place.
constexpr Statement kPutEvents{"put_events", R"(
    INSERT INTO events AS e (chain_id, epoch, block_number, log_index, wallet_id, token_id, amount,
                             event, tx_hash, contract)
    SELECT $1::int8, $2::int4, d.*
    FROM unnest($3::int8[], $4::int4[], $5::int8[], $6::int4[], $7::numeric[], $8::int2[],
                $9::bytea[], $10::bytea[]) AS d
    ON CONFLICT (chain_id, block_number, epoch, log_index, wallet_id)
    DO UPDATE SET token_id = EXCLUDED.token_id, amount = EXCLUDED.amount, event = EXCLUDED.event,
                  tx_hash = EXCLUDED.tx_hash, contract = EXCLUDED.contract, orphaned = false)"};

/// Fails with a division by zero when the ledger has another block of that number.
constexpr Statement kProveBlock{"prove_block", R"(
    INSERT INTO blocks (chain_id, epoch, number, hash, parent_hash, "timestamp", completeness)
    SELECT $1::int8, $2::int4, $3::int8, $4::bytea, $5::bytea, $6::timestamptz,
           2 / (count(*) = 0)::int4
    FROM blocks WHERE chain_id = $1::int8 AND number = $3::int8 AND NOT orphaned
                      AND hash <> $4::bytea
    ON CONFLICT (chain_id, number) WHERE NOT orphaned
    DO UPDATE SET completeness = 2, parent_hash = EXCLUDED.parent_hash,
                  "timestamp" = EXCLUDED."timestamp")"};

Params places_of(ChainId chain, const std::vector<Move>& moves) {
    Params places = params(column(chain));
    places.add_array(moves, [](const Move& m) { return column(m.block); });
    places.add_array(moves, [](const Move& m) { return static_cast<std::int32_t>(m.log_index); });
    places.add_array(moves, [](const Move& m) { return std::int64_t{m.sub_index}; });
    return places;
}

Params places_of(ChainId chain, const std::vector<Announcement>& events) {
    using Event = Announcement;
    Params places = params(column(chain));
    places.add_array(events, [](const Event& e) { return column(e.block); });
    places.add_array(events, [](const Event& e) { return static_cast<std::int32_t>(e.log_index); });
    places.add_array(events, [](const Event& e) { return column(e.wallet); });
    return places;
}

Params rows_of_moves(ChainId chain, std::uint32_t epoch, const std::vector<Move>& moves) {
    Params rows = params(column(chain), static_cast<std::int32_t>(epoch));
    rows.add_array(moves, [](const Move& m) { return column(m.block); });
    rows.add_array(moves, [](const Move& m) { return static_cast<std::int32_t>(m.log_index); });
    rows.add_array(moves, [](const Move& m) { return std::int64_t{m.sub_index}; });
    rows.add_array(moves, [](const Move& m) { return column(m.token); });
    rows.add_array(moves, [](const Move& m) { return column(m.debit); });
    rows.add_array(moves, [](const Move& m) { return column(m.credit); });
    rows.add_array(moves, [](const Move& m) { return m.amount; });
    rows.add_array(moves, [](const Move& m) { return m.tx_hash; });
    rows.add_array(moves, [](const Move& m) { return static_cast<std::int16_t>(m.kind); });
    rows.add_array(moves, [](const Move& m) { return static_cast<std::int16_t>(m.event); });
    rows.add_array(moves, [](const Move& m) { return m.nft_id; });
    return rows;
}

}  // namespace

Result<Committed> correct_journal(Connection& session, const Clock& clock,
                                  const CorrectionPlan& plan, Deadline by) {
    LedgerWork work(session, clock, plan.chain, by);
    CB_CHECKED(work.begin_here(plan.at));
    const BlockNumber here = plan.at.block.number;
    std::vector<NetChange> changes;
    for (const BalanceDelta& delta : plan.deltas)
        changes.push_back({delta.wallet, delta.token, difference(delta.credit, delta.debit), here});
    std::vector<HoldingChange> holdings;
    for (const HoldingDelta& delta : plan.holdings)
        holdings.push_back({delta.wallet, delta.token, delta.nft_id,
                            difference(delta.credit, delta.debit), here});
    Committed done;
    std::vector<Entry> entries;
    CB_TRY(shortfalls, work.settle(changes, entries));
    done.shortfalls = std::move(shortfalls);
    CB_CHECKED(work.settle_holdings(holdings, entries));
    if (!plan.phantom.empty()) work.add(kOrphanMoves, places_of(plan.chain, plan.phantom));
    if (!plan.missing.empty())
        work.add(kInsertMoves, rows_of_moves(plan.chain, plan.at.epoch, plan.missing));
    if (!plan.phantom_events.empty())
        work.add(kOrphanEventsOf, places_of(plan.chain, plan.phantom_events));
    work.add_events(kPutEvents, plan.missing_events, plan.at.epoch);
    const BlockHeader& header = plan.block.header;
    work.add(kProveBlock,
             params(column(plan.chain), static_cast<std::int32_t>(plan.at.epoch),
                    column(header.ref.number), header.ref.hash, header.parent, header.timestamp));
    work.add_changes(changes);
    work.add_holdings(holdings);
    work.add_entries(entries, plan.at.epoch);
    work.add_excesses(plan.excesses, plan.at.epoch);
    work.add_mark(kMarkUnsettled, rows_of(plan.touched));
    work.mark_deployed(plan.deployed);
    auto totals = work.commit(rows_of(changes), Totals::wanted);
    if (!totals && session.sqlstate() == "22012")
        return Error(Errc::conflict, "the journal is not what was audited any more");
    if (!totals) return totals.error();
    done.totals = std::move(*totals);
    done.cursor = plan.at;
    return done;
}

}  // namespace custodialbridge::store

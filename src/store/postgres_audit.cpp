#include "postgres_audit.hpp"

#include <algorithm>
#include <utility>

#include "known_from.hpp"

namespace custodialbridge::store {
namespace {

constexpr Statement kState{"audit_state", R"(
    SELECT coalesce(c.audited_number, (SELECT min(b.number) FROM blocks b
                                       WHERE b.chain_id = c.chain_id AND NOT b.orphaned)),
           c.finalized_number, c.epoch
    FROM chains c WHERE c.chain_id = $1::int8)"};

constexpr Statement kUnproven{"unproven_blocks", R"(
    SELECT n.number FROM generate_series($2::int8, $3::int8) AS n (number)
    WHERE NOT EXISTS (SELECT 1 FROM blocks b
                      WHERE b.chain_id = $1::int8 AND b.number = n.number AND NOT b.orphaned
                            AND b.completeness = 2)
    ORDER BY 1)"};

constexpr Statement kMovesOf{"audited_moves", R"(
    SELECT j.block_number, j.log_index, j.sub_index, j.token_id, j.debit, j.credit, j.amount,
           j.tx_hash, j.kind::int4, j.event::int4, j.nft_id
    FROM unnest($2::int8[]) AS n (number)
    CROSS JOIN LATERAL (SELECT * FROM journal WHERE chain_id = $1::int8
                                               AND block_number = n.number OFFSET 0) j
    WHERE NOT j.orphaned AND j.event IS NOT NULL
    ORDER BY j.block_number, j.log_index, j.sub_index)"};

constexpr Statement kEventsOf{"audited_events", R"(
    SELECT e.block_number, e.log_index, e.wallet_id, e.token_id, e.amount, e.tx_hash,
           e.event::int4, e.contract
    FROM unnest($2::int8[]) AS n (number)
    CROSS JOIN LATERAL (SELECT * FROM events WHERE chain_id = $1::int8
                                              AND block_number = n.number OFFSET 0) e
    WHERE NOT e.orphaned
    ORDER BY e.block_number, e.log_index, e.wallet_id)"};

constexpr Statement kTrackedFrom{"audited_wallets", R"(
    SELECT wallet_id, tracked_from FROM wallets
    WHERE wallet_id = ANY ($2::int8[]) AND chain_id = $1::int8 AND deleted_at IS NULL
          AND tracked_from IS NOT NULL)"};

constexpr Statement kOpenedAt{"audited_tokens", R"(
    SELECT token_id, opened_at FROM tokens
    WHERE chain_id = $1::int8 AND opened_at IS NOT NULL)"};

/// Everything hangs on the chain's row, so that it stands in line with the ledger's writers.
constexpr Statement kAudited{"audited", R"(
    WITH here AS (
        UPDATE chains SET audited_number = greatest(coalesce(audited_number, 0), $2::int8)
        WHERE chain_id = $1::int8 AND epoch = $3::int4
        RETURNING chain_id),
    touched AS (
        UPDATE balances b SET unsettled = true
        FROM here, unnest($6::int8[], $7::int4[]) AS d (wallet_id, token_id)
        WHERE b.wallet_id = d.wallet_id AND b.token_id = d.token_id
              AND b.chain_id = here.chain_id AND NOT b.unsettled
              AND )" CB_IS_KNOWN("b") R"(),
    deployed AS (
        UPDATE wallets w SET is_deployed = true
        FROM here
        WHERE w.wallet_id = ANY ($8::int8[]) AND w.chain_id = here.chain_id AND NOT w.is_deployed)
    UPDATE blocks b SET completeness = 2, parent_hash = d.parent, "timestamp" = d.mined
    FROM here, unnest($4::int8[], $5::bytea[], $9::bytea[], $10::timestamptz[])
               AS d (number, hash, parent, mined)
    WHERE b.chain_id = here.chain_id AND b.number = d.number AND b.hash = d.hash
          AND NOT b.orphaned AND b.completeness < 2)"};

constexpr Statement kHashes{"audited_hashes", R"(
    SELECT b.number, b.hash FROM unnest($2::int8[]) AS n (number)
    JOIN blocks b ON b.chain_id = $1::int8 AND b.number = n.number
    WHERE NOT b.orphaned)"};

Move move_of(const Rows& rows, std::size_t i) {
    Move move;
    move.block = rows.id<BlockNumber>(i, 0);
    move.log_index = static_cast<std::uint32_t>(rows.int32(i, 1));
    move.sub_index = static_cast<std::uint32_t>(rows.int64(i, 2));
    move.token = rows.id<TokenId>(i, 3);
    move.debit = WalletId{rows.int64(i, 4)};
    move.credit = WalletId{rows.int64(i, 5)};
    move.amount = rows.amount(i, 6);
    move.tx_hash = rows.hash(i, 7);
    move.kind = static_cast<MoveKind>(rows.int32(i, 8));
    move.event = static_cast<EventType>(rows.int32(i, 9));
    if (!rows.is_null(i, 10)) move.nft_id = rows.amount(i, 10);
    return move;
}

Announcement event_of(const Rows& rows, std::size_t i) {
    Announcement event;
    event.block = rows.id<BlockNumber>(i, 0);
    event.log_index = static_cast<std::uint32_t>(rows.int32(i, 1));
    event.wallet = rows.id<WalletId>(i, 2);
    event.token = rows.optional_id<TokenId>(i, 3);
    event.amount = rows.amount(i, 4);
    event.tx_hash = rows.hash(i, 5);
    event.event = static_cast<EventType>(rows.int32(i, 6));
    if (!rows.is_null(i, 7)) event.contract = rows.address(i, 7);
    return event;
}

Result<AuditRows> read_rows(Connection& session, ChainId chain,
                            const std::vector<BlockNumber>& blocks, std::vector<WalletId> wallets,
                            Deadline by) {
    AuditRows found;
    Params asked = params(column(chain));
    asked.add_array(blocks, [](const BlockNumber& block) { return column(block); });
    CB_TRY(moves, session.run(kMovesOf, asked, by));
    for (std::size_t i = 0; i < moves.count(); ++i) {
        found.moves.push_back(move_of(moves, i));
        wallets.push_back(found.moves.back().debit);
        wallets.push_back(found.moves.back().credit);
    }
    CB_TRY(events, session.run(kEventsOf, asked, by));
    for (std::size_t i = 0; i < events.count(); ++i) {
        found.events.push_back(event_of(events, i));
        wallets.push_back(found.events.back().wallet);
    }
    std::sort(wallets.begin(), wallets.end());
    wallets.erase(std::unique(wallets.begin(), wallets.end()), wallets.end());
    Params named = params(column(chain));
    named.add_array(wallets, [](const WalletId& wallet) { return column(wallet); });
    CB_TRY(tracked, session.run(kTrackedFrom, named, by));
    for (std::size_t i = 0; i < tracked.count(); ++i)
        found.tracked_from[tracked.id<WalletId>(i, 0)] = tracked.id<BlockNumber>(i, 1);
    CB_TRY(opened, session.run(kOpenedAt, params(column(chain)), by));
    for (std::size_t i = 0; i < opened.count(); ++i)
        found.opened_at[opened.id<TokenId>(i, 0)] = opened.id<BlockNumber>(i, 1);
    return found;
}

}  // namespace

Task<Result<std::optional<AuditState>>> PostgresAudit::state(ChainId chain, Deadline by) {
    auto work = [chain, by](Connection& session) -> Result<std::optional<AuditState>> {
        CB_TRY(rows, session.run(kState, params(column(chain)), by));
        if (rows.empty() || rows.is_null(0, 0)) return std::optional<AuditState>();
        return std::optional(
            AuditState{rows.id<BlockNumber>(0, 0), rows.optional_id<BlockNumber>(0, 1),
                       static_cast<std::uint32_t>(rows.int32(0, 2))});
    };
    return database_.read(by, std::move(work));
}

Task<Result<std::vector<BlockNumber>>> PostgresAudit::unproven(ChainId chain, BlockNumber first,
                                                               BlockNumber last, Deadline by) {
    auto work = [chain, first, last, by](Connection& session) -> Result<std::vector<BlockNumber>> {
        const Params asked = params(column(chain), column(first), column(last));
        CB_TRY(rows, session.run(kUnproven, asked, by));
        std::vector<BlockNumber> blocks;
        for (std::size_t i = 0; i < rows.count(); ++i)
            blocks.push_back(rows.id<BlockNumber>(i, 0));
        return blocks;
    };
    return database_.read(by, std::move(work));
}

Task<Result<AuditRows>> PostgresAudit::rows(ChainId chain, std::vector<BlockNumber> blocks,
                                            std::vector<WalletId> wallets, Deadline by) {
    auto work = [chain, blocks = std::move(blocks), wallets = std::move(wallets),
                 by](Connection& session) {
        return read_rows(session, chain, blocks, wallets, by);
    };
    return database_.read(by, std::move(work));
}

Task<Result<std::map<BlockNumber, Hash32>>> PostgresAudit::hashes(
    ChainId chain, std::vector<BlockNumber> blocks, Deadline by) {
    using Hashes = std::map<BlockNumber, Hash32>;
    auto work = [chain, blocks = std::move(blocks), by](Connection& session) -> Result<Hashes> {
        Params asked = params(column(chain));
        asked.add_array(blocks, [](const BlockNumber& block) { return column(block); });
        CB_TRY(rows, session.run(kHashes, asked, by));
        Hashes found;
        for (std::size_t i = 0; i < rows.count(); ++i)
            found[rows.id<BlockNumber>(i, 0)] = rows.hash(i, 1);
        return found;
    };
    return database_.read(by, std::move(work));
}

Task<Result<void>> PostgresAudit::audited(ChainId chain, std::uint32_t epoch, AuditedBlocks blocks,
                                          Deadline by) {
    auto work = [chain, epoch, blocks = std::move(blocks),
                 by](Connection& session) -> Result<void> {
        Params done = params(column(chain), column(blocks.last), static_cast<std::int32_t>(epoch));
        const auto& proven = blocks.proven;
        done.add_array(proven, [](const BlockHeader& b) { return column(b.ref.number); });
        done.add_array(proven, [](const BlockHeader& b) { return b.ref.hash; });
        done.add_array(blocks.touched, [](const Touch& touch) { return column(touch.wallet); });
        done.add_array(blocks.touched, [](const Touch& touch) { return column(touch.token); });
        done.add_array(blocks.deployed, [](const WalletId& wallet) { return column(wallet); });
        done.add_array(proven, [](const BlockHeader& b) { return b.parent; });
        done.add_array(proven, [](const BlockHeader& b) { return b.timestamp; });
        const auto rows = session.run(kAudited, done, by);
        if (!rows) return rows.error();
        return {};
    };
    return database_.run(by, std::move(work));
}

}  // namespace custodialbridge::store

/// The statements that read the past. Sessions plan by key only; each part reads at most a page
/// from one index, in its order, and a page is the first of all parts' rows.
#pragma once

#include "connection.hpp"
#include "known_from.hpp"

namespace custodialbridge::store {

/// How many of $1's indexes are there and good, and the journal's size.
inline constexpr Statement kHistoryReady{"history_ready", R"(
    SELECT (SELECT count(*) FROM unnest($1::text[]) AS n (name)
            JOIN pg_index i ON i.indexrelid = to_regclass(n.name) WHERE i.indisvalid),
           pg_relation_size('journal'))"};

/// The present amounts less the canonical moves above the block, $4 or the one that $5 names (0 the
/// cursor, 1 safe, 2 finalized). Rows of a token that is not opened do not count, nor those that
/// are not known yet; as in kTotals, a sum past 2^256-1 is said to be that.
inline constexpr Statement kBalanceAt{"balance_at", R"(
    SELECT c.cursor_number, c.cursor_hash, c.epoch, c.safe_number, c.finalized_number,
           n.number, b.hash, s.wallets,
           CASE WHEN s.wallets > 0 AND s.known = s.wallets
                THEN greatest(s.tracked_from, t.opened_at, s.known_from) END, s.amount
    FROM chains c
    CROSS JOIN LATERAL (
        SELECT coalesce($4::int8, CASE $5::int4
            WHEN 0 THEN c.cursor_number
            WHEN 1 THEN c.safe_number - greatest(c.safe_number - c.cursor_number, 0)
            ELSE c.finalized_number - greatest(c.finalized_number - c.cursor_number, 0)
            END) AS number) n
    LEFT JOIN tokens t ON t.chain_id = c.chain_id AND t.token_id = $3::int4
    LEFT JOIN blocks b ON b.chain_id = c.chain_id AND b.number = n.number AND NOT b.orphaned
    CROSS JOIN LATERAL (
        SELECT count(*) AS wallets, count(held.wallet_id) AS known,
               max(w.tracked_from) AS tracked_from, max(held.known_from) AS known_from,
               least(coalesce(sum(greatest(held.amount - taken.amount + given.amount, 0)), 0),
        115792089237316195423570985008687907853269984665640564039457584007913129639935) AS amount
        FROM wallets w
        LEFT JOIN balances held ON held.wallet_id = w.wallet_id AND held.token_id = t.token_id
                                   AND w.tracked_from IS NOT NULL AND t.opened_at IS NOT NULL
                                   AND )" CB_IS_KNOWN("held") R"(
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(j.amount), 0) AS amount FROM journal j
            WHERE j.credit = w.wallet_id AND j.credit <> 0 AND j.token_id = t.token_id
                  AND NOT j.orphaned AND j.block_number > n.number
                  AND n.number >= greatest(w.tracked_from, t.opened_at, held.known_from)) taken
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(j.amount), 0) AS amount FROM journal j
            WHERE j.debit = w.wallet_id AND j.debit <> 0 AND j.token_id = t.token_id
                  AND NOT j.orphaned AND j.block_number > n.number
                  AND n.number >= greatest(w.tracked_from, t.opened_at, held.known_from)) given
        WHERE w.user_id = $1::text AND w.chain_id = c.chain_id AND w.deleted_at IS NULL) s
    WHERE c.chain_id = $2::int8)"};

/// A row's block is the one of its number that was canonical when the row was written: the newest
/// of its epoch or before.
#define CB_BLOCK_OF_PAGE                                                                         \
    "LEFT JOIN LATERAL (SELECT b.hash, b.\"timestamp\" FROM blocks b"                            \
    " WHERE b.chain_id = p.chain_id AND b.number = p.block_number AND b.epoch <= p.epoch"        \
    " ORDER BY b.epoch DESC LIMIT 1) b ON true "

#define CB_PLACE_OF(row) \
    row ".block_number, " row ".epoch, " row ".log_index, " row ".sub_index"

/// From the wallet's side `side`, told as part `part`.
#define CB_CHANGES_BY(side, part, amount)                                                      \
    "(SELECT " CB_PLACE_OF("j") ", " part "::int8 AS part, j.token_id, j.kind, j.orphaned, "   \
    amount " AS amount, j.tx_hash, j.nft_id FROM journal j"                                    \
    " WHERE j." side " = w.wallet_id AND j." side " <> 0"                                      \
    "  AND j.block_number >= CASE WHEN w.chain_id = $5::int8 THEN $6::int8 ELSE 0 END"         \
    "  AND (w.chain_id > $5::int8 OR (" CB_PLACE_OF("j") ", " part "::int8)"                   \
    "       > ($6::int8, $7::int4, $8::int4, $9::int8, $10::int8))"                            \
    "  AND ($3::int4 IS NULL OR j.token_id = $3::int4) AND ($4::bool OR NOT j.orphaned)"       \
    " ORDER BY " CB_PLACE_OF("j") " LIMIT $11::int8)"

/// Of user $1 on chain $2, token $3 (null: of all), with orphaned ones if $4, after the place
/// $5 … $10.
inline constexpr Statement kChanges{"changes",
    "SELECT p.chain_id, " CB_PLACE_OF("p") ", p.part, b.hash, b.\"timestamp\", p.tx_hash, "
    "       p.token_id, p.address, p.kind, p.amount, p.orphaned, p.nft_id "
    "FROM (SELECT w.chain_id, w.address, r.* FROM wallets w CROSS JOIN LATERAL ("
    CB_CHANGES_BY("debit", "0", "-j.amount") " UNION ALL " CB_CHANGES_BY("credit", "1", "j.amount")
    "      ) r "
    "      WHERE w.user_id = $1::text AND w.deleted_at IS NULL AND w.chain_id >= $5::int8"
    "            AND ($2::int8 IS NULL OR w.chain_id = $2::int8)"
    "      ORDER BY w.chain_id, " CB_PLACE_OF("r") ", r.part LIMIT $11::int8) p "
    CB_BLOCK_OF_PAGE
    "ORDER BY p.chain_id, " CB_PLACE_OF("p") ", p.part"};

/// Events of chain $1 (null: of all) from block $2 on, after the place $3 … $8, at most $9.

/// Where chain c's part of the page starts: s.
#define CB_START                                                                               \
    "CROSS JOIN LATERAL (SELECT c.chain_id = $3::int8 AND $4::int8 >= $2::int8 AS goes_on) h " \
    "CROSS JOIN LATERAL (SELECT"                                                               \
    " CASE WHEN h.goes_on THEN $4::int8 ELSE $2::int8 END AS block_number,"                    \
    " CASE WHEN h.goes_on THEN $5::int4 ELSE 0 END AS epoch,"                                  \
    " CASE WHEN h.goes_on THEN $6::int4 ELSE 0 END AS log_index,"                              \
    " CASE WHEN h.goes_on THEN $7::int8 ELSE 0 END AS sub_index,"                              \
    " CASE WHEN h.goes_on THEN $8::int8 ELSE -1 END AS part) s "

#define CB_EVENT_PAGE(sources)                                                                \
    "SELECT p.chain_id, " CB_PLACE_OF("p") ", p.part, b.hash, b.\"timestamp\", p.tx_hash, "   \
    "       p.token_id, p.address, p.event, p.amount, coalesce(p.contract, k.address), "      \
    "       p.nft_id "                                                                        \
    "FROM (SELECT c.chain_id, r.* FROM chains c " CB_START "CROSS JOIN LATERAL (" sources ") r " \
    "      WHERE c.chain_id >= $3::int8 AND ($1::int8 IS NULL OR c.chain_id = $1::int8)"      \
    "      ORDER BY c.chain_id, " CB_PLACE_OF("r") ", r.part LIMIT $9::int8) p "              \
    CB_BLOCK_OF_PAGE                                                                          \
    "LEFT JOIN tokens k ON k.chain_id = p.chain_id AND k.token_id = p.token_id "              \
    "ORDER BY p.chain_id, " CB_PLACE_OF("p") ", p.part"

/// A journal row is told to each of its wallets, from `sides`: w. `block` is as its index has it.
#define CB_MOVED(block, part, sides, which)                                                    \
    "SELECT " CB_PLACE_OF("j") ", " part " AS part, j.token_id, j.event, j.amount, j.tx_hash," \
    " w.address, j.nft_id, NULL::bytea AS contract FROM journal j " sides " WHERE " which      \
    " AND NOT j.orphaned AND j.event IS NOT NULL AND j." block " >= s.block_number"            \
    " AND (" CB_PLACE_OF("j") ", " part ") > (" CB_PLACE_OF("s") ", s.part)"                   \
    " ORDER BY j." block ", j.epoch, j.log_index, j.sub_index, " part " LIMIT $9::int8"

/// OFFSET 0: looked up one by one, also by a plan that was made while the wallets were few.
#define CB_WALLET(of)                                                                             \
    "JOIN LATERAL (SELECT o.address FROM wallets o WHERE o.wallet_id = " of ".wallet_id"          \
    " AND o.deleted_at IS NULL OFFSET 0) w ON true"

#define CB_BOTH_SIDES                                                                         \
    "CROSS JOIN LATERAL (VALUES (0::int8, j.debit), (1, nullif(j.credit, j.debit)))"          \
    " AS leg (part, wallet_id) "                                                              \
    CB_WALLET("leg")

/// A row of `events` is told to its wallet.
#define CB_TOLD(block, which)                                                                     \
    "SELECT e.block_number, e.epoch, e.log_index, 0::int8 AS sub_index, e.wallet_id + 1 AS part," \
    " e.token_id, e.event, e.amount, e.tx_hash, w.address, NULL::numeric AS nft_id, e.contract"   \
    " FROM events e"                                                                              \
    " " CB_WALLET("e") " WHERE " which                                                            \
    " AND NOT e.orphaned AND e." block " >= s.block_number"                                       \
    " AND (e.block_number, e.epoch, e.log_index, 0::int8, e.wallet_id + 1)"                       \
    "     > (" CB_PLACE_OF("s") ", s.part)"                                                       \
    " ORDER BY e." block ", e.epoch, e.log_index, e.wallet_id LIMIT $9::int8"

/// All of them: both tables in the order of their primary keys.
inline constexpr Statement kEvents{"events", CB_EVENT_PAGE(
    "(" CB_MOVED("block_number", "leg.part", CB_BOTH_SIDES,
                 "j.chain_id = c.chain_id AND (" CB_PLACE_OF("j") ") >= (" CB_PLACE_OF("s") ")") ")"
    " UNION ALL "
    "(" CB_TOLD("block_number", "e.chain_id = c.chain_id"
                " AND (e.block_number, e.epoch, e.log_index)"
                " >= (s.block_number, s.epoch, s.log_index)") ")")};

/// Of one type of the chain's tokens, or of those at the contract $11.
#define CB_EACH_KIND "unnest($10::int2[]) AS kind (event) "
#define CB_BY_TOKEN(rows)                                                                      \
    "(SELECT r.* FROM tokens t CROSS JOIN " CB_EACH_KIND "CROSS JOIN LATERAL (" rows ") r"     \
    " WHERE t.chain_id = c.chain_id AND ($11::bytea IS NULL OR t.address = $11::bytea))"

/// Of the wallet with the address $11, but for what its being the contract has told already.
#define CB_NOT_ITS_OWN(row)                                                           \
    " AND NOT EXISTS (SELECT 1 FROM tokens t WHERE t.chain_id = c.chain_id"           \
    " AND t.token_id = " row ".token_id AND t.address = $11::bytea)"
#define CB_BY_SIDE(side, part)                                                                    \
    "(" CB_MOVED("block_number", part "::int8", "", "j." side " = w.wallet_id AND j." side        \
                 " <> 0 AND (" part " = 0 OR j.debit <> j.credit)"                                \
                 " AND j.event = ANY ($10::int2[])" CB_NOT_ITS_OWN("j")) ")"
#define CB_TOLD_TO_IT                                                                             \
    "(SELECT e.block_number, e.epoch, e.log_index, 0::int8, e.wallet_id + 1, e.token_id, e.event," \
    " e.amount, e.tx_hash, w.address, NULL::numeric, e.contract FROM events e"                    \
    " WHERE e.wallet_id = w.wallet_id AND e.event = ANY ($10::int2[])" CB_NOT_ITS_OWN("e")        \
    " AND e.contract IS DISTINCT FROM $11::bytea"                                                 \
    " AND NOT e.orphaned AND e.block_number >= s.block_number"                                    \
    " AND (e.block_number, e.epoch, e.log_index, 0::int8, e.wallet_id + 1)"                       \
    "     > (" CB_PLACE_OF("s") ", s.part)"                                                       \
    " ORDER BY e.block_number, e.epoch, e.log_index LIMIT $9::int8)"

/// Those of the types $10, of the wallet or contract $11 (null: of all).
inline constexpr Statement kFilteredEvents{"filtered_events", CB_EVENT_PAGE(
    CB_BY_TOKEN(CB_MOVED("block_number + 0", "leg.part", CB_BOTH_SIDES,
                         "j.chain_id = c.chain_id AND j.token_id = t.token_id"
                         " AND j.event = kind.event"))
    " UNION ALL "
    CB_BY_TOKEN(CB_TOLD("block_number + 0", "e.chain_id = c.chain_id AND e.token_id = t.token_id"
                        " AND e.event = kind.event"))
    " UNION ALL "
    "(SELECT r.* FROM " CB_EACH_KIND "CROSS JOIN LATERAL ("
        CB_TOLD("block_number + 0",
                "e.chain_id = c.chain_id AND e.token_id IS NULL AND e.event = kind.event"
                " AND ($11::bytea IS NULL OR e.contract = $11::bytea)")
    ") r)"
    " UNION ALL "
    "(SELECT r.* FROM wallets w CROSS JOIN LATERAL ("
        CB_BY_SIDE("debit", "0") " UNION ALL " CB_BY_SIDE("credit", "1") " UNION ALL "
        CB_TOLD_TO_IT
    ") r WHERE w.chain_id = c.chain_id AND w.address = $11::bytea AND w.deleted_at IS NULL)")};

}  // namespace custodialbridge::store

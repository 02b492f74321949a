/// The statements that change the ledger. Each array parameter is one column of what is to be
/// written.
#pragma once

#include "connection.hpp"
#include "known_from.hpp"

namespace custodialbridge::store {

inline constexpr Statement kCommitWork{"commit_work", "COMMIT"};

inline constexpr Statement kInsertBlocks{"insert_blocks", R"(
    INSERT INTO blocks (chain_id, epoch, number, hash, parent_hash, "timestamp", completeness)
    SELECT $1::int8, $2::int4, d.*
    FROM unnest($3::int8[], $4::bytea[], $5::bytea[], $6::timestamptz[], $7::int2[]) AS d)"};

inline constexpr Statement kInsertEvents{"insert_events", R"(
    INSERT INTO events (chain_id, epoch, block_number, log_index, wallet_id, token_id, amount,
                        event, tx_hash, contract)
    SELECT $1::int8, $2::int4, d.*
    FROM unnest($3::int8[], $4::int4[], $5::int8[], $6::int4[], $7::numeric[], $8::int2[],
                $9::bytea[], $10::bytea[]) AS d)"};

/// Journal rows that no log stands behind.
inline constexpr Statement kInsertEntries{"insert_entries", R"(
    INSERT INTO journal (chain_id, epoch, log_index, sub_index, block_number, token_id, debit,
                         credit, amount, kind, nft_id)
    SELECT $1::int8, $2::int4, 2147483647, nextval('journal_sequence'), d.*
    FROM unnest($3::int8[], $4::int4[], $5::int8[], $6::int8[], $7::numeric[], $8::int2[],
                $9::numeric[]) AS d)"};

/// The stored amounts in the order asked for, and whether they are known; null where there is no
/// row.
inline constexpr Statement kReadAmounts{"read_amounts", R"(
    SELECT b.amount, )" CB_IS_KNOWN("b") R"(
    FROM unnest($1::int8[], $2::int4[]) WITH ORDINALITY AS d (wallet_id, token_id, place)
    LEFT JOIN balances b ON b.wallet_id = d.wallet_id AND b.token_id = d.token_id
    ORDER BY d.place)"};

/// Fails with a division by zero unless each of the deltas hits a row of its own.
inline constexpr Statement kApplyDeltas{"apply_deltas", R"(
    WITH hit AS (
        UPDATE balances AS b SET amount = b.amount + d.net, as_of_block = d.block
        FROM unnest($1::int8[], $2::int4[], $3::numeric[], $4::int8[])
             AS d (wallet_id, token_id, net, block)
        WHERE b.wallet_id = d.wallet_id AND b.token_id = d.token_id
        RETURNING 1)
    SELECT 1 / (count(*) = cardinality($1))::int4 FROM hit)"};

/// The first part of what sets balances.
#define CB_SEEN_BALANCES                                                    \
    "INSERT INTO balances (chain_id, as_of_block, wallet_id, token_id, amount) " \
    "SELECT $1::int8, $2::int8, d.* "                                       \
    "FROM unnest($3::int8[], $4::int4[], $5::numeric[]) AS d "              \
    "ON CONFLICT (wallet_id, token_id) "                                    \
    "DO UPDATE SET amount = EXCLUDED.amount, as_of_block = EXCLUDED.as_of_block, "

/// They are known from their opening on.
inline constexpr Statement kSetBalances{"set_balances",
    CB_SEEN_BALANCES "unsettled = false, known_from = NULL"};

/// What was not known is learnt here.
inline constexpr Statement kAdjustBalances{"adjust_balances",
    CB_SEEN_BALANCES "unsettled = false, known_from = CASE balances.known_from"
    " WHEN " CB_NOT_KNOWN_YET " THEN EXCLUDED.as_of_block ELSE balances.known_from END"};

/// An amount that is there stays: the journal has it.
inline constexpr Statement kSetUnknown{"set_unknown", R"(
    INSERT INTO balances (chain_id, as_of_block, wallet_id, token_id, amount, known_from)
    SELECT $1::int8, $2::int8, d.*, 0, )" CB_NOT_KNOWN_YET R"(
    FROM unnest($3::int8[], $4::int4[]) AS d
    ON CONFLICT (wallet_id, token_id)
    DO UPDATE SET as_of_block = EXCLUDED.as_of_block, unsettled = false,
                  known_from = EXCLUDED.known_from)"};

/// What is not known is read anyway.
inline constexpr Statement kMarkUnsettled{"mark_unsettled", R"(
    UPDATE balances b SET unsettled = true
    FROM unnest($1::int8[], $2::int4[]) AS d (wallet_id, token_id)
    WHERE b.wallet_id = d.wallet_id AND b.token_id = d.token_id AND NOT b.unsettled
          AND )" CB_IS_KNOWN("b")};

inline constexpr Statement kMarkSettled{"mark_settled", R"(
    UPDATE balances b SET unsettled = false
    FROM unnest($1::int8[], $2::int4[]) AS d (wallet_id, token_id)
    WHERE b.wallet_id = d.wallet_id AND b.token_id = d.token_id AND b.unsettled)"};

/// Totals of the users whose balances are named, where every wallet of the user has its row, known,
/// and the token is opened. OFFSET 0: a user's wallets are looked up by the user, also by a plan
/// that was made while all wallets were few. A token can claim to have more than 2^256-1 in several
/// wallets: it is then said to have that much.
inline constexpr Statement kTotals{"totals", R"(
    WITH touched AS (
        SELECT DISTINCT w.user_id, d.token_id
        FROM unnest($2::int8[], $3::int4[]) AS d (wallet_id, token_id)
        JOIN wallets w ON w.wallet_id = d.wallet_id
        JOIN tokens t ON t.chain_id = $1::int8 AND t.token_id = d.token_id
        WHERE w.deleted_at IS NULL AND t.opened_at IS NOT NULL)
    SELECT t.user_id, t.token_id, least(sum(b.amount),
        115792089237316195423570985008687907853269984665640564039457584007913129639935)
    FROM touched t
    CROSS JOIN LATERAL (
        SELECT o.wallet_id, o.tracked_from FROM wallets o
        WHERE o.user_id = t.user_id AND o.chain_id = $1::int8 AND o.deleted_at IS NULL
        OFFSET 0) w
    LEFT JOIN balances b ON b.wallet_id = w.wallet_id AND b.token_id = t.token_id
                            AND w.tracked_from IS NOT NULL AND )" CB_IS_KNOWN("b") R"(
    GROUP BY t.user_id, t.token_id
    HAVING count(*) = count(b.wallet_id))"};

inline constexpr Statement kUsersOf{"users_of", R"(
    SELECT DISTINCT user_id FROM wallets
    WHERE wallet_id = ANY ($1::int8[]) AND deleted_at IS NULL)"};

/// Opening.

inline constexpr Statement kTrackWallets{"track_wallets", R"(
    UPDATE wallets SET tracked_from = $2::int8
    WHERE wallet_id = ANY ($3::int8[]) AND chain_id = $1::int8
          AND tracked_from IS NULL AND deleted_at IS NULL
    RETURNING wallet_id)"};

inline constexpr Statement kStillTracked{"still_tracked", R"(
    SELECT wallet_id FROM wallets
    WHERE wallet_id = ANY ($2::int8[]) AND chain_id = $1::int8
          AND tracked_from IS NOT NULL AND deleted_at IS NULL)"};

/// Fails with a division by zero when a tracked wallet has no row of the token as of this block.
inline constexpr Statement kOpenToken{"open_token", R"(
    WITH missing AS (
        SELECT 1 FROM wallets w
        WHERE w.chain_id = $1::int8 AND w.tracked_from IS NOT NULL AND w.deleted_at IS NULL
              AND NOT EXISTS (SELECT 1 FROM balances b
                              WHERE b.wallet_id = w.wallet_id AND b.token_id = $2::int4
                                    AND b.as_of_block = $3::int8)
        LIMIT 1)
    UPDATE tokens SET opened_at = $3::int8 / (SELECT count(*) = 0 FROM missing)::int4
    WHERE chain_id = $1::int8 AND token_id = $2::int4 AND realtime)"};

/// Unwinding: $1 is the chain, $2 the ancestor's number.

inline constexpr Statement kIsCanonical{"is_canonical", R"(
    SELECT 1 FROM blocks
    WHERE chain_id = $1::int8 AND number = $2::int8 AND hash = $3::bytea AND NOT orphaned)"};

/// What was learnt above the ancestor is not known any more.
inline constexpr Statement kForgetLearnt{"forget_learnt", R"(
    UPDATE balances SET known_from = )" CB_NOT_KNOWN_YET R"(, unsettled = false
    WHERE chain_id = $1::int8 AND known_from > $2::int8 AND known_from < )" CB_NOT_KNOWN_YET};

/// Followed balances that were settled above the ancestor (journal kinds 4 and 5) are not any
/// more. Before those rows are orphaned.
inline constexpr Statement kDoubtSettled{"doubt_settled", R"(
    UPDATE balances b SET unsettled = true
    FROM (SELECT DISTINCT greatest(e.debit, e.credit) AS wallet_id, e.token_id
          FROM journal e
          JOIN tokens t ON t.chain_id = e.chain_id AND t.token_id = e.token_id AND t.realtime
          WHERE e.chain_id = $1::int8 AND e.block_number > $2::int8 AND NOT e.orphaned
                AND e.kind IN (4, 5)) j
    WHERE b.wallet_id = j.wallet_id AND b.token_id = j.token_id AND )" CB_IS_KNOWN("b")};

/// What the orphaned rows did to each balance, and to each holding (whose nft_id is not null), the
/// other way round.
inline constexpr Statement kOrphanJournal{"orphan_journal", R"(
    WITH undone AS (
        UPDATE journal SET orphaned = true
        WHERE chain_id = $1::int8 AND block_number > $2::int8 AND NOT orphaned
        RETURNING token_id, debit, credit, amount, nft_id),
    legs AS (SELECT debit AS wallet_id, token_id, nft_id, amount FROM undone
             UNION ALL
             SELECT credit, token_id, nft_id, -amount FROM undone)
    SELECT wallet_id, token_id, sum(amount), NULL::numeric FROM legs WHERE wallet_id > 0
    GROUP BY wallet_id, token_id
    UNION ALL
    SELECT wallet_id, token_id, sum(amount), nft_id FROM legs
    WHERE wallet_id > 0 AND nft_id IS NOT NULL
    GROUP BY wallet_id, token_id, nft_id
    ORDER BY 1, 2)"};

inline constexpr Statement kOrphanEvents{"orphan_events", R"(
    UPDATE events SET orphaned = true
    WHERE chain_id = $1::int8 AND block_number > $2::int8 AND NOT orphaned)"};

inline constexpr Statement kOrphanBlocks{"orphan_blocks", R"(
    UPDATE blocks SET orphaned = true
    WHERE chain_id = $1::int8 AND number > $2::int8 AND NOT orphaned)"};

/// What was polled at or below the ancestor keeps its amount: the journal has it.
inline constexpr Statement kForgetOpenings{"forget_openings", R"(
    WITH reset AS (
        UPDATE wallets SET tracked_from = NULL
        WHERE chain_id = $1::int8 AND tracked_from > $2::int8
        RETURNING wallet_id)
    DELETE FROM balances b USING reset, tokens t
    WHERE b.wallet_id = reset.wallet_id AND b.amount = 0
          AND t.chain_id = $1::int8 AND t.token_id = b.token_id
          AND (t.realtime OR b.as_of_block > $2::int8))"};

/// A row that an earlier, unfinished opening left at or below the ancestor keeps its amount: the
/// journal has it, and nobody reads it before the token is opened again.
inline constexpr Statement kForgetTokens{"forget_tokens", R"(
    WITH reset AS (
        UPDATE tokens SET opened_at = NULL
        WHERE chain_id = $1::int8 AND opened_at > $2::int8
        RETURNING chain_id, token_id)
    DELETE FROM balances b USING reset
    WHERE b.chain_id = reset.chain_id AND b.token_id = reset.token_id AND b.amount = 0)"};

/// Also keeps whoever gave the order from taking it back meanwhile. $1 is the order, $2 the epoch.
inline constexpr Statement kFulfilOrder{"fulfil_order", R"(
    UPDATE resume_orders SET ended_at = now(), epoch = $2::int4
    WHERE order_id = $1::int8 AND ended_at IS NULL RETURNING 1)"};

inline constexpr Statement kRewindChain{"rewind_chain", R"(
    UPDATE chains SET cursor_number = $2::int8, cursor_hash = $3::bytea, epoch = epoch + 1,
                      safe_number = CASE WHEN safe_number > $2::int8 THEN $2::int8
                                         ELSE safe_number END,
                      finalized_number = CASE WHEN finalized_number > $2::int8 THEN $2::int8
                                              ELSE finalized_number END,
                      audited_number = CASE WHEN audited_number > $2::int8 THEN $2::int8
                                            ELSE audited_number END
    WHERE chain_id = $1::int8)"};

}  // namespace custodialbridge::store

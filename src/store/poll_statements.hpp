/// The statements of polled balances.
#pragma once

#include "connection.hpp"

namespace custodialbridge::store {

/// Polled is what is not followed and can be read by one call.
#define CB_IS_POLLED \
    "(t.kind = 'native' OR NOT t.realtime AND (t.kind <> 'erc1155' OR t.nft_id IS NOT NULL))"

/// The ends of statements that change who has which wallets, `changed (user_id, chain_id)`: what is
/// stored of these users is not the sum of their wallets any more, and is due at once.
#define CB_RESET_POLLS \
    "INSERT INTO polls (user_id, chain_id, token_id) " \
    "SELECT DISTINCT c.user_id, t.chain_id, t.token_id " \
    "FROM changed c JOIN tokens t ON t.chain_id = c.chain_id AND " CB_IS_POLLED \
    " ORDER BY 1, 2, 3 " \
    "ON CONFLICT (user_id, chain_id, token_id) " \
    "DO UPDATE SET segment_id = NULL, block_number = NULL, block_hash = NULL, epoch = NULL, " \
    "read_at = NULL, tried_at = 'epoch', failures = 0 "

/// A user without wallets keeps no rows; one who gets a wallet meanwhile waits for this.
inline constexpr Statement kMakePolls{"make_polls", R"(
    INSERT INTO polls (user_id, chain_id, token_id)
    SELECT d.user_id, $1::int8, d.token_id
    FROM unnest($2::text[], $3::int4[]) AS d (user_id, token_id)
    JOIN tokens t ON t.chain_id = $1::int8 AND t.token_id = d.token_id
                     AND )" CB_IS_POLLED R"(
    ORDER BY 1, 3
    ON CONFLICT DO NOTHING)"};

/// All who lock several rows do so in this order, and before they lock segments. A token that is
/// followed by now has none.
inline constexpr Statement kLockPolls{"lock_polls", R"(
    SELECT d.place - 1, p.block_number, p.segment_id, coalesce(p.touched_block, -1)
    FROM unnest($2::text[], $3::int4[]) WITH ORDINALITY AS d (user_id, token_id, place)
    JOIN polls p ON p.user_id = d.user_id AND p.chain_id = $1::int8 AND p.token_id = d.token_id
    JOIN tokens t ON t.chain_id = $1::int8 AND t.token_id = d.token_id
                     AND )" CB_IS_POLLED R"(
    ORDER BY p.user_id, p.token_id
    FOR UPDATE OF p)"};

/// After they were locked: who registers or removes a wallet resets them in the same transaction.
inline constexpr Statement kWalletsOf{"wallets_of", R"(
    SELECT d.place - 1, w.wallet_id, w.address
    FROM unnest($2::text[]) WITH ORDINALITY AS d (user_id, place)
    CROSS JOIN LATERAL (
        SELECT o.wallet_id, o.address FROM wallets o
        WHERE o.user_id = d.user_id AND o.chain_id = $1::int8 AND o.deleted_at IS NULL
        ORDER BY o.user_id, o.chain_id, o.wallet_id OFFSET 0) w)"};

/// Which of these balances were changed above $1.
inline constexpr Statement kChangedLater{"changed_later", R"(
    SELECT d.place - 1
    FROM unnest($2::int8[], $3::int4[]) WITH ORDINALITY AS d (wallet_id, token_id, place)
    JOIN balances b ON b.wallet_id = d.wallet_id AND b.token_id = d.token_id
    WHERE b.as_of_block > $1::int8)"};

/// What was touched at a later block is due at once. OFFSET 0 here and below: were the chain the
/// same for all rows, a plan made while they are few could begin with all of the chain's.
inline constexpr Statement kPolled{"polled", R"(
    UPDATE polls p
    SET segment_id = NULL, block_number = $2::int8, block_hash = $3::bytea, epoch = $4::int4,
        read_at = $5::timestamptz, failures = 0,
        tried_at = CASE WHEN p.touched_block > $2::int8 THEN 'epoch' ELSE $5::timestamptz END
    FROM (SELECT *, $1::int8 AS chain_id FROM unnest($6::text[], $7::int4[])
          AS u (user_id, token_id) OFFSET 0) d
    WHERE p.user_id = d.user_id AND p.chain_id = d.chain_id AND p.token_id = d.token_id)"};

inline constexpr Statement kMissed{"missed_polls", R"(
    UPDATE polls p SET tried_at = d.tried_at, failures = least(p.failures, 1000) + 1
    FROM (SELECT *, $1::int8 AS chain_id FROM unnest($2::text[], $3::int4[], $4::timestamptz[])
          AS u (user_id, token_id, tried_at) OFFSET 0) d
    WHERE p.user_id = d.user_id AND p.chain_id = d.chain_id AND p.token_id = d.token_id)"};

inline constexpr Statement kEndPolls{"end_polls", R"(
    DELETE FROM polls p
    USING (SELECT *, $1::int8 AS chain_id FROM unnest($2::text[], $3::int4[])
           AS u (user_id, token_id) OFFSET 0) d
    WHERE p.user_id = d.user_id AND p.chain_id = d.chain_id AND p.token_id = d.token_id)"};

/// $2 is the block that names the wallets. Members of segments are to leave them, by kLeaveTouched.
inline constexpr Statement kTouchPolls{"touch_polls", R"(
    WITH named AS MATERIALIZED (
        SELECT p.user_id, p.token_id
        FROM (SELECT DISTINCT user_id FROM wallets
              WHERE wallet_id = ANY ($3::int8[]) AND deleted_at IS NULL) w
        JOIN tokens t ON t.chain_id = $1::int8 AND t.kind = 'native'
        JOIN polls p ON p.user_id = w.user_id AND p.chain_id = $1::int8
                        AND p.token_id = t.token_id
        ORDER BY p.user_id, p.token_id
        FOR UPDATE OF p)
    UPDATE polls p SET touched_block = $2::int8, failures = 0,
                       tried_at = CASE WHEN p.segment_id IS NULL THEN 'epoch'::timestamptz END
    FROM named n
    WHERE p.user_id = n.user_id AND p.chain_id = $1::int8 AND p.token_id = n.token_id)"};

/// What was read above the ancestor, $2, does not count any more.
inline constexpr Statement kForgetPolls{"forget_polls", R"(
    WITH above AS MATERIALIZED (
        SELECT user_id, token_id FROM polls
        WHERE chain_id = $1::int8 AND block_number > $2::int8
        ORDER BY user_id, token_id
        FOR UPDATE)
    UPDATE polls p SET block_number = NULL, block_hash = NULL, epoch = NULL, read_at = NULL,
                       tried_at = 'epoch', failures = 0
    FROM above a
    WHERE p.user_id = a.user_id AND p.chain_id = $1::int8 AND p.token_id = a.token_id)"};

/// Of tokens that were not polled before.
inline constexpr Statement kBeginPolls{"begin_polls", R"(
    WITH begun AS (
        UPDATE tokens t SET polled = true WHERE NOT t.polled AND )" CB_IS_POLLED R"(
        RETURNING t.chain_id, t.token_id)
    INSERT INTO polls (user_id, chain_id, token_id)
    SELECT DISTINCT w.user_id, b.chain_id, b.token_id
    FROM begun b JOIN wallets w ON w.chain_id = b.chain_id AND w.deleted_at IS NULL
    ORDER BY 1, 2, 3
    ON CONFLICT (user_id, chain_id, token_id)
    DO UPDATE SET segment_id = NULL, block_number = NULL, block_hash = NULL, epoch = NULL,
                  read_at = NULL, tried_at = 'epoch', failures = 0)"};

inline constexpr Statement kStopPolling{"stop_polling", R"(
    UPDATE tokens t SET polled = false WHERE t.polled AND NOT )" CB_IS_POLLED};

/// Of tokens that are followed, also what a poll that was under way left the last time.
inline constexpr Statement kStopPolls{"stop_polls", R"(
    WITH followed AS MATERIALIZED (
        SELECT t.chain_id, t.token_id FROM tokens t WHERE NOT )" CB_IS_POLLED R"(),
    named AS MATERIALIZED (
        SELECT p.* FROM followed f
        CROSS JOIN LATERAL (
            SELECT o.user_id, o.chain_id, o.token_id FROM polls o
            WHERE o.chain_id = f.chain_id AND o.token_id = f.token_id AND o.tried_at IS NOT NULL
            OFFSET 0) p
        UNION ALL
        SELECT p.* FROM followed f
        CROSS JOIN LATERAL (
            SELECT o.segment_id FROM poll_segments o
            WHERE o.chain_id = f.chain_id AND o.token_id = f.token_id OFFSET 0) s
        CROSS JOIN LATERAL (
            SELECT o.user_id, o.chain_id, o.token_id FROM polls o
            WHERE o.segment_id = s.segment_id OFFSET 0) p),
    stopped AS MATERIALIZED (
        SELECT p.user_id, p.chain_id, p.token_id
        FROM named n
        JOIN polls p ON p.user_id = n.user_id AND p.chain_id = n.chain_id
                        AND p.token_id = n.token_id
        ORDER BY 1, 2, 3
        FOR UPDATE OF p)
    DELETE FROM polls p USING stopped s
    WHERE p.user_id = s.user_id AND p.chain_id = s.chain_id AND p.token_id = s.token_id)"};

/// One that a poll made meanwhile waits with its members for the next time.
inline constexpr Statement kStopSegments{"stop_segments", R"(
    DELETE FROM poll_segments s USING tokens t
    WHERE t.chain_id = s.chain_id AND t.token_id = s.token_id
          AND NOT EXISTS (SELECT 1 FROM polls p WHERE p.segment_id = s.segment_id)
          AND NOT )" CB_IS_POLLED};

}  // namespace custodialbridge::store

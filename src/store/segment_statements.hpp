/// The statements of segments: polled balances that are stored together.
///
/// Who locks a segment has locked the rows of its members before, if at all; several are locked in
/// the order of their ids. Members leave without touching the segment: it has fewer than it says.
#pragma once

#include "connection.hpp"

namespace custodialbridge::store {

/// Before anything is locked: are they as the digest says, and how many have not left?
inline constexpr Statement kDigests{"segment_digests", R"(
    SELECT s.segment_id, s.digest,
           (SELECT count(*) FROM polls p WHERE p.segment_id = s.segment_id)
    FROM unnest($1::int8[]) AS d (segment_id)
    JOIN poll_segments s ON s.segment_id = d.segment_id)"};

inline constexpr Statement kLockSegments{"lock_segments", R"(
    SELECT s.segment_id, s.block_number, s.digest
    FROM unnest($1::int8[]) AS d (segment_id)
    JOIN poll_segments s ON s.segment_id = d.segment_id
    ORDER BY s.segment_id
    FOR UPDATE OF s)"};

/// All that is in them is as it was.
inline constexpr Statement kSegmentsRead{"segments_read", R"(
    UPDATE poll_segments s
    SET block_number = $1::int8, block_hash = $2::bytea, epoch = $3::int4,
        read_at = $4::timestamptz, tried_at = $4::timestamptz
    FROM unnest($5::int8[]) AS d (segment_id)
    WHERE s.segment_id = d.segment_id)"};

/// What is in it is written anew.
inline constexpr Statement kRewriteSegment{"rewrite_segment", R"(
    UPDATE poll_segments
    SET block_number = $2::int8, block_hash = $3::bytea, epoch = $4::int4,
        read_at = $5::timestamptz, tried_at = $5::timestamptz,
        polls = $6::int4, digest = $7::bytea, members = $8::bytea
    WHERE segment_id = $1::int8)"};

inline constexpr Statement kMakeSegment{"make_segment", R"(
    INSERT INTO poll_segments (chain_id, block_number, block_hash, epoch, read_at, tried_at,
                               token_id, polls, digest, members)
    VALUES ($1::int8, $2::int8, $3::bytea, $4::int4, $5::timestamptz, $5::timestamptz, $6::int4,
            $7::int4, $8::bytea, $9::bytea)
    RETURNING segment_id)"};

inline constexpr Statement kDropSegment{"drop_segment", R"(
    DELETE FROM poll_segments WHERE segment_id = $1::int8)"};

inline constexpr Statement kEnlist{"enlist", R"(
    UPDATE polls p
    SET segment_id = $2::int8, tried_at = NULL, failures = 0,
        block_number = NULL, block_hash = NULL, epoch = NULL, read_at = NULL
    FROM (SELECT *, $1::int8 AS chain_id FROM unnest($3::text[], $4::int4[])
          AS u (user_id, token_id) OFFSET 0) d
    WHERE p.user_id = d.user_id AND p.chain_id = d.chain_id AND p.token_id = d.token_id)"};

/// They are what their segment `s` was, by themselves.
#define CB_LEAVE(tried_at) \
    "UPDATE polls p " \
    "SET segment_id = NULL, tried_at = " tried_at ", block_number = s.block_number, " \
    "block_hash = s.block_hash, epoch = s.epoch, read_at = s.read_at "

/// The segments of members who are found by their own keys, `d (user_id, token_id)` of chain $1.
#define CB_SEGMENT_OF_MEMBER \
    " CROSS JOIN LATERAL (" \
    "SELECT m.segment_id FROM polls m " \
    "WHERE m.user_id = d.user_id AND m.chain_id = $1::int8 AND m.token_id = d.token_id " \
    "OFFSET 0) o " \
    "CROSS JOIN LATERAL (" \
    "SELECT g.segment_id, g.block_number, g.block_hash, g.epoch, g.read_at " \
    "FROM poll_segments g " \
    "WHERE g.segment_id = o.segment_id OFFSET 0) g "

/// Whom a block touched: after kTouchPolls, which has locked them, in the same unit of work.
inline constexpr Statement kLeaveTouched{"leave_touched", CB_LEAVE("'epoch'") R"(
    FROM (SELECT d.*, g.*, $1::int8 AS chain_id
          FROM (SELECT DISTINCT w.user_id, t.token_id
                FROM wallets w JOIN tokens t ON t.chain_id = $1::int8 AND t.kind = 'native'
                WHERE w.wallet_id = ANY ($2::int8[]) AND w.deleted_at IS NULL) d
         )" CB_SEGMENT_OF_MEMBER R"( OFFSET 0) s
    WHERE p.user_id = s.user_id AND p.chain_id = s.chain_id AND p.token_id = s.token_id
          AND p.segment_id IS NOT DISTINCT FROM s.segment_id)"};

/// Those who are named; they are locked.
inline constexpr Statement kLeave{"leave_segments", CB_LEAVE("'epoch'") R"(
    FROM (SELECT d.*, g.*, $1::int8 AS chain_id
          FROM unnest($2::text[], $3::int4[]) AS d (user_id, token_id)
         )" CB_SEGMENT_OF_MEMBER R"( OFFSET 0) s
    WHERE p.user_id = s.user_id AND p.chain_id = s.chain_id AND p.token_id = s.token_id
          AND p.segment_id IS NOT DISTINCT FROM s.segment_id)"};

/// All who are in these.
inline constexpr Statement kLockMembers{"lock_members", R"(
    WITH named AS MATERIALIZED (
        SELECT m.* FROM unnest($1::int8[]) AS d (segment_id)
        CROSS JOIN LATERAL (
            SELECT o.user_id, o.chain_id, o.token_id FROM polls o
            WHERE o.segment_id = d.segment_id OFFSET 0) m)
    SELECT 1 FROM named n
    JOIN polls p ON p.user_id = n.user_id AND p.chain_id = n.chain_id AND p.token_id = n.token_id
    ORDER BY p.user_id, p.chain_id, p.token_id
    FOR UPDATE OF p)"};

/// All who are in this one; they are locked.
inline constexpr Statement kLeaveAll{"leave_segment_all", CB_LEAVE("s.tried_at") R"(
    FROM poll_segments s
    WHERE s.segment_id = $1::int8 AND p.segment_id = $1::int8)"};

/// Who is in it now.
inline constexpr Statement kMembersOf{"members_of", R"(
    SELECT user_id, token_id FROM polls WHERE segment_id = $1::int8)"};

/// What was read above the ancestor, $2, does not count any more.
inline constexpr Statement kForgetSegments{"forget_segments", R"(
    UPDATE poll_segments
    SET block_number = NULL, block_hash = NULL, epoch = NULL, read_at = NULL, digest = NULL,
        tried_at = 'epoch'
    WHERE chain_id = $1::int8 AND block_number > $2::int8)"};

}  // namespace custodialbridge::store

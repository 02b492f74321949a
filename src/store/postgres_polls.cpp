#include "postgres_polls.hpp"

#include <string>
#include <utility>

#include "segment_members.hpp"

namespace custodialbridge::store {
namespace {

/// OFFSET 0: by the user, also by a plan that was made while all wallets were few.
#define CB_DUE_WITH_WALLETS \
    "SELECT due.user_id, due.token_id, due.tried_at, due.failures, w.wallet_id, w.address " \
    "FROM due " \
    "LEFT JOIN LATERAL (SELECT o.wallet_id, o.address FROM wallets o " \
    "WHERE o.user_id = due.user_id AND o.chain_id = $1::int8 AND o.deleted_at IS NULL " \
    "ORDER BY o.user_id, o.chain_id, o.wallet_id OFFSET 0) w ON true " \
    "ORDER BY due.tried_at, due.user_id, due.token_id, w.wallet_id "

constexpr Statement kDue{"due_polls", R"(
    WITH due AS (
        SELECT d.* FROM unnest($2::int4[], $3::timestamptz[], $4::int8[])
                        AS t (token_id, tried_before, most)
        CROSS JOIN LATERAL (
            SELECT p.user_id, p.token_id, p.tried_at, p.failures FROM polls p
            WHERE p.chain_id = $1::int8 AND p.token_id = t.token_id
                  AND p.tried_at < t.tried_before
            ORDER BY p.tried_at LIMIT t.most) d))" CB_DUE_WITH_WALLETS};

constexpr Statement kDueOf{"due_polls_of", R"(
    WITH due AS (
        SELECT p.* FROM unnest($3::text[]) AS u (user_id)
        CROSS JOIN LATERAL (
            SELECT o.user_id, o.token_id, coalesce(o.tried_at, s.tried_at, 'epoch') AS tried_at,
                   o.failures
            FROM polls o LEFT JOIN poll_segments s ON s.segment_id = o.segment_id
            WHERE o.user_id = u.user_id AND o.chain_id = $1::int8 AND o.token_id = $2::int4
            OFFSET 0) p
        WHERE p.tried_at < $4::timestamptz))" CB_DUE_WITH_WALLETS};

/// Whole ones, as long as those before them are fewer than the limit. None has fewer than 100.
constexpr Statement kDueSegments{"due_segments", R"(
    SELECT d.segment_id, t.token_id, d.tried_at, d.members
    FROM unnest($2::int4[], $3::timestamptz[], $4::int8[]) AS t (token_id, tried_before, most)
    CROSS JOIN LATERAL (
        SELECT s.segment_id, s.tried_at, s.members,
               sum(s.polls) OVER (ORDER BY s.tried_at, s.segment_id) - s.polls AS before
        FROM (SELECT * FROM poll_segments o
              WHERE o.chain_id = $1::int8 AND o.token_id = t.token_id
                    AND o.tried_at < t.tried_before
              ORDER BY o.tried_at LIMIT t.most / 100 + 1) s) d
    WHERE d.before < t.most
    ORDER BY d.tried_at, d.segment_id)"};

/// A row that is in no segment has been tried at some time; said, so that the index by it serves.
constexpr Statement kPolledTokens{"polled_tokens", R"(
    SELECT token_id, sum(polls)::int8, coalesce(sum(polls) FILTER (WHERE unread), 0)::int8,
           min(tried_at) FILTER (WHERE tried_at > 'epoch')
    FROM (SELECT token_id, 1 AS polls, block_number IS NULL AS unread, tried_at
          FROM polls WHERE chain_id = $1::int8 AND tried_at IS NOT NULL
          UNION ALL
          SELECT token_id, polls, block_number IS NULL, tried_at
          FROM poll_segments WHERE chain_id = $1::int8) p
    GROUP BY token_id ORDER BY token_id)"};

Params asked_for(ChainId chain, const std::vector<PollsBefore>& before) {
    Params asked = params(column(chain));
    asked.add_array(before, [](const PollsBefore& one) { return column(one.token); });
    asked.add_array(before, [](const PollsBefore& one) { return one.tried_before; });
    asked.add_array(before, [](const PollsBefore& one) {
        return static_cast<std::int64_t>(one.limit);
    });
    return asked;
}

std::vector<DuePoll> due_of_rows(const Rows& rows) {
    std::vector<DuePoll> all;
    for (std::size_t i = 0; i < rows.count(); ++i) {
        const auto token = rows.id<TokenId>(i, 1);
        const bool same =
            !all.empty() && all.back().token == token && all.back().user.value == rows.text(i, 0);
        if (!same)
            all.push_back({UserId{std::string(rows.text(i, 0))}, token, rows.time(i, 2),
                           static_cast<unsigned>(rows.int32(i, 3)), {}});
        if (!rows.is_null(i, 4))
            all.back().wallets.push_back({rows.id<WalletId>(i, 4), rows.address(i, 5)});
    }
    return all;
}

}  // namespace

Task<Result<std::vector<DuePoll>>> PostgresPolls::due(ChainId chain,
                                                      std::vector<PollsBefore> before,
                                                      Deadline by) {
    auto work = [chain, before = std::move(before),
                 by](Connection& session) -> Result<std::vector<DuePoll>> {
        CB_TRY(rows, session.run(kDue, asked_for(chain, before), by));
        return due_of_rows(rows);
    };
    return database_.read(by, std::move(work));
}

Task<Result<std::vector<DueSegment>>> PostgresPolls::due_segments(ChainId chain,
                                                                  std::vector<PollsBefore> before,
                                                                  Deadline by) {
    auto work = [chain, before = std::move(before),
                 by](Connection& session) -> Result<std::vector<DueSegment>> {
        CB_TRY(rows, session.run(kDueSegments, asked_for(chain, before), by));
        std::vector<DueSegment> all;
        for (std::size_t i = 0; i < rows.count(); ++i) {
            CB_TRY(members, unpack_members(rows.text(i, 3), rows.id<TokenId>(i, 1),
                                           rows.time(i, 2)));
            all.push_back({rows.id<SegmentId>(i, 0), std::move(members)});
        }
        return all;
    };
    return database_.read(by, std::move(work));
}

Task<Result<std::vector<DuePoll>>> PostgresPolls::due_of(ChainId chain, TokenId token,
                                                         std::vector<UserId> users,
                                                         Time tried_before, Deadline by) {
    auto work = [chain, token, users = std::move(users), tried_before,
                 by](Connection& session) -> Result<std::vector<DuePoll>> {
        Params asked = params(column(chain), column(token));
        asked.add_array(users, [](const UserId& user) { return std::string_view(user.value); });
        asked.add(tried_before);
        CB_TRY(rows, session.run(kDueOf, asked, by));
        return due_of_rows(rows);
    };
    return database_.read(by, std::move(work));
}

Task<Result<std::vector<PolledToken>>> PostgresPolls::tokens(ChainId chain, Deadline by) {
    auto work = [chain, by](Connection& session) -> Result<std::vector<PolledToken>> {
        CB_TRY(rows, session.run(kPolledTokens, params(column(chain)), by));
        std::vector<PolledToken> all;
        for (std::size_t i = 0; i < rows.count(); ++i)
            all.push_back({rows.id<TokenId>(i, 0), static_cast<std::uint64_t>(rows.int64(i, 1)),
                           static_cast<std::uint64_t>(rows.int64(i, 2)),
                           rows.is_null(i, 3) ? Time{} : rows.time(i, 3)});
        return all;
    };
    return database_.read(by, std::move(work));
}

}  // namespace custodialbridge::store

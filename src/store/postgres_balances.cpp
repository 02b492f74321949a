#include "postgres_balances.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "amounts_at.hpp"
#include "known_from.hpp"

namespace custodialbridge::store {
namespace {

/// Rows of a token that is not opened do not follow its events: they do not count, nor do those of
/// one that is followed and not known yet. As in kTotals, a sum past 2^256-1 is said to be that.
/// OFFSET 0 here and below: looked up by the user, or by the
/// wallet, also by a plan that was made while all rows were few.
constexpr Statement kFind{"find_balances", R"(
    SELECT d.place, c.cursor_number, c.cursor_hash, c.epoch, s.wallets, s.known, s.amount,
           p.block_number, p.block_hash, p.epoch, p.read_at,
           coalesce(p.touched_block > p.block_number, false)
    FROM unnest($1::text[], $2::int8[], $3::int4[]) WITH ORDINALITY
         AS d (user_id, chain_id, token_id, place)
    JOIN chains c ON c.chain_id = d.chain_id
    LEFT JOIN tokens t ON t.chain_id = c.chain_id AND t.token_id = d.token_id
    LEFT JOIN LATERAL (
        SELECT coalesce(o.block_number, g.block_number) AS block_number,
               coalesce(o.block_hash, g.block_hash) AS block_hash,
               coalesce(o.epoch, g.epoch) AS epoch, coalesce(o.read_at, g.read_at) AS read_at,
               o.touched_block
        FROM polls o LEFT JOIN poll_segments g ON g.segment_id = o.segment_id
        WHERE o.user_id = d.user_id AND o.chain_id = d.chain_id AND o.token_id = d.token_id
        OFFSET 0) p ON NOT t.realtime
    CROSS JOIN LATERAL (
        SELECT count(*) AS wallets, count(b.wallet_id) AS known,
               least(coalesce(sum(b.amount), 0),
        115792089237316195423570985008687907853269984665640564039457584007913129639935) AS amount
        FROM wallets w
        LEFT JOIN balances b ON b.wallet_id = w.wallet_id AND b.token_id = t.token_id
                                AND (w.tracked_from IS NOT NULL AND t.opened_at IS NOT NULL
                                     AND )" CB_IS_KNOWN("b") R"(
                                     OR p.block_number IS NOT NULL)
        WHERE w.user_id = d.user_id AND w.chain_id = c.chain_id AND w.deleted_at IS NULL) s)"};

constexpr Statement kNfts{"nfts", R"(
    SELECT w.chain_id, h.token_id, h.nft_id, least(sum(h.amount),
        115792089237316195423570985008687907853269984665640564039457584007913129639935),
        min(c.cursor_number)
    FROM wallets w
    CROSS JOIN LATERAL (SELECT * FROM holdings o WHERE o.wallet_id = w.wallet_id OFFSET 0) h
    JOIN tokens t ON t.chain_id = w.chain_id AND t.token_id = h.token_id
    JOIN chains c ON c.chain_id = w.chain_id
    WHERE w.user_id = $1::text AND ($2::int8 IS NULL OR w.chain_id = $2::int8)
          AND w.deleted_at IS NULL AND w.tracked_from IS NOT NULL
          AND t.opened_at IS NOT NULL AND h.amount > 0
          AND (w.chain_id, h.token_id, h.nft_id) > ($3::int8, $4::int4, $5::numeric)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT $6::int8)"};

constexpr Statement kUnsettled{"unsettled", R"(
    SELECT b.wallet_id, b.token_id, w.address
    FROM balances b
    JOIN wallets w ON w.wallet_id = b.wallet_id
    JOIN tokens t ON t.chain_id = b.chain_id AND t.token_id = b.token_id
    WHERE b.chain_id = $1::int8 AND b.unsettled AND b.wallet_id > $2::int8
          AND w.tracked_from IS NOT NULL AND w.deleted_at IS NULL
          AND t.realtime AND t.opened_at IS NOT NULL
          AND NOT (t.kind = 'erc1155' AND t.nft_id IS NULL)
    ORDER BY b.wallet_id, b.token_id LIMIT $3::int8)"};

/// At most $2 of each token, from its own stretch of the index.
constexpr Statement kUnknown{"unknown_balances", R"(
    SELECT b.wallet_id, d.token_id, b.address
    FROM unnest($3::int4[], $4::int8[]) WITH ORDINALITY AS d (token_id, after, place)
    JOIN tokens t ON t.chain_id = $1::int8 AND t.token_id = d.token_id
    CROSS JOIN LATERAL (
        SELECT u.wallet_id, w.address
        FROM balances u
        CROSS JOIN LATERAL (SELECT o.address FROM wallets o
                            WHERE o.wallet_id = u.wallet_id AND o.tracked_from IS NOT NULL
                                  AND o.deleted_at IS NULL OFFSET 0) w
        WHERE u.chain_id = $1::int8 AND u.known_from = )" CB_NOT_KNOWN_YET R"(
              AND u.token_id = d.token_id AND u.wallet_id > d.after
        ORDER BY u.wallet_id LIMIT $2::int8) b
    WHERE t.realtime AND t.opened_at IS NOT NULL
    ORDER BY d.place, b.wallet_id)"};

constexpr Statement kJournalSum{"journal_sum", R"(
    SELECT coalesce(sum(amount), 0)
    FROM (SELECT amount FROM journal
          WHERE credit = $1::int8 AND credit <> 0 AND token_id = $2::int4 AND NOT orphaned
          UNION ALL
          SELECT -amount FROM journal
          WHERE debit = $1::int8 AND debit <> 0 AND token_id = $2::int4 AND NOT orphaned) s)"};

using FoundBalances = std::vector<std::optional<StoredBalance>>;

Result<FoundBalances> find_balances(Connection& session, std::span<const BalanceKey> keys,
                                    Deadline by) {
    Params names;
    names.add_array(keys, [](const BalanceKey& key) { return std::string_view(key.user.value); });
    names.add_array(keys, [](const BalanceKey& key) { return column(key.chain); });
    names.add_array(keys, [](const BalanceKey& key) { return column(key.token); });
    CB_TRY(rows, session.run(kFind, names, by));
    FoundBalances all(keys.size());
    for (std::size_t i = 0; i < rows.count(); ++i) {
        StoredBalance& found = all[static_cast<std::size_t>(rows.int64(i, 0)) - 1].emplace();
        found.cursor.block = {rows.id<BlockNumber>(i, 1), rows.hash(i, 2)};
        found.cursor.epoch = static_cast<std::uint32_t>(rows.int32(i, 3));
        found.wallets = static_cast<std::size_t>(rows.int64(i, 4));
        found.complete = found.wallets > 0 && rows.int64(i, 5) == rows.int64(i, 4);
        found.amount = rows.amount(i, 6);
        if (rows.is_null(i, 7)) continue;
        const Version as_of{static_cast<std::uint32_t>(rows.int32(i, 9)),
                            rows.id<BlockNumber>(i, 7)};
        found.polled = PolledAsOf{as_of, rows.hash(i, 8), rows.time(i, 10), rows.truth(i, 11)};
    }
    return all;
}

Result<StoredBalance> find_balance(Connection& session, const BalanceKey& key, Deadline by) {
    CB_TRY(found, find_balances(session, {&key, 1}, by));
    if (found.front()) return *found.front();
    return Error(Errc::not_found, "no ledger of chain " + std::to_string(key.chain.value));
}

Result<std::vector<Unsettled>> list_unsettled(Connection& session, const Statement& statement,
                                              const Params& asked, Deadline by) {
    CB_TRY(rows, session.run(statement, asked, by));
    std::vector<Unsettled> all;
    for (std::size_t i = 0; i < rows.count(); ++i)
        all.push_back({{rows.id<WalletId>(i, 0), rows.id<TokenId>(i, 1)}, rows.address(i, 2)});
    return all;
}

/// Before every NFT's place.
const NftPlace kBeforeAll{};

Result<NftPage> list_nfts(Connection& session, const UserId& user, std::optional<ChainId> chain,
                          const NftPlace& after, std::size_t limit, Deadline by) {
    const auto of_chain = chain ? std::optional(column(*chain)) : std::nullopt;
    const auto rows_wanted = static_cast<std::int64_t>(limit) + 1;  // another page?
    const Params asked = params(std::string_view(user.value), of_chain, column(after.chain),
                                column(after.token), after.nft_id, rows_wanted);
    CB_TRY(rows, session.run(kNfts, asked, by));
    NftPage page;
    page.more = rows.count() > limit;
    for (std::size_t i = 0; i < std::min(rows.count(), limit); ++i)
        page.items.push_back({rows.id<ChainId>(i, 0), rows.id<TokenId>(i, 1), rows.amount(i, 2),
                              rows.amount(i, 3), rows.id<BlockNumber>(i, 4)});
    return page;
}

/// All of a table is read faster in its own order, which sessions otherwise avoid.
Result<std::uint64_t> count_rows(Connection& session, ChainId chain, Deadline by) {
    CB_TRY(answers, session.execute("BEGIN READ ONLY; SET LOCAL enable_seqscan = on;"
                                    "SELECT count(*) FROM balances WHERE chain_id = " +
                                        std::to_string(column(chain)) + "; COMMIT",
                                    by));
    return std::stoull(std::string(answers[2].text(0, 0)));
}

}  // namespace

Task<Result<StoredBalance>> PostgresBalances::find(BalanceKey key, Deadline by) {
    return database_.read(by, [key = std::move(key), by](Connection& session) {
        return find_balance(session, key, by);
    });
}

Task<Result<FoundBalances>> PostgresBalances::find_all(std::vector<BalanceKey> keys, Deadline by) {
    return database_.read(by, [keys = std::move(keys), by](Connection& session) {
        return find_balances(session, keys, by);
    });
}

Task<Result<NftPage>> PostgresBalances::nfts(UserId user, std::optional<ChainId> chain,
                                             std::optional<NftPlace> after, std::size_t limit,
                                             Deadline by) {
    auto work = [user = std::move(user), chain, after, limit, by](Connection& session) {
        return list_nfts(session, user, chain, after.value_or(kBeforeAll), limit, by);
    };
    return database_.read(by, std::move(work));
}

Task<Result<std::vector<Unsettled>>> PostgresBalances::unsettled(ChainId chain, WalletId after,
                                                                 std::size_t limit, Deadline by) {
    auto work = [chain, after, limit, by](Connection& session) {
        const auto rows_wanted = static_cast<std::int64_t>(limit);
        const Params asked = params(column(chain), column(after), rows_wanted);
        return list_unsettled(session, kUnsettled, asked, by);
    };
    return database_.read(by, std::move(work));
}

Task<Result<std::vector<Unsettled>>> PostgresBalances::unknown(ChainId chain,
                                                               std::vector<UnknownAfter> tokens,
                                                               std::size_t each, Deadline by) {
    auto work = [chain, tokens = std::move(tokens), each, by](Connection& session) {
        Params asked = params(column(chain), static_cast<std::int64_t>(each));
        asked.add_array(tokens, [](const UnknownAfter& one) { return column(one.token); });
        asked.add_array(tokens, [](const UnknownAfter& one) { return column(one.after); });
        return list_unsettled(session, kUnknown, asked, by);
    };
    return database_.read(by, std::move(work));
}

Task<Result<std::vector<LedgerAmount>>> PostgresBalances::at_block(ChainId chain, BlockRef at,
                                                                   std::vector<AmountName> names,
                                                                   Deadline by) {
    auto work = [chain, at, names = std::move(names), by](Connection& session) {
        return amounts_at(session, chain, at, names, by);
    };
    return database_.read(by, std::move(work));
}

Task<Result<SignedAmount>> PostgresBalances::journal_sum(WalletId wallet, TokenId token,
                                                         Deadline by) {
    return database_.read(by, [wallet, token, by](Connection& session) -> Result<SignedAmount> {
        CB_TRY(rows, session.run(kJournalSum, params(column(wallet), column(token)), by));
        return rows.signed_amount(0, 0);
    });
}

Task<Result<std::uint64_t>> PostgresBalances::count(ChainId chain, Deadline by) {
    return database_.read(
        by, [chain, by](Connection& session) { return count_rows(session, chain, by); });
}

}  // namespace custodialbridge::store

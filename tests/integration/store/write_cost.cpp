/// What a commit costs beside the bare cost of its rows: the same journal rows by a ready-made
/// binary COPY and the same balances by upserts of a thousand, into the same tables, in one
/// transaction.
///
///     store_write_cost [moves [wallets [rounds]]]       default 60000 10000 12
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "connection.hpp"
#include "copy_moves.hpp"
#include "postgres_store.hpp"

namespace custodialbridge::store {
namespace {

struct Load {
    std::size_t moves, wallets, rounds;
};

double seconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// One side of the comparison: a database of its own and where its ledger stands.
struct Side {
    explicit Side(const Load& load) : handle(store) {
        cursor = handle.begin_at(100);
        const std::string count = std::to_string(load.wallets);
        store.sql(
            "INSERT INTO wallets (user_id, chain_id, address, is_deployed, tracked_from)"
            " SELECT 'u' || i, 31337, decode(lpad(to_hex(i), 40, '0'), 'hex'), true, 100"
            " FROM generate_series(1, " +
            count +
            ") i;"
            "INSERT INTO balances (wallet_id, chain_id, as_of_block, token_id, amount)"
            " SELECT wallet_id, 31337, 100, 1, 1e30::numeric FROM wallets ORDER BY 1;"
            "ANALYZE");
    }
    PostgresStore store;
    StoreHandle handle;
    Cursor cursor;
    std::vector<double> times;
};

PlanBuilder random_plan(Cursor at, const Load& load, std::mt19937_64& random) {
    PlanBuilder plan(kChain, at);
    const std::size_t per_block = std::min<std::size_t>(load.moves, 500);
    std::uint64_t number = at.block.number.value;
    for (std::size_t i = 0; i < load.moves; ++i) {
        if (i % per_block == 0) plan.block(++number);
        const WalletId from{static_cast<std::int64_t>(random() % load.wallets + 1)};
        const WalletId to{static_cast<std::int64_t>(random() % load.wallets + 1)};
        plan.transfer(from, to, kCpop, U256(random() % 1'000'000) * 1'000'000'000'000);
    }
    return plan;
}

constexpr Statement kUpsert{"upsert", R"(
    INSERT INTO balances (chain_id, as_of_block, wallet_id, token_id, amount)
    SELECT 31337, 1, * FROM unnest($1::int8[], $2::int4[], $3::numeric[])
    ON CONFLICT (wallet_id, token_id)
    DO UPDATE SET amount = EXCLUDED.amount, as_of_block = EXCLUDED.as_of_block)"};

/// Everything is encoded before the clock starts.
double bare(Connection& session, const LedgerPlan& plan, Deadline by, const runtime::Clock& clock) {
    WireWriter rows;
    rows.raw(std::string_view("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19));
    for (const Move& move : plan.moves) put_move(rows, plan, move);
    rows.raw(std::int16_t{-1});
    std::vector<Command> upserts;
    for (std::size_t i = 0; i < plan.deltas.size(); i += 1'000) {
        const auto part =
            std::span(plan.deltas).subspan(i, std::min<std::size_t>(1'000, plan.deltas.size() - i));
        Params params;
        params.add_array(part, [](const BalanceDelta& delta) { return column(delta.wallet); });
        params.add_array(part, [](const BalanceDelta& delta) { return column(delta.token); });
        params.add_array(part, [](const BalanceDelta& delta) { return delta.credit; });
        upserts.push_back({&kUpsert, std::move(params)});
    }
    const Instant start = clock.now();
    session.execute(std::string("BEGIN;").append(kCopyMoves), by).value();
    session.copy(rows.bytes(), by).value();
    session.end_copy(by).value();
    session.pipeline(upserts, by).value();
    session.execute("COMMIT", by).value();
    return seconds(clock.now() - start);
}

/// One commit through the port; the time from the call to its result on the caller's loop.
double commit(Side& side, const LedgerPlan& plan, Totals totals, const runtime::Clock& clock) {
    auto task = side.handle.committer().commit(plan, totals, side.handle.soon(Millis(120'000)));
    const Instant start = clock.now();
    side.cursor = await(std::move(task)).value().cursor;
    return seconds(clock.now() - start);
}

void compare(const Load& load) {
    runtime::SystemClock clock;
    std::mt19937_64 random(7);
    Side with_totals(load), without(load), theirs(load);
    auto session = Connection::open(theirs.store.settings(), clock, theirs.handle.soon()).value();
    session->execute("RESET ALL", theirs.handle.soon()).value();
    for (std::size_t round = 0; round < load.rounds + 2; ++round) {
        const LedgerPlan plan = random_plan(without.cursor, load, random).build();
        const double rows = bare(*session, plan, theirs.handle.soon(Millis(120'000)), clock);
        const double plain = commit(without, plan, Totals::not_wanted, clock);
        const double summed = commit(with_totals, plan, Totals::wanted, clock);
        if (round < 2) continue;  // warming up
        theirs.times.push_back(rows);
        without.times.push_back(plain);
        with_totals.times.push_back(summed);
    }
    const double rows = median(theirs.times), plain = median(without.times);
    std::printf(
        "%zu moves, %zu wallets, median of %zu: commit %.2f ms (%.0f moves/s), with totals"
        " %.2f ms, bare rows %.2f ms; bare / commit = %.2f (at least 0.80)\n",
        load.moves, load.wallets, load.rounds, plain * 1e3, static_cast<double>(load.moves) / plain,
        median(with_totals.times) * 1e3, rows * 1e3, rows / plain);
}

}  // namespace
}  // namespace custodialbridge::store

int main(int argc, char** argv) {
    const auto number = [&](int i, std::size_t otherwise) {
        return i < argc ? std::strtoull(argv[i], nullptr, 10) : otherwise;
    };
    custodialbridge::store::compare({number(1, 60'000), number(2, 10'000), number(3, 12)});
}

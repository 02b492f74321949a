#include "postgres_wallets.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <string>
#include <utility>

#include "import_wallets.hpp"
#include "in_parts.hpp"
#include "poll_statements.hpp"

namespace custodialbridge::store {
namespace {

#define CB_WALLET_COLUMNS \
    "wallet_id, user_id, chain_id, address, is_deployed, tracked_from, created_at"

/// Nothing comes back when the address is taken: by another user, or by this one as it is.
constexpr Statement kPut{"put_wallet", R"(
    WITH put AS (
        INSERT INTO wallets AS w (user_id, chain_id, address, is_deployed)
        VALUES ($1::text, $2::int8, $3::bytea, coalesce($4::bool, false))
        ON CONFLICT (chain_id, address) WHERE deleted_at IS NULL
        DO UPDATE SET is_deployed = EXCLUDED.is_deployed
        WHERE w.user_id = EXCLUDED.user_id AND w.is_deployed <> $4::bool
        RETURNING )" CB_WALLET_COLUMNS R"(, xmax = 0 AS created),
    changed AS (SELECT user_id, chain_id FROM put WHERE created),
    due AS ()" CB_RESET_POLLS R"()
    SELECT * FROM put)"};

constexpr Statement kByAddress{"wallet_by_address", "SELECT " CB_WALLET_COLUMNS R"( FROM wallets
    WHERE chain_id = $1::int8 AND address = $2::bytea AND deleted_at IS NULL)"};

constexpr Statement kRemove{"remove_wallet", R"(
    WITH changed AS (
        UPDATE wallets SET deleted_at = now()
        WHERE chain_id = $2::int8 AND address = $3::bytea AND deleted_at IS NULL
              AND user_id = $1::text
        RETURNING user_id, chain_id),
    due AS ()" CB_RESET_POLLS R"()
    SELECT 1 FROM changed)"};

constexpr Statement kOfUser{"wallets_of_user", "SELECT " CB_WALLET_COLUMNS R"( FROM wallets
    WHERE user_id = $1::text AND ($2::int8 IS NULL OR chain_id = $2::int8) AND deleted_at IS NULL
          AND wallet_id > $3::int8
    ORDER BY wallet_id LIMIT $4::int8)"};

constexpr Statement kAddressesOf{"addresses_of_users", R"(
    SELECT d.place, w.address, w.wallet_id
    FROM unnest($2::text[]) WITH ORDINALITY AS d (user_id, place)
    CROSS JOIN LATERAL (
        SELECT wallet_id, address FROM wallets
        WHERE user_id = d.user_id AND chain_id = $1::int8 AND deleted_at IS NULL
        ORDER BY wallet_id LIMIT $3::int8) w
    ORDER BY d.place, w.wallet_id)"};

constexpr Statement kChainsOf{"chains_of_user", R"(
    SELECT DISTINCT chain_id FROM wallets
    WHERE user_id = $1::text AND deleted_at IS NULL ORDER BY chain_id)"};

constexpr Statement kSnapshotting{"snapshotting_wallets",
                                  "SELECT " CB_WALLET_COLUMNS R"( FROM wallets
    WHERE chain_id = $1::int8 AND tracked_from IS NULL AND deleted_at IS NULL
    ORDER BY wallet_id LIMIT $2::int8)"};

/// Walks the primary key: `+ 0` keeps the planner from sorting all of a chain's wallets for each
/// page.
constexpr Statement kTracked{"tracked_wallets", R"(
    SELECT wallet_id, address FROM wallets
    WHERE chain_id = $1::int8 AND wallet_id > $2::int8
          AND tracked_from IS NOT NULL AND deleted_at IS NULL
    ORDER BY wallet_id LIMIT $3::int8)"};

Wallet wallet_of(const Rows& rows, std::size_t i) {
    Wallet wallet;
    wallet.id = rows.id<WalletId>(i, 0);
    wallet.user = UserId{std::string(rows.text(i, 1))};
    wallet.chain = rows.id<ChainId>(i, 2);
    wallet.address = rows.address(i, 3);
    wallet.is_deployed = rows.truth(i, 4);
    wallet.tracked_from = rows.optional_id<BlockNumber>(i, 5);
    wallet.created_at = rows.time(i, 6);
    return wallet;
}

std::vector<Wallet> wallets_of(const Rows& rows) {
    std::vector<Wallet> wallets;
    wallets.reserve(rows.count());
    for (std::size_t i = 0; i < rows.count(); ++i) wallets.push_back(wallet_of(rows, i));
    return wallets;
}

/// One more than asked for tells whether there is a next page.
std::int64_t rows_for(std::size_t limit, std::size_t more) {
    return static_cast<std::int64_t>(std::min<std::size_t>(limit, 1'000'000'000) + more);
}

Result<PutWallet> put_wallet(Connection& session, const UserId& user, ChainId chain,
                             const Address& address, std::optional<bool> is_deployed,
                             Deadline by) {
    const Params row = params(std::string_view(user.value), column(chain), address, is_deployed);
    for (;;) {
        CB_TRY(put, session.run(kPut, row, by));
        if (!put.empty()) return PutWallet{wallet_of(put, 0), put.truth(0, 7)};
        CB_TRY(there, session.run(kByAddress, params(column(chain), address), by));
        if (there.empty()) continue;  // deleted between the two; ends at the deadline at the latest
        Wallet wallet = wallet_of(there, 0);
        if (wallet.user == user) return PutWallet{std::move(wallet), false};
        return foreign_wallet({user, chain, address, std::nullopt});
    }
}

using Outcomes = std::vector<Result<Registered>>;

Result<Outcomes> import_parts(Connection& session, std::span<const NewWallet> wallets,
                              Deadline by) {
    Outcomes all;
    while (!wallets.empty()) {
        const auto part = wallets.first(std::min(wallets.size(), kRowsPerStatement));
        CB_TRY(said, import_wallets(session, part, by));
        std::move(said.begin(), said.end(), std::back_inserter(all));
        wallets = wallets.subspan(part.size());
    }
    return all;
}

}  // namespace

Task<Result<PutWallet>> PostgresWallets::put(UserId user, ChainId chain, Address address,
                                             std::optional<bool> is_deployed, Deadline by) {
    return database_.run(
        by, [user = std::move(user), chain, address, is_deployed, by](Connection& session) {
            return put_wallet(session, user, chain, address, is_deployed, by);
        });
}

Task<Result<Outcomes>> PostgresWallets::import_all(std::vector<NewWallet> wallets, Deadline by) {
    auto work = [wallets = std::move(wallets), by](Connection& session) {
        return import_parts(session, wallets, by);
    };
    return database_.run(by, std::move(work));
}

Task<Result<Outcomes>> PostgresWallets::import_together(std::vector<NewWallet> wallets,
                                                        Deadline by) {
    auto work = [wallets = std::move(wallets), by](Connection& session) -> Result<Outcomes> {
        CB_CHECKED(session.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", by));
        auto outcomes = import_parts(session, wallets, by);
        const bool all = outcomes && std::all_of(outcomes->begin(), outcomes->end(),
                                                 [](const auto& one) { return one.has_value(); });
        if (!all) {
            session.roll_back(by);
            return outcomes;
        }
        CB_CHECKED(session.execute("COMMIT", by));
        return outcomes;
    };
    return database_.run(by, std::move(work));
}

Task<Result<void>> PostgresWallets::remove(UserId user, ChainId chain, Address address,
                                           Deadline by) {
    return database_.run(
        by, [user = std::move(user), chain, address, by](Connection& session) -> Result<void> {
            const Params names = params(std::string_view(user.value), column(chain), address);
            CB_TRY(removed, session.run(kRemove, names, by));
            if (!removed.empty()) return {};
            return Error(Errc::not_found, "the user has no wallet " + to_string(address) +
                                              " on chain " + std::to_string(chain.value));
        });
}

Task<Result<WalletPage>> PostgresWallets::of_user(UserId user, std::optional<ChainId> chain,
                                                  std::optional<WalletId> after, std::size_t limit,
                                                  Deadline by) {
    return database_.read(
        by,
        [user = std::move(user), chain, after, limit,
         by](Connection& session) -> Result<WalletPage> {
            std::optional<std::int64_t> of_chain;
            if (chain) of_chain = column(*chain);
            const Params names = params(std::string_view(user.value), of_chain,
                                        column(after.value_or(WalletId{0})), rows_for(limit, 1));
            CB_TRY(rows, session.run(kOfUser, names, by));
            WalletPage page{wallets_of(rows), std::nullopt};
            if (page.wallets.size() <= limit) return page;
            page.wallets.resize(limit);
            page.next = page.wallets.empty() ? after.value_or(WalletId{0}) : page.wallets.back().id;
            return page;
        });
}

Task<Result<std::vector<UserAddress>>> PostgresWallets::addresses_of(ChainId chain,
                                                                     std::vector<UserId> users,
                                                                     std::size_t each,
                                                                     Deadline by) {
    auto work = [chain, users = std::move(users), each,
                 by](Connection& session) -> Result<std::vector<UserAddress>> {
        Params asked = params(column(chain));
        asked.add_array(users, [](const UserId& user) { return std::string_view(user.value); });
        asked.add(rows_for(each, 0));
        CB_TRY(rows, session.run(kAddressesOf, asked, by));
        std::vector<UserAddress> found;
        found.reserve(rows.count());
        for (std::size_t i = 0; i < rows.count(); ++i)
            found.push_back({static_cast<std::size_t>(rows.int64(i, 0)) - 1, rows.address(i, 1),
                             rows.id<WalletId>(i, 2)});
        return found;
    };
    return database_.read(by, std::move(work));
}

Task<Result<std::vector<ChainId>>> PostgresWallets::chains_of(UserId user, Deadline by) {
    auto work = [user = std::move(user),
                 by](Connection& session) -> Result<std::vector<ChainId>> {
        CB_TRY(rows, session.run(kChainsOf, params(std::string_view(user.value)), by));
        std::vector<ChainId> chains;
        for (std::size_t i = 0; i < rows.count(); ++i) chains.push_back(rows.id<ChainId>(i, 0));
        return chains;
    };
    return database_.read(by, std::move(work));
}

Task<Result<std::vector<Wallet>>> PostgresWallets::snapshotting(ChainId chain, std::size_t limit,
                                                                Deadline by) {
    return database_.read(
        by, [chain, limit, by](Connection& session) -> Result<std::vector<Wallet>> {
            CB_TRY(rows, session.run(kSnapshotting, params(column(chain), rows_for(limit, 0)), by));
            return wallets_of(rows);
        });
}

Task<Result<std::vector<TrackedWallet>>> PostgresWallets::tracked(ChainId chain, WalletId after,
                                                                  std::size_t limit, Deadline by) {
    return database_.read(
        by, [chain, after, limit, by](Connection& session) -> Result<std::vector<TrackedWallet>> {
            CB_TRY(rows, session.run(kTracked,
                                     params(column(chain), column(after), rows_for(limit, 0)), by));
            std::vector<TrackedWallet> wallets;
            wallets.reserve(rows.count());
            for (std::size_t i = 0; i < rows.count(); ++i)
                wallets.push_back({rows.id<WalletId>(i, 0), rows.address(i, 1)});
            return wallets;
        });
}

}  // namespace custodialbridge::store

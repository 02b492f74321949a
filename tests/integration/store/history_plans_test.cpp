#include <gmock/gmock.h>

#include <sstream>

#include "connection.hpp"
#include "history_statements.hpp"
#include "ledger_statements.hpp"
#include "poll_statements.hpp"
#include "postgres_store.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Polls {
    const Statement& statement;
    const char* values;
};

/// A journal of one type in one block, too large to be read without an index.
class HistoryPlans : public OnPostgres {
  protected:
    void SetUp() override {
        const WalletId a = store_.put_open(store_.begin_at(100), "alice", 1, 5);
        const std::string wallet = std::to_string(a.value);
        postgres_.sql(
            "INSERT INTO wallets (chain_id, tracked_from, is_deployed, address, user_id)"
            " SELECT 31337, 100, true, substr(sha256(n::text::bytea), 1, 20), 'user-' || n"
            " FROM generate_series(1, 5000) n;"
            "INSERT INTO journal (chain_id, block_number, epoch, log_index, sub_index, token_id,"
            " debit, credit, amount, kind, event, tx_hash)"
            " SELECT 31337, 100, 0, n, 0, 1, " +
            wallet + ", " + wallet +
            ", n, 0, 0, sha256('tx') FROM generate_series(0, 49999) n;"
            "INSERT INTO events (chain_id, block_number, epoch, log_index, wallet_id, token_id,"
            " event, amount, tx_hash)"
            " SELECT 31337, 100, 0, n + 50000, " +
            wallet + ", 1, 4, n, sha256('tx') FROM generate_series(0, 9999) n");
    }

    void build_indexes() {
        ASSERT_TRUE(await(store_.chains().index_journal(store_.soon())));
        postgres_.sql("ANALYZE");
    }

    /// As the sessions of the store plan it.
    std::string plan_of(const Statement& statement, const std::string& values) {
        const std::string name = statement.name;
        const auto answers = session_->execute(
            "PREPARE " + name + " AS " + statement.sql + "; EXPLAIN EXECUTE " + name + values,
            store_.soon());
        if (!answers) return answers.error().message();
        std::string plan;
        for (std::size_t i = 0; i < answers->at(1).count(); ++i)
            plan += std::string(answers->at(1).text(i, 0)) + "\n";
        return plan;
    }

    runtime::SystemClock clock_;
    std::unique_ptr<Connection> session_ =
        Connection::open(postgres_.settings(), clock_, store_.soon()).value();
};

TEST_F(HistoryPlans, ReadByKeyOnly) {
    build_indexes();
    const std::string at = plan_of(kBalanceAt, "('alice', 31337, 1, 99, NULL)");
    const std::string changes =
        plan_of(kChanges, "('alice', NULL, NULL, false, 0, 0, 0, 0, 0, -1, 100)");
    const std::string events = plan_of(kEvents, "(NULL, 0, 0, 0, 0, 0, 0, -1, 100)");
    const std::string filtered =
        plan_of(kFilteredEvents, "(NULL, 0, 0, 0, 0, 0, 0, -1, 100, '{5}', NULL)");
    for (const std::string& plan : {at, changes, events, filtered})
        EXPECT_THAT(plan, Not(HasSubstr("Seq Scan"))) << plan;
    for (const char* index : {"journal_debit", "journal_credit", "wallets_user"}) {
        EXPECT_THAT(at, HasSubstr(index));
        EXPECT_THAT(changes, HasSubstr(index));
    }
    for (const char* index : {"journal_pkey", "events_pkey"}) {
        EXPECT_THAT(events, HasSubstr(index));
        EXPECT_THAT(filtered, Not(HasSubstr(index))) << "would read all types for one";
    }
    for (const char* index : {"journal_event", "events_event", "journal_debit", "journal_credit",
                              "events_wallet", "wallets_address"})
        EXPECT_THAT(filtered, HasSubstr(index));
}

/// Each block asks for them: all wallets for each changed balance would be quadratic. Sessions keep
/// the plan that they made while the tables were new, and nobody had counted their rows.
TEST_F(HistoryPlans, TotalsLookWalletsUpByTheirUserInNewTables) {
    const std::string plan = plan_of(kTotals, "(31337, '{1}', '{1}')");
    EXPECT_THAT(plan, HasSubstr("(user_id = ")) << plan;
}

TEST_F(HistoryPlans, PolledBalancesAreLookedUpByTheirUserInNewTables) {
    const Polls all[] = {
        {kLockPolls, "(31337, '{a}', '{1}')"},
        {kWalletsOf, "(31337, '{a}')"},
        {kPolled, "(31337, 1, '', 0, now(), '{a}', '{1}')"},
        {kMissed, "(31337, '{a}', '{1}', '{now}')"},
        {kEndPolls, "(31337, '{a}', '{1}')"},
    };
    for (const auto& [statement, values] : all) {
        const std::string plan = plan_of(statement, values);
        EXPECT_THAT(plan, HasSubstr("(user_id = ")) << plan;
        EXPECT_THAT(plan, Not(HasSubstr("Join Filter: (d.user_id"))) << plan;
    }
}

TEST_F(HistoryPlans, WhatWasLearntIsFoundByItsBlockAndWhatIsUnknownIsLeftAlone) {
    const std::string plan = plan_of(kForgetLearnt, "(31337, 100)");
    EXPECT_THAT(plan, HasSubstr("balances_known_from")) << plan;
    EXPECT_THAT(plan, HasSubstr("known_from > ")) << plan;
    EXPECT_THAT(plan, HasSubstr("known_from < '9223372036854775807'")) << plan;
    EXPECT_THAT(plan, Not(HasSubstr("Filter: "))) << plan;
}

/// What the server itself logs of the plans of the store's sessions.
TEST_F(OnPostgres, WhatManyAreAskedForIsLookedUpOneByOneInNewTables) {
    for (const char* setting : {"session_preload_libraries = auto_explain",
                                "auto_explain.log_min_duration = 0"})
        postgres_.sql("ALTER DATABASE " + postgres_.database() + " SET " + setting);
    const auto& server = testing::PostgresServer::shared();
    const std::size_t before = server.log().size();
    const Time now = postgres_.clock().wall();
    store_.begin_at(100);
    ASSERT_TRUE(await(store_.polls().due(kChain, {{kGold, now, 10}}, store_.soon())));
    ASSERT_TRUE(await(store_.polls().due_of(kChain, kGold, {{"a"}}, now, store_.soon())));
    ASSERT_TRUE(await(store_.polls().tokens(kChain, store_.soon())));
    ASSERT_TRUE(await(store_.balances().find({{"a"}, kChain, kGold}, store_.soon())));
    ASSERT_TRUE(await(store_.balances().nfts({"a"}, kChain, std::nullopt, 10, store_.soon())));
    ASSERT_TRUE(await(store_.balances().unknown(kChain, {{kGold, {}}}, 10, store_.soon())));
    ASSERT_TRUE(await(store_.audit().rows(kChain, {BlockNumber{100}}, {}, store_.soon())));
    std::vector<NewWallet> wallets{{{"a"}, kChain, address_of(1), true}};
    for (int i = 0; i < 2; ++i) {
        auto some = wallets;
        ASSERT_TRUE(await(store_.wallets().import_all(std::move(some), store_.soon())));
        wallets[0].is_deployed = false;
    }
    const std::string plans = server.log().substr(before);
    for (const char* index : {"polls_pkey", "polls_due", "wallets_user", "wallets_address",
                              "wallets_pkey", "balances_known_from",
                              "holdings_pkey", "journal_pkey", "events_pkey"})
        EXPECT_THAT(plans, HasSubstr(index)) << "it is not shown at all";
    std::istringstream lines(plans);
    for (std::string line; std::getline(lines, line);)
        for (const char* key : {"user_id", "wallet_id", "address", "block_number"})
            EXPECT_FALSE(line.find("Join Filter") != line.npos &&
                         line.find(std::string(".") + key + " =") != line.npos)
                << line;
}

TEST_F(HistoryPlans, ALargeJournalIsNotReadBeforeItIsIndexed) {
    EventQuery query;
    query.limit = 10;
    const auto ask = [&] { return await(store_.journal().events(query, store_.soon())); };
    EXPECT_EQ(failure(ask()), Errc::unavailable);
    EXPECT_EQ(failure(await(store_.journal().balance_at({{"alice"}, kChain, kCpop},
                                                        BlockNumber{100}, store_.soon()))),
              Errc::unavailable);
    build_indexes();
    EXPECT_EQ(ask().value().items.size(), 10u);
    postgres_.sql("DROP INDEX journal_event");
    EXPECT_TRUE(ask()) << "not looked at again";
}

}  // namespace
}  // namespace custodialbridge::store

#include "connection.hpp"
#include "custodialbridge/runtime/within.hpp"
#include "postgres_store.hpp"

namespace custodialbridge::store {
namespace {

class JournalIndexes : public OnPostgres {
  protected:
    Result<void> build() { return await(store_.chains().index_journal(store_.soon())); }
    std::string valid() {
        return postgres_.sql(
            "SELECT indexrelid::regclass, indisvalid FROM pg_index"
            " WHERE indrelid IN ('journal'::regclass, 'events'::regclass) AND NOT indisprimary"
            " ORDER BY indexrelid");
    }
    const std::string all_ =
        "journal_debit|t\njournal_credit|t\njournal_event|t\nevents_event|t\nevents_wallet|t";
};

TEST_F(JournalIndexes, AreBuiltWhenAskedFor) {
    EXPECT_EQ(valid(), "");
    const auto built = build();
    ASSERT_TRUE(built) << built.error().message();
    EXPECT_EQ(valid(), all_);
    EXPECT_TRUE(build());
    EXPECT_EQ(valid(), all_);
}

TEST_F(JournalIndexes, ALeftoverOfABuildThatWasCutOffIsRepaired) {
    ASSERT_TRUE(build());
    postgres_.sql(
        "UPDATE pg_index SET indisvalid = false"
        " WHERE indexrelid = 'journal_debit'::regclass");
    ASSERT_TRUE(build());
    EXPECT_EQ(postgres_.sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0");
}

TEST_F(JournalIndexes, AreBuiltByOneProcessAtATime) {
    runtime::SystemClock clock;
    auto other = Connection::open(postgres_.settings(), clock, store_.soon()).value();
    ASSERT_TRUE(other->execute("SELECT pg_advisory_lock(4921, 2)", store_.soon()));
    EXPECT_EQ(failure(build()), Errc::conflict);
    EXPECT_EQ(valid(), "");
    ASSERT_TRUE(other->execute("SELECT pg_advisory_unlock(4921, 2)", store_.soon()));
    ASSERT_TRUE(build());
    EXPECT_EQ(valid(), all_);
}

TEST_F(JournalIndexes, ABuildThatTakesLongCanBeGivenUpAndIsTakenUpAgain) {
    runtime::SystemClock clock;
    auto writer = Connection::open(postgres_.settings(), clock, store_.soon()).value();
    ASSERT_TRUE(writer->execute("BEGIN; LOCK TABLE journal IN ROW EXCLUSIVE MODE", store_.soon()));
    const auto given_up =
        await(runtime::within(clock, store_.soon(Millis(200)), "indexes",
                              store_.chains().index_journal(store_.soon(Millis(600'000)))));
    EXPECT_EQ(failure(given_up), Errc::timed_out);
    EXPECT_EQ(failure(await(store_.chains().index_journal(store_.soon(Millis(0))))),
              Errc::timed_out);
    ASSERT_TRUE(writer->execute("COMMIT", store_.soon()));
    auto built = build();  // the server may still be giving up the first one
    while (!built && built.error().code() == Errc::conflict) built = build();
    ASSERT_TRUE(built) << built.error().message();
    EXPECT_EQ(valid(), all_);
}

TEST_F(JournalIndexes, AreUsedToSumAWalletsEntries) {
    ASSERT_TRUE(build());
    const std::string plan = postgres_.sql(
        "SET enable_seqscan = off; EXPLAIN SELECT amount FROM journal"
        " WHERE credit = 5 AND credit <> 0 AND token_id = 1 AND NOT orphaned");
    EXPECT_NE(plan.find("journal_credit"), std::string::npos) << plan;
}

}  // namespace
}  // namespace custodialbridge::store

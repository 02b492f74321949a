#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "apply_migrations.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/store/make_postgres.hpp"
#include "migrations.hpp"
#include "support/postgres.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Migrating : public ::testing::Test {
  protected:
    Deadline soon() { return Deadline::after(clock_, Millis(20'000)); }

    Result<std::vector<std::string>> apply(std::span<const Migration> ours) {
        auto session = Connection::open(settings_, clock_, soon());
        return apply_migrations(**session, ours, soon());
    }

    runtime::SystemClock clock_;
    testing::PostgresServer& server_ = testing::PostgresServer::shared();
    Settings settings_{server_.fresh_database(), 1, Millis(5'000)};
};

constexpr Migration kFirst{1, "0001_first", "CREATE TABLE first (i int)"};
constexpr Migration kSecond{2, "0002_second", "CREATE TABLE second (i int); -- ends in a comment"};

TEST_F(Migrating, AppliesAllOnceAndThenNothing) {
    const auto first = migrate(settings_, clock_, soon());
    ASSERT_TRUE(first) << first.error().message();
    EXPECT_EQ(first->size(), migrations().size());
    EXPECT_EQ(first->front(), "0001_chains");
    EXPECT_THAT(migrate(settings_, clock_, soon()).value(), IsEmpty());
}

TEST_F(Migrating, AppliesWhatIsNewOnly) {
    EXPECT_THAT(apply(std::array{kFirst}).value(), ElementsAre("0001_first"));
    EXPECT_THAT(apply(std::array{kFirst, kSecond}).value(), ElementsAre("0002_second"));
}

TEST_F(Migrating, FourAtOnceApplyEachOnce) {
    std::vector<std::future<std::size_t>> all;
    for (int i = 0; i < 4; ++i)
        all.push_back(std::async(std::launch::async, [this] {
            return migrate(settings_, clock_, soon()).value().size();
        }));
    std::size_t applied = 0;
    for (auto& one : all) applied += one.get();
    EXPECT_EQ(applied, migrations().size());
}

TEST_F(Migrating, ADatabaseNewerThanThisProgramIsRefused) {
    ASSERT_TRUE(apply(std::array{kFirst, kSecond}));
    const auto older = apply(std::array{kFirst});
    ASSERT_FALSE(older);
    EXPECT_EQ(older.error().code(), Errc::refused);
    EXPECT_THAT(older.error().message(), HasSubstr("0002_second"));
}

TEST_F(Migrating, AChangedMigrationIsRefused) {
    ASSERT_TRUE(apply(std::array{kFirst}));
    constexpr Migration kChanged{1, "0001_first", "CREATE TABLE first (i bigint)"};
    constexpr Migration kRenamed{1, "0001_other", "CREATE TABLE first (i int)"};
    for (const Migration& other : {kChanged, kRenamed}) {
        const auto refused = apply(std::array{other, kSecond});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), Errc::refused);
    }
    EXPECT_THAT(apply(std::array{kFirst}).value(), IsEmpty());
}

TEST_F(Migrating, AFailingMigrationLeavesNothingBehind) {
    constexpr Migration kBroken{2, "0002_broken", "CREATE TABLE half (i int); SELECT 1 / 0"};
    const auto failed = apply(std::array{kFirst, kBroken});
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message(), HasSubstr("0002_broken"));
    EXPECT_THAT(apply(std::array{kFirst, kSecond}).value(), ElementsAre("0002_second"));
}

TEST_F(Migrating, WaitsForAnotherAndGivesUpAtItsDeadline) {
    auto other = Connection::open(settings_, clock_, soon()).value();
    ASSERT_TRUE(other->execute("SELECT pg_advisory_lock(4921, 1)", soon()));
    const auto late = migrate(settings_, clock_, Deadline::after(clock_, Millis(100)));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), Errc::timed_out);
    other->drop();
    EXPECT_TRUE(migrate(settings_, clock_, soon()));
}

TEST_F(Migrating, ProbeTellsTheVersionOrWhyNot) {
    const auto version = probe(settings_, clock_, soon());
    ASSERT_TRUE(version) << version.error().message();
    EXPECT_THAT(*version, HasSubstr("PostgreSQL 1"));
    server_.sql("postgres",
                "ALTER DATABASE " +
                    settings_.url.substr(settings_.url.find("@/") + 2,
                                         settings_.url.find('?') - settings_.url.find("@/") - 2) +
                    " SET default_transaction_read_only = on");
    const auto read_only = probe(settings_, clock_, soon());
    ASSERT_FALSE(read_only);
    EXPECT_EQ(read_only.error().code(), Errc::refused);
    const Settings nowhere{"postgresql://cb@/x?host=/nonexistent", 1, Millis(1'000)};
    EXPECT_EQ(probe(nowhere, clock_, soon()).error().code(), Errc::unavailable);
    const Settings unreadable{"nonsense", 1, Millis(1'000)};
    EXPECT_EQ(probe(unreadable, clock_, soon()).error().code(), Errc::invalid);
}

}  // namespace
}  // namespace custodialbridge::store

// Services that die, freeze, or leave stale files behind.
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>

#include "owner_process.hpp"
#include "place.hpp"
#include "process_table.hpp"

namespace custodialbridge::app {
namespace {

namespace fs = std::filesystem;

using testing::IsEmpty;

std::vector<pid_t> services_of(const fs::path& data_dir) {
    return processes_with(find_place(data_dir).value().mark);
}

TEST(Supervision, BringsBackAKilledPostgres) {
    const ClosedDirectory closed;
    OwnerProcess owner("daemon", closed.path() / "data");
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    ASSERT_EQ(psql(owner.database_url, "CREATE TABLE t AS SELECT 7 AS n").exit_code, 0);
    kill(owner.postgres, SIGKILL);
    EXPECT_EQ(owner.wait_line("postgres not ok"),
              "postgres not ok: PostgreSQL is gone; starting it again");
    EXPECT_NE(owner.wait_line("postgres ok: started again"), "");
    EXPECT_EQ(psql(owner.database_url, "SELECT n FROM t").output, "7");
    EXPECT_FALSE(identify(owner.postgres));
    EXPECT_EQ(owner.stop(), 0);
    EXPECT_THAT(services_of(closed.path() / "data"), IsEmpty());
}

TEST(Supervision, BringsBackPostgresThoughItsChildrenOutliveIt) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    OwnerProcess owner("daemon", data_dir);
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    std::vector<pid_t> children = services_of(data_dir);
    std::erase(children, owner.postgres);
    std::erase(children, owner.redis);
    ASSERT_FALSE(children.empty());
    for (const pid_t child : children) kill(child, SIGSTOP);  // they cannot notice and leave
    kill(owner.postgres, SIGKILL);
    EXPECT_NE(owner.wait_line("postgres ok: started again"), "");
    EXPECT_EQ(psql(owner.database_url, "SELECT 1").output, "1");
    for (const pid_t child : children) EXPECT_FALSE(identify(child)) << child;
}

TEST(Supervision, BringsBackAKilledRedis) {
    const ClosedDirectory closed;
    OwnerProcess owner("daemon", closed.path() / "data");
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    kill(owner.redis, SIGKILL);
    EXPECT_NE(owner.wait_line("redis not ok"), "");
    EXPECT_NE(owner.wait_line("redis ok: started again"), "");
    EXPECT_EQ(redis_cli(owner.redis_url, {"PING"}).output, "PONG");
    EXPECT_EQ(owner.stop(), 0);
    EXPECT_THAT(services_of(closed.path() / "data"), IsEmpty());
}

TEST(Supervision, BringsBackAServiceAgainAndAgain) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    OwnerProcess owner("daemon", data_dir);
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    for (int round = 0; round < 3; ++round) {
        const auto running =
            processes_with("custodialbridge-redis-" + find_place(data_dir).value().mark);
        ASSERT_EQ(running.size(), 1u);
        kill(running[0], SIGKILL);
        EXPECT_NE(owner.wait_line("redis ok: started again"), "");
    }
}

TEST(Supervision, ReplacesAServiceWhoseSocketIsGone) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    OwnerProcess owner("daemon", data_dir);
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    fs::remove(data_dir / "run/redis.sock");
    EXPECT_NE(owner.wait_line("redis ok: started again"), "");
    EXPECT_EQ(redis_cli(owner.redis_url, {"PING"}).output, "PONG");
    EXPECT_FALSE(identify(owner.redis));
}

TEST(Recovery, FollowsWhenOwnerAndServicesWereAllKilled) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    OwnerProcess first("daemon", data_dir);
    ASSERT_TRUE(first.wait_ready()) << first.error;
    ASSERT_EQ(psql(first.database_url, "CREATE TABLE t AS SELECT 7 AS n").exit_code, 0);
    first.kill_hard();
    for (const pid_t pid : services_of(data_dir)) kill(pid, SIGKILL);
    ASSERT_TRUE(eventually([&] { return services_of(data_dir).empty(); }));
    ASSERT_TRUE(fs::exists(data_dir / "postgres/postmaster.pid"));
    OwnerProcess second("daemon", data_dir);
    ASSERT_TRUE(second.wait_ready()) << second.error;
    EXPECT_EQ(psql(second.database_url, "SELECT n FROM t").output, "7");
}

TEST(Recovery, IgnoresALockFileThatNamesSomebodyElse) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    {
        OwnerProcess first("daemon", data_dir);
        ASSERT_TRUE(first.wait_ready()) << first.error;
        EXPECT_EQ(first.stop(), 0);
    }
    for (const char* name : {"postgres/postmaster.pid", "run/.s.PGSQL.5432.lock"})
        std::ofstream(data_dir / name) << getpid() << "\n"
                                       << (data_dir / "postgres").string() << "\n";
    OwnerProcess second("daemon", data_dir);
    ASSERT_TRUE(second.wait_ready()) << second.error;
    EXPECT_EQ(psql(second.database_url, "SELECT 1").output, "1");
}

TEST(Recovery, ReplacesAFrozenPredecessor) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    OwnerProcess first("daemon", data_dir);
    ASSERT_TRUE(first.wait_ready()) << first.error;
    first.kill_hard();
    kill(first.postgres, SIGSTOP);
    kill(first.redis, SIGSTOP);
    OwnerProcess second("daemon", data_dir);
    ASSERT_TRUE(second.wait_ready()) << second.error;
    EXPECT_NE(second.postgres, first.postgres);
    EXPECT_NE(second.redis, first.redis);
    EXPECT_EQ(psql(second.database_url, "SELECT 1").output, "1");
}

TEST(Recovery, FollowsAKillAtAnyMomentOfTheFirstStart) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    for (int round = 1; round <= 6; ++round) {
        OwnerProcess owner("daemon", data_dir);
        usleep(static_cast<useconds_t>(round) *
               150'000);  // a moment of its start, not a wait for something
        owner.kill_hard();
    }
    OwnerProcess owner("daemon", data_dir);
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    EXPECT_EQ(psql(owner.database_url, "SELECT 1").output, "1");
    EXPECT_EQ(owner.stop(), 0);
    EXPECT_THAT(services_of(data_dir), IsEmpty());
}

}  // namespace
}  // namespace custodialbridge::app

// Who owns a data directory: one daemon, or one command after the other, or whoever comes after a
// kill -9.
#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>

#include "data_dir_lock.hpp"
#include "owner_process.hpp"
#include "place.hpp"
#include "process_table.hpp"

namespace custodialbridge::app {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;
using testing::IsEmpty;

std::vector<pid_t> services_of(const fs::path& data_dir) {
    return processes_with(find_place(data_dir).value().mark);
}

TEST(DataDir, OfARunningDaemonIsRefusedToAnother) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    OwnerProcess first("daemon", data_dir);
    ASSERT_TRUE(first.wait_ready()) << first.error;
    OwnerProcess second("daemon", data_dir);
    EXPECT_FALSE(second.wait_ready());
    EXPECT_THAT(second.error, HasSubstr("is in use by another custodialbridge (daemon test " +
                                        std::to_string(first.pid()) + ")"));
    EXPECT_EQ(second.stop(), 1);
    EXPECT_EQ(psql(first.database_url, "SELECT 1").output, "1");
    EXPECT_EQ(redis_cli(first.redis_url, {"PING"}).output, "PONG");
}

TEST(DataDir, IsFreeAgainAfterItsLockIsGone) {
    const ClosedDirectory closed;
    {
        auto daemon = DataDirLock::take(closed.path(), Owner::daemon, "run", Millis{0});
        ASSERT_TRUE(daemon);
        const auto other =
            DataDirLock::take(closed.path(), Owner::command, "migrate", Millis{60'000});
        ASSERT_FALSE(other);
        EXPECT_EQ(other.error().code(), Errc::conflict);
    }
    auto command = DataDirLock::take(closed.path(), Owner::command, "migrate", Millis{0});
    ASSERT_TRUE(command);
    const auto daemon = DataDirLock::take(closed.path(), Owner::daemon, "run", Millis{100});
    ASSERT_FALSE(daemon);
    EXPECT_EQ(daemon.error().code(), Errc::timed_out);
    EXPECT_THAT(daemon.error().message(), HasSubstr("command migrate"));
}

TEST(DataDir, LocksNameOfADeadDaemonIsNotBelieved) {
    const ClosedDirectory closed;
    auto lock = DataDirLock::take(closed.path(), Owner::command, "migrate", Millis{0});
    ASSERT_TRUE(lock);
    std::ofstream(closed.path() / "lock") << "daemon run 2147483647\n";
    const auto other = DataDirLock::take(closed.path(), Owner::daemon, "run", Millis{100});
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code(), Errc::timed_out);
}

TEST(DataDir, ThatCannotBeMadeIsAClearError) {
    const auto lock = DataDirLock::take("/proc/nowhere/data", Owner::daemon, "run", Millis{0});
    ASSERT_FALSE(lock);
    EXPECT_THAT(lock.error().message(), HasSubstr("cannot make data_dir /proc/nowhere/data"));
}

TEST(Command, UsesTheDaemonsServicesAndLeavesThem) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    OwnerProcess daemon("daemon", data_dir);
    ASSERT_TRUE(daemon.wait_ready()) << daemon.error;
    OwnerProcess command("command", data_dir);
    ASSERT_TRUE(command.wait_ready()) << command.error;
    EXPECT_TRUE(command.attached);
    EXPECT_EQ(command.database_url, daemon.database_url);
    EXPECT_EQ(command.redis_url, daemon.redis_url);
    EXPECT_EQ(command.stop(), 0);
    EXPECT_EQ(psql(daemon.database_url, "SELECT 1").output, "1");
}

TEST(Command, WaitsForADaemonThatIsStarting) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    OwnerProcess daemon("daemon", data_dir);
    ASSERT_TRUE(eventually([&] {
        std::string word;
        std::ifstream(data_dir / "lock") >> word;
        return word == "daemon";
    }));
    OwnerProcess command("command", data_dir);
    ASSERT_TRUE(command.wait_ready()) << command.error;
    EXPECT_TRUE(command.attached);
    EXPECT_EQ(psql(command.database_url, "SELECT 1").output, "1");
}

TEST(Command, StartsTheServicesForItsOwnTime) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    OwnerProcess command("command", data_dir);
    ASSERT_TRUE(command.wait_ready()) << command.error;
    EXPECT_FALSE(command.attached);
    OwnerProcess next("command", data_dir);  // waits for the first one
    EXPECT_EQ(psql(command.database_url, "SELECT 1").output, "1");
    EXPECT_EQ(command.stop(), 0);
    ASSERT_TRUE(next.wait_ready()) << next.error;
    EXPECT_FALSE(next.attached);
    EXPECT_EQ(next.stop(), 0);
    EXPECT_THAT(services_of(data_dir), IsEmpty());
}

TEST(Services, OfAKilledDaemonAreAdopted) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    OwnerProcess first("daemon", data_dir);
    ASSERT_TRUE(first.wait_ready()) << first.error;
    ASSERT_EQ(psql(first.database_url, "CREATE TABLE t AS SELECT 7 AS n").exit_code, 0);
    first.kill_hard();
    EXPECT_EQ(psql(first.database_url, "SELECT n FROM t").output, "7");
    OwnerProcess second("daemon", data_dir);
    ASSERT_TRUE(second.wait_ready()) << second.error;
    EXPECT_EQ(second.postgres, first.postgres);
    EXPECT_EQ(second.redis, first.redis);
    EXPECT_EQ(psql(second.database_url, "SELECT n FROM t").output, "7");
    EXPECT_EQ(second.stop(), 0);
    EXPECT_THAT(services_of(data_dir), IsEmpty());
}

TEST(Services, OfAKilledDaemonAreSupervisedByTheNextOne) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    OwnerProcess first("daemon", data_dir);
    ASSERT_TRUE(first.wait_ready()) << first.error;
    first.kill_hard();
    OwnerProcess second("daemon", data_dir);
    ASSERT_TRUE(second.wait_ready()) << second.error;
    kill(second.postgres, SIGKILL);
    EXPECT_NE(second.wait_line("postgres ok: started again"), "");
    EXPECT_EQ(psql(second.database_url, "SELECT 1").output, "1");
}

TEST(Services, OfAKilledDaemonAreStoppedByACommand) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    OwnerProcess daemon("daemon", data_dir);
    ASSERT_TRUE(daemon.wait_ready()) << daemon.error;
    daemon.kill_hard();
    OwnerProcess command("command", data_dir);
    ASSERT_TRUE(command.wait_ready()) << command.error;
    EXPECT_FALSE(command.attached);
    EXPECT_EQ(command.stop(), 0);
    EXPECT_THAT(services_of(data_dir), IsEmpty());
}

}  // namespace
}  // namespace custodialbridge::app

// What the services are: private, unprivileged, without TCP, and gone when they are stopped.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "owner_process.hpp"
#include "place.hpp"
#include "process_table.hpp"

namespace custodialbridge::app {
namespace {

namespace fs = std::filesystem;

using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Every process whose command line holds the mark of this data directory.
std::vector<pid_t> services_of(const fs::path& data_dir) {
    return processes_with(find_place(data_dir).value().mark);
}

uid_t uid_of(pid_t pid) {
    return inspect(pid).value().uid;
}

TEST(EmbeddedServices, ServeInAClosedDirectoryWithALongName) {
    const ClosedDirectory closed;
    const fs::path data_dir =
        closed.path() / std::string(90, 'x') / "it's a \"long\", odd name" / std::string(50, 'y');
    OwnerProcess owner("daemon", data_dir);
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    EXPECT_EQ(psql(owner.database_url, "SELECT 1").output, "1");
    EXPECT_EQ(redis_cli(owner.redis_url, {"PING"}).output, "PONG");
    const Place place = find_place(data_dir).value();
    EXPECT_THAT(place.run_dir.string(), testing::StartsWith("/tmp/custodialbridge-"));
    EXPECT_EQ(owner.stop(), 0);
    EXPECT_THAT(services_of(data_dir), IsEmpty());
    EXPECT_FALSE(fs::exists(place.run_dir));
}

TEST(EmbeddedServices, DoNotRunAsRootAndKeepTheirFilesToThemselves) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    OwnerProcess owner("daemon", data_dir);
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    for (const pid_t pid : services_of(data_dir)) EXPECT_NE(uid_of(pid), 0u);
    for (const char* name : {"postgres", "redis", "run"}) {
        struct stat info {};
        ASSERT_EQ(stat((data_dir / name).c_str(), &info), 0) << name;
        EXPECT_EQ(info.st_mode & 07777, 0700u) << name;
        EXPECT_NE(info.st_uid, 0u) << name;
    }
    for (const char* name : {"run/.s.PGSQL.5432", "run/redis.sock"}) {
        struct stat info {};
        ASSERT_EQ(stat((data_dir / name).c_str(), &info), 0) << name;
        EXPECT_EQ(info.st_mode & 0777, 0700u) << name;
    }
}

TEST(EmbeddedServices, NeedNoCapabilityWhereTheWayIsOpen) {
    if (geteuid() != 0) GTEST_SKIP() << "only root drops to another user";
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    fs::create_directory(data_dir);
    RunAs user = choose_user(data_dir / "postgres").value();
    ASSERT_TRUE(grant_way_to(user, data_dir));
    EXPECT_TRUE(user.capability.has_value());
    fs::permissions(closed.path(), fs::perms::others_exec, fs::perm_options::add);
    ASSERT_TRUE(grant_way_to(user, data_dir));
    EXPECT_FALSE(user.capability.has_value());
}

TEST(EmbeddedPostgres, IsSetUpForALedger) {
    const ClosedDirectory closed;
    OwnerProcess owner("daemon", closed.path() / "data");
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    const auto setting = [&](const std::string& name) {
        return psql(owner.database_url, "SHOW " + name).output;
    };
    EXPECT_EQ(setting("listen_addresses"), "");
    EXPECT_EQ(setting("fsync"), "on");
    EXPECT_EQ(setting("synchronous_commit"), "on");
    EXPECT_EQ(setting("full_page_writes"), "on");
    EXPECT_EQ(setting("data_checksums"), "on");
    EXPECT_EQ(setting("server_encoding"), "UTF8");
    EXPECT_EQ(setting("lc_collate"), "C");
    EXPECT_EQ(setting("max_connections"), "64");
    EXPECT_EQ(setting("shared_buffers"), "256MB");
    EXPECT_EQ(setting("max_wal_size"), "2GB");
    EXPECT_THAT(setting("wal_compression"), testing::AnyOf("on", "pglz"));
    EXPECT_EQ(setting("TimeZone"), "UTC");
}

TEST(EmbeddedRedis, IsACacheAndWritesNothing) {
    const ClosedDirectory closed;
    OwnerProcess owner("daemon", closed.path() / "data");
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    const auto setting = [&](const std::string& name) {
        return redis_cli(owner.redis_url, {"CONFIG", "GET", name}).output;
    };
    EXPECT_EQ(setting("port"), "port\n0");
    EXPECT_EQ(setting("maxmemory-policy"), "maxmemory-policy\nallkeys-lru");
    EXPECT_EQ(setting("maxmemory"), "maxmemory\n268435456");
    EXPECT_EQ(setting("appendonly"), "appendonly\nno");
    EXPECT_EQ(setting("save"), "save");
    EXPECT_EQ(redis_cli(owner.redis_url, {"SET", "a", "b"}).output, "OK");
    EXPECT_EQ(owner.stop(), 0);
    EXPECT_TRUE(fs::is_empty(closed.path() / "data/redis"));
}

TEST(EmbeddedServices, HaveASessionOfTheirOwn) {
    const ClosedDirectory closed;
    OwnerProcess owner("daemon", closed.path() / "data");
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    EXPECT_EQ(getsid(owner.postgres), owner.postgres);
    EXPECT_EQ(getsid(owner.redis), owner.redis);
}

TEST(EmbeddedServices, InheritNothingOfTheirOwner) {
    const ClosedDirectory closed;
    OwnerProcess owner("daemon", closed.path() / "data");
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    for (const pid_t pid : {owner.postgres, owner.redis}) {
        std::vector<std::string> targets;
        for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
            targets.push_back(fs::read_symlink(entry.path()).string());
        EXPECT_THAT(targets, Not(IsEmpty()));
        EXPECT_THAT(targets, Each(Not(HasSubstr("data/lock"))));
    }
}

TEST(EmbeddedServices, RunForAUserWhoIsNotRoot) {
    if (geteuid() != 0) GTEST_SKIP() << "the other tests run so";
    const ClosedDirectory closed;
    const fs::path program = closed.path() / "owner";
    fs::copy_file(CB_EMBEDDED_OWNER, program);
    const fs::path home = closed.path() / "home";
    fs::create_directory(home);
    fs::permissions(closed.path(), fs::perms::others_exec, fs::perm_options::add);
    ASSERT_EQ(chown(home.c_str(), 65534, 65534), 0);
    OwnerProcess owner(
        "daemon", home / "data",
        {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"},
        program.string());
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    EXPECT_EQ(uid_of(owner.postgres), 65534u);
    EXPECT_EQ(uid_of(owner.redis), 65534u);
    EXPECT_EQ(psql(owner.database_url, "SELECT 2").output, "2");
    EXPECT_EQ(owner.stop(), 0);
    EXPECT_THAT(processes_with(closed.path().string()), IsEmpty());
}

TEST(EmbeddedServices, ServeWithTheFewCapabilitiesOfAContainer) {
    if (geteuid() != 0) GTEST_SKIP() << "only root drops to another user";
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    OwnerProcess owner("daemon", data_dir,
                       {"setpriv", "--inh-caps=-all",
                        "--bounding-set=-all,+chown,+dac_override,+fowner,+setgid,+setuid,+kill"});
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    EXPECT_EQ(psql(owner.database_url, "SELECT 3").output, "3");
    kill(owner.postgres, SIGKILL);
    EXPECT_NE(owner.wait_line("postgres ok: started again"), "");
    EXPECT_EQ(psql(owner.database_url, "SELECT 4").output, "4");
    EXPECT_EQ(owner.stop(), 0);
    EXPECT_THAT(services_of(data_dir), IsEmpty());
}

TEST(EmbeddedServices, TakeOverTheFilesOfAnotherUserForRoot) {
    if (geteuid() != 0) GTEST_SKIP() << "only root may";
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    {
        OwnerProcess owner("daemon", data_dir);
        ASSERT_TRUE(owner.wait_ready()) << owner.error;
        EXPECT_EQ(owner.stop(), 0);
    }
    for (const auto& entry : fs::recursive_directory_iterator(data_dir))
        ASSERT_EQ(lchown(entry.path().c_str(), 54321, 54321), 0);  // a user without a name
    OwnerProcess owner("daemon", data_dir);
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    EXPECT_NE(uid_of(owner.postgres), 54321u);
    EXPECT_EQ(psql(owner.database_url, "SELECT 5").output, "5");
}

TEST(EmbeddedServices, KeepTheirDataFromStartToStart) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    {
        OwnerProcess owner("daemon", data_dir);
        ASSERT_TRUE(owner.wait_ready()) << owner.error;
        ASSERT_EQ(psql(owner.database_url, "CREATE TABLE t AS SELECT 7 AS n").exit_code, 0);
        EXPECT_EQ(owner.stop(), 0);
        EXPECT_THAT(services_of(data_dir), IsEmpty());
    }
    OwnerProcess again("daemon", data_dir);
    ASSERT_TRUE(again.wait_ready()) << again.error;
    EXPECT_EQ(psql(again.database_url, "SELECT n FROM t").output, "7");
}

TEST(EmbeddedServices, StopThoughAClientIsInAQuery) {
    const ClosedDirectory closed;
    const fs::path data_dir = closed.path() / "data";
    OwnerProcess owner("daemon", data_dir);
    ASSERT_TRUE(owner.wait_ready()) << owner.error;
    const pid_t client = fork();
    if (client == 0) {
        const auto finished = psql(owner.database_url, "SELECT pg_sleep(600)");
        _exit(finished.exit_code == 0 ? 0 : 1);
    }
    EXPECT_TRUE(eventually([&] {
        return psql(owner.database_url,
                    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'")
                   .output == "1";
    }));
    EXPECT_EQ(owner.stop(), 0);
    EXPECT_THAT(services_of(data_dir), IsEmpty());
    EXPECT_TRUE(eventually([client] { return !identify(client); }));
}

}  // namespace
}  // namespace custodialbridge::app

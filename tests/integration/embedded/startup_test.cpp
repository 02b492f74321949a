// Starts that cannot succeed say why; programs, users and processes are found as promised.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "embedded_services.hpp"
#include "owner_process.hpp"
#include "postgres_programs.hpp"

namespace custodialbridge::app {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;

EmbeddedOptions options_for(const fs::path& data_dir) {
    EmbeddedOptions options;
    options.data_dir = data_dir;
    options.redis = false;
    return options;
}

TEST(Start, RefusesAFolderThatIsNoDatabase) {
    const ClosedDirectory closed;
    fs::create_directories(closed.path() / "postgres");
    std::ofstream(closed.path() / "postgres/notes.txt") << "mine";
    const auto services = EmbeddedServices::start(options_for(closed.path()));
    ASSERT_FALSE(services);
    EXPECT_THAT(services.error().message(), HasSubstr("is not a PostgreSQL data directory"));
    EXPECT_TRUE(fs::exists(closed.path() / "postgres/notes.txt"));
}

TEST(Start, RefusesDataOfAVersionThatIsNotInstalled) {
    const ClosedDirectory closed;
    fs::create_directories(closed.path() / "postgres");
    std::ofstream(closed.path() / "postgres/PG_VERSION") << "9\n";
    const auto services = EmbeddedServices::start(options_for(closed.path()));
    ASSERT_FALSE(services);
    EXPECT_THAT(services.error().message(), HasSubstr("made by PostgreSQL 9"));
}

TEST(Start, ShowsWhatPostgresSaidWhenItEnds) {
    const ClosedDirectory closed;
    const auto version = find_postgres_programs({}).value().parent_path().filename().string();
    fs::create_directories(closed.path() / "postgres");
    std::ofstream(closed.path() / "postgres/PG_VERSION") << version << "\n";
    const auto services = EmbeddedServices::start(options_for(closed.path()));
    ASSERT_FALSE(services);
    EXPECT_THAT(services.error().message(), HasSubstr("PostgreSQL did not start: "));
    EXPECT_THAT(services.error().message(), HasSubstr("postgresql.conf"));
}

TEST(Start, ThatWasInterruptedLeavesNothingRunning) {
    const ClosedDirectory closed;
    const std::atomic<bool> interrupted{true};
    EmbeddedOptions options = options_for(closed.path());
    options.interrupted = &interrupted;
    const auto services = EmbeddedServices::start(options);
    ASSERT_FALSE(services);
    EXPECT_EQ(services.error().code(), Errc::unavailable);
    EXPECT_TRUE(processes_with(closed.path().string()).empty());
}

TEST(Start, OfNothingOnlyLocks) {
    const ClosedDirectory closed;
    EmbeddedOptions options = options_for(closed.path());
    options.postgres = false;
    const auto services = EmbeddedServices::start(options);
    ASSERT_TRUE(services);
    EXPECT_EQ((*services)->database_url(), "");
    const auto second = EmbeddedServices::start(options);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), Errc::conflict);
}

TEST(Programs, OfPostgresMayBeNamed) {
    setenv("CB_POSTGRES_BIN", "/nowhere", 1);
    const auto programs = find_postgres_programs({});
    unsetenv("CB_POSTGRES_BIN");
    ASSERT_FALSE(programs);
    EXPECT_THAT(programs.error().message(), HasSubstr("CB_POSTGRES_BIN is /nowhere"));
}

TEST(Programs, AreFoundInPath) {
    EXPECT_TRUE(find_in_path("sh"));
    EXPECT_FALSE(find_in_path("surely-no-such-program"));
}

TEST(Program, ThatCannotBeRunIsAnError) {
    const ClosedDirectory closed;
    const RunAs ourselves{geteuid(), getegid(), "us", false, {}};
    const Command command{"/nowhere/program", {}, closed.path() / "log", ourselves};
    const auto process = start_process(command);
    ASSERT_FALSE(process);
    EXPECT_THAT(process.error().message(),
                HasSubstr("cannot run /nowhere/program as us: No such file or directory"));
}

TEST(Program, ThatFailsSaysWhatItWrote) {
    const ClosedDirectory closed;
    const std::atomic<bool> never{false};
    const std::atomic<bool> at_once{true};
    const RunAs ourselves{geteuid(), getegid(), "us", false, {}};
    const fs::path shell = *find_in_path("sh");
    const fs::path log = closed.path() / "log";
    EXPECT_TRUE(run_to_end({shell, {"-c", "true"}, log, ourselves}, Millis{10'000}, never));
    const auto failed =
        run_to_end({shell, {"-c", "echo first; echo last >&2; exit 3"}, log, ourselves},
                   Millis{10'000}, never);
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message(), HasSubstr("first last"));
    const auto slow =
        run_to_end({shell, {"-c", "exec sleep 60"}, log, ourselves}, Millis{50}, never);
    ASSERT_FALSE(slow);
    EXPECT_EQ(slow.error().code(), Errc::timed_out);
    const auto stopped =
        run_to_end({shell, {"-c", "exec sleep 60"}, log, ourselves}, Millis{60'000}, at_once);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), Errc::unavailable);
}

TEST(Log, ThatIsLargeIsMovedAside) {
    const ClosedDirectory closed;
    const fs::path log = closed.path() / "log";
    EXPECT_EQ(begin_log(log), 0u);
    std::ofstream(log) << "small";
    EXPECT_EQ(begin_log(log), 5u);
    fs::resize_file(log, (16U << 20) + 1);
    EXPECT_EQ(begin_log(log), 0u);
    EXPECT_TRUE(fs::exists(closed.path() / "log.1"));
}

TEST(Process, IsKnownUntilItEnds) {
    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    const auto process = identify(child);
    ASSERT_TRUE(process);
    EXPECT_TRUE(is_alive(*process));
    EXPECT_FALSE(is_alive({child, process->started + 1}));
    EXPECT_EQ(inspect(child)->parent, getpid());
    EXPECT_EQ(inspect(child)->uid, getuid());
    send_signal({child, process->started + 1}, SIGKILL);
    EXPECT_TRUE(is_alive(*process));
    send_signal(*process, SIGKILL);
    EXPECT_TRUE(eventually([&] { return !is_alive(*process); }));
    EXPECT_EQ(waitpid(child, nullptr, WNOHANG), -1);  // reaped
}

}  // namespace
}  // namespace custodialbridge::app

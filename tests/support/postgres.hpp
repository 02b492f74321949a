/// PostgresServer: a private PostgreSQL cluster in a temporary directory, on a Unix socket alone.
///
/// It never runs as root, never syncs to disk, and ends with this process however that ends. One
/// cluster serves a whole test process (`shared()`); each test takes a fresh database:
///
///     const std::string url = testing::PostgresServer::shared().fresh_database();
#pragma once

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace custodialbridge::testing {

class PostgresServer {
  public:
    /// The one of this process, started at the first call.
    static PostgresServer& shared();

    /// `settings` are server settings such as "max_connections=20".
    explicit PostgresServer(std::vector<std::string> settings = {})
        : settings_(std::move(settings)) {
        char name[] = "/tmp/cb-pg-XXXXXX";  // short: a socket path has at most 107 characters
        if (::mkdtemp(name) == nullptr) throw std::runtime_error("postgres: no temporary folder");
        home_ = name;
        try {
            give_to_server_user();
            run({bin("initdb"), "-D", data(), "-U", "cb", "-A", "trust", "-E", "UTF8", "--locale=C",
                 "--no-sync", "--no-instructions"});
            start();
        } catch (...) {
            end();
            throw;
        }
    }
    ~PostgresServer() { end(); }
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    std::string url(std::string_view database = "postgres") const;
    const std::string& socket_folder() const { return home_; }
    pid_t pid() const { return pid_; }

    /// A database of its own, a copy of `original`, as a URL. Nobody may be connected to the
    /// original.
    std::string fresh_database(std::string_view original = "template1");

    void create_database(std::string_view name, std::string_view original = "template1");

    /// Runs statements as the superuser; the rows as text, columns parted by '|', lines by '\n'.
    std::string sql(std::string_view database, std::string_view statements) const;

    /// Ends it at once, as a crash would; what was committed is there after `start`.
    void stop();

    /// Returns when it takes connections.
    void start();

    /// Connections stay open and new ones are not taken until `resume`; the backends that are
    /// there go on.
    void pause() const { ::kill(pid_, SIGSTOP); }
    void resume() const { ::kill(pid_, SIGCONT); }

    std::string log() const { return text_of(home_ + "/log"); }

  private:
    static void settings_of(std::vector<std::string>& line, std::string_view setting);

    static std::string text_of(const std::string& path);

    /// The newest of the installed versions.
    static std::string bin(const std::string& program);

    std::string data() const { return home_ + "/data"; }

    void give_to_server_user();

    /// Between fork and exec only calls that are safe in a process that had threads.
    pid_t spawn(std::vector<std::string> line, int output, int signal_when_orphaned) const;

    /// Runs a program to its end; what it wrote. Throws unless it exits with 0.
    std::string run(const std::vector<std::string>& line) const;

    void await_ready();

    void end();

    std::vector<std::string> settings_;
    std::string home_;
    uid_t uid_ = 0;
    gid_t gid_ = 0;
    pid_t pid_ = 0;
};

}  // namespace custodialbridge::testing

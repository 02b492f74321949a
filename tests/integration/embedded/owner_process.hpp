/// A process that owns embedded services, and what a test does to it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace custodialbridge::app {

struct Finished {
    int exit_code = -1;  ///< -1: ended by a signal
    std::string output;  ///< standard output and error
};

/// Runs a program found in PATH to its end.
Finished run_program(const std::vector<std::string>& arguments);

/// One query through psql; its rows, one a line.
Finished psql(const std::string& url, const std::string& query);

Finished redis_cli(const std::string& url, const std::vector<std::string>& words);

/// The command line of every process that holds `text`, but not the test's own.
std::vector<pid_t> processes_with(const std::string& text);

/// A private temporary directory (0700, in /tmp), removed at the end together with whatever still
/// runs in it.
class ClosedDirectory {
  public:
    ClosedDirectory();
    ~ClosedDirectory();
    ClosedDirectory(const ClosedDirectory&) = delete;
    ClosedDirectory& operator=(const ClosedDirectory&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

class OwnerProcess {
  public:
    /// `prefix` comes before the program: setpriv and its options, for example.
    OwnerProcess(const std::string& role, const std::filesystem::path& data_dir,
                 std::vector<std::string> prefix = {}, const std::string& program = "");
    ~OwnerProcess();  ///< asks it to stop; kills it when it does not
    OwnerProcess(const OwnerProcess&) = delete;
    OwnerProcess& operator=(const OwnerProcess&) = delete;

    /// True when it serves; else `error` is what it said.
    bool wait_ready();

    /// The next line that begins with `prefix`; empty when it ends or a minute passes before.
    std::string wait_line(const std::string& prefix);

    bool attached = false;
    pid_t postgres = 0;
    pid_t redis = 0;
    std::string database_url;
    std::string redis_url;
    std::string error;

    pid_t pid() const { return pid_; }
    void kill_hard();  ///< kill -9, and reaps it
    int stop();        ///< SIGTERM; its exit code

  private:
    std::string read_line();
    int wait_end();

    pid_t pid_ = 0;
    int input_ = -1;
    int output_ = -1;
    std::string buffer_;
};

/// False when `tries` naps make half a minute.
bool nap_until_half_a_minute(int& tries);

/// True as soon as `condition` holds; false after half a minute.
template <class Condition>
bool eventually(Condition condition) {
    for (int tries = 0; !condition();)
        if (!nap_until_half_a_minute(tries)) return false;
    return true;
}

}  // namespace custodialbridge::app

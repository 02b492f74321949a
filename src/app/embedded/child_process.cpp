#include "child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <system_error>
#include <thread>

namespace custodialbridge::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLogBytesMax = 16U << 20;
constexpr std::uintmax_t kTailBytes = 600;

// A service must not depend on our variables (PGDATA, LD_*, locale).
constexpr const char* kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Owns a descriptor and keeps it out of the way of 0 to 3, which a child arranges anew.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {
        if (number < 0 || number > 3) return;
        number_ = fcntl(number, F_DUPFD_CLOEXEC, 4);
        close(number);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { reset(); }
    int get() const { return number_; }
    void reset() {
        if (number_ >= 0) close(number_);
        number_ = -1;
    }

  private:
    int number_;
};

Error failed(const std::string& what, int number) {
    return {Errc::refused, what + ": " + std::generic_category().message(number)};
}

void reset_signals() {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &standard, nullptr);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

void close_from(unsigned first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
#endif
    for (int number = static_cast<int>(first); number < 4096; ++number) close(number);
}

struct Prepared {
    const char* program;
    char* const* arguments;
    char* const* environment;
    int log;
    int report;
    pid_t parent;
    const Command* command;
};

/// The child's life until the program takes over. Async-signal-safe: others' locks may be held in
/// the copy.
[[noreturn]] void live_as_child(const Prepared& prepared) {
    int report = prepared.report;
    const auto fail = [&report] {
        const int number = errno;
        [[maybe_unused]] const auto written = write(report, &number, sizeof number);
        _exit(127);
    };
    setsid();
    umask(077);
    reset_signals();
    const int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0 || dup2(prepared.log, 1) < 0 || dup2(prepared.log, 2) < 0)
        fail();
    if (dup2(prepared.report, 3) < 0 || fcntl(3, F_SETFD, FD_CLOEXEC) != 0) fail();
    report = 3;
    close_from(4);
    if (!become(prepared.command->run_as) || chdir("/") != 0) fail();
    if (prepared.command->die_with_us) {  // after `become`, which would undo it
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) fail();
        if (getppid() != prepared.parent) _exit(127);
    }
    execve(prepared.program, prepared.arguments, prepared.environment);
    fail();
    _exit(127);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// What the child says before its program runs: errno, or nothing when all went well.
int read_report(int pipe) {
    int number = 0;
    ssize_t got = 0;
    while ((got = read(pipe, &number, sizeof number)) < 0 && errno == EINTR) continue;
    return got == static_cast<ssize_t>(sizeof number) ? number : 0;
}

}  // namespace

Result<ProcessId> start_process(const Command& command) {
    const std::string program = command.program.string();
    const Descriptor log(
        open(command.log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
    if (log.get() < 0) return failed("cannot write " + command.log.string(), errno);
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return failed("cannot make a pipe", errno);
    const Descriptor report(ends[0]);
    Descriptor child_report(ends[1]);

    std::vector<std::string> arguments{program};
    arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
    std::vector<std::string> environment{kPath, "LC_ALL=C", "TZ=UTC"};
    const auto argument_pointers = pointers_to(arguments);
    const auto environment_pointers = pointers_to(environment);
    const Prepared prepared{program.c_str(), argument_pointers.data(), environment_pointers.data(),
                            log.get(),       child_report.get(),       getpid(),
                            &command};
    const pid_t child = fork();
    if (child < 0) return failed("cannot start " + program, errno);
    if (child == 0) live_as_child(prepared);
    child_report.reset();
    if (const int number = read_report(report.get()); number != 0) {
        waitpid(child, nullptr, 0);
        return failed("cannot run " + program + " as " + command.run_as.name, number);
    }
    return identify_child(child);
}

Result<void> run_to_end(Command command, Millis limit, const std::atomic<bool>& interrupted) {
    command.die_with_us = true;
    const std::string name = command.program.filename().string();
    const std::uintmax_t offset = begin_log(command.log);
    CB_TRY(process, start_process(command));
    const auto until = std::chrono::steady_clock::now() + limit;
    int status = 0;
    pid_t ended = 0;
    while ((ended = waitpid(process.pid, &status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
        const bool late = std::chrono::steady_clock::now() > until;
        if (late || interrupted) {
            kill(process.pid, SIGKILL);
            waitpid(process.pid, nullptr, 0);
            if (late) return Error{Errc::timed_out, name + " did not end in time"};
            return Error{Errc::unavailable, name + " was interrupted"};
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (ended == process.pid && WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return Error{Errc::refused, name + " failed: " + log_tail(command.log, offset)};
}

std::uintmax_t begin_log(const fs::path& log) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(log, error);
    if (error) return 0;
    if (size <= kLogBytesMax) return size;
    fs::rename(log, log.string() + ".1", error);
    return error ? size : 0;
}

std::string log_tail(const fs::path& log, std::uintmax_t offset) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(log, error);
    std::ifstream file(log, std::ios::binary);
    if (error || !file || size <= offset) return "see " + log.string();
    const std::uintmax_t from = std::max(offset, size - std::min(size, kTailBytes));
    file.seekg(static_cast<std::streamoff>(from));
    std::string text(static_cast<std::size_t>(size - from), '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text + " (" + log.string() + ")";
}

}  // namespace custodialbridge::app

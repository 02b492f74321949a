#include "owner_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "place.hpp"
#include "postgres_programs.hpp"

namespace custodialbridge::app {
namespace {

namespace fs = std::filesystem;

constexpr int kLineLimitMs = 60'000;

struct Started {
    pid_t pid;
    int input;
    int output;
};

Started start(std::vector<std::string> arguments) {
    std::array<int, 2> in{}, out{};
    if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) std::abort();
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    const pid_t pid = fork();
    if (pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        execvp(pointers[0], pointers.data());
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    return {pid, in[1], out[0]};
}

int exit_code_of(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

bool nap_until_half_a_minute(int& tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return ++tries < 1500;
}

Finished run_program(const std::vector<std::string>& arguments) {
    const Started started = start(arguments);
    close(started.input);
    Finished finished;
    std::array<char, 4096> piece;
    for (ssize_t got = 0; (got = read(started.output, piece.data(), piece.size())) > 0;)
        finished.output.append(piece.data(), static_cast<std::size_t>(got));
    close(started.output);
    finished.exit_code = exit_code_of(started.pid);
    while (finished.output.ends_with('\n')) finished.output.pop_back();
    return finished;
}

Finished psql(const std::string& url, const std::string& query) {
    const auto programs = find_postgres_programs({});
    if (!programs) return {};
    return run_program({(*programs / "psql").string(), url, "-XAtqc", query});
}

Finished redis_cli(const std::string& url, const std::vector<std::string>& words) {
    std::vector<std::string> arguments{"redis-cli", "-s",
                                       url.substr(std::string("unix://").size())};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return run_program(arguments);
}

std::vector<pid_t> processes_with(const std::string& text) {
    std::vector<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const pid_t pid = std::atoi(entry.path().filename().c_str());
        if (pid <= 0 || pid == getpid()) continue;
        if (read_file(entry.path() / "cmdline").find(text) != std::string::npos)
            found.push_back(pid);
    }
    return found;
}

ClosedDirectory::ClosedDirectory() {
    std::string name = "/tmp/cb-embedded-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
}

ClosedDirectory::~ClosedDirectory() {
    // What a failed test left running: only processes of this directory have such words in their
    // command line.
    std::vector<std::string> words{path_.string()};
    std::error_code ignored;
    for (fs::recursive_directory_iterator at(path_, ignored), end; at != end;
         at.increment(ignored)) {
        if (at->path().filename() != "lock") continue;
        if (const auto place = find_place(at->path().parent_path())) words.push_back(place->mark);
    }
    for (const std::string& word : words) {
        for (const pid_t pid : processes_with(word)) kill(pid, SIGKILL);
        eventually([&word] { return processes_with(word).empty(); });
    }
    fs::remove_all(path_, ignored);
}

OwnerProcess::OwnerProcess(const std::string& role, const fs::path& data_dir,
                           std::vector<std::string> prefix, const std::string& program) {
    prefix.insert(prefix.end(),
                  {program.empty() ? CB_EMBEDDED_OWNER : program, role, data_dir.string()});
    const Started started = start(std::move(prefix));
    pid_ = started.pid;
    input_ = started.input;
    output_ = started.output;
}

OwnerProcess::~OwnerProcess() {
    if (pid_ > 0) stop();
    close(input_);
    close(output_);
}

std::string OwnerProcess::read_line() {
    for (;;) {
        const std::size_t end = buffer_.find('\n');
        if (end != std::string::npos) {
            std::string line = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            return line.empty() ? " " : line;
        }
        pollfd waiting{output_, POLLIN, 0};
        std::array<char, 512> piece;
        if (poll(&waiting, 1, kLineLimitMs) <= 0) return {};
        const ssize_t got = read(output_, piece.data(), piece.size());
        if (got <= 0) return {};
        buffer_.append(piece.data(), static_cast<std::size_t>(got));
    }
}

std::string OwnerProcess::wait_line(const std::string& prefix) {
    for (;;) {
        std::string line = read_line();
        if (line.empty() || line.starts_with(prefix)) return line;
        if (line.starts_with("error: ")) error = line;
    }
}

bool OwnerProcess::wait_ready() {
    const std::string line = wait_line("ready ");
    if (line.empty()) return false;
    int is_attached = 0;
    if (std::sscanf(line.c_str(), "ready attached=%d postgres=%d redis=%d", &is_attached, &postgres,
                    &redis) != 3)
        return false;
    attached = is_attached != 0;
    database_url = read_line();
    redis_url = read_line();
    return true;
}

void OwnerProcess::kill_hard() {
    kill(pid_, SIGKILL);
    exit_code_of(pid_);
    pid_ = 0;
}

int OwnerProcess::wait_end() {
    int status = 0;
    const bool ended = eventually([&] { return waitpid(pid_, &status, WNOHANG) == pid_; });
    if (!ended) return kill_hard(), -1;
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int OwnerProcess::stop() {
    kill(pid_, SIGTERM);
    return wait_end();
}

}  // namespace custodialbridge::app

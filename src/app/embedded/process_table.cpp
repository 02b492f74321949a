#include "process_table.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <memory>

namespace custodialbridge::app {
namespace {

/// Read whole, as a file of /proc must be; empty when it is not there.
std::string read_proc(pid_t pid, const char* name) {
    const std::string path = "/proc/" + std::to_string(pid) + '/' + name;
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return {};
    std::string text;
    std::array<char, 4096> piece;
    for (ssize_t got = 0; (got = read(file, piece.data(), piece.size())) > 0;)
        text.append(piece.data(), static_cast<std::size_t>(got));
    close(file);
    return text;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return std::nullopt;
    return value;
}

struct Stat {
    char state = 'Z';
    pid_t parent = 0;
    std::uint64_t started = 0;
};

/// proc(5), /proc/pid/stat: fields 3, 4 and 22. The name in field 2 may hold anything but ends at
/// the last ')'.
std::optional<Stat> stat_of(pid_t pid) {
    const std::string text = read_proc(pid, "stat");
    std::string_view rest = text;
    const std::size_t name_end = rest.rfind(')');
    if (name_end == std::string_view::npos || name_end + 2 >= rest.size()) return std::nullopt;
    rest.remove_prefix(name_end + 2);
    Stat result;
    result.state = rest[0];
    for (int field = 3; field <= 22 && !rest.empty(); ++field) {
        const auto value = parse_number(rest);
        if (field == 4 && value) result.parent = static_cast<pid_t>(*value);
        if (field == 22 && value) result.started = *value;
        const std::size_t blank = rest.find(' ');
        rest = blank == std::string_view::npos ? std::string_view{} : rest.substr(blank + 1);
    }
    return result;
}

/// The real user, from /proc/pid/status (the owner of /proc/pid is root's for some processes).
std::optional<uid_t> uid_of(pid_t pid) {
    const std::string text = read_proc(pid, "status");
    const std::size_t line = text.find("\nUid:\t");
    if (line == std::string::npos) return std::nullopt;
    const auto value = parse_number(std::string_view(text).substr(line + 6));
    if (!value) return std::nullopt;
    return static_cast<uid_t>(*value);
}

std::vector<pid_t> all_pids() {
    std::vector<pid_t> pids;
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc"), &closedir);
    if (!folder) return pids;
    while (const dirent* entry = readdir(folder.get())) {  // NOLINT(concurrency-mt-unsafe)
        const std::string_view name = entry->d_name;
        if (name[0] < '1' || name[0] > '9') continue;
        if (const auto pid = parse_number(name)) pids.push_back(static_cast<pid_t>(*pid));
    }
    return pids;
}

}  // namespace

std::optional<ProcessId> identify(pid_t pid) {
    const auto stat = stat_of(pid);
    if (!stat) return std::nullopt;
    if (stat->state == 'Z' || stat->state == 'X') {
        waitpid(pid, nullptr, WNOHANG);  // harmless when it is not our child
        return std::nullopt;
    }
    return ProcessId{pid, stat->started};
}

std::optional<ProcessInfo> inspect(pid_t pid) {
    const auto id = identify(pid);
    const auto stat = stat_of(pid);
    const auto uid = uid_of(pid);
    if (!id || !stat || !uid || stat->started != id->started) return std::nullopt;
    return ProcessInfo{*id, stat->parent, *uid, read_proc(pid, "cmdline")};
}

ProcessId identify_child(pid_t pid) {
    return {pid, stat_of(pid).value_or(Stat{}).started};
}

bool is_alive(const ProcessId& process) {
    return identify(process.pid) == process;
}

void send_signal(const ProcessId& process, int signal) {
    if (is_alive(process)) kill(process.pid, signal);
}

std::vector<ProcessInfo> processes_marked(std::string_view mark, uid_t uid) {
    std::vector<ProcessInfo> found;
    for (const pid_t pid : all_pids()) {
        if (pid == getpid() || read_proc(pid, "cmdline").find(mark) == std::string::npos) continue;
        auto process = inspect(pid);
        if (process && process->uid == uid) found.push_back(std::move(*process));
    }
    return found;
}

}  // namespace custodialbridge::app

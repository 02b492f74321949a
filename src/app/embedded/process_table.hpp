// The processes of this machine, as /proc shows them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace custodialbridge::app {

/// A process and when it was started, so that a number used again is not mistaken for it.
struct ProcessId {
    pid_t pid = 0;
    std::uint64_t started = 0;  ///< clock ticks since boot
    friend bool operator==(const ProcessId&, const ProcessId&) = default;
};

struct ProcessInfo {
    ProcessId id;
    pid_t parent = 0;
    uid_t uid = 0;
    std::string
        command_line;  ///< arguments, each ended by a NUL (or a title that the process gave itself)
    std::string program() const { return command_line.substr(0, command_line.find('\0')); }
};

/// Nothing when there is no such process or it has ended. A child of ours that ended is reaped.
std::optional<ProcessId> identify(pid_t pid);
std::optional<ProcessInfo> inspect(pid_t pid);

bool is_alive(const ProcessId& process);

/// When a child of ours was started, ended or not, as long as it is not reaped.
ProcessId identify_child(pid_t pid);

/// Sends a signal unless the process has ended.
void send_signal(const ProcessId& process, int signal);

/// The processes of user `uid` whose command line holds `mark`.
std::vector<ProcessInfo> processes_marked(std::string_view mark, uid_t uid);

}  // namespace custodialbridge::app

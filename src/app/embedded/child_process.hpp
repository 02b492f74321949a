// Starting a program: in its own session (a terminal's Ctrl-C does not reach it), as another user,
// with its output in a file and nothing of ours inherited.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/time.hpp"
#include "process_table.hpp"
#include "run_as.hpp"

namespace custodialbridge::app {

struct Command {
    std::filesystem::path program;       ///< absolute
    std::vector<std::string> arguments;  ///< without the program's name
    std::filesystem::path log;           ///< standard output and error are appended here
    RunAs run_as;
    bool die_with_us =
        false;  ///< killed when the thread that started it ends (it is waited for there)
};

/// Errors name the program and why it could not be run.
Result<ProcessId> start_process(const Command& command);

/// Runs to its end. `refused` with the end of its log when it fails; killed and `timed_out` after
/// `limit`, killed and `unavailable` when `interrupted` becomes true.
Result<void> run_to_end(Command command, Millis limit, const std::atomic<bool>& interrupted);

/// The last lines of what was written to a log after `offset`, as one line; for errors.
std::string log_tail(const std::filesystem::path& log, std::uintmax_t offset);

/// The size of a log, 0 when it is not there. A log above 16 MiB is first moved aside, to NAME.1.
std::uintmax_t begin_log(const std::filesystem::path& log);

}  // namespace custodialbridge::app

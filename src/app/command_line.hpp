/// The command line (CONTRACT: command line) as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace custodialbridge::app {

enum class Verb : std::uint8_t { run, check, migrate, import, resume, healthcheck, version };

struct CommandLine {
    Verb verb = Verb::version;
    std::string config;      ///< --config FILE
    bool connect = false;    ///< check --connect
    std::string rows;        ///< import wallets|tokens
    std::string file;        ///< import … FILE
    std::uint64_t chain = 0;       ///< resume --chain ID
    std::uint64_t from_block = 0;  ///< resume --from-block N
    std::string url;         ///< healthcheck --url URL
};

/// Either a command or the exit code of a finished conversation (help: 0, mistakes: 2), already
/// printed.
struct ParsedCommand {
    std::optional<CommandLine> command;
    int exit_code = 0;
};

ParsedCommand parse_command_line(int argc, const char* const* argv);

}  // namespace custodialbridge::app

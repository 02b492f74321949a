#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <iostream>
#include <limits>
#include <optional>
#include <string>

namespace custodialbridge::app {

namespace {

constexpr int kUsageError = 2;

/// Of the contract, and still to come.
constexpr std::array kPlanned{"status", "reconcile", "repair", "dead-letters"};

/// Numbers that fit the ledger; CLI11's own conversions take signs, and wrap.
std::string wrong_number(const std::string& text, std::uint64_t least) {
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc() && stopped == end && number >= least && number <= most) return "";
    return "must be a decimal number from " + std::to_string(least) + " to 2^63-1";
}

const CLI::Validator kId([](std::string& text) { return wrong_number(text, 1); }, "ID");
const CLI::Validator kBlock([](std::string& text) { return wrong_number(text, 0); }, "N");

/// What is wrong with the first word, if it is a verb that we do not have.
std::optional<std::string> wrong_verb(const CLI::App& cli, int argc, const char* const* argv) {
    if (argc < 2 || argv[1][0] == '-') return std::nullopt;
    const std::string word = argv[1];
    const auto is_it = [&](const CLI::App* verb) { return verb->get_name() == word; };
    if (!cli.get_subcommands(is_it).empty()) return std::nullopt;
    if (std::find(kPlanned.begin(), kPlanned.end(), word) != kPlanned.end())
        return "'" + word + "' is not available in this version yet";
    return "there is no command '" + word + "'";
}

void add_config(CLI::App& verb, CommandLine& command) {
    verb.add_option("--config", command.config, "Configuration file (YAML)")->required();
}

void add_import(CLI::App& import, const char* rows, const char* columns, CommandLine& command) {
    CLI::App* added = import.add_subcommand(rows, columns);
    added->callback([&command, rows] { command.rows = rows; });
    added->add_option("FILE", command.file, "CSV file; its first line names the columns")
        ->required();
    add_config(*added, command);
}

}  // namespace

ParsedCommand parse_command_line(int argc, const char* const* argv) {
    CLI::App cli("CustodialBridge: keeps a custodian's off-chain ledger true to EVM chains");
    cli.require_subcommand(1);
    CommandLine command;
    const auto verb = [&](const char* name, Verb value, const char* help) {
        CLI::App* added = cli.add_subcommand(name, help);
        added->callback([&command, value] { command.verb = value; });
        return added;
    };
    add_config(*verb("run", Verb::run, "Run the daemon in the foreground"), command);
    CLI::App* check = verb("check", Verb::check, "Validate a configuration");
    add_config(*check, command);
    check->add_flag("--connect", command.connect,
                    "Also probe the database, Redis and every RPC endpoint");
    add_config(*verb("migrate", Verb::migrate, "Apply database migrations and exit"), command);
    CLI::App* import = verb("import", Verb::import, "Load rows from a CSV file");
    import->require_subcommand(1);
    add_import(*import, "wallets",
               "Columns: user_id, chain_id, address, and is_deployed if you like", command);
    add_import(*import, "tokens",
               "Columns: chain_id, token_id, kind, symbol, sync_class, and decimals, address, "
               "realtime, mismatch_threshold if you like",
               command);
    CLI::App* resume = verb("resume", Verb::resume,
                            "Reverse a chain's ledger to a block and follow it again from there");
    add_config(*resume, command);
    resume->add_option("--chain", command.chain, "The chain's id")->required()->check(kId);
    resume->add_option("--from-block", command.from_block, "A block that ledger and chain share")
        ->required()
        ->check(kBlock);
    verb("healthcheck", Verb::healthcheck, "Ask a running daemon whether it is ready")
        ->add_option("--url", command.url, "Base URL of the API, e.g. http://127.0.0.1:8080")
        ->required();
    verb("version", Verb::version, "Print the version");
    if (const auto wrong = wrong_verb(cli, argc, argv)) {
        std::cerr << "custodialbridge: " << *wrong << " (see --help)\n";
        return {std::nullopt, kUsageError};
    }
    try {
        cli.parse(argc, argv);
    } catch (const CLI::Success& help) {
        cli.exit(help);
        return {std::nullopt, 0};
    } catch (const CLI::ParseError& mistake) {
        std::cerr << "custodialbridge: " << mistake.what() << " (see --help)\n";
        return {std::nullopt, kUsageError};
    }
    return {command, 0};
}

}  // namespace custodialbridge::app

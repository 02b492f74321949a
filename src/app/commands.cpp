#include <iostream>

#include "application.hpp"
#include "check_command.hpp"
#include "command_line.hpp"
#include "custodialbridge/api/ask_ready.hpp"
#include "custodialbridge/api/http_server.hpp"
#include "custodialbridge/app/run_command.hpp"
#include "custodialbridge/config/load_settings.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/store/make_postgres.hpp"
#include "custodialbridge/telemetry/log.hpp"
#include "import_command.hpp"
#include "resume_command.hpp"
#include "services.hpp"

namespace custodialbridge::app {

namespace {

enum ExitCode : int { kDone = 0, kFailed = 1, kWrong = 2 };

constexpr Millis kMigrationPatience{600'000};
constexpr Millis kHealthPatience{3'000};

int fail(const Error& error) {
    std::cerr << "custodialbridge: " << error.message() << '\n';
    return error.code() == Errc::invalid ? kWrong : kFailed;
}

int migrate_command(const config::Settings& settings) {
    const auto services = Services::attach(settings, "migrate", Services::Wants::database);
    if (!services) return fail(services.error());
    runtime::SystemClock clock;
    const auto applied =
        store::migrate((*services)->database(), clock,
                       runtime::Deadline::after(clock, kMigrationPatience));
    if (!applied) return fail(applied.error());
    for (const std::string& name : *applied) std::cout << "applied " << name << '\n';
    if (applied->empty()) std::cout << "nothing to apply\n";
    return kDone;
}

int healthcheck_command(const std::string& url) {
    const auto ready = api::ask_ready(url, kHealthPatience);
    if (!ready) return fail(ready.error());
    std::cout << "ready\n";
    return kDone;
}

/// What only those who will use a setting can tell of it.
Result<void> validate(const config::Settings& settings) {
    if (settings.database_mode != config::ServiceMode::embedded)
        CB_CHECKED(store::validate(settings.database));
    return {};
}

int with_settings(const CommandLine& command) {
    const LoadAgain load = [file = command.config] {
        return config::load_settings(file, config::process_environment());
    };
    const auto loaded = load();
    if (!loaded) {
        for (const config::Problem& problem : loaded.error())
            std::cerr << "custodialbridge: " << config::to_string(problem) << '\n';
        return kWrong;
    }
    telemetry::set_log_level(loaded->telemetry.level);
    telemetry::set_log_format(loaded->telemetry.format);
    if (const auto usable = validate(*loaded); !usable) return fail(usable.error());
    switch (command.verb) {
        case Verb::migrate: return migrate_command(*loaded);
        case Verb::import: return import_command(*loaded, command.rows, command.file);
        case Verb::resume:
            return resume_command(*loaded, ChainId{command.chain},
                                  BlockNumber{command.from_block});
        default: break;
    }
    if (const auto usable = api::validate(loaded->api); !usable) return fail(usable.error());
    if (command.verb == Verb::check) return check_command(*loaded, command.connect);
    const auto ran = run_daemon(*loaded, load);
    return ran ? kDone : fail(ran.error());
}

}  // namespace

int run_command(int argc, const char* const* argv) {
    const ParsedCommand parsed = parse_command_line(argc, argv);
    if (!parsed.command) return parsed.exit_code;
    try {
        switch (parsed.command->verb) {
            case Verb::version:
                std::cout << "custodialbridge " << CB_VERSION << '\n';
                return kDone;
            case Verb::healthcheck: return healthcheck_command(parsed.command->url);
            default: return with_settings(*parsed.command);
        }
    } catch (const std::exception& failure) {
        std::cerr << "custodialbridge: " << failure.what() << '\n';
        return kFailed;
    }
}

}  // namespace custodialbridge::app

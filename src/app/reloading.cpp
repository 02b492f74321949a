#include "reloading.hpp"

#include <string>
#include <string_view>

#include "custodialbridge/config/reload.hpp"
#include "custodialbridge/telemetry/log.hpp"

namespace custodialbridge::app {
namespace {

using telemetry::log;
using telemetry::LogLevel;

std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
    std::string all;
    for (const std::string& text : texts) {
        if (!all.empty()) all.append(separator);
        all.append(text);
    }
    return all;
}

std::string text_of(const config::Problems& problems) {
    std::vector<std::string> texts;
    for (const config::Problem& problem : problems) texts.push_back(config::to_string(problem));
    return joined(texts, "; ");
}

}  // namespace

runtime::Task<void> Reloading::reload(runtime::BlockingPool& pool) {
    auto read = co_await pool.run(
        [this]() -> Result<config::LoadedSettings> { return load_(); });  // from a disk
    if (!read) {
        log(LogLevel::error, "configuration not reloaded, the one before stays in force",
            {{"error", read.error()}});
    } else if (!*read) {
        log(LogLevel::error, "configuration not reloaded, the one before stays in force",
            {{"problems", text_of(read->error())}});
    } else {
        take_over(**read);
    }
}

void Reloading::take_over(const config::Settings& next) {
    config::Reload change = config::reload(in_force_, next);
    in_force_ = std::move(change.settings);
    if (!change.taken.empty())
        for (const Reloadable& part : parts_) part(in_force_);
    const bool waits = !change.left.empty();
    log(waits ? LogLevel::warn : LogLevel::info, "configuration reloaded",
        {{"changed", joined(change.taken, ", ")},
         {"needs_restart", joined(change.left, ", ")}});
}

}  // namespace custodialbridge::app

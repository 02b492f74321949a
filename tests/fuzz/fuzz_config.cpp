// Configurations: settings, or mistakes that have a message and a place in the text.
#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "custodialbridge/config/load_settings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace custodialbridge::config;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Environment environment = [](const std::string& name) {
        return name == "NAME" ? std::optional<std::string>("value") : std::nullopt;
    };
    const auto loaded = load_settings_text(text, "some.yaml", environment);
    if (loaded) return 0;
    if (loaded.error().empty()) std::abort();
    const auto lines = 1 + std::count(text.begin(), text.end(), '\n') +
                       std::count(text.begin(), text.end(), '\r');
    for (const Problem& problem : loaded.error())
        if (problem.message.empty() || problem.line > lines) std::abort();
    return 0;
}

/// Short ways to load a text in a test.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "custodialbridge/config/load_settings.hpp"

namespace custodialbridge::config {

inline const std::string kOneChain =
    "chains:\n"
    "  - chain_id: 1\n"
    "    rpc: [{http: \"http://127.0.0.1:8545\"}]\n";

inline Environment environment_of(std::map<std::string, std::string> variables) {
    return
        [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            if (found == variables.end()) return std::nullopt;
            return found->second;
        };
}

inline LoadedSettings load(const std::string& text,
                           std::map<std::string, std::string> variables = {}) {
    return load_settings_text(text, "f.yaml", environment_of(std::move(variables)));
}

/// The problems as they are printed; empty when there are none.
inline std::vector<std::string> problems_of(const std::string& text,
                                            std::map<std::string, std::string> variables = {}) {
    const LoadedSettings loaded = load(text, std::move(variables));
    std::vector<std::string> lines;
    if (loaded.has_error())
        for (const Problem& problem : loaded.error()) lines.push_back(to_string(problem));
    return lines;
}

}  // namespace custodialbridge::config

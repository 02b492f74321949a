/// YAML text → Settings, or every mistake in it at once.
#pragma once

#include <boost/system/result.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custodialbridge/config/settings.hpp"

namespace custodialbridge::config {

/// One mistake. Never holds the value of an environment variable, of a URL or of a secret.
struct Problem {
    std::string file;
    unsigned line = 0;    ///< from 1; 0: the file as a whole
    unsigned column = 0;  ///< from 1, in characters
    std::string path;     ///< the key, for example "chains[0].tokens[2].address"; may be empty
    std::string message;
    friend bool operator==(const Problem&, const Problem&) = default;
};

/// "file:line:column: path: message", without the parts that are empty.
std::string to_string(const Problem& problem);

/// In the order of the file; never empty.
using Problems = std::vector<Problem>;

using LoadedSettings = boost::system::result<Settings, Problems>;

[[noreturn]] void throw_exception_from_error(const Problems& problems,
                                             const boost::source_location& at);

/// The value of an environment variable, or nothing when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The process's own; call before threads are made that change it.
Environment process_environment();

/// Reads at most 1 MiB of YAML: one document, without aliases, merge keys and tags. `${NAME}` in a
/// value is replaced from `environment`; `$${` stands for a literal `${`. Never throws on bad
/// input.
LoadedSettings load_settings(const std::filesystem::path& file, const Environment& environment);

/// The same from text; `name` stands for the file in problems.
LoadedSettings load_settings_text(std::string_view text, const std::string& name,
                                  const Environment& environment);

}  // namespace custodialbridge::config

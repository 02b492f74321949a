#include "postgres_programs.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <system_error>
#include <vector>

namespace custodialbridge::app {
namespace {

namespace fs = std::filesystem;

constexpr int kOldestVersion = 13;

bool has_programs(const fs::path& folder) {
    return access((folder / "initdb").c_str(), X_OK) == 0 &&
           access((folder / "postgres").c_str(), X_OK) == 0;
}

std::optional<int> parse_version(std::string_view text) {
    int version = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (error != std::errc{}) return std::nullopt;
    return version;
}

/// Debian's layout: one folder a major version.
std::optional<fs::path> find_installed(std::optional<int> wanted) {
    std::vector<std::pair<int, fs::path>> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", error)) {
        const auto version = parse_version(entry.path().filename().string());
        const fs::path folder = entry.path() / "bin";
        if (!version || *version < kOldestVersion || !has_programs(folder)) continue;
        if (!wanted || *version == *wanted) found.emplace_back(*version, folder);
    }
    const auto newest = std::max_element(found.begin(), found.end());
    if (newest == found.end()) return std::nullopt;
    return newest->second;
}

/// Where the `postgres` of PATH really is, unless its place says that it is another version.
std::optional<fs::path> find_of_path(std::optional<int> wanted) {
    const auto server = find_in_path("postgres");
    if (!server) return std::nullopt;
    std::error_code error;
    const fs::path folder = fs::canonical(*server, error).parent_path();
    if (error || !has_programs(folder)) return std::nullopt;
    const auto version = parse_version(folder.parent_path().filename().string());
    if (wanted && version && *version != *wanted) return std::nullopt;
    return folder;
}

}  // namespace

std::optional<fs::path> find_in_path(const std::string& program) {
    const char* const path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe)
    std::string_view rest = path == nullptr ? "/usr/bin:/bin:/usr/local/bin" : path;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(':'), rest.size());
        const fs::path found = fs::path(rest.substr(0, end)) / program;
        if (found.is_absolute() && access(found.c_str(), X_OK) == 0) return found;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return std::nullopt;
}

std::optional<int> version_of_cluster(const fs::path& cluster) {
    std::ifstream file(cluster / "PG_VERSION");
    std::string line;
    if (!std::getline(file, line)) return std::nullopt;
    return parse_version(line);
}

Result<fs::path> find_postgres_programs(std::optional<int> made_by) {
    if (const char* const folder =
            std::getenv("CB_POSTGRES_BIN")) {  // NOLINT(concurrency-mt-unsafe)
        if (has_programs(folder)) return fs::path(folder);
        return Error{Errc::not_found, std::string("CB_POSTGRES_BIN is ") + folder +
                                          ", but there are no initdb and postgres there"};
    }
    if (auto folder = find_installed(made_by)) return *folder;
    if (auto folder = find_of_path(made_by)) return *folder;
    if (made_by)
        return Error{Errc::not_found, "the embedded database was made by PostgreSQL " +
                                          std::to_string(*made_by) +
                                          ", which is not installed here"};
    return Error{Errc::not_found,
                 "database.url is embedded, but PostgreSQL (13 or later) is not "
                 "installed here; set CB_POSTGRES_BIN to where it is"};
}

}  // namespace custodialbridge::app

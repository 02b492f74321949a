#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "source_tree.hpp"

namespace custodialbridge::architecture {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Library {
    std::string_view headers;  ///< how its includes begin
    std::vector<std::string_view>
        modules;  ///< whose sources may include it; public headers never may
};

// A library is seen by the modules that own it: changing it is work in one room.
const std::vector<Library> kLibraries{
    {"pqxx/", {"store"}},
    {"libpq", {"store"}},
    {"postgresql/", {"store"}},
    {"hiredis", {"cache"}},
    {"yaml-cpp/", {"config"}},
    {"prometheus/", {"telemetry"}},
    {"spdlog/", {"telemetry"}},
    {"CLI/", {"app"}},
    {"cryptopp/", {"core"}},
    {"boost/beast", {"rpc", "api"}},
    {"nlohmann/", {"telemetry", "rpc", "store", "cache", "sync", "api", "config", "app"}},
    {"simdjson", {"telemetry", "rpc", "store", "cache", "sync", "api", "config", "app"}},
};

// Coroutines and TLS may show in a public header, but core and rules are pure.
const std::vector<std::string_view> kNotInPureModules{"boost/asio", "openssl/", "boost/url"};

// The one public header through which the others log.
constexpr std::string_view kLogHeader = "include/custodialbridge/telemetry/log.hpp";

bool is_pure(std::string_view module) {
    return module == "core" || module == "rules";
}

bool is_allowed(const Library& library, const SourceFile& file) {
    if (library.headers == "spdlog/" && file.path == kLogHeader) return true;
    if (is_public_header(file.path)) return false;
    const auto& modules = library.modules;
    return std::find(modules.begin(), modules.end(), module_of(file.path)) != modules.end();
}

/// Includes of libraries stay with their owners and out of public headers.
Findings check_libraries(const SourceFile& file) {
    const std::string_view module = module_of(file.path);
    if (module.empty() || !is_cpp(file.path)) return {};
    Findings findings;
    for (const Include& include : includes_of(file.text)) {
        const auto begins = [&](std::string_view headers) {
            return include.target.starts_with(headers);
        };
        const bool misplaced =
            std::any_of(kLibraries.begin(), kLibraries.end(), [&](const Library& library) {
                return begins(library.headers) && !is_allowed(library, file);
            });
        const bool impure = is_pure(module) &&
                            std::any_of(kNotInPureModules.begin(), kNotInPureModules.end(), begins);
        if (!misplaced && !impure) continue;
        const std::string where =
            is_public_header(file.path) ? "a public header" : std::string(module);
        findings.push_back(
            {file.path, include.line, where + " may not include " + std::string(include.target)});
    }
    return findings;
}

/// Time is an argument of core and rules.
Findings check_clocks(const SourceFile& file) {
    if (!is_pure(module_of(file.path)) || !is_cpp(file.path)) return {};
    Findings findings;
    const auto lines = lines_of(file.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        for (const std::string_view word : {"_clock::now", "sleep_for", "sleep_until"}) {
            if (lines[i].find(word) == std::string_view::npos) continue;
            findings.push_back(
                {file.path, i + 1, "time is an argument here: " + std::string(word)});
        }
    }
    return findings;
}

TEST(Libraries, AreSeenByTheirOwnersOnly) {
    const auto files = read_folders({"include", "src"});
    ASSERT_GT(files.size(), 20u);
    const Findings findings = run_check(check_libraries, files);
    EXPECT_TRUE(findings.empty()) << describe(findings);
}

TEST(Clocks, AreNotReadByPureModules) {
    const Findings findings = run_check(check_clocks, read_folders({"include", "src"}));
    EXPECT_TRUE(findings.empty()) << describe(findings);
}

TEST(LibrariesCheck, FindsALibraryOutsideOfItsModule) {
    EXPECT_THAT(check_libraries({"src/ledger/a.cpp", "#include <string>\n#include <pqxx/pqxx>\n"}),
                ElementsAre(Finding{"src/ledger/a.cpp", 2, "ledger may not include pqxx/pqxx"}));
    for (const char* header :
         {"libpq-fe.h", "postgresql/libpq-fe.h", "hiredis/async.h", "yaml-cpp/yaml.h",
          "prometheus/registry.h", "spdlog/spdlog.h", "CLI/CLI.hpp", "cryptopp/keccak.h",
          "boost/beast.hpp", "nlohmann/json.hpp", "simdjson.h"}) {
        const std::string text = "#include <" + std::string(header) + ">\n";
        EXPECT_EQ(check_libraries({"src/ledger/a.cpp", text}).size(), 1u) << header;
    }
}

TEST(LibrariesCheck, FindsALibraryInAPublicHeaderEvenOfItsOwner) {
    EXPECT_THAT(check_libraries({"include/custodialbridge/store/a.hpp", "#include <pqxx/pqxx>\n"}),
                ElementsAre(Finding{"include/custodialbridge/store/a.hpp", 1,
                                    "a public header may not include pqxx/pqxx"}));
    for (const char* header : {"nlohmann/json_fwd.hpp", "simdjson.h", "spdlog/spdlog.h"}) {
        const std::string text = "#include <" + std::string(header) + ">\n";
        EXPECT_EQ(check_libraries({"include/custodialbridge/rpc/a.hpp", text}).size(), 1u)
            << header;
    }
}

TEST(LibrariesCheck, FindsAsioInAPureModule) {
    EXPECT_EQ(check_libraries({"src/rules/a.cpp", "#include <boost/asio/io_context.hpp>\n"}).size(),
              1u);
    EXPECT_EQ(check_libraries({"src/core/a.cpp", "#include <openssl/sha.h>\n"}).size(), 1u);
}

TEST(LibrariesCheck, AllowsOwners) {
    EXPECT_THAT(check_libraries({"src/store/a.cpp", "#include <pqxx/pqxx>\n"}), IsEmpty());
    EXPECT_THAT(check_libraries({"src/store/rows.hpp", "#include <libpq-fe.h>\n"}), IsEmpty());
    EXPECT_THAT(check_libraries({"src/main.cpp", "#include <CLI/CLI.hpp>\n"}), IsEmpty());
    EXPECT_THAT(check_libraries({std::string(kLogHeader), "#include <spdlog/spdlog.h>\n"}),
                IsEmpty());
    EXPECT_THAT(check_libraries({"tests/integration/a.cpp", "#include <pqxx/pqxx>\n"}), IsEmpty());
}

TEST(ClocksCheck, FindsAClockInAPureModule) {
    EXPECT_THAT(
        check_clocks({"src/rules/a.cpp", "\nauto t = std::chrono::system_clock::now();\n"}),
        ElementsAre(Finding{"src/rules/a.cpp", 2, "time is an argument here: _clock::now"}));
    EXPECT_THAT(check_clocks({"src/runtime/a.cpp", "auto t = steady_clock::now();\n"}), IsEmpty());
}

}  // namespace
}  // namespace custodialbridge::architecture

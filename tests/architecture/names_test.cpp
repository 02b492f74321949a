#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "source_tree.hpp"

namespace custodialbridge::architecture {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A file with such a name is not yet named: it says nothing about what belongs in it.
constexpr std::array<std::string_view, 9> kEmptyNames{
    "util", "utils", "common", "helper", "helpers", "manager", "managers", "misc", "stuff"};

bool is_separator(char letter) {
    return letter == '/' || letter == '_' || letter == '-' || letter == '.';
}

bool is_snake_case(std::string_view name) {
    return std::all_of(name.begin(), name.end(), [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
               letter == '_' || letter == '.';
    });
}

/// Every word of a path says something, and C++ files are in snake_case.
Findings check_names(const SourceFile& file) {
    Findings findings;
    const std::string_view path = file.path;
    for (auto at = path.begin(); at != path.end();) {
        const auto end = std::find_if(at, path.end(), is_separator);
        const std::string word(at, end);
        if (std::find(kEmptyNames.begin(), kEmptyNames.end(), word) != kEmptyNames.end()) {
            findings.push_back({file.path, 0, "a name that says nothing: " + word});
        }
        at = end == path.end() ? end : end + 1;
    }
    const std::string_view name = path.substr(path.rfind('/') + 1);
    if (is_cpp(path) && !is_snake_case(name)) {
        findings.push_back({file.path, 0, "a C++ file's name is in snake_case"});
    }
    return findings;
}

TEST(Names, SaySomething) {
    const auto files = read_folders({"include", "src", "tests", "config", "docker"});
    ASSERT_GT(files.size(), 20u);
    const Findings findings = run_check(check_names, files);
    EXPECT_TRUE(findings.empty()) << describe(findings);
}

TEST(Rooms, HaveAReadme) {
    std::set<std::string> modules, described;
    for (const SourceFile& file : read_folders({"src"})) {
        const std::string module(module_of(file.path));
        if (module.empty() || file.path == "src/main.cpp") continue;
        modules.insert(module);
        if (file.path == "src/" + module + "/README.md") described.insert(module);
    }
    ASSERT_TRUE(modules.contains("core"));
    EXPECT_EQ(described, modules);
}

TEST(NamesCheck, FindsNamesThatSayNothing) {
    EXPECT_THAT(check_names({"src/rpc/utils.cpp", ""}),
                ElementsAre(Finding{"src/rpc/utils.cpp", 0, "a name that says nothing: utils"}));
    for (const char* path : {"src/rpc/string_util.hpp", "include/common/a.hpp", "tests/helpers.cpp",
                             "src/sync/manager_of_things.cpp", "config/misc-notes.md"}) {
        EXPECT_EQ(check_names({path, ""}).size(), 1u) << path;
    }
}

TEST(NamesCheck, FindsCppFilesThatAreNotInSnakeCase) {
    EXPECT_EQ(check_names({"src/rpc/RpcClient.cpp", ""}).size(), 1u);
    EXPECT_EQ(check_names({"src/rpc/rpc-client.hpp", ""}).size(), 1u);
}

TEST(NamesCheck, AllowsTheRest) {
    for (const char* path : {"src/core/token_registry.cpp", "src/core/README.md",
                             "tests/support/utility_token.hpp", "src/store/commonwealth.cpp"}) {
        EXPECT_THAT(check_names({path, ""}), IsEmpty()) << path;
    }
}

}  // namespace
}  // namespace custodialbridge::architecture

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

#include "source_tree.hpp"

namespace custodialbridge::architecture {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Written in two pieces, so that this file does not hold them itself.
constexpr std::array<std::string_view, 3> kMachinePaths{
    "/wo"
    "rk/",
    "/ro"
    "ot/",
    "/ho"
    "me/"};
constexpr std::array<std::string_view, 4> kUnfinished{
    "TO"
    "DO",
    "FIX"
    "ME",
    "HA"
    "CK",
    "XX"
    "X"};

bool is_word_letter(char letter) {
    return (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
           (letter >= '0' && letter <= '9') || letter == '_';
}

bool has_word(std::string_view line, std::string_view word) {
    for (auto at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
        const auto end = at + word.size();
        const bool starts = at == 0 || !is_word_letter(line[at - 1]);
        if (starts && (end == line.size() || !is_word_letter(line[end]))) return true;
    }
    return false;
}

/// No path of one developer's machine, and nothing left for later in a comment: that is an issue.
Findings check_words(const SourceFile& file) {
    Findings findings;
    const auto lines = lines_of(file.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        for (const std::string_view path : kMachinePaths) {
            if (lines[i].find(path) == std::string_view::npos) continue;
            findings.push_back({file.path, i + 1, "a path of one machine: " + std::string(path)});
        }
        for (const std::string_view word : kUnfinished) {
            if (!has_word(lines[i], word)) continue;
            findings.push_back({file.path, i + 1, "unfinished: " + std::string(word)});
        }
    }
    return findings;
}

TEST(Words, NameNoMachineAndLeaveNothingForLater) {
    auto files = read_folders({"include", "src", "tests", "config", "docker", ".ci"});
    ASSERT_GT(files.size(), 20u);
    auto top = read_top_level();
    ASSERT_FALSE(top.empty());
    std::move(top.begin(), top.end(), std::back_inserter(files));
    const Findings findings = run_check(check_words, files);
    EXPECT_TRUE(findings.empty()) << describe(findings);
}

TEST(WordsCheck, FindsThePathsOfAMachine) {
    const std::string line = "log to " + std::string(kMachinePaths[0]) + "log\n";
    EXPECT_THAT(check_words({"src/a.cpp", "first\n" + line}),
                ElementsAre(Finding{"src/a.cpp", 2,
                                    "a path of one machine: " + std::string(kMachinePaths[0])}));
    for (const std::string_view path : kMachinePaths) {
        EXPECT_EQ(check_words({"README.md", std::string(path)}).size(), 1u) << path;
    }
}

TEST(WordsCheck, FindsWhatIsLeftForLater) {
    for (const std::string_view word : kUnfinished) {
        EXPECT_EQ(check_words({"a.sql", "-- " + std::string(word) + ": later"}).size(), 1u) << word;
        EXPECT_EQ(check_words({"a.cpp", "//" + std::string(word)}).size(), 1u) << word;
    }
}

TEST(WordsCheck, AllowsLongerWordsThatHoldThem) {
    EXPECT_THAT(check_words({"a.cpp", "k" + std::string(kUnfinished[0]) + "s mkstemp-" +
                                          std::string(kUnfinished[3]) + "X framework/ network"}),
                IsEmpty());
}

}  // namespace
}  // namespace custodialbridge::architecture

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "source_tree.hpp"

namespace custodialbridge::architecture {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kSourceLinesMax = 400;
constexpr std::size_t kPublicHeaderLinesMax = 200;
constexpr std::size_t kColumnsMax = 100;

/// Characters, not bytes: UTF-8's continuation bytes take no column.
std::size_t columns_of(std::string_view line) {
    return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
    }));
}

/// Files and lines of C++ stay small enough to be read at once.
Findings check_sizes(const SourceFile& file) {
    if (!is_cpp(file.path)) return {};
    Findings findings;
    const auto lines = lines_of(file.text);
    const auto most = is_public_header(file.path) ? kPublicHeaderLinesMax : kSourceLinesMax;
    if (lines.size() > most) {
        findings.push_back(
            {file.path, lines.size(), "more than " + std::to_string(most) + " lines"});
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::size_t columns = columns_of(lines[i]);
        if (columns <= kColumnsMax) continue;
        findings.push_back(
            {file.path, i + 1,
             std::to_string(columns) + " columns, more than " + std::to_string(kColumnsMax)});
    }
    return findings;
}

TEST(Sizes, StaySmall) {
    const auto files = read_folders({"include", "src", "tests"});
    ASSERT_GT(files.size(), 20u);
    const Findings findings = run_check(check_sizes, files);
    EXPECT_TRUE(findings.empty()) << describe(findings);
}

std::string lines(std::size_t count) {
    return std::string(count, '\n');
}

TEST(SizesCheck, FindsALongSourceAndALongPublicHeader) {
    EXPECT_THAT(check_sizes({"src/core/a.cpp", lines(401)}),
                ElementsAre(Finding{"src/core/a.cpp", 401, "more than 400 lines"}));
    EXPECT_THAT(
        check_sizes({"include/custodialbridge/core/a.hpp", lines(201)}),
        ElementsAre(Finding{"include/custodialbridge/core/a.hpp", 201, "more than 200 lines"}));
    EXPECT_EQ(check_sizes({"tests/unit/core/a_test.cpp", lines(401)}).size(), 1u);
}

TEST(SizesCheck, FindsALongLine) {
    EXPECT_THAT(check_sizes({"src/core/a.cpp", "int a;\n" + std::string(101, 'x')}),
                ElementsAre(Finding{"src/core/a.cpp", 2, "101 columns, more than 100"}));
}

TEST(SizesCheck, AllowsTheLargest) {
    EXPECT_THAT(check_sizes({"src/core/a.cpp", lines(400)}), IsEmpty());
    EXPECT_THAT(check_sizes({"src/core/private.hpp", lines(400)}), IsEmpty());
    EXPECT_THAT(check_sizes({"include/custodialbridge/core/a.hpp", lines(200)}), IsEmpty());
    EXPECT_THAT(check_sizes({"src/core/a.cpp", std::string(100, 'x') + "\n"}), IsEmpty());
    EXPECT_THAT(check_sizes({"src/core/README.md", std::string(500, 'x')}), IsEmpty());
}

TEST(SizesCheck, CountsCharactersAndNotBytes) {
    EXPECT_THAT(check_sizes({"src/core/a.cpp", std::string(99, 'x') + "…\n"}), IsEmpty());
    EXPECT_EQ(check_sizes({"src/core/a.cpp", std::string(100, 'x') + "…\n"}).size(), 1u);
}

}  // namespace
}  // namespace custodialbridge::architecture

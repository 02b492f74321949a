#include "csv_file.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace custodialbridge::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::array kColumns{CsvColumn{"user"}, CsvColumn{"age"}, CsvColumn{"note", false}};

class CsvFileTest : public ::testing::Test {
  protected:
    CsvFileTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "csv-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
    }
    ~CsvFileTest() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& text) {
        const std::string path = (folder_ / "some.csv").string();
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }

    /// All rows as "line: a|b|c", then what went wrong.
    std::vector<std::string> rows(const std::string& text) {
        std::vector<std::string> all;
        const auto file = CsvFile::open(write(text), kColumns);
        if (!file) return {name_of(file.error())};
        for (;;) {
            const auto row = (*file)->next();
            if (!row) all.push_back(name_of(row.error()));
            if (!row || !*row) return all;
            std::string said = std::to_string((*row)->line) + ": ";
            for (const std::string& field : (*row)->fields)
                said += (said.back() == ' ' ? "" : "|") + field;
            all.push_back(said);
        }
    }

    /// Without the folder.
    std::string name_of(const Error& error) const {
        const std::string text = error.message();
        const std::string folder = folder_.string() + "/";
        return text.starts_with(folder) ? text.substr(folder.size()) : text;
    }

  private:
    std::filesystem::path folder_;
};

TEST_F(CsvFileTest, ReadsRowsByTheNamesOfTheFirstLine) {
    EXPECT_THAT(rows("age,user\n7,alice\n8,bob\n"), ElementsAre("2: alice|7|", "3: bob|8|"));
    EXPECT_THAT(rows("user,age,note\nalice,7,x\n"), ElementsAre("2: alice|7|x"));
}

TEST_F(CsvFileTest, TakesEveryKindOfLineEndAndAMark) {
    EXPECT_THAT(rows("\xef\xbb\xbfuser,age\r\nalice,7\r\n\r\n\nbob,8"),
                ElementsAre("2: alice|7|", "5: bob|8|"));
}

TEST_F(CsvFileTest, TakesQuotedFields) {
    EXPECT_THAT(rows("user,age\n\"a,b\",\"7\"\n\"two\nlines\",8\n\"say \"\"hi\"\"\",9\n"),
                ElementsAre("2: a,b|7|", "3: two\nlines|8|", "5: say \"hi\"|9|"));
}

TEST_F(CsvFileTest, NamesTheLineOfARowWithOtherFields) {
    EXPECT_THAT(rows("user,age\nalice,7\nbob\n"),
                ElementsAre("2: alice|7|",
                            "some.csv:3: has 1 fields, the first line names 2"));
}

TEST_F(CsvFileTest, NamesTheLineOfABrokenQuote) {
    EXPECT_THAT(rows("user,age\nal\"ice,7\n"), ElementsAre(HasSubstr("some.csv:2: a quote")));
    EXPECT_THAT(rows("user,age\nbob,8\n\"alice,7\n\n"),
                ElementsAre("2: bob|8|", "some.csv:3: a quoted field does not end"));
}

TEST_F(CsvFileTest, RefusesWhatItsFirstLineLacksOrHasTooMuch) {
    EXPECT_THAT(rows(""), ElementsAre(HasSubstr("some.csv:1: is empty")));
    EXPECT_THAT(rows("user\n"), ElementsAre("some.csv:1: column 'age' is missing"));
    EXPECT_THAT(rows("user,age,age\n"), ElementsAre("some.csv:1: column 'age' is there twice"));
    EXPECT_THAT(rows("user,aeg\n"),
                ElementsAre("some.csv:1: unknown column 'aeg'; there are user, age, note"));
}

TEST_F(CsvFileTest, RefusesWhatIsTooLongOrNoText) {
    EXPECT_THAT(rows("user,age\n" + std::string(70'000, 'a') + ",7\n"),
                ElementsAre("some.csv:2: is longer than 64 KiB"));
    EXPECT_THAT(rows("user,age\n\"" + std::string(40'000, 'a') + "\n" + std::string(40'000, 'b')),
                ElementsAre("some.csv:2: is longer than 64 KiB"));
    EXPECT_THAT(rows(std::string("user,age\nal\0ice,7\n", 18)),
                ElementsAre("some.csv:2: has a NUL byte"));
}

TEST_F(CsvFileTest, SaysWhenAFileCannotBeRead) {
    const auto file = CsvFile::open("/nowhere/at-all.csv", kColumns);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code(), Errc::not_found);
}

}  // namespace
}  // namespace custodialbridge::app

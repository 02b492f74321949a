#include "migrations.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace custodialbridge::store {
namespace {

TEST(Migrations, AreNumberedFromOneWithoutGaps) {
    int expected = 0;
    for (const Migration& migration : migrations()) {
        EXPECT_EQ(migration.version, ++expected);
        EXPECT_EQ(std::stoi(std::string(migration.name).substr(0, 4)), expected);
    }
    EXPECT_GT(expected, 0);
}

TEST(Migrations, EveryFileIsEmbeddedWordForWord) {
    const std::filesystem::path folder = CB_SOURCE_DIR "/src/store/migrations";
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        files += entry.path().extension() == ".sql";
    EXPECT_EQ(migrations().size(), files);
    for (const Migration& migration : migrations()) {
        std::ifstream file(folder / (std::string(migration.name) + ".sql"));
        EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), migration.sql)
            << migration.name;
    }
}

}  // namespace
}  // namespace custodialbridge::store

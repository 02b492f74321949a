#include "custodialbridge/telemetry/log.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

#include "log_line.hpp"

namespace custodialbridge::telemetry {
namespace {

using nlohmann::json;

constexpr Time kTime{std::chrono::seconds(1705314600)};  // 2024-01-15T10:30:00Z

std::string as_json(std::string_view message, std::initializer_list<Field> fields = {}) {
    return json_line({kTime, LogLevel::warn, message, {fields.begin(), fields.size()}});
}

std::string as_text(std::string_view message, std::initializer_list<Field> fields = {}) {
    return text_line({kTime, LogLevel::warn, message, {fields.begin(), fields.size()}});
}

TEST(LogLine, JsonCarriesTimeLevelMessageAndFieldsInOrder) {
    EXPECT_EQ(as_json("block applied", {{"chain_id", 31337}, {"hash", "0xab"}, {"full", true}}),
              R"({"time":"2024-01-15T10:30:00Z","level":"warn","message":"block applied",)"
              R"("chain_id":31337,"hash":"0xab","full":true})");
}

TEST(LogLine, AnErrorIsAFieldWithItsMessage) {
    const auto line = json::parse(as_json("failed", {{"error", Error(Errc::limited, "too many")}}));
    EXPECT_EQ(line["error"], "too many");
}

TEST(LogLine, JsonOfAnyBytesParsesAndGivesBackWhatWasValid) {
    std::string every_control;
    for (char c = 1; c < 0x20; ++c) every_control += c;
    every_control += std::string("\0\x7f\"\\/", 5);
    const auto line = json::parse(as_json(every_control, {{"a\"b", every_control}}));
    EXPECT_EQ(line["message"], every_control);
    EXPECT_EQ(line["a\"b"], every_control);
}

TEST(LogLine, ValidUtf8PassesAndEveryOtherByteIsReplaced) {
    const std::string valid = "é€😀\xED\x9F\xBF\xF4\x8F\xBF\xBF";
    EXPECT_EQ(json::parse(as_json(valid))["message"], valid);
    for (const std::string bad : {"\xFF", "\xC0\xAF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                                  "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xE2\x82", "\x80"}) {
        std::string expected = "a";
        for (std::size_t i = 0; i < bad.size(); ++i) expected += "\xEF\xBF\xBD";
        EXPECT_EQ(json::parse(as_json("a" + bad + "z"))["message"], expected + "z");
    }
}

TEST(LogLine, TextQuotesOnlyTheValuesThatNeedIt) {
    EXPECT_EQ(as_text("block applied", {{"n", 7}, {"hash", "0xab"}, {"why", "no time left"}}),
              R"(2024-01-15T10:30:00Z warn block applied n=7 hash=0xab why="no time left")");
    EXPECT_EQ(as_text("m", {{"empty", ""}, {"eq", "a=b"}, {"quote", "a\"b"}}),
              R"(2024-01-15T10:30:00Z warn m empty="" eq="a=b" quote="a\"b")");
}

TEST(LogLine, NoValueCanForgeASecondLine) {
    const Field forged("user", "u1\n2024-01-15T10:30:00Z error forged");
    for (const auto& line : {as_text("a\r\nb", {forged}), as_json("a\r\nb", {forged})})
        EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos) << line;
}

class Log : public testing::Test {
  protected:
    void TearDown() override {
        set_log_level(LogLevel::info);
        set_log_format(LogFormat::json);
    }

    template <class Body>
    std::vector<std::string> lines_of(Body body) {
        testing::internal::CaptureStderr();
        body();
        std::istringstream captured(testing::internal::GetCapturedStderr());
        std::vector<std::string> lines;
        for (std::string line; std::getline(captured, line);) lines.push_back(line);
        return lines;
    }
};

TEST_F(Log, WritesOneJsonLineToStandardErrorByDefault) {
    const auto lines = lines_of([] { log(LogLevel::info, "started {}", {{"port", 8080}}); });
    ASSERT_EQ(lines.size(), 1U);
    const auto line = json::parse(lines[0]);
    EXPECT_EQ(line["level"], "info");
    EXPECT_EQ(line["message"], "started {}");
    EXPECT_EQ(line["port"], 8080);
    EXPECT_EQ(line["time"].get<std::string>().back(), 'Z');
}

TEST_F(Log, ObeysItsLevel) {
    EXPECT_FALSE(log_enabled(LogLevel::debug));
    EXPECT_EQ(lines_of([] { log(LogLevel::debug, "hidden"); }).size(), 0U);
    set_log_level(LogLevel::debug);
    EXPECT_TRUE(log_enabled(LogLevel::debug));
    EXPECT_EQ(lines_of([] { log(LogLevel::debug, "shown"); }).size(), 1U);
    set_log_level(LogLevel::error);
    EXPECT_EQ(lines_of([] { log(LogLevel::warn, "hidden"); }).size(), 0U);
}

TEST_F(Log, ChangesItsFormatWhileRunning) {
    set_log_format(LogFormat::text);
    const auto lines = lines_of([] { log(LogLevel::error, "stopped", {{"chain_id", 1}}); });
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].ends_with(" error stopped chain_id=1")) << lines[0];
}

TEST_F(Log, LinesOfManyThreadsStayWhole) {
    constexpr int kThreads = 4;
    constexpr int kLines = 200;
    const auto lines = lines_of([] {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t)
            threads.emplace_back([] {
                for (int i = 0; i < kLines; ++i)
                    log(LogLevel::info, "line", {{"padding", std::string(200, 'x')}});
            });
    });
    EXPECT_EQ(lines.size(), std::size_t{kThreads * kLines});
    for (const auto& line : lines) EXPECT_TRUE(json::accept(line)) << line;
}

}  // namespace
}  // namespace custodialbridge::telemetry

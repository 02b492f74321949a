#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "answer.hpp"
#include "fields.hpp"
#include "json_text.hpp"
#include "target.hpp"

namespace custodialbridge::api {
namespace {

std::string quoted(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(JsonText, EscapesWhatJsonAsksFor) {
    EXPECT_EQ(quoted("plain"), R"("plain")");
    EXPECT_EQ(quoted("a\"b\\c\n\r\t"), R"("a\"b\\c\n\r\t")");
    EXPECT_EQ(quoted(std::string_view("\0\x1f", 2)), R"("\u0000\u001f")");
    EXPECT_EQ(quoted("\xc3\xa9"), "\"\xc3\xa9\"");
}

TEST(JsonText, WritesNestedValues) {
    std::string out;
    JsonText json(out);
    json.open_object();
    json.member("a", std::uint64_t{18446744073709551615u});
    json.key("b");
    json.open_list();
    json.open_object();
    json.close_object();
    json.value(true);
    json.null();
    json.value("x");
    json.value(0.25);
    json.value(std::numeric_limits<double>::quiet_NaN());
    json.close_list();
    json.member("c", std::optional<std::uint64_t>());
    json.close_object();
    EXPECT_EQ(out, R"({"a":18446744073709551615,"b":[{},true,null,"x",0.25,null],"c":null})");
}

TEST(Answer, TheDateHeaderIsAnImfFixdate) {
    EXPECT_EQ(date_line(Time(Seconds(784111777))), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    EXPECT_EQ(date_line(Time(Seconds(1709251199))), "Date: Thu, 29 Feb 2024 23:59:59 GMT\r\n");
}

TEST(Target, IsTakenApartAndDecoded) {
    const auto target = parse_target("/a%2Fb//c/?x=1&y&&z=%26=");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->segments, (std::vector<std::string>{"a/b", "", "c", ""}));
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(target->query, (Pairs{{"x", "1"}, {"y", ""}, {"z", "&="}}));
}

TEST(Target, TheRootHasNoSegments) {
    EXPECT_TRUE(parse_target("/")->segments.empty());
    EXPECT_TRUE(parse_target("/?a=b")->segments.empty());
    EXPECT_TRUE(parse_target("http://host")->segments.empty());
    EXPECT_EQ(parse_target("https://host:1/x?y=z")->segments, std::vector<std::string>{"x"});
}

TEST(Target, OtherFormsAreMalformed) {
    for (const auto* text : {"*", "host:443", "%2F", "x/y", "/%", "/%1", "/%g0", "/?a=%+1"})
        EXPECT_FALSE(parse_target(text)) << text;
}

TEST(Cursor, ComesBackAsItWentOut) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 1'000; ++i) {
        const PageCursor cursor{random(), random()};
        Target target;
        target.query.emplace_back("cursor", write_cursor("tokens", cursor));
        const auto read = cursor_parameter(Query(target), "tokens");
        ASSERT_TRUE(read && *read);
        ASSERT_EQ(**read, cursor);
        ASSERT_FALSE(cursor_parameter(Query(target), "wallets"));
    }
}

TEST(Cursor, OfThePastComesBackAsItWentOut) {
    std::mt19937_64 random(8);
    for (int i = 0; i < 1'000; ++i) {
        const JournalPlace place{ChainId{random()},
                                 BlockNumber{random()},
                                 static_cast<std::uint32_t>(random()),
                                 static_cast<std::uint32_t>(random()),
                                 random(),
                                 random()};
        Target target;
        target.query.emplace_back("cursor", write_cursor("changes", place));
        const auto read = place_parameter(Query(target), "changes");
        ASSERT_TRUE(read && *read);
        ASSERT_EQ(**read, place);
        ASSERT_FALSE(place_parameter(Query(target), "events"));
        ASSERT_FALSE(cursor_parameter(Query(target), "changes"));
    }
}

TEST(Cursor, AChangedOneIsRefused) {
    const std::string text = write_cursor("tokens", PageCursor{31337, 2});
    for (std::size_t i = 0; i < text.size(); ++i) {
        Target target;
        target.query.emplace_back("cursor", text);
        char& digit = target.query[0].second[i];
        digit = digit == '0' ? '1' : '0';
        EXPECT_FALSE(cursor_parameter(Query(target), "tokens")) << i;
    }
}

TEST(Problem, TextOfACallerIsShownShortAndPrintable) {
    EXPECT_EQ(shown("a\x01\xff\"b"), "a??\"b");
    const std::string start(64, 'x');
    EXPECT_EQ(shown(std::string(100, 'x')), start + "...");
}

}  // namespace
}  // namespace custodialbridge::api

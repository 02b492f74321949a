#include "document.hpp"

#include <gmock/gmock.h>

#include "text_check.hpp"

namespace custodialbridge::config {
namespace {

using testing::HasSubstr;

std::string repeated(std::string_view what, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += what;
    return text;
}

const TextProblem& only_problem(const Document& document) {
    static const TextProblem none;
    EXPECT_EQ(document.problems.size(), 1u);
    return document.problems.empty() ? none : document.problems.front();
}

TEST(Document, KeepsKeysValuesAndPlaces) {
    const Document document = parse_document("a: 1\nb:\n  - \"x\"\n  - {c: d}\ne:\n");
    EXPECT_TRUE(document.complete);
    ASSERT_TRUE(document.problems.empty());
    ASSERT_EQ(document.root.entries.size(), 3u);
    const Entry& a = document.root.entries[0];
    EXPECT_EQ(a.key, "a");
    EXPECT_EQ(a.mark.line, 1u);
    EXPECT_EQ(a.value.text, "1");
    EXPECT_TRUE(a.value.plain);
    EXPECT_EQ(a.value.mark.column, 4u);
    const Node& b = document.root.entries[1].value;
    ASSERT_EQ(b.items.size(), 2u);
    EXPECT_FALSE(b.items[0].plain);
    EXPECT_EQ(b.items[1].entries[0].value.text, "d");
    EXPECT_EQ(b.items[1].mark.line, 4u);
    EXPECT_EQ(b.items[1].mark.column, 5u);
    EXPECT_EQ(document.root.entries[2].value.kind, Node::Kind::null);
    EXPECT_EQ(document.root.entries[2].value.mark.line, 5u);
}

TEST(Document, OfNothingIsNull) {
    for (const char* text : {"", "# only a comment\n", "---\n", "\n\n"}) {
        const Document document = parse_document(text);
        EXPECT_EQ(document.root.kind, Node::Kind::null) << text;
        EXPECT_TRUE(document.problems.empty()) << text;
    }
}

TEST(Document, KeepsTheFirstOfDuplicateKeysAndReportsTheOthers) {
    const Document document = parse_document("a: {x: 1,\n    x: 2}\nb: 1\n");
    const TextProblem& problem = only_problem(document);
    EXPECT_EQ(problem.path, "a.x");
    EXPECT_EQ(problem.mark.line, 2u);
    EXPECT_EQ(problem.mark.column, 5u);
    EXPECT_EQ(problem.message, "duplicate key, first given in line 1");
    EXPECT_EQ(document.root.entries[0].value.entries.size(), 1u);
    EXPECT_TRUE(document.complete);
}

TEST(Document, RefusesAliasesMergeKeysTagsAndOddKeys) {
    EXPECT_THAT(only_problem(parse_document("a: &x 1\nb: *x\n")).message, HasSubstr("aliases"));
    EXPECT_THAT(only_problem(parse_document("a: {<<: {b: 1}}\n")).message, HasSubstr("merge keys"));
    EXPECT_THAT(only_problem(parse_document("a: !!str 1\n")).message, HasSubstr("tags"));
    EXPECT_THAT(only_problem(parse_document("a: !list [1]\n")).message, HasSubstr("tags"));
    EXPECT_THAT(only_problem(parse_document("? [a, b]\n: 1\n")).message, HasSubstr("key"));
    EXPECT_THAT(only_problem(parse_document(": 1\n")).message, HasSubstr("key"));
}

TEST(Document, RefusesASecondDocument) {
    const Document document = parse_document("a: 1\n---\nb: 2\n");
    EXPECT_THAT(only_problem(document).message, HasSubstr("second document"));
    EXPECT_FALSE(document.complete);
}

TEST(Document, SaysWhereTheTextIsNotYaml) {
    const Document document = parse_document("a: 1\nb: [1, 2\nc: 3\n");
    EXPECT_FALSE(document.complete);
    EXPECT_THAT(only_problem(document).message, HasSubstr("not YAML"));
    EXPECT_GE(only_problem(document).mark.line, 2u);
}

TEST(Document, RefusesWhatIsNotText) {
    const Document bad = parse_document("a: 1\nb: \xff\n");
    EXPECT_EQ(only_problem(bad).mark.line, 2u);
    EXPECT_EQ(only_problem(bad).mark.column, 4u);
    EXPECT_THAT(only_problem(bad).message, HasSubstr("UTF-8"));
    const Document truncated = parse_document(std::string("a: 1\n\x04z: 2\n"));
    EXPECT_THAT(only_problem(truncated).message, HasSubstr("control character"));
}

TEST(Document, SurvivesHostileShapes) {
    const std::size_t size = std::size_t{1} << 20;
    for (const char* piece :
         {"[", "{", "- ",  "? ", "[{", "{a: ", "a:", "!",        "&a ", "*a ",   "\"",
          "|", "%", "[a,", "'",  "\n", "- - ", "[?", "\xc3\xa9", "#",   "---\n", "...\n"}) {
        const Document document = parse_document(repeated(piece, size / std::string(piece).size()));
        EXPECT_LE(document.problems.size(), 100u) << piece;
    }
}

TEST(Document, IsNotBlownUpByAliases) {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 40; ++i) {
        const std::string last = "*a" + std::to_string(i - 1);
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
                repeated(last + ", ", 8) + last + "]\n";
    }
    EXPECT_EQ(parse_document(text).problems.size(), 100u);
}

TEST(Document, RefusesDeepNestingWithItsPlace) {
    const Document document = parse_document(repeated("[", 40) + repeated("]", 40));
    EXPECT_FALSE(document.complete);
    EXPECT_EQ(only_problem(document).message, "nested deeper than 32 levels");
    EXPECT_EQ(only_problem(document).mark.column, 33u);
    EXPECT_TRUE(parse_document(repeated("[", 32) + repeated("]", 32)).complete);
}

TEST(TextCheck, TakesTextOfEveryLengthOfSequence) {
    EXPECT_FALSE(check_text("a\t\r\n\u00e9\u20ac\U0001F600\u00a0"));
    EXPECT_FALSE(check_text(""));
}

TEST(TextCheck, RefusesBrokenSequences) {
    for (const char* text : {"\x80", "\xc3", "\xc3x", "\xc0\x80", "\xe2\x82", "\xed\xa0\x80",
                             "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff"}) {
        EXPECT_TRUE(check_text(text)) << text;
    }
    EXPECT_TRUE(check_text(std::string_view("a\0b", 3)));
    EXPECT_TRUE(check_text("\x7f"));
    EXPECT_TRUE(check_text("\xc2\x80"));
}

}  // namespace
}  // namespace custodialbridge::config

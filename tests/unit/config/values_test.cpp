#include "values.hpp"

#include <gmock/gmock.h>

namespace custodialbridge::config {
namespace {

using testing::HasSubstr;

Scalar plain(std::string text) {
    return {text, text, true, false};
}
Scalar quoted(std::string text) {
    return {text, text, false, false};
}
Scalar from_variable(std::string text) {
    return {std::move(text), "${SECRET}", false, true};
}

TEST(WholeNumber, StaysInItsRange) {
    EXPECT_EQ(whole_number(plain("0"), 0, 10).value(), 0u);
    EXPECT_EQ(whole_number(plain("10"), 0, 10).value(), 10u);
    EXPECT_THAT(whole_number(plain("11"), 0, 10).error().message(), HasSubstr("from 0 to 10"));
    EXPECT_FALSE(whole_number(plain("0"), 1, 10));
    EXPECT_FALSE(whole_number(plain("99999999999999999999999"), 0, ~0ULL));
}

TEST(WholeNumber, RefusesWhatIsNotOne) {
    for (const char* text :
         {"", "-1", "+1", "1.0", "1e3", "0x10", "ten", "1 ", " 1", "1_000", "true"})
        EXPECT_FALSE(whole_number(plain(text), 0, 1000)) << text;
}

TEST(WholeNumber, InQuotesIsTextUnlessAVariableGaveIt) {
    EXPECT_THAT(whole_number(quoted("5"), 0, 10).error().message(), HasSubstr("without quotes"));
    EXPECT_EQ(whole_number(from_variable("5"), 0, 10).value(), 5u);
}

TEST(Values, NeverShowWhatAVariableHolds) {
    const Scalar secret = from_variable("hunter2");
    for (const std::string& message :
         {whole_number(secret, 0, 10).error().message(),
          decimal_number(secret, 0, 1).error().message(), yes_or_no(secret).error().message(),
          duration(secret, Millis{0}, Millis{1}, false).error().message(),
          byte_size(secret, 0, 1).error().message(), amount(secret).error().message(),
          address(secret).error().message(), name(from_variable("hunter2!")).error().message()}) {
        EXPECT_THAT(message, testing::Not(HasSubstr("hunter2")));
    }
}

TEST(DecimalNumber, IsFiniteAndInRange) {
    EXPECT_EQ(decimal_number(plain("0.05"), 0, 1).value(), 0.05);
    EXPECT_EQ(decimal_number(plain("1"), 0, 1).value(), 1.0);
    for (const char* text : {"", "nan", "inf", "-0.1", "1.1", "0,5", "5%"})
        EXPECT_FALSE(decimal_number(plain(text), 0, 1)) << text;
}

TEST(YesOrNo, KnowsTrueAndFalseOnly) {
    EXPECT_TRUE(yes_or_no(plain("true")).value());
    EXPECT_FALSE(yes_or_no(plain("False")).value());
    EXPECT_FALSE(yes_or_no(plain("yes")));
    EXPECT_FALSE(yes_or_no(plain("1")));
    EXPECT_FALSE(yes_or_no(quoted("true")));
    EXPECT_TRUE(yes_or_no(from_variable("true")).value());
}

TEST(Duration, HasAUnitAndARange) {
    const auto parse = [](const char* text) {
        return duration(plain(text), Millis{1'000}, std::chrono::hours(1), false);
    };
    EXPECT_EQ(parse("10s").value(), Millis{10'000});
    EXPECT_EQ(parse("1h").value(), std::chrono::hours(1));
    EXPECT_THAT(parse("2h").error().message(), HasSubstr("from 1s to 1h"));
    for (const char* text : {"", "10", "10 s", "-1s", "1.5s", "s", "1d"})
        EXPECT_FALSE(parse(text)) << text;
    EXPECT_FALSE(parse("0s"));
    EXPECT_EQ(duration(plain("0s"), Millis{1'000}, Millis{2'000}, true).value(), Millis{0});
}

TEST(ByteSize, TakesBytesAndBinaryUnits) {
    const auto parse = [](const char* text) { return byte_size(plain(text), 1024, 1 << 30); };
    EXPECT_EQ(parse("1MiB").value(), 1u << 20);
    EXPECT_EQ(parse("512KiB").value(), 512u << 10);
    EXPECT_EQ(parse("1GiB").value(), 1u << 30);
    EXPECT_EQ(parse("4096").value(), 4096u);
    EXPECT_EQ(parse("4096B").value(), 4096u);
    for (const char* text :
         {"", "MiB", "1MB", "1 MiB", "1023", "2GiB", "18446744073709551615KiB", "-1MiB", "1.5MiB"})
        EXPECT_FALSE(parse(text)) << text;
}

TEST(Amount, IsAnyU256QuotedOrNot) {
    const std::string most =
        "115792089237316195423570985008687907853269984665640564039457584007913129639935";
    EXPECT_EQ(to_string(amount(quoted(most)).value()), most);
    EXPECT_EQ(amount(plain("7")).value(), U256{7});
    EXPECT_FALSE(amount(
        quoted("115792089237316195423570985008687907853269984665640564039457584007913129639936")));
    EXPECT_FALSE(amount(quoted("-1")));
    EXPECT_FALSE(amount(quoted("1.5")));
    EXPECT_FALSE(amount(quoted("")));
}

TEST(AnAddress, IsCheckedByItsCase) {
    EXPECT_TRUE(address(quoted("0xcA11bde05977b3631167028862bE2a173976CA11")));
    EXPECT_TRUE(address(quoted("0xca11bde05977b3631167028862be2a173976ca11")));
    EXPECT_THAT(address(quoted("0xCa11bde05977b3631167028862bE2a173976CA11")).error().message(),
                HasSubstr("EIP-55"));
    EXPECT_THAT(address(quoted("0xca11")).error().message(), HasSubstr("40 hexadecimal digits"));
    EXPECT_THAT(address(quoted("ca11bde05977b3631167028862be2a173976ca11ff")).error().message(),
                HasSubstr("40 hexadecimal digits"));
}

TEST(Text, HasALengthAndOneLine) {
    EXPECT_EQ(text(quoted("a b"), 1, 3).value(), "a b");
    EXPECT_EQ(text(quoted(""), 0, 3).value(), "");
    EXPECT_FALSE(text(quoted(""), 1, 3));
    EXPECT_FALSE(text(quoted("abcd"), 1, 3));
    EXPECT_FALSE(text(quoted("a\nb"), 1, 9));
}

TEST(OneOf, NamesTheNearest) {
    constexpr std::array kChoices{Choice{"debug", 1}, Choice{"info", 2}};
    EXPECT_EQ(one_of(plain("info"), kChoices).value(), 2);
    EXPECT_EQ(one_of(plain("inof"), kChoices).error().message(),
              "\"inof\" is none of debug, info; did you mean \"info\"?");
    EXPECT_FALSE(one_of(plain("INFO"), kChoices));
}

TEST(Shown, IsCutBetweenCharacters) {
    const Scalar scalar = plain("x" + std::string(62, 'a') + "\u00e9\u00e9\u00e9");
    EXPECT_EQ(shown(scalar), "\"x" + std::string(62, 'a') + "…\"");
    EXPECT_EQ(shown(plain("short")), "\"short\"");
}

}  // namespace
}  // namespace custodialbridge::config

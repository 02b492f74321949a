#include "substitute.hpp"

#include <gmock/gmock.h>

#include "given_yaml.hpp"

namespace custodialbridge::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Environment kEnvironment =
    environment_of({{"A", "1"}, {"B_2", "two"}, {"E", ""}, {"X", "${A}"}});

TEST(Substitute, ReplacesEveryVariable) {
    const Substituted result = substitute("<${A}|${B_2}|${E}>", kEnvironment);
    EXPECT_EQ(result.text, "<1|two|>");
    EXPECT_TRUE(result.replaced);
    EXPECT_THAT(result.problems, IsEmpty());
}

TEST(Substitute, LeavesOtherTextAlone) {
    for (const char* text : {"", "plain", "$", "$A", "a$", "$$", "{A}", "}"}) {
        const Substituted result = substitute(text, kEnvironment);
        EXPECT_EQ(result.text, text);
        EXPECT_FALSE(result.replaced);
    }
}

TEST(Substitute, DoesNotLookAtAVariablesValueAgain) {
    EXPECT_EQ(substitute("${X}", kEnvironment).text, "${A}");
}

TEST(Substitute, TakesADoubledDollarForALiteral) {
    const Substituted result = substitute("$${A} ${A} $$${A}", kEnvironment);
    EXPECT_EQ(result.text, "${A} 1 $${A}");
    EXPECT_THAT(substitute("$${", kEnvironment).problems, IsEmpty());
}

TEST(Substitute, NamesEveryVariableThatIsNotSet) {
    EXPECT_THAT(substitute("${NOPE} ${A} ${ALSO_NOT}", kEnvironment).problems,
                ElementsAre("the environment variable NOPE is not set",
                            "the environment variable ALSO_NOT is not set"));
}

TEST(Substitute, RefusesMalformedNames) {
    for (const char* text : {"${", "${A", "${}", "${1A}", "${A B}", "${A-B}", "${ A}"}) {
        EXPECT_THAT(substitute(text, kEnvironment).problems, ElementsAre(HasSubstr("write $${")))
            << text;
    }
}

}  // namespace
}  // namespace custodialbridge::config

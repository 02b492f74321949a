#include "sqlstate.hpp"

#include <gtest/gtest.h>

namespace custodialbridge::store {
namespace {

TEST(SqlState, AServerThatIsAwayOrFullIsUnavailable) {
    for (const char* state :
         {"08006", "57P01", "57P02", "57P03", "53300", "53100", "58030", "25006"})
        EXPECT_EQ(meaning_of(state), Errc::unavailable) << state;
}

TEST(SqlState, ARaceIsAConflict) {
    EXPECT_EQ(meaning_of("40001"), Errc::conflict);
    EXPECT_EQ(meaning_of("40P01"), Errc::conflict);
}

TEST(SqlState, ACancelledStatementIsTimedOut) {
    EXPECT_EQ(meaning_of("57014"), Errc::timed_out);
    EXPECT_FALSE(ends_session("57014"));
}

TEST(SqlState, ABrokenConstraintIsCorrupt) {
    for (const char* state : {"23505", "23514", "22003", "42P01", "XX000", ""})
        EXPECT_EQ(meaning_of(state), Errc::corrupt) << state;
}

TEST(SqlState, ASessionEndsWithItsServerOrItsPrimary) {
    for (const char* state : {"57P01", "08P01", "25006", "25P03"})
        EXPECT_TRUE(ends_session(state)) << state;
    for (const char* state : {"23505", "40001", ""}) EXPECT_FALSE(ends_session(state)) << state;
}

}  // namespace
}  // namespace custodialbridge::store

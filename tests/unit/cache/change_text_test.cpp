#include "change_text.hpp"

#include <gtest/gtest.h>

namespace custodialbridge::cache {
namespace {

constexpr ChainId kChain{31337};

Change some_change() {
    Change change;
    change.chain = kChain;
    change.at = {3, {120}};
    return change;
}

TEST(ChangeText, ReadsBackWhatItWrites) {
    Change everything = some_change();
    everything.everything = true;
    EXPECT_EQ(to_text(everything), "1 3 120 all");
    Change balances = some_change();
    balances.balances = {{{"u1"}, kChain, {2}}, {{"a.b_c:d@e-f"}, kChain, {4'294'967'295}}};
    EXPECT_EQ(to_text(balances), "1 3 120 balances u1 2 a.b_c:d@e-f 4294967295");
    Change users = some_change();
    users.users = {{"u1"}, {"u2"}};
    EXPECT_EQ(to_text(users), "1 3 120 users u1 u2");
    Change nothing = some_change();
    nothing.at = {0xffffffffU, {0xffffffffffffffffULL}};
    for (const Change& change : {everything, balances, users, nothing})
        EXPECT_EQ(parse_change(kChain, to_text(change)), change);
}

TEST(ChangeText, IsEverythingWhenTooMuchIsNamed) {
    Change change = some_change();
    for (std::size_t i = 0; i < Change::kNamedMost; ++i)
        change.users.push_back({"u" + std::to_string(i)});
    EXPECT_EQ(parse_change(kChain, to_text(change)), change);
    change.users.push_back({"one"});
    EXPECT_EQ(to_text(change), "1 3 120 all");
    Change both = some_change();
    both.users = {{"u1"}};
    both.balances = {{{"u1"}, kChain, {2}}};
    EXPECT_EQ(to_text(both), "1 3 120 all");
}

TEST(ChangeText, RefusesWhatIsMalformed) {
    for (const char* text :
         {"", "1", "1 3", "1 3 120", "2 3 120 all", "1 x 120 all", "1 -3 120 all",
          "1 3 120 all u1", "1 3 120 some", "1 3 120 balances u1", "1 3 120 balances u1 x",
          "1 3 120 balances  2", "1 3 120 users u/1", "1 3 120 users  ", "1  3 120 all",
          "1 4294967296 120 all", "1 3 18446744073709551616 all"})
        EXPECT_FALSE(parse_change(kChain, text)) << text;
}

}  // namespace
}  // namespace custodialbridge::cache

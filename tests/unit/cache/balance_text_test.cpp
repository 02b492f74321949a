#include "balance_text.hpp"

#include <gtest/gtest.h>

namespace custodialbridge::cache {
namespace {

Balance some_balance() {
    Balance balance;
    balance.amount = 1'000'500'000;
    balance.version = {3, {120}};
    balance.block_hash.bytes.fill(0xab);
    balance.as_of = Time(Micros(1'705'314'600'000'001));
    return balance;
}

const std::string kSomeText =
    "1:0000000003:00000000000000000120:1000500000:"
    "0xabababababababababababababababababababababababababababababababab:1705314600000001";

TEST(BalanceText, NamesAKeyAsTheContractSays) {
    EXPECT_EQ(key_text({{"u1"}, {31337}, {2}}), "balance:u1:31337:2");
}

TEST(BalanceText, WritesVersionsInFixedWidth) {
    EXPECT_EQ(to_text(some_balance()), kSomeText);
}

TEST(BalanceText, ReadsBackWhatItWrites) {
    Balance extreme = some_balance();
    extreme.amount = ~U256(0);
    extreme.version = {0xffffffffU, {0xffffffffffffffffULL}};
    extreme.as_of = Time(Micros(-1));
    for (const Balance& balance : {some_balance(), Balance{}, extreme})
        EXPECT_EQ(parse_balance(to_text(balance)), balance);
}

TEST(BalanceText, OrdersVersionsAsTheirFirstBytes) {
    const std::vector<Version> ascending{
        {0, {0}}, {0, {9}}, {0, {10}}, {0, {0xffffffffffffffffULL}}, {1, {5}}, {10, {4}}};
    for (std::size_t i = 1; i < ascending.size(); ++i) {
        Balance lower;
        Balance higher;
        lower.version = ascending[i - 1];
        higher.version = ascending[i];
        EXPECT_LT(to_text(lower).substr(0, 33), to_text(higher).substr(0, 33));
    }
}

TEST(BalanceText, RefusesEveryTruncationAndEveryAddition) {
    for (std::size_t length = 0; length < kSomeText.size(); ++length) {
        const auto cut = parse_balance(std::string_view(kSomeText).substr(0, length));
        // What is cut off the last number leaves another number.
        EXPECT_EQ(cut.has_value(), length > kSomeText.rfind(':') + 1) << length;
    }
    EXPECT_EQ(parse_balance(kSomeText + ":"), std::nullopt);
    EXPECT_EQ(parse_balance(kSomeText + " "), std::nullopt);
    EXPECT_EQ(parse_balance("2" + kSomeText.substr(1)), std::nullopt);
}

TEST(BalanceText, RefusesPartsThatAreNoNumbers) {
    for (const std::size_t at : {5U, 20U, 35U, 50U, 115U}) {
        std::string broken = kSomeText;
        broken[at] = 'g';
        EXPECT_EQ(parse_balance(broken), std::nullopt) << broken;
    }
    std::string too_high = kSomeText;
    too_high.replace(2, 10, "9999999999");
    EXPECT_EQ(parse_balance(too_high), std::nullopt);
}

}  // namespace
}  // namespace custodialbridge::cache

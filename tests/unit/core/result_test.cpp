#include "custodialbridge/core/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "custodialbridge/core/check.hpp"

namespace custodialbridge {
namespace {

Error no_answer() {
    return {Errc::unavailable, "no answer"};
}

Result<int> number(bool good) {
    if (!good) return no_answer();
    return 7;
}

Result<void> nothing(bool good) {
    if (!good) return Error{Errc::conflict, "moved"};
    return {};
}

Result<std::unique_ptr<int>> move_only() {
    return std::make_unique<int>(3);
}
Result<std::optional<int>> maybe() {
    return std::nullopt;
}
Result<std::string> text() {
    return "a text that is not an error";
}
Result<bool> flag() {
    return false;
}
Result<std::vector<int>> list() {
    return std::vector<int>{1, 2};
}

Result<std::string> described(bool good) {
    CB_TRY(value, number(good));
    return std::to_string(value + 1);
}

Result<int> counted(bool good) {
    CB_CHECKED(nothing(good));
    return 1;
}

TEST(Results, ComeFromAValueOrAnError) {
    EXPECT_EQ(*number(true), 7);
    EXPECT_EQ(number(false).error(), no_answer());
    EXPECT_TRUE(nothing(true));
    EXPECT_EQ(nothing(false).error().code(), Errc::conflict);
}

TEST(Results, HoldAnyKindOfValue) {
    EXPECT_EQ(**move_only(), 3);
    ASSERT_TRUE(maybe().has_value());
    EXPECT_EQ(*maybe(), std::nullopt);
    EXPECT_EQ(*text(), "a text that is not an error");
    ASSERT_TRUE(flag().has_value());
    EXPECT_FALSE(*flag());
    EXPECT_EQ(list()->size(), 2u);
}

TEST(Results, ThatFailedAreReturnedByTry) {
    EXPECT_EQ(*described(true), "8");
    EXPECT_EQ(described(false).error(), no_answer());
    EXPECT_EQ(*counted(true), 1);
    EXPECT_EQ(counted(false).error().message(), "moved");
}

TEST(Results, ThrowTheirErrorWhenAskedForAMissingValue) {
    try {
        static_cast<void>(number(false).value());
        FAIL() << "value() of an error returned";
    } catch (const std::runtime_error& thrown) {
        EXPECT_NE(std::string(thrown.what()).find("unavailable: no answer"), std::string::npos);
        EXPECT_NE(std::string(thrown.what()).find("result_test.cpp"), std::string::npos);
    }
    EXPECT_THROW(nothing(false).value(), std::runtime_error);
}

TEST(Errors, SayWhereTheyWereMet) {
    const Error error = no_answer().at("chain 1").at("listener");
    EXPECT_EQ(error.message(), "listener: chain 1: no answer");
    EXPECT_EQ(error.code(), Errc::unavailable);
}

TEST(Errors, AreRetryableWhenTheSameCallMaySucceedLater) {
    for (const Errc code : {Errc::unavailable, Errc::timed_out, Errc::limited}) {
        EXPECT_TRUE(Error(code, "").retryable()) << to_string(code);
    }
    for (const Errc code : {Errc::conflict, Errc::not_found, Errc::invalid, Errc::refused,
                            Errc::orphaned, Errc::unsupported, Errc::corrupt}) {
        EXPECT_FALSE(Error(code, "").retryable()) << to_string(code);
    }
}

TEST(Errors, HaveCodesWithNames) {
    EXPECT_EQ(to_string(Errc::unavailable), "unavailable");
    EXPECT_EQ(to_string(Errc::timed_out), "timed_out");
    EXPECT_EQ(to_string(Errc::limited), "limited");
    EXPECT_EQ(to_string(Errc::conflict), "conflict");
    EXPECT_EQ(to_string(Errc::not_found), "not_found");
    EXPECT_EQ(to_string(Errc::invalid), "invalid");
    EXPECT_EQ(to_string(Errc::refused), "refused");
    EXPECT_EQ(to_string(Errc::orphaned), "orphaned");
    EXPECT_EQ(to_string(Errc::unsupported), "unsupported");
    EXPECT_EQ(to_string(Errc::corrupt), "corrupt");
}

TEST(Checks, EndTheProcessWithFileLineAndCondition) {
    const int one = 1;
    CB_CHECK(one == 1);
    EXPECT_DEATH(CB_CHECK(one == 2), "result_test.cpp:[0-9]+: check failed: one == 2");
}

}  // namespace
}  // namespace custodialbridge

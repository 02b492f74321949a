#include "json_rpc.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "json_value.hpp"

namespace custodialbridge::rpc {
namespace {

using ::testing::HasSubstr;

/// Reads an answer whose results are strings; keeps them by call.
struct Reading {
    std::map<std::size_t, std::string> results;
    Result<Answers> answers;

    Reading(std::string body, std::size_t calls, std::uint64_t first_id = 10)
        : answers(Error(Errc::corrupt, "not read")) {
        const ResultReader reader = [this](std::size_t call, JsonValue& value) -> Result<void> {
            const auto text = plain_string(value.raw());
            if (!text) return Error(Errc::unavailable, "not a string");
            results[call] = *text;
            return {};
        };
        answers = read_answers(body, calls, first_id, reader);
    }

    Errc code(std::size_t call) const { return answers->outcomes.at(call).error().code(); }
};

TEST(Calls, AreOneObjectOrABatch) {
    const std::vector<Call> calls{{"eth_chainId", "[]"}, {"eth_getCode", R"(["0x1","latest"])"}};
    const auto one = nlohmann::json::parse(encode_calls(std::span(calls).first(1), 7));
    EXPECT_EQ(one, (nlohmann::json{{"jsonrpc", "2.0"},
                                   {"id", 7},
                                   {"method", "eth_chainId"},
                                   {"params", nlohmann::json::array()}}));
    const auto batch = nlohmann::json::parse(encode_calls(calls, 7));
    ASSERT_EQ(batch.size(), 2u);
    EXPECT_EQ(batch[1]["id"], 8);
    EXPECT_EQ(batch[1]["params"], (nlohmann::json{"0x1", "latest"}));
}

TEST(Answers, AreMatchedByIdInAnyOrder) {
    const Reading read(R"([{"jsonrpc":"2.0","id":12,"result":"c"},
        {"jsonrpc":"2.0","id":10,"result":"a"},{"jsonrpc":"2.0","id":11,"result":"b"}])",
                       3);
    ASSERT_TRUE(read.answers) << read.answers.error().message();
    EXPECT_TRUE(all_of(read.answers->outcomes));
    EXPECT_EQ(read.results, (std::map<std::size_t, std::string>{{0, "a"}, {1, "b"}, {2, "c"}}));
}

TEST(Answers, MayWriteTheirResultBeforeTheirId) {
    const Reading batch(R"([{"result":"a","id":10,"jsonrpc":"2.0"},{"result":"b","id":11}])", 2);
    ASSERT_TRUE(batch.answers) << batch.answers.error().message();
    EXPECT_EQ(batch.results, (std::map<std::size_t, std::string>{{0, "a"}, {1, "b"}}));
    const Reading one(R"( {"result":"a","error":null,"id":10} )", 1);
    ASSERT_TRUE(one.answers) << one.answers.error().message();
    EXPECT_EQ(one.results.at(0), "a");
}

TEST(Answers, ThatAreMissingAreErrorsOfTheirCalls) {
    const Reading read(R"([{"id":11,"result":"b"}])", 3);
    ASSERT_TRUE(read.answers);
    EXPECT_EQ(read.code(0), Errc::unavailable);
    EXPECT_TRUE(read.answers->outcomes[1]);
    EXPECT_EQ(read.code(2), Errc::unavailable);
}

TEST(Answers, WithoutResultOrErrorAreErrors) {
    const Reading read(R"({"id":10,"jsonrpc":"2.0"})", 1);
    ASSERT_TRUE(read.answers);
    EXPECT_EQ(read.code(0), Errc::unavailable);
}

TEST(Answers, WithWrongIdsAreRefusedAsAWhole) {
    for (const char* body :
         {R"([{"id":10,"result":"a"},{"id":12,"result":"b"}])",
          R"([{"id":9,"result":"a"},{"id":10,"result":"b"}])",
          R"([{"id":10,"result":"a"},{"id":10,"result":"b"}])", R"([{"id":"10","result":"a"}])",
          R"([{"result":"a"}])", R"([{"id":null,"result":"a"}])"}) {
        const Reading read(body, 2);
        ASSERT_FALSE(read.answers) << body;
        EXPECT_EQ(read.answers.error().code(), Errc::unavailable);
    }
}

TEST(Answers, MixErrorsAndResults) {
    const Reading read(R"([{"id":10,"error":{"code":-32000,"message":"header not found"}},
        {"id":11,"result":"b"},
        {"id":12,"error":{"code":-32005,"message":"request rate limited"}}])",
                       3);
    ASSERT_TRUE(read.answers);
    EXPECT_EQ(read.code(0), Errc::orphaned);
    EXPECT_THAT(read.answers->outcomes[0].error().message(), HasSubstr("header not found"));
    EXPECT_TRUE(read.answers->outcomes[1]);
    EXPECT_EQ(read.code(2), Errc::unavailable);
    EXPECT_TRUE(read.answers->rate_limited);
    EXPECT_FALSE(read.answers->batch_refused);
}

TEST(Answers, OfOneErrorForABatchAreEveryCallsOutcome) {
    const Reading read(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,
        "message":"batch too large"}})",
                       2);
    ASSERT_TRUE(read.answers);
    EXPECT_TRUE(read.answers->batch_refused);
    EXPECT_EQ(read.code(0), Errc::limited);
    EXPECT_EQ(read.code(1), Errc::limited);
}

TEST(Answers, MaySayTheirErrorInOtherShapes) {
    const Reading text(R"({"error":"Too Many Requests"})", 1);
    ASSERT_TRUE(text.answers) << text.answers.error().message();
    EXPECT_TRUE(text.answers->rate_limited);
    const Reading data(
        R"({"id":10,"error":{"message":"Internal error","data":"missing trie node"}})", 1);
    ASSERT_TRUE(data.answers);
    EXPECT_EQ(data.code(0), Errc::unsupported);
    const Reading escaped(R"({"id":10,"error":{"code":-32000,"message":"header\u0020not found"}})",
                          1);
    ASSERT_TRUE(escaped.answers);
    EXPECT_EQ(escaped.code(0), Errc::orphaned);
}

TEST(Answers, ThatAreNoJsonRpcAreRefused) {
    for (const char* body :
         {"", " ", "<html>502 Bad Gateway</html>", "null", "7", R"("text")", "{", "[",
          R"({"id":10,"result":"a")", R"({"id":10,"result":"a"}})", R"([{"id":10,"result":"a"})",
          R"({"id":10,"result":"a"}{"id":11})", R"([7])", R"({"id":10,"result":"a)"}) {
        const Reading read(body, 1);
        EXPECT_FALSE(read.answers) << body;
    }
}

TEST(Answers, CutOffAnywhereAreNeverTakenAsGood) {
    const std::string whole =
        R"([{"jsonrpc":"2.0","id":10,"result":"a"},{"jsonrpc":"2.0","id":11,"result":"b"}])";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Reading read(whole.substr(0, size), 2);
        EXPECT_FALSE(read.answers && all_of(read.answers->outcomes)) << size;
    }
}

TEST(Answers, WithAReadersErrorKeepIt) {
    const Reading read(R"([{"id":10,"result":null},{"id":11,"result":{"a":[1,{"b":2}]}},
        {"id":12,"result":"c"}])",
                       3);
    ASSERT_TRUE(read.answers) << read.answers.error().message();
    EXPECT_FALSE(read.answers->outcomes[0]);
    EXPECT_FALSE(read.answers->outcomes[1]);
    EXPECT_EQ(read.results.at(2), "c");
}

}  // namespace
}  // namespace custodialbridge::rpc

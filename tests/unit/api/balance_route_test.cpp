#include <gmock/gmock.h>

#include "served.hpp"

namespace custodialbridge::api {
namespace {

const std::string kHash = "0xabababababababababababababababababababababababababababababababab";

const std::string kCachedBody =
    R"({"user_id":"u1","chain_id":31337,"token_id":2,"symbol":"USDT","decimals":6,)"
    R"("balance":"1000.500000","balance_raw":"1000500000","source":"cache",)"
    R"("last_updated":"2024-01-15T10:30:00Z","sync_lag":30,"is_realtime":false,)"
    R"("block_number":120,"block_hash":")" +
    kHash + R"("})";

class BalanceRoute : public Served {};

TEST_F(BalanceRoute, ALocalBalanceHasExactlyTheDocumentedKeysInTheirOrder) {
    serve();
    const auto response = get(kBalancePath);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("content-type"), "application/json");
    EXPECT_EQ(response.header("x-balance-tier"), "local");
    EXPECT_EQ(response.body, kCachedBody);
}

TEST_F(BalanceRoute, TheLongWayShowsTheSameBalanceAndItsTier) {
    serve();
    const auto response = get("/v1/users/cold/balances/31337/2?realtime=false");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("x-balance-tier"), "database");
    auto expected = Json::parse(kCachedBody);
    expected["user_id"] = "cold";
    EXPECT_EQ(response.body, expected.dump());
}

TEST_F(BalanceRoute, ARealtimeBalanceComesFromTheChainWithItsConfirmations) {
    serve();
    const auto response = get(kBalancePath + "?realtime=true&confirmations=3");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("x-balance-tier"), "chain");
    auto expected = Json::parse(kCachedBody);
    expected["source"] = "blockchain";
    expected["sync_lag"] = 0;
    expected["is_realtime"] = true;
    expected["chain_confirmation"] = 4;
    EXPECT_EQ(response.body, expected.dump());
    EXPECT_EQ(balances.confirmations_asked, 3u);
}

TEST_F(BalanceRoute, RealtimeWithoutConfirmationsLeavesThemToTheChainsSettings) {
    serve();
    EXPECT_EQ(get(kBalancePath + "?realtime=true").status, 200);
    EXPECT_EQ(balances.confirmations_asked, 0u);
}

TEST_F(BalanceRoute, TheLargestNumberOfConfirmationsIsTwoToThe31) {
    serve();
    EXPECT_EQ(get(kBalancePath + "?realtime=true&confirmations=2147483648").status, 200);
    EXPECT_EQ(balances.confirmations_asked, 2147483648u);
    expect_problem(get(kBalancePath + "?realtime=true&confirmations=2147483649"), 400,
                   "invalid-parameter", "confirmations");
}

TEST_F(BalanceRoute, ABalanceOfThePastComesFromTheDatabaseAndNamesItsBlock) {
    serve();
    const std::vector<std::pair<std::string, int>> questions{{"at_block=60", 60},
                                                             {"at_block=60&realtime=false", 60},
                                                             {"finality=latest", 120},
                                                             {"finality=safe", 110},
                                                             {"finality=finalized", 100}};
    for (const auto& [query, block] : questions) {
        const auto response = get(kBalancePath + "?" + query);
        EXPECT_EQ(response.status, 200) << query;
        EXPECT_EQ(response.header("x-balance-tier"), "database");
        auto expected = Json::parse(kCachedBody);
        expected["block_number"] = block;
        EXPECT_EQ(response.body, expected.dump()) << query;
    }
}

TEST_F(BalanceRoute, WhatTheLedgerDoesNotCoverIsAConflict) {
    serve();
    for (const char* block : {"0", "49", "121", "9223372036854775807"})
        expect_problem(get(kBalancePath + "?at_block=" + block), 409, "history-unavailable");
    expect_problem(get("/v1/users/ghost/balances/31337/2?at_block=60"), 404, "unknown-user");
    expect_problem(get("/v1/users/down/balances/31337/2?finality=safe"), 503, "unavailable");
    expect_problem(get("/v1/users/chainless/balances/31337/2?at_block=60"), 503,
                   "chain-unavailable");
}

TEST_F(BalanceRoute, AnEscapedUserIdIsTheSameUser) {
    serve();
    const auto response = get("/v1/users/%75%31/balances/31337/2");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(Json::parse(response.body)["user_id"], "u1");
}

TEST_F(BalanceRoute, AHeadRequestHasTheHeadersOfGetAndNoBody) {
    serve();
    auto connection = client();
    const auto head = connection.ask("HEAD", "/v1/users/cold/balances/31337/2");
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("content-length"), std::to_string(kCachedBody.size() + 2));
    EXPECT_EQ(connection.ask("GET", kBalancePath).body, kCachedBody);  // nothing was left over
}

TEST_F(BalanceRoute, UnknownThingsAreToldApart) {
    serve();
    expect_problem(get("/v1/users/u1/balances/1/2"), 404, "unknown-chain");
    expect_problem(get("/v1/users/u1/balances/31337/3"), 404, "unknown-token");
    expect_problem(get("/v1/users/ghost/balances/31337/2"), 404, "unknown-user");
}

TEST_F(BalanceRoute, MoreConfirmationsThanTheChainHasBlocksAre400) {
    serve();
    expect_problem(get("/v1/users/shallow/balances/31337/2?realtime=true&confirmations=9"), 400,
                   "invalid-parameter");
}

TEST_F(BalanceRoute, AnUnavailableAnswerSaysWhenToComeBack) {
    serve();
    for (const std::string& query : {std::string(), std::string("?realtime=true")}) {
        const auto response = get("/v1/users/chainless/balances/31337/2" + query);
        expect_problem(response, 503, "chain-unavailable");
        EXPECT_EQ(response.header("retry-after"), "1");
    }
    const auto response = get("/v1/users/down/balances/31337/2");
    expect_problem(response, 503, "unavailable");
    EXPECT_EQ(response.header("retry-after"), "1");
}

TEST_F(BalanceRoute, AFaultOfOursIs500AndTellsNothingOfTheInside) {
    serve();
    const auto response = get("/v1/users/broken/balances/31337/2");
    expect_problem(response, 500, "internal");
    EXPECT_THAT(response.body, testing::Not(testing::HasSubstr("fault of ours")));
}

struct BadQuestion {
    std::string path, slug, about;
};

class BadBalanceQuestions : public Served, public testing::WithParamInterface<BadQuestion> {};

TEST_P(BadBalanceQuestions, AreRefusedAndTheFieldIsNamed) {
    serve();
    expect_problem(get(GetParam().path), 400, GetParam().slug, GetParam().about);
}

INSTANTIATE_TEST_SUITE_P(
    Balance, BadBalanceQuestions,
    testing::Values(
        BadQuestion{"/v1/users/a%2Fb/balances/31337/2", "invalid-parameter", "user_id"},
        BadQuestion{"/v1/users/" + std::string(129, 'a') + "/balances/31337/2", "invalid-parameter",
                    "user_id"},
        BadQuestion{"/v1/users//balances/31337/2", "invalid-parameter", "user_id"},
        BadQuestion{"/v1/users/u1/balances/0/2", "invalid-parameter", "chain_id"},
        BadQuestion{"/v1/users/u1/balances/-1/2", "invalid-parameter", "chain_id"},
        BadQuestion{"/v1/users/u1/balances/9223372036854775808/2", "invalid-parameter", "chain_id"},
        BadQuestion{"/v1/users/u1/balances/31337/2147483648", "invalid-parameter", "token_id"},
        BadQuestion{"/v1/users/u1/balances/31337/USDT", "invalid-parameter", "token_id"},
        BadQuestion{kBalancePath + "?realtime=1", "invalid-parameter", "realtime"},
        BadQuestion{kBalancePath + "?realtime=TRUE", "invalid-parameter", "realtime"},
        BadQuestion{kBalancePath + "?realtime", "invalid-parameter", "realtime"},
        BadQuestion{kBalancePath + "?realtime=true&confirmations=0", "invalid-parameter",
                    "confirmations"},
        BadQuestion{kBalancePath + "?realtime=true&confirmations=1.5", "invalid-parameter",
                    "confirmations"},
        BadQuestion{kBalancePath + "?confirmations=2", "invalid-parameter", "confirmations"},
        BadQuestion{kBalancePath + "?realtime=false&confirmations=2", "invalid-parameter",
                    "confirmations"},
        BadQuestion{kBalancePath + "?realtime=true&realtime=true", "invalid-parameter",
                    "more than once"},
        BadQuestion{kBalancePath + "?real_time=true", "unknown-parameter", "real_time"},
        BadQuestion{kBalancePath + "?at_block=-1", "invalid-parameter", "at_block:"},
        BadQuestion{kBalancePath + "?at_block=latest", "invalid-parameter", "at_block:"},
        BadQuestion{kBalancePath + "?at_block=", "invalid-parameter", "at_block:"},
        BadQuestion{kBalancePath + "?at_block=9223372036854775808", "invalid-parameter",
                    "at_block:"},
        BadQuestion{kBalancePath + "?finality=final", "invalid-parameter", "finality:"},
        BadQuestion{kBalancePath + "?finality", "invalid-parameter", "finality:"},
        BadQuestion{kBalancePath + "?at_block=60&finality=safe", "invalid-parameter", "at_block:"},
        BadQuestion{kBalancePath + "?at_block=60&realtime=true", "invalid-parameter", "at_block:"},
        BadQuestion{kBalancePath + "?finality=safe&realtime=true", "invalid-parameter",
                    "finality:"},
        BadQuestion{kBalancePath + "?at_block=60&confirmations=2", "invalid-parameter",
                    "confirmations:"},
        BadQuestion{"/v1/users/%zz/balances/31337/2", "malformed-request", "%"},
        BadQuestion{"/v1/users/u%1/balances/31337/2", "malformed-request", "%"}));

}  // namespace
}  // namespace custodialbridge::api

#include <gmock/gmock.h>

#include "custodialbridge/core/limits.hpp"
#include "served.hpp"

namespace custodialbridge::api {
namespace {

using testing::ElementsAre;

class BalanceQuery : public Served {
  protected:
    Response query(const std::string& body, const std::string& key = "read-key",
                   const std::string& headers = "Content-Type: application/json\r\n") {
        return ask("POST", "/v1/balances/query", key, body, headers);
    }

    static std::string item(const std::string& user, const std::string& chain = "31337",
                            const std::string& token = "2") {
        return R"({"user_id":")" + user + R"(","chain_id":)" + chain + R"(,"token_id":)" + token +
               "}";
    }

    static std::string body_of(const std::vector<std::string>& items,
                               const std::string& rest = "") {
        std::string body = R"({"items":[)";
        for (const std::string& one : items)
            body.append(one).append(&one == &items.back() ? "" : ",");
        return body + "]" + rest + "}";
    }

    /// Of each item its user, or the slug of its problem.
    static std::vector<std::string> said(const Response& response) {
        EXPECT_EQ(response.status, 200) << response.body;
        std::vector<std::string> all;
        const auto answer = Json::parse(response.body);
        EXPECT_EQ(answer.size(), 1u);
        for (const auto& one : answer["items"]) {
            if (one.contains("error")) {
                EXPECT_EQ(one.size(), 1u);
            }
            all.push_back(one.contains("error") ? one["error"]["type"] : one["user_id"]);
        }
        return all;
    }
};

TEST_F(BalanceQuery, AnswersEachItemInItsPlaceWithABalanceOrAProblem) {
    serve();
    const auto response =
        query(body_of({item("cold"), item("ghost"), item("u1"), item("u1", "5"), item("down"),
                       item("u1", "31337", "9"), item("chainless"), item("u1")}));
    EXPECT_THAT(said(response),
                ElementsAre("cold", "unknown-user", "u1", "unknown-chain", "unavailable",
                            "unknown-token", "chain-unavailable", "u1"));
    const auto items = Json::parse(response.body)["items"];
    EXPECT_EQ(items[2], Json::parse(get(kBalancePath).body));
    EXPECT_EQ(items[1]["error"]["status"], 404);
    EXPECT_EQ(items[1]["error"].size(), 4u);
}

TEST_F(BalanceQuery, ReadsTheChainWhenToldTo) {
    serve();
    const auto live = query(body_of({item("u1"), item("chainless")}, R"(,"realtime":true)"));
    EXPECT_THAT(said(live), ElementsAre("u1", "chain-unavailable"));
    const auto first = Json::parse(live.body)["items"][0];
    EXPECT_EQ(first["source"], "blockchain");
    EXPECT_TRUE(first.contains("chain_confirmation"));
    const auto cached = query(R"({"realtime":false,"items":[)" + item("u1") + "]}");
    EXPECT_EQ(Json::parse(cached.body)["items"][0]["source"], "cache");
}

TEST_F(BalanceQuery, SaysOfEachBadItemWhatIsWrongWithIt) {
    serve();
    const std::vector<std::pair<std::string, std::string>> cases{
        {"7", "must be an object"},
        {"{}", "user_id: is needed"},
        {item("bad user"), "user_id"},
        {R"({"user_id":1,"chain_id":31337,"token_id":2})", "user_id: is of the wrong type"},
        {R"({"user_id":"u1","chain_id":"31337","token_id":2})", "chain_id: is of the wrong type"},
        {R"({"user_id":"u1","chain_id":31337})", "token_id: is needed"},
        {item("u1", "31337", "99999999999"), "token_id"},
        {item("u1", "31337", "-1"), "token_id"},
        {R"({"user_id":"u1","chain_id":31337,"token_id":2,"realtime":true})", "realtime: no such"},
        {R"({"user_id":"u1","user_id":"u1","chain_id":31337,"token_id":2})", "more than once"}};
    std::vector<std::string> items;
    for (const auto& [text, detail] : cases) items.push_back(text);
    items.push_back(item("u1"));
    const auto answer = Json::parse(query(body_of(items)).body)["items"];
    ASSERT_EQ(answer.size(), items.size());
    for (std::size_t i = 0; i < cases.size(); ++i) {
        EXPECT_EQ(answer[i]["error"]["type"], "invalid-body") << cases[i].first;
        EXPECT_THAT(answer[i]["error"]["detail"].get<std::string>(),
                    testing::HasSubstr(cases[i].second));
    }
    EXPECT_EQ(answer[cases.size()]["user_id"], "u1");
}

TEST_F(BalanceQuery, RefusesABodyThatIsNotOfItsShape) {
    serve();
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "not valid JSON"},
        {"[]", "must be a JSON object"},
        {"{}", "items: is needed"},
        {R"({"items":{}})", "items: must be a list"},
        {R"({"items":[],"realtime":1})", "realtime: is of the wrong type"},
        {R"({"items":[],"realtime":[]})", "realtime: is of the wrong type"},
        {R"({"items":[],"fast":true})", "fast: no such field"},
        {R"({"items":[],"items":[]})", "items: given more than once"},
        {R"({"items":[],"realtime":true,"realtime":false})", "realtime: given more than once"}};
    for (const auto& [body, detail] : cases)
        expect_problem(query(body), 400, "invalid-body", detail);
    expect_problem(query(body_of({item("u1")}), "read-key", "Content-Type: text/plain\r\n"), 415,
                   "unsupported-media-type");
    expect_problem(query(body_of({item("u1")}), ""), 401, "unauthorized");
    expect_problem(ask("GET", "/v1/balances/query", "read-key"), 405, "method-not-allowed");
}

TEST_F(BalanceQuery, TakesAThousandItemsAndNoMore) {
    serve();
    std::vector<std::string> items(limits::kBatchItemsMax, item("u1"));
    items[17] = item("cold");
    const auto users = said(query(body_of(items)));
    ASSERT_EQ(users.size(), items.size());
    EXPECT_EQ(users[17], "cold");
    items.push_back(item("u1"));
    expect_problem(query(body_of(items)), 400, "invalid-body", "at most 1000");
    EXPECT_EQ(query(body_of({})).body, R"({"items":[]})");
}

class BalanceListing : public Served {
  protected:
    static constexpr const char* kPath = "/v1/users/many/balances";

    void SetUp() override {
        serve();
        put("many", 31337, 1);
        put("many", 40000, 2);
        put("many", 31337, 3);
    }
    void put(const std::string& user, int chain, std::uint8_t address) {
        const auto path = "/v1/users/" + user + "/wallets/" + std::to_string(chain) + "/" +
                          to_string(fakes::test_address(address));
        ASSERT_EQ(ask("PUT", path, "write-key").status, 201);
    }
    /// "chain/token" of each item.
    static std::vector<std::string> said(const Response& response) {
        EXPECT_EQ(response.status, 200) << response.body;
        std::vector<std::string> all;
        const auto answer = Json::parse(response.body);
        for (const auto& one : answer["items"])
            all.push_back(one["chain_id"].dump() + "/" + one["token_id"].dump());
        return all;
    }
};

TEST_F(BalanceListing, HasEveryTokenOfTheChainsWhereTheUserHasAWallet) {
    const auto all = get(kPath);
    EXPECT_THAT(said(all), ElementsAre("31337/0", "31337/2", "40000/4"));
    const auto answer = Json::parse(all.body);
    EXPECT_TRUE(answer["next_cursor"].is_null());
    EXPECT_EQ(answer.size(), 2u);
    EXPECT_EQ(answer["items"][1], Json::parse(get("/v1/users/many/balances/31337/2").body));
    EXPECT_THAT(said(get(std::string(kPath) + "?chain_id=40000")), ElementsAre("40000/4"));
    EXPECT_THAT(said(get(std::string(kPath) + "?chain_id=5")), ElementsAre());
    EXPECT_EQ(get("/v1/users/nobody/balances").body, R"({"items":[],"next_cursor":null})");
}

TEST_F(BalanceListing, ComesInPages) {
    std::vector<std::string> all;
    std::string cursor;
    for (int page = 0; page < 3; ++page) {
        const auto response = get(std::string(kPath) + "?limit=1" + cursor);
        for (const auto& one : said(response)) all.push_back(one);
        const auto next = Json::parse(response.body)["next_cursor"];
        ASSERT_EQ(next.is_null(), page == 2);
        if (page < 2) cursor = "&cursor=" + next.get<std::string>();
    }
    EXPECT_THAT(all, ElementsAre("31337/0", "31337/2", "40000/4"));
    expect_problem(get(std::string(kPath) + "?limit=1001"), 400, "invalid-parameter", "limit");
    expect_problem(get(std::string(kPath) + "?cursor=00"), 400, "invalid-parameter", "cursor");
    expect_problem(get(std::string(kPath) + "?token_id=2"), 400, "unknown-parameter", "token_id");
}

TEST_F(BalanceListing, IsNotGivenInPart) {
    put("chainless", 31337, 9);
    expect_problem(get("/v1/users/chainless/balances"), 404, "unknown-token");
    wallets.fail_with(Error(Errc::unavailable, "the database is away"));
    expect_problem(get(kPath), 503, "unavailable");
}

TEST_F(BalanceListing, PassesOverWalletsThatWereRemovedMeanwhile) {
    balances.many_gone = true;
    EXPECT_EQ(get(kPath).body, R"({"items":[],"next_cursor":null})");
}

}  // namespace
}  // namespace custodialbridge::api

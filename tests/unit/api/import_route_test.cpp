#include <gmock/gmock.h>

#include "served.hpp"

namespace custodialbridge::api {
namespace {

using testing::HasSubstr;

class ImportRoute : public Served {
  protected:
    Response import_all(const std::string& body, const std::string& key = "write-key") {
        return ask("POST", "/v1/wallets/import", key, body, "Content-Type: application/json\r\n");
    }

    static std::string item(const std::string& user, std::uint8_t address,
                            const std::string& rest = "", const std::string& chain = "31337") {
        return R"({"user_id":")" + user + R"(","chain_id":)" + chain + R"(,"address":")" +
               to_string(fakes::test_address(address)) + "\"" + rest + "}";
    }

    static std::string body_of(const std::vector<std::string>& items) {
        std::string body = R"({"items":[)";
        for (const std::string& one : items)
            body.append(one).append(&one == &items.back() ? "" : ",");
        return body + "]}";
    }

    /// "index: detail" of each item that was refused.
    static std::vector<std::string> rejected(const Response& response) {
        EXPECT_EQ(response.status, 200) << response.body;
        std::vector<std::string> all;
        const auto answer = Json::parse(response.body);
        for (const auto& one : answer["rejected"])
            all.push_back(one["index"].dump() + ": " + one["error"]["detail"].get<std::string>());
        return all;
    }
};

TEST_F(ImportRoute, CountsWhatIsNewAndWhatIsNot) {
    serve();
    const auto first = import_all(body_of({item("u1", 1), item("u2", 2), item("u1", 3)}));
    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(first.body, R"({"created":3,"unchanged":0,"rejected":[]})");
    const auto again = import_all(body_of({item("u1", 1), item("u1", 4), item("u1", 4)}));
    EXPECT_EQ(again.body, R"({"created":1,"unchanged":2,"rejected":[]})");
    EXPECT_EQ(Json::parse(get("/v1/users/u1/wallets").body)["items"].size(), 3u);
}

TEST_F(ImportRoute, TakesTheGoodOnesWhateverTheBadOnes) {
    serve();
    import_all(body_of({item("u1", 1)}));
    const auto response = import_all(body_of(
        {item("u2", 1), item("u2", 2), item("u2", 3, "", "5"), item("bad user", 4), "7",
         item("u2", 5)}));
    EXPECT_EQ(response.status, 200);
    const auto answer = Json::parse(response.body);
    EXPECT_EQ(answer["created"], 2);
    EXPECT_EQ(answer["unchanged"], 0);
    ASSERT_EQ(answer["rejected"].size(), 4u);
    const auto expect = [&](std::size_t i, int index, int code, const std::string& slug) {
        const auto& one = answer["rejected"][i];
        EXPECT_EQ(one["index"], index);
        EXPECT_EQ(one["error"]["type"], slug);
        EXPECT_EQ(one["error"]["status"], code);
        EXPECT_EQ(one["error"].size(), 4u);
        EXPECT_EQ(one.size(), 2u);
    };
    expect(0, 0, 409, "wallet-owned-by-another-user");
    expect(1, 2, 404, "unknown-chain");
    expect(2, 3, 400, "invalid-body");
    expect(3, 4, 400, "invalid-body");
}

TEST_F(ImportRoute, SaysOfEachBadItemWhatIsWrongWithIt) {
    serve();
    const std::string wrong = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD";
    const std::string address = to_string(fakes::test_address(9));
    const std::vector<std::pair<std::string, std::string>> cases{
        {"null", "must be an object"},
        {"[]", "must be an object"},
        {R"([{"user_id":"u1"},[]])", "must be an object"},
        {R"("u1")", "must be an object"},
        {"{}", "user_id: is needed"},
        {R"({"user_id":"u1","chain_id":31337})", "address: is needed"},
        {R"({"user_id":7,"chain_id":31337,"address":")" + address + "\"}", "user_id"},
        {R"({"user_id":"u1","chain_id":"31337","address":")" + address + "\"}", "chain_id"},
        {R"({"user_id":"u1","chain_id":0,"address":")" + address + "\"}", "chain_id"},
        {R"({"user_id":"u1","chain_id":-1,"address":")" + address + "\"}", "chain_id"},
        {R"({"user_id":"u1","chain_id":31337.0,"address":")" + address + "\"}", "chain_id"},
        {R"({"user_id":"u1","chain_id":31337,"address":")" + wrong + "\"}", "address"},
        {R"({"user_id":"u1","chain_id":31337,"address":{"is":"0x"}})", "address"},
        {R"({"user_id":["u1"],"chain_id":31337,"address":")" + address + "\"}", "user_id"},
        {item("u1", 9, R"(,"is_deployed":1)"), "is_deployed"},
        {item("u1", 9, R"(,"is_deployed":null)"), "is_deployed"},
        {item("u1", 9, R"(,"label":"cold")"), "label: no such field"},
        {item("u1", 9, R"(,"user_id":"u2")"), "user_id: given more than once"},
        {R"({"user_id":"u1","chain_id":31337,"address":")" + to_string(Address{}) + "\"}",
         "zero address"},
    };
    std::vector<std::string> items;
    for (const auto& one : cases) items.push_back(one.first);
    items.push_back(item("u1", 8));
    const auto response = import_all(body_of(items));
    const auto said = rejected(response);
    ASSERT_EQ(said.size(), cases.size()) << response.body;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        EXPECT_THAT(said[i], testing::StartsWith(std::to_string(i) + ": "));
        EXPECT_THAT(said[i], HasSubstr(cases[i].second)) << cases[i].first;
    }
    EXPECT_THAT(response.body, HasSubstr(R"("created":1,)"));
}

TEST_F(ImportRoute, SaysWhetherWalletsAreDeployed) {
    serve();
    import_all(body_of({item("u1", 1, R"(,"is_deployed":true)"), item("u1", 2)}));
    import_all(body_of({item("u1", 1), item("u1", 2, R"(,"is_deployed":false)")}));
    const auto list = Json::parse(get("/v1/users/u1/wallets").body);
    EXPECT_EQ(list["items"][0]["is_deployed"], true);
    EXPECT_EQ(list["items"][1]["is_deployed"], false);
}

TEST_F(ImportRoute, RefusesABodyOfAnotherShape) {
    serve();
    for (const char* body :
         {"", "{", "null", "7", "[]", "{}", R"({"items":{}})", R"({"items":7})",
          R"({"items":[],"items":[]})", R"({"items":[],"dry_run":true})", R"({"items":[]}x)",
          R"({"wallets":[]})", "{\"items\":[\"\xff\"]}"})
        expect_problem(import_all(body), 400, "invalid-body");
    EXPECT_EQ(import_all(R"({"items":[]})").body, R"({"created":0,"unchanged":0,"rejected":[]})");
    expect_problem(ask("POST", "/v1/wallets/import", "write-key", body_of({}),
                       "Content-Type: text/csv\r\n"),
                   415, "unsupported-media-type");
}

TEST_F(ImportRoute, NeedsTheScopeWrite) {
    serve();
    expect_problem(import_all(body_of({item("u1", 1)}), "read-key"), 403, "forbidden");
    EXPECT_EQ(get("/v1/users/u1/wallets").body, R"({"items":[],"next_cursor":null})");
}

TEST_F(ImportRoute, TakesTenThousandItemsAndNotOneMore) {
    serve();
    std::vector<std::string> items(10'000, item("u1", 1));
    const auto response = import_all(body_of(items));
    EXPECT_EQ(response.body, R"({"created":1,"unchanged":9999,"rejected":[]})");
    items.push_back("7");
    expect_problem(import_all(body_of(items)), 400, "invalid-body", "10000");
}

TEST_F(ImportRoute, HasABodyLimitOfItsOwn) {
    settings.max_body = 1'000;
    serve();
    const std::string blanks(8 * 1024 * 1024 - body_of({}).size(), ' ');
    EXPECT_EQ(import_all(body_of({}) + blanks).status, 200);
    expect_problem(import_all(body_of({}) + blanks + " "), 413, "body-too-large", "8388608");
    expect_problem(ask("PUT", "/v1/users/u1/wallets/31337/0x11", "write-key",
                       std::string(1'001, ' '), "Content-Type: application/json\r\n"),
                   413, "body-too-large", "1000");
    EXPECT_EQ(ask("POST", "/v1/wallets/import?x=1", "write-key", body_of({}) + blanks, "").status,
              400);
}

TEST_F(ImportRoute, IsUnavailableWhileTheDatabaseIsAway) {
    serve();
    wallets.fail_with(Error(Errc::unavailable, "no connection"));
    expect_problem(import_all(body_of({item("u1", 1)})), 503, "unavailable");
}

}  // namespace
}  // namespace custodialbridge::api

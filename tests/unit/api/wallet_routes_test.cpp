#include <gmock/gmock.h>

#include "served.hpp"

namespace custodialbridge::api {
namespace {

class WalletRoutes : public Served {
  protected:
    static std::string path_of(const std::string& user, std::uint8_t address,
                               const std::string& chain = "31337") {
        return "/v1/users/" + user + "/wallets/" + chain + "/" +
               to_string(fakes::test_address(address));
    }

    Response put(const std::string& path, const std::string& body = "",
                 const std::string& headers = "Content-Type: application/json\r\n") {
        return ask("PUT", path, "write-key", body, headers);
    }
};

TEST_F(WalletRoutes, PuttingANewWalletCreatesItAndPuttingItAgainDoesNot) {
    serve();
    const auto created = put(path_of("u1", 1), R"({"is_deployed":true})");
    EXPECT_EQ(created.status, 201) << created.body;
    EXPECT_EQ(created.body,
              R"({"user_id":"u1","chain_id":31337,"address":")" +
                  to_string(fakes::test_address(1)) +
                  R"(","is_deployed":true,"tracking":"snapshotting","tracked_from_block":null,)"
                  R"("created_at":"2024-01-15T10:30:00Z"})");
    const auto again = put(path_of("u1", 1), R"({"is_deployed":true})");
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.body, created.body);
}

TEST_F(WalletRoutes, WithoutABodyANewWalletIsNotDeployed) {
    serve();
    EXPECT_EQ(Json::parse(put(path_of("u1", 1)).body)["is_deployed"], false);
    EXPECT_EQ(Json::parse(put(path_of("u1", 2), "{}").body)["is_deployed"], false);
}

TEST_F(WalletRoutes, WithoutABodyAKnownWalletStaysAsItIs) {
    serve();
    put(path_of("u1", 1), R"({"is_deployed":true})");
    EXPECT_EQ(Json::parse(put(path_of("u1", 1)).body)["is_deployed"], true);
    EXPECT_EQ(Json::parse(put(path_of("u1", 1), "{}").body)["is_deployed"], true);
}

TEST_F(WalletRoutes, ATrackedWalletSaysSinceWhichBlock) {
    serve();
    put(path_of("u1", 1));
    wallets.track_all(BlockNumber{99});
    const auto list = Json::parse(get("/v1/users/u1/wallets").body);
    EXPECT_EQ(list["items"][0]["tracking"], "tracked");
    EXPECT_EQ(list["items"][0]["tracked_from_block"], 99);
}

TEST_F(WalletRoutes, AnAddressOfAnotherUserIsAConflict) {
    serve();
    put(path_of("u1", 1));
    expect_problem(put(path_of("u2", 1)), 409, "wallet-owned-by-another-user");
}

TEST_F(WalletRoutes, ADeletedWalletIsGoneAndDeletingItAgainIs404) {
    serve();
    put(path_of("u1", 1));
    const auto deleted = ask("DELETE", path_of("u1", 1), "write-key");
    EXPECT_EQ(deleted.status, 204);
    EXPECT_FALSE(deleted.has("content-length"));
    EXPECT_EQ(get("/v1/users/u1/wallets").body, R"({"items":[],"next_cursor":null})");
    expect_problem(ask("DELETE", path_of("u1", 1), "write-key"), 404, "unknown-wallet");
}

TEST_F(WalletRoutes, AChainThatIsNotConfiguredIsUnknown) {
    serve();
    expect_problem(put(path_of("u1", 1, "5")), 404, "unknown-chain", "5");
    expect_problem(ask("DELETE", path_of("u1", 1, "5"), "write-key"), 404, "unknown-chain");
}

TEST_F(WalletRoutes, AnAddressWithAWrongChecksumIsRefused) {
    serve();
    const std::string right = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";  // of EIP-55 itself
    const std::string wrong = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD";
    expect_problem(put("/v1/users/u1/wallets/31337/" + wrong), 400, "invalid-parameter", "address");
    EXPECT_EQ(put("/v1/users/u1/wallets/31337/" + right).status, 201);
}

TEST_F(WalletRoutes, ListsGoOnWhereThePageBeforeEnded) {
    serve();
    for (std::uint8_t i = 1; i <= 5; ++i) put(path_of("u1", i));
    put(path_of("u2", 9));
    std::vector<std::string> seen;
    std::string cursor;
    for (int page = 0; page < 3; ++page) {
        const auto list = Json::parse(
            get("/v1/users/u1/wallets?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor)).body);
        for (const auto& item : list["items"]) seen.push_back(item["address"]);
        EXPECT_EQ(list["next_cursor"].is_null(), page == 2);
        cursor = list["next_cursor"].is_null() ? "" : list["next_cursor"].get<std::string>();
    }
    std::vector<std::string> expected;
    for (std::uint8_t i = 1; i <= 5; ++i) expected.push_back(to_string(fakes::test_address(i)));
    EXPECT_EQ(seen, expected);
}

TEST_F(WalletRoutes, ListsCanBeOfOneChain) {
    serve();
    put(path_of("u1", 1));
    put(path_of("u1", 2, "40000"));
    const auto list = Json::parse(get("/v1/users/u1/wallets?chain_id=40000").body);
    ASSERT_EQ(list["items"].size(), 1u);
    EXPECT_EQ(list["items"][0]["chain_id"], 40000);
}

TEST_F(WalletRoutes, BadListParametersAreRefused) {
    serve();
    const std::string list = "/v1/users/u1/wallets?";
    expect_problem(get(list + "limit=0"), 400, "invalid-parameter", "limit");
    expect_problem(get(list + "limit=1001"), 400, "invalid-parameter", "limit");
    EXPECT_EQ(get(list + "limit=1000").status, 200);
    expect_problem(get(list + "cursor=abc"), 400, "invalid-parameter", "cursor");
    expect_problem(get(list + "cursor=" + std::string(40, '0')), 400, "invalid-parameter",
                   "cursor");
    expect_problem(get(list + "chain_id=x"), 400, "invalid-parameter", "chain_id");
    expect_problem(get(list + "offset=3"), 400, "unknown-parameter", "offset");
}

TEST_F(WalletRoutes, BadBodiesAreRefusedAndTheFieldIsNamed) {
    serve();
    const auto path = path_of("u1", 1);
    expect_problem(put(path, "{"), 400, "invalid-body", "JSON");
    expect_problem(put(path, "[]"), 400, "invalid-body", "object");
    expect_problem(put(path, R"({"is_deployed":1})"), 400, "invalid-body", "is_deployed");
    expect_problem(put(path, R"({"is_deployed":{"x":true}})"), 400, "invalid-body", "is_deployed");
    expect_problem(put(path, R"({"is_deployed":[true]})"), 400, "invalid-body", "is_deployed");
    expect_problem(put(path, R"({"is_deployed":true,"is_deployed":true})"), 400, "invalid-body",
                   "is_deployed");
    expect_problem(put(path, R"({"deployed":true})"), 400, "invalid-body", "deployed");
    expect_problem(put(path, R"({"is_deployed":true} x)"), 400, "invalid-body", "JSON");
    expect_problem(put(path, std::string(200'000, '[')), 400, "invalid-body", "JSON");
    expect_problem(put(path, "\xff\xfe"), 400, "invalid-body", "JSON");
    EXPECT_EQ(get("/v1/users/u1/wallets").body, R"({"items":[],"next_cursor":null})");
}

TEST_F(WalletRoutes, ABodyOfAnotherTypeIsUnsupported) {
    serve();
    expect_problem(put(path_of("u1", 1), "is_deployed=true",
                       "Content-Type: application/x-www-form-urlencoded\r\n"),
                   415, "unsupported-media-type", "application/json");
    EXPECT_EQ(
        put(path_of("u1", 1), "{}", "Content-Type: Application/JSON; charset=utf-8\r\n").status,
        201);
}

TEST_F(WalletRoutes, TheRegistrysTroublesBecomeProblems) {
    serve();
    const auto path = path_of("u1", 1);
    for (const auto code : {Errc::unavailable, Errc::timed_out}) {
        wallets.fail_with(Error(code, "the database is away"));
        for (const auto& response :
             {put(path), ask("DELETE", path, "write-key"), get("/v1/users/u1/wallets")}) {
            expect_problem(response, 503, "unavailable", "database");
            EXPECT_EQ(response.header("retry-after"), "1");
        }
    }
    wallets.fail_with(Error(Errc::corrupt, "secret table wallets_pkey"));
    const auto response = put(path);
    expect_problem(response, 500, "internal");
    EXPECT_THAT(response.body, testing::Not(testing::HasSubstr("secret")));
}

}  // namespace
}  // namespace custodialbridge::api

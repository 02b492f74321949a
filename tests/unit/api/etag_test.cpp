#include "etag.hpp"

#include <gmock/gmock.h>

#include <set>

#include "served.hpp"

namespace custodialbridge::api {
namespace {

class ETags : public Served {
  protected:
    void SetUp() override {
        serve();
        const auto path = "/v1/users/many/wallets/31337/" + to_string(fakes::test_address(1));
        ASSERT_EQ(ask("PUT", path, "write-key").status, 201);
    }

    Response get_unless(const std::string& path, const std::string& tags,
                        const std::string& method = "GET") {
        return ask(method, path, "read-key", "", "If-None-Match: " + tags + "\r\n");
    }

    /// The local tier, the long way, a list.
    const std::vector<std::string> paths{kBalancePath, "/v1/users/cold/balances/31337/2",
                                         kBalancePath + "?at_block=60", "/v1/users/many/balances"};
};

TEST_F(ETags, OfBalancesAreStrongAndSpareTheBody) {
    for (const std::string& path : paths) {
        const auto whole = get(path);
        ASSERT_EQ(whole.status, 200) << path;
        const std::string tag = whole.header("etag");
        EXPECT_THAT(tag, testing::MatchesRegex("\"[0-9a-f]+\"")) << path;
        EXPECT_EQ(get(path).header("etag"), tag);
        for (const std::string& tags : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
            const auto spared = get_unless(path, tags);
            EXPECT_EQ(spared.status, 304) << path << ' ' << tags;
            EXPECT_EQ(spared.header("etag"), tag);
            EXPECT_EQ(spared.header("x-balance-tier"), whole.header("x-balance-tier"));
            EXPECT_FALSE(spared.has("content-length"));
            EXPECT_FALSE(spared.has("content-type"));
            EXPECT_EQ(spared.body, "");
        }
        for (const std::string tags : {"\"other\"", "", "other", "**"}) {
            const auto other = get_unless(path, tags);
            EXPECT_EQ(other.status, 200) << path << ' ' << tags;
            EXPECT_EQ(other.body, whole.body);
        }
    }
}

TEST_F(ETags, DifferWithTheBody) {
    std::set<std::string> tags;
    for (const std::string& path : paths) tags.insert(get(path).header("etag"));
    EXPECT_EQ(tags.size(), paths.size());
}

TEST_F(ETags, AConnectionGoesOnAfter304) {
    auto connection = client();
    connection.send(request_text("GET", kBalancePath, "read-key", "", "If-None-Match: *\r\n") +
                    request_text("GET", kBalancePath, "read-key"));
    EXPECT_EQ(connection.read(true).status, 304);
    EXPECT_EQ(connection.read().status, 200);
    EXPECT_EQ(get_unless(kBalancePath, "*", "HEAD").status, 304);
}

TEST_F(ETags, AreOfGoodAnswersAlone) {
    const auto refused = get_unless("/v1/users/ghost/balances/31337/2", "*");
    expect_problem(refused, 404, "unknown-user");
    EXPECT_FALSE(refused.has("etag"));
    EXPECT_FALSE(get("/v1/tokens").has("etag"));
}

TEST_F(ETags, OfTheFirstOfTwoLinesCount) {
    const std::string tag = get(kBalancePath).header("etag");
    EXPECT_EQ(get_unless(kBalancePath, tag + "\r\nIf-None-Match: \"other\"").status, 304);
}

class Origins : public Served {};

TEST_F(Origins, OfOthersAreNotLetIn) {
    serve();
    const std::string origin = "Origin: https://elsewhere.example\r\n";
    for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
             {"GET", kBalancePath}, {"GET", "/livez"}, {"OPTIONS", kBalancePath}}) {
        const auto response = ask(method, path, "read-key", "",
                                  origin + "Access-Control-Request-Method: GET\r\n");
        for (const auto& [name, value] : response.headers)
            EXPECT_FALSE(name.starts_with("access-control-")) << path;
    }
    const auto preflight = ask("OPTIONS", kBalancePath, "", "", origin);
    expect_problem(preflight, 405, "method-not-allowed");
    EXPECT_EQ(preflight.header("allow"), "GET, HEAD");
    const auto wallet = "/v1/users/u1/wallets/31337/" + to_string(fakes::test_address(1));
    EXPECT_EQ(ask("OPTIONS", wallet, "").header("allow"), "PUT, DELETE");
}

}  // namespace
}  // namespace custodialbridge::api

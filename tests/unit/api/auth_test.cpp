#include "auth.hpp"

#include "served.hpp"

namespace custodialbridge::api {
namespace {

class Auth : public Served {};

const std::string kWalletPath = "/v1/users/u1/wallets/31337/" + to_string(fakes::test_address(1));

TEST_F(Auth, WithoutAKeyTheAnswerIs401AndSaysHow) {
    serve();
    for (const auto& path : {kBalancePath, std::string("/v1/tokens")}) {
        const auto response = get(path, "");
        expect_problem(response, 401, "unauthorized");
        EXPECT_EQ(response.header("www-authenticate"), "Bearer");
    }
}

TEST_F(Auth, AnUnknownKeyIs401) {
    serve();
    expect_problem(get(kBalancePath, "guess"), 401, "unauthorized", "not known");
    expect_problem(get(kBalancePath, "read-key2"), 401, "unauthorized");
}

TEST_F(Auth, OtherSchemesAreNotKeys) {
    serve();
    for (const std::string value : {"Basic read-key", "Bearer", "Bearer  ", "read-key", ""}) {
        expect_problem(ask("GET", kBalancePath, "", "", "Authorization: " + value + "\r\n"), 401,
                       "unauthorized");
    }
}

TEST_F(Auth, TheSchemesCaseDoesNotMatter) {
    serve();
    EXPECT_EQ(ask("GET", kBalancePath, "", "", "authorization: bEARER read-key\r\n").status, 200);
}

TEST_F(Auth, EachScopeImpliesThoseBeforeIt) {
    serve();
    EXPECT_EQ(get(kBalancePath, "read-key").status, 200);
    EXPECT_EQ(get(kBalancePath, "write-key").status, 200);
    EXPECT_EQ(get(kBalancePath, "admin-key").status, 200);
    expect_problem(ask("PUT", kWalletPath, "read-key"), 403, "forbidden", "write");
    EXPECT_EQ(ask("PUT", kWalletPath, "write-key").status, 201);
    EXPECT_EQ(ask("PUT", kWalletPath, "admin-key").status, 200);
    expect_problem(get("/v1/admin/status", "read-key"), 403, "forbidden", "admin");
    expect_problem(get("/v1/admin/status", "write-key"), 403, "forbidden", "admin");
    EXPECT_EQ(get("/v1/admin/status", "admin-key").status, 200);
}

TEST_F(Auth, ARefusedRequestIsRefusedBeforeItsParametersAreLookedAt) {
    serve();
    expect_problem(get(kBalancePath + "?nonsense=1", "guess"), 401, "unauthorized");
}

TEST_F(Auth, ModeNoneLetsEverybodyIn) {
    settings.keys_required = false;
    settings.keys.clear();
    serve();
    EXPECT_EQ(get(kBalancePath, "").status, 200);
    EXPECT_EQ(get("/v1/admin/status", "whatever").status, 200);
}

TEST_F(Auth, AReloadTakesEffectOnOpenConnectionsAtOnce) {
    serve();
    auto connection = client();
    EXPECT_EQ(connection.ask("GET", kBalancePath).status, 200);
    settings.keys = {api_key("new", "new-key", Scope::read)};
    server->reload(settings);
    expect_problem(connection.ask("GET", kBalancePath), 401, "unauthorized");
    connection.key = "new-key";
    EXPECT_EQ(connection.ask("GET", kBalancePath).status, 200);
}

TEST_F(Auth, OneConnectionMayChangeItsKeyWithEachRequest) {
    serve();
    auto connection = client();
    for (int round = 0; round < 2; ++round) {
        connection.key = "admin-key";
        EXPECT_EQ(connection.ask("GET", "/v1/admin/status").status, 200);
        connection.key = "read-key";
        EXPECT_EQ(connection.ask("GET", "/v1/admin/status").status, 403);
        connection.key = "wrong";
        EXPECT_EQ(connection.ask("GET", kBalancePath).status, 401);
    }
}

TEST(CallerOf, OfTwoEntriesWithOneKeyTheHigherScopeCounts) {
    Settings settings;
    settings.keys = {api_key("a", "k", Scope::read), api_key("b", "k", Scope::admin),
                     api_key("c", "other", Scope::write)};
    EXPECT_EQ(caller_of(settings, "Bearer k"), (Caller{Scope::admin, 1, 0}));
    EXPECT_EQ(caller_of(settings, "Bearer other"), (Caller{Scope::write, 2, 0}));
    EXPECT_EQ(caller_of(settings, "Bearer nobody"), std::nullopt);
}

}  // namespace
}  // namespace custodialbridge::api

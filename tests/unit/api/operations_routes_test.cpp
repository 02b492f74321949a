#include <gmock/gmock.h>

#include "served.hpp"

namespace custodialbridge::api {
namespace {

using testing::HasSubstr;

class OperationsRoutes : public Served {
  protected:
    void set_health(const std::string& name, bool ok, telemetry::Weight weight) {
        telemetry::HealthCheck check;
        check.name = name;
        check.ok = ok;
        check.detail = ok ? "fine" : "away";
        check.weight = weight;
        health.set(check);
    }
};

TEST_F(OperationsRoutes, TokensShowTheFieldsOfTheConfiguration) {
    serve();
    const auto list = Json::parse(get("/v1/tokens").body);
    ASSERT_EQ(list["items"].size(), 3u);
    EXPECT_EQ(list["items"][0].dump(),
              R"({"chain_id":31337,"token_id":0,"kind":"native","symbol":"ETH","decimals":18,)"
              R"("sync_class":"major","address":null,"nft_id":null,"realtime":false,)"
              R"("mismatch_threshold":"0","on_difference":"sync"})");
    EXPECT_EQ(list["items"][2].dump(),
              R"({"chain_id":40000,"token_id":4,"kind":"erc1155","symbol":"GAME","decimals":0,)"
              R"("sync_class":"nft","address":")" +
                  to_string(fakes::test_address(4)) +
                  R"(","nft_id":"77","realtime":true,)"
                  R"("mismatch_threshold":"0","on_difference":"mismatch"})");
    EXPECT_TRUE(list["next_cursor"].is_null());
}

TEST_F(OperationsRoutes, TokensCanBePagedAndFiltered) {
    serve();
    const auto first = Json::parse(get("/v1/tokens?limit=2").body);
    ASSERT_EQ(first["items"].size(), 2u);
    const auto cursor = first["next_cursor"].get<std::string>();
    const auto second = Json::parse(get("/v1/tokens?limit=2&cursor=" + cursor).body);
    ASSERT_EQ(second["items"].size(), 1u);
    EXPECT_EQ(second["items"][0]["symbol"], "GAME");
    EXPECT_TRUE(second["next_cursor"].is_null());
    EXPECT_EQ(Json::parse(get("/v1/tokens?chain_id=31337").body)["items"].size(), 2u);
    EXPECT_EQ(Json::parse(get("/v1/tokens?chain_id=7").body)["items"].size(), 0u);
}

TEST_F(OperationsRoutes, ACursorOfOneListIsNoCursorOfAnother) {
    serve();
    const auto first = Json::parse(get("/v1/tokens?limit=2").body);
    const auto cursor = first["next_cursor"].get<std::string>();
    expect_problem(get("/v1/users/u1/wallets?cursor=" + cursor), 400, "invalid-parameter",
                   "cursor");
}

TEST_F(OperationsRoutes, StatusSaysWhatTheSourceSays) {
    serve();
    const auto response = get("/v1/admin/status", "admin-key");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body,
              R"({"version":")" CB_VERSION
              R"(","uptime_seconds":12,"database":"ok","redis":"off","chains":[{"chain_id":31337,)"
              R"("name":"devnet \"one\"","state":"following","head":121,"cursor":120,"safe":null,)"
              R"("finalized":null,"lag_seconds":0,"coverage":0.5,"completeness":"claimed",)"
              R"("endpoints":[{"name":"127.0.0.1:8545","healthy":true,"head":121,)"
              R"("latency_ms":1.25,"error_rate":0}]}],)"
              R"("queues":{"retry":0,"dead_letters":0,"outbox":3}})");
}

TEST_F(OperationsRoutes, LivezNeedsNoKey) {
    serve();
    EXPECT_EQ(get("/livez", "").status, 200);
}

TEST_F(OperationsRoutes, ReadyzIs503UntilEveryRequiredCheckIsGood) {
    serve();
    EXPECT_EQ(get("/readyz", "").status, 503);
    set_health("database", true, telemetry::Weight::required);
    set_health("chain:31337", false, telemetry::Weight::required);
    EXPECT_EQ(get("/readyz", "").status, 503);
    set_health("chain:31337", true, telemetry::Weight::required);
    set_health("redis", false, telemetry::Weight::helpful);
    const auto response = get("/readyz", "");
    EXPECT_EQ(response.status, 200);
    const auto ready = Json::parse(response.body);
    EXPECT_EQ(ready["ready"], true);
    EXPECT_EQ(ready["degraded"], Json::parse(R"(["redis"])"));
    EXPECT_THAT(response.body, HasSubstr(R"({"name":"redis","ok":false,"detail":"away"})"));
}

TEST_F(OperationsRoutes, TheIndexIsAPageOfLinks) {
    serve();
    const auto response = get("/", "");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("content-type"), "text/html; charset=utf-8");
    EXPECT_THAT(response.body, HasSubstr("href=\"/readyz\""));
}

TEST_F(OperationsRoutes, RequestsAreCountedByRouteTemplateAndStatus) {
    serve();
    get(kBalancePath);
    get("/v1/users/cold/balances/31337/2");
    get("/v1/users/ghost/balances/31337/2");
    get("/no/such/path");
    get("/no/such/path?user=u1");
    const auto text = get("/metrics", "").body;
    const std::string balance =
        R"(custodialbridge_api_requests_total{route="/v1/users/{user_id}/balances/)"
        R"({chain_id}/{token_id}",status=)";
    EXPECT_THAT(text, HasSubstr(balance + "\"200\"} 2\n"));
    EXPECT_THAT(text, HasSubstr(balance + "\"404\"} 1\n"));
    EXPECT_THAT(text,
                HasSubstr(R"(custodialbridge_api_requests_total{route="other",status="404"} 2)"));
    EXPECT_THAT(text, HasSubstr(R"(custodialbridge_api_request_seconds_count{route="other"} 2)"));
    EXPECT_THAT(text, testing::Not(HasSubstr("ghost")));
}

TEST_F(OperationsRoutes, MetricsAreInThePrometheusTextFormat) {
    serve();
    const auto response = get("/metrics", "");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_THAT(response.body, HasSubstr("# TYPE custodialbridge_api_request_seconds histogram"));
}

}  // namespace
}  // namespace custodialbridge::api

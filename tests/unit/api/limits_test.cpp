#include <gmock/gmock.h>

#include "custodialbridge/core/limits.hpp"
#include "served.hpp"

namespace custodialbridge::api {
namespace {

/// Three requests at once, and then one in a quarter of an hour.
class RateLimit : public Served {
  protected:
    void SetUp() override {
        settings.rate_per_key_rps = 0.001;
        settings.rate_burst = 3;
    }

    int status(const std::string& key = "read-key", const std::string& path = kBalancePath) {
        return get(path, key).status;
    }
};

TEST_F(RateLimit, EndsAtTheBurstAndSaysWhenToComeBack) {
    serve();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(status(), 200);
    for (const char* path :
         {"/v1/users/u1/balances/31337/2", "/v1/users/cold/balances/31337/2", "/v1/tokens"}) {
        const auto refused = get(path);
        expect_problem(refused, 429, "rate-limited", "requests");
        const int wait = std::stoi(refused.header("retry-after"));
        EXPECT_GT(wait, 900);
        EXPECT_LE(wait, 1'000);
    }
    EXPECT_THAT(get("/metrics").body,
                testing::HasSubstr("custodialbridge_api_limited_total{limit=\"requests\"} 3"));
}

TEST_F(RateLimit, IsOneForAllRoutesAndThreads) {
    settings.threads = 3;
    serve();
    Client a(server->address()), b(server->address()), c(server->address());
    EXPECT_EQ(a.ask("GET", kBalancePath).status, 200);
    EXPECT_EQ(b.ask("GET", "/v1/tokens").status, 200);
    EXPECT_EQ(c.ask("GET", "/v1/users/cold/balances/31337/2").status, 200);
    EXPECT_EQ(a.ask("GET", kBalancePath).status, 429);
    EXPECT_EQ(b.ask("GET", kBalancePath).status, 429);
}

TEST_F(RateLimit, IsEachKeysOwn) {
    serve();
    for (int i = 0; i < 4; ++i) status("read-key");
    EXPECT_EQ(status("read-key"), 429);
    EXPECT_EQ(status("write-key"), 200);
}

TEST_F(RateLimit, TouchesNeitherOpenRoutesNorWhatIsRefusedAnyway) {
    serve();
    for (int i = 0; i < 10; ++i) EXPECT_EQ(status("read-key", "/livez"), 200);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(status("read-key", "/v1/admin/status"), 403);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(status("read-key", "/v1/nothing"), 404);
    EXPECT_EQ(status(), 200);
}

TEST_F(RateLimit, WithoutABurstIsASecondsWorth) {
    settings.rate_per_key_rps = 0.5;
    settings.rate_burst = 0;
    serve();
    EXPECT_EQ(status(), 200);
    const auto refused = get(kBalancePath);
    EXPECT_EQ(refused.status, 429);
    EXPECT_THAT(refused.header("retry-after"), testing::AnyOf("1", "2"));
}

TEST_F(RateLimit, AReloadKeepsWhatKeysHaveSpent) {
    serve();
    auto connection = client();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(connection.ask("GET", kBalancePath).status, 200);
    settings.keys = {api_key("another", "other-key", Scope::read), settings.keys.front()};
    server->reload(settings);
    EXPECT_EQ(connection.ask("GET", kBalancePath).status, 429);
    EXPECT_EQ(status("other-key"), 200);
    settings.rate_per_key_rps = 0;
    server->reload(settings);
    EXPECT_EQ(connection.ask("GET", kBalancePath).status, 200);
}

TEST_F(RateLimit, WithoutKeysAllCallersShareOne) {
    settings.keys_required = false;
    serve();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(status(""), 200);
    EXPECT_EQ(status(""), 429);
    EXPECT_EQ(status("read-key"), 429);
}

class RealtimeBudget : public Served {
  protected:
    /// A query for so many balances.
    Response batch(std::size_t items, bool realtime = true, const std::string& key = "read-key") {
        std::string body = R"({"items":[)";
        for (std::size_t i = 0; i < items; ++i)
            body += R"({"user_id":"u1","chain_id":31337,"token_id":2},)";
        body.back() = ']';
        body += realtime ? R"(,"realtime":true})" : "}";
        return ask("POST", "/v1/balances/query", key, body);
    }
};

TEST_F(RealtimeBudget, IsSpentByOneFullBatch) {
    serve();
    EXPECT_EQ(batch(limits::kBatchItemsMax).status, 200);
    const auto refused = batch(limits::kBatchItemsMax);
    expect_problem(refused, 429, "rate-limited", "realtime");
    const int wait = std::stoi(refused.header("retry-after"));
    EXPECT_GE(wait, 1);
    EXPECT_LE(wait, 5);
    EXPECT_EQ(batch(limits::kBatchItemsMax, true, "write-key").status, 200) << "another key's own";
    EXPECT_THAT(get("/metrics").body,
                testing::HasSubstr("custodialbridge_api_limited_total{limit=\"realtime\"} 1"));
}

TEST_F(RealtimeBudget, IsSpentBySingleQueriesToo) {
    serve();
    auto connection = client();
    int answered = 0, refused = 0;
    for (std::uint32_t i = 0; i < 3 * limits::kRealtimeQueriesBurst; ++i) {
        const auto response = connection.ask("GET", kBalancePath + "?realtime=true");
        ++(response.status == 200 ? answered : refused);
    }
    EXPECT_GE(answered, 100);
    EXPECT_GT(refused, 0);
}

TEST_F(RealtimeBudget, IsNotSpentByCachedReadsNorWithoutKeys) {
    serve();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(batch(limits::kBatchItemsMax, false).status, 200);
    settings.keys_required = false;
    server->reload(settings);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(batch(limits::kBatchItemsMax).status, 200);
}

}  // namespace
}  // namespace custodialbridge::api

#include <gmock/gmock.h>

#include <future>
#include <latch>
#include <vector>

#include "served.hpp"

namespace custodialbridge::api {
namespace {

class Draining : public Served {
  protected:
    std::future<void> stop_with(Millis patience) {
        return std::async(std::launch::async, [this, patience] { server->stop(patience); });
    }

    // Until the server refuses new connections, which is when it has begun to drain.
    void wait_until_draining() {
        for (;;) {
            try {
                if (client().is_closed()) return;
            } catch (const std::runtime_error&) {
                return;
            }
        }
    }

    // The number of answers. The server may close an idle connection just when we send the next
    // request.
    int ask_until_closed(std::latch& all_answered) {
        auto connection = client();
        for (int answered = 0;;) try {
                const auto response = connection.ask("GET", kBalancePath);
                EXPECT_EQ(response.status, 200);
                if (++answered == 1) all_answered.count_down();
                if (response.header("connection") == "close") return answered;
            } catch (const std::runtime_error&) {
                return answered;
            }
    }

    const std::string slow = request_text("GET", "/v1/users/slow/balances/31337/2", "read-key");
};

constexpr Millis kLong{60'000};

TEST_F(Draining, ClosesIdleConnectionsAndThenStops) {
    serve();
    auto connection = client();
    EXPECT_EQ(connection.ask("GET", kBalancePath).status, 200);
    auto stopped = stop_with(kLong);
    EXPECT_TRUE(connection.is_closed());
    connection.end_input();
    stopped.get();
    EXPECT_THROW(client(), std::runtime_error);
}

TEST_F(Draining, LetsARunningRequestFinishAndTellsItsClientThatItWasTheLast) {
    serve();
    auto connection = client();
    connection.send(slow);
    balances.gate.wait_for_somebody();
    auto stopped = stop_with(kLong);
    wait_until_draining();
    balances.gate.open();
    const auto response = connection.read();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_TRUE(connection.is_closed());
    connection.end_input();
    stopped.get();
}

TEST_F(Draining, AfterItsPatienceRunningRequestsAreCancelled) {
    serve();
    auto connection = client();
    connection.send(slow);
    balances.gate.wait_for_somebody();
    stop_with(Millis(10)).get();
    EXPECT_TRUE(connection.is_closed());
}

TEST_F(Draining, ADrainingServerIsNotReady) {
    telemetry::HealthCheck good;
    good.name = "database";
    good.ok = true;
    health.set(good);
    serve();
    EXPECT_EQ(get("/readyz", "").status, 200);
    auto connection = client();
    connection.send(slow + request_text("GET", "/readyz", ""));
    balances.gate.wait_for_somebody();
    auto stopped = stop_with(kLong);
    wait_until_draining();
    balances.gate.open();
    EXPECT_EQ(connection.read().status, 200);
    const auto response = connection.read();  // it was here before: it is answered
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_THAT(response.body, testing::HasSubstr("draining"));
    connection.end_input();
    stopped.get();
}

TEST_F(Draining, StoppingTwiceOrWithoutStartingIsNothing) {
    serve();
    server->stop(Millis(0));
    server->stop(Millis(0));
    settings.host = "256.0.0.1";
    auto never = make_http_server(settings, services());
    EXPECT_FALSE(never->start());
    never->stop(Millis(0));
}

TEST_F(Draining, StopsWhileClientsKeepAsking) {
    serve();
    std::latch all_answered(8);
    std::vector<std::future<int>> clients;
    for (int i = 0; i < 8; ++i)
        clients.push_back(
            std::async(std::launch::async, [&] { return ask_until_closed(all_answered); }));
    all_answered.wait();
    server->stop(kLong);
    for (auto& one : clients) EXPECT_GT(one.get(), 0);
}

}  // namespace
}  // namespace custodialbridge::api

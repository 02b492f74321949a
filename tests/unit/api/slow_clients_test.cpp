#include <list>
#include <thread>

#include "served.hpp"

namespace custodialbridge::api {
namespace {

class SlowClients : public Served {
  protected:
    /// Sends byte after byte; true when the server closes before the last one.
    bool is_cut_off(Client& connection, const std::string& text) {
        try {
            for (const char letter : text) {
                connection.send({&letter, 1});
                std::this_thread::sleep_for(Millis(5));
            }
        } catch (const std::runtime_error&) {
            return true;
        }
        return false;
    }

    void expect_served() {
        auto connection = client();
        for (int i = 0; i < 100; ++i) EXPECT_EQ(connection.ask("GET", kBalancePath).status, 200);
        EXPECT_EQ(get("/v1/users/cold/balances/31337/2").status, 200);
    }
};

TEST_F(SlowClients, AHeadThatTricklesInGetsNoMoreTimeByIt) {
    settings.header_timeout = Millis(100);
    serve();
    auto connection = client();
    EXPECT_TRUE(is_cut_off(connection, "GET / HTTP/1.1\r\nX: " + std::string(10'000, 'y')));
}

TEST_F(SlowClients, ABodyThatTricklesInGetsNoMoreTimeByIt) {
    settings.request_timeout = Millis(100);
    serve();
    auto connection = client();
    connection.send(request_text("POST", "/v1/balances/query", "read-key", "",
                                 "Content-Length: 10000\r\n"));
    EXPECT_TRUE(is_cut_off(connection, std::string(10'000, ' ')));
}

TEST_F(SlowClients, HundredsOfThemHoldNobodyUp) {
    serve();
    std::list<Client> slow;
    const std::string part = request_text("GET", kBalancePath, "read-key").substr(0, 20);
    const std::string body = request_text("PUT", "/v1/users/u1/wallets/31337/0x1", "write-key", "",
                                          "Content-Length: 1000\r\n");
    for (int i = 0; i < 300; ++i) {
        Client& one = slow.emplace_back(server->address());
        if (i % 3 == 0) one.send(part);
        if (i % 3 == 1) one.send(body);
        if (i % 3 == 2) one.end_input();  // and never closes
    }
    expect_served();
}

TEST_F(SlowClients, OneThatAsksAndNeverReadsIsBoundedAndHoldsNobodyUp) {
    settings.request_timeout = Millis(10'000);
    serve();
    std::string requests;
    for (int i = 0; i < 2'000; ++i) requests += request_text("GET", kBalancePath, "read-key");
    std::list<Client> deaf;
    std::vector<std::jthread> senders;
    for (int i = 0; i < 4; ++i) {
        Client& one = deaf.emplace_back(server->address());
        senders.emplace_back([&one, &requests] {
            try {
                for (int round = 0; round < 3; ++round) one.send(requests);
            } catch (const std::exception&) {  // the server reads no more: as it should
            }
        });
    }
    expect_served();
    server->stop(Millis(0));
}

}  // namespace
}  // namespace custodialbridge::api

#include <gmock/gmock.h>

#include <array>

#include "served.hpp"

namespace custodialbridge::api {
namespace {

using testing::HasSubstr;

class Connections : public Served {
  protected:
    std::string balance_request(const std::string& headers = "") {
        return request_text("GET", kBalancePath, "read-key", "", headers);
    }
    static std::string slow_request() {
        return request_text("GET", "/v1/users/slow/balances/31337/2", "read-key");
    }
};

const std::string kPut = "/v1/users/u1/wallets/31337/" + to_string(fakes::test_address(1));

TEST_F(Connections, AreKeptForFurtherRequests) {
    serve();
    auto connection = client();
    for (int i = 0; i < 100; ++i) {
        const auto response = connection.ask("GET", kBalancePath);
        ASSERT_EQ(response.status, 200);
        ASSERT_FALSE(response.has("connection"));
        ASSERT_TRUE(response.has("date"));
    }
}

TEST_F(Connections, CloseWhenTheClientSaysSo) {
    serve();
    auto connection = client();
    const auto response = connection.ask("GET", kBalancePath, "", "Connection: close\r\n");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_TRUE(connection.is_closed());
}

TEST_F(Connections, OfHttp10CloseUnlessTheyAskToBeKept) {
    serve();
    auto closing = client();
    const std::string request =
        "GET " + kBalancePath + " HTTP/1.0\r\nAuthorization: Bearer read-key\r\n";
    closing.send(request + "\r\n");
    EXPECT_EQ(closing.read().header("connection"), "close");
    EXPECT_TRUE(closing.is_closed());
    auto kept = client();
    for (int i = 0; i < 2; ++i) {
        kept.send(request + "Connection: keep-alive\r\n\r\n");
        const auto response = kept.read();
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.header("connection"), "keep-alive");
    }
}

TEST_F(Connections, PipelinedRequestsAreAnsweredInOrder) {
    serve();
    auto connection = client();
    std::string requests;
    for (int i = 0; i < 500; ++i)
        requests += i % 3 == 0 ? balance_request()
                    : i % 3 == 1
                        ? request_text("GET", "/v1/users/cold/balances/31337/2", "read-key")
                        : request_text("GET", "/nothing/" + std::to_string(i), "read-key");
    connection.send(requests);
    for (int i = 0; i < 500; ++i) {
        const auto response = connection.read();
        ASSERT_EQ(response.status, i % 3 == 2 ? 404 : 200) << i;
        const std::array tiers{"local", "database", ""};
        ASSERT_EQ(response.header("x-balance-tier"), tiers[static_cast<std::size_t>(i % 3)]) << i;
    }
}

TEST_F(Connections, ASlowRequestHoldsUpThoseBehindItAndNotThoseBeforeIt) {
    serve();
    auto connection = client();
    connection.send(balance_request() + slow_request() + balance_request() +
                    request_text("GET", "/livez", ""));
    EXPECT_EQ(connection.read().header("x-balance-tier"), "local");  // while the next one waits
    balances.gate.wait_for_somebody();
    balances.gate.open();
    EXPECT_EQ(Json::parse(connection.read().body)["user_id"], "slow");
    EXPECT_EQ(Json::parse(connection.read().body)["user_id"], "u1");
    EXPECT_EQ(connection.read().body, R"({"live":true})");
}

TEST_F(Connections, ASlowRequestDoesNotHoldUpOtherConnections) {
    settings.threads = 1;
    serve();
    auto slow = client();
    slow.send(slow_request());
    balances.gate.wait_for_somebody();
    EXPECT_EQ(get(kBalancePath).status, 200);
    balances.gate.open();
    EXPECT_EQ(slow.read().status, 200);
}

TEST_F(Connections, ARequestMayComeByteByByte) {
    serve();
    auto connection = client();
    for (const char byte : balance_request() + balance_request())
        connection.send(std::string_view(&byte, 1));
    EXPECT_EQ(connection.read().status, 200);
    EXPECT_EQ(connection.read().status, 200);
}

TEST_F(Connections, AClientThatEndedItsSideStillGetsItsAnswers) {
    serve();
    auto connection = client();
    connection.send(slow_request() + balance_request());
    connection.end_input();
    balances.gate.wait_for_somebody();
    balances.gate.open();
    EXPECT_EQ(connection.read().status, 200);
    EXPECT_EQ(connection.read().status, 200);
    EXPECT_TRUE(connection.is_closed());
}

TEST_F(Connections, AWrongMethodIs405WithTheMethodsThatThePathHas) {
    serve();
    auto response = ask("POST", kBalancePath, "read-key");
    expect_problem(response, 405, "method-not-allowed", "GET, HEAD");
    EXPECT_EQ(response.header("allow"), "GET, HEAD");
    response = get(kPut);
    expect_problem(response, 405, "method-not-allowed");
    EXPECT_EQ(response.header("allow"), "PUT, DELETE");
    EXPECT_EQ(ask("BREW", "/livez", "").status, 405);
    expect_problem(ask("BREW", "/coffee", ""), 404, "not-found");
}

TEST_F(Connections, PathsThatAreNotOursAre404) {
    serve();
    for (const std::string path : {"/v1", "/v1/tokens/", "//", "/v1//tokens", "/V1/tokens",
                                   "/v1/users/u1/balances/31337/2/3", "/livez/x"})
        expect_problem(get(path), 404, "not-found");
}

TEST_F(Connections, AHeadRequestOfAProblemHasNoBodyEither) {
    serve();
    auto connection = client();
    EXPECT_EQ(connection.ask("HEAD", "/nothing").status, 404);
    EXPECT_EQ(connection.ask("HEAD", "/livez").status, 200);
    EXPECT_EQ(connection.ask("GET", kBalancePath).status, 200);
}

TEST_F(Connections, AnAbsoluteTargetIsItsPath) {
    serve();
    EXPECT_EQ(get("http://example.org" + kBalancePath).status, 200);
    EXPECT_EQ(get("http://example.org", "").status, 200);
    expect_problem(ask("OPTIONS", "*", ""), 400, "malformed-request");
}

struct Malformed {
    std::string bytes;
    int status = 400;
    std::string slug = "malformed-request";
};

class MalformedRequests : public Served, public testing::WithParamInterface<Malformed> {};

TEST_P(MalformedRequests, AreRefusedAndTheConnectionCloses) {
    settings.max_body = 1000;
    serve();
    auto connection = client();
    connection.send(GetParam().bytes);
    const auto response = connection.read();
    expect_problem(response, GetParam().status, GetParam().slug);
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_TRUE(connection.is_closed());
}

const std::string kStart = "PUT " + kPut + " HTTP/1.1\r\nHost: a\r\n";

INSTANTIATE_TEST_SUITE_P(
    Http, MalformedRequests,
    testing::Values(
        Malformed{"GARBAGE\r\n\r\n"}, Malformed{"GARBAGE\r\n"}, Malformed{"\x16\x03\x01\x02\x00"},
        Malformed{"GET / HTTP/2.0\r\nHost: a\r\n\r\n"}, Malformed{"GET / HTTP/1.1\nHost: a\n\n"},
        Malformed{"GET / HTTP/1.1\r\n\r\n"},  // no Host
        Malformed{"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
        Malformed{"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n"},
        Malformed{"GET / HTTP/1.1\r\nHost: a\r\nBad Name: 1\r\n\r\n"},
        Malformed{kStart + "Authorization: x\r\nAuthorization: y\r\n\r\n"},
        Malformed{kStart + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}"},
        Malformed{kStart + "Content-Length: -1\r\n\r\n"},
        Malformed{kStart + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        Malformed{kStart + "Transfer-Encoding: gzip\r\n\r\n"},
        Malformed{kStart + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
        Malformed{"PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        Malformed{kStart + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"},
        Malformed{kStart + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(30'000, 'a')},
        Malformed{kStart + "Content-Length: 1001\r\n\r\n", 413, "body-too-large"},
        Malformed{kStart + "Content-Length: 99999999999999999999\r\n\r\n"},
        Malformed{kStart + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", 413, "body-too-large"},
        Malformed{kStart + "Expect: tea\r\n\r\n", 417, "expectation-failed"},
        Malformed{"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", 431,
                  "headers-too-large"},
        Malformed{"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 431,
                  "headers-too-large"}));

TEST_F(Connections, AHeadOfAlmost16KiBIsFine) {
    serve();
    EXPECT_EQ(
        ask("GET", kBalancePath, "read-key", "", "X: " + std::string(16'000, 'x') + "\r\n").status,
        200);
}

TEST_F(Connections, EmptyLinesBeforeARequestAreIgnored) {
    serve();
    auto connection = client();
    connection.send("\r\n\r");
    connection.send("\n" + balance_request());
    EXPECT_EQ(connection.read().status, 200);
}

TEST_F(Connections, ABodyAsLargeAsTheLimitIsRead) {
    settings.max_body = 100'000;
    serve();
    const std::string body = "{}" + std::string(settings.max_body - 2, ' ');
    EXPECT_EQ(ask("PUT", kPut, "write-key", body).status, 201);
    expect_problem(ask("PUT", kPut, "write-key", body + " "), 413, "body-too-large", "100000");
}

TEST_F(Connections, ChunkedBodiesAreReadAndTheirTrailersChangeNothing) {
    serve();
    auto connection = client();
    connection.key = "write-key";
    const std::string start =
        request_text("PUT", kPut, "write-key", "",
                     "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n");
    connection.send(start + "5;ext=1\r\n{\"is_\r\n");
    connection.send("e\r\ndeployed\":true\r\n");
    connection.send("1\r\n}\r\n0\r\nAuthorization: Bearer nobody\r\n\r\n" + balance_request());
    const auto response = connection.read();
    EXPECT_EQ(response.status, 201) << response.body;
    EXPECT_EQ(Json::parse(response.body)["is_deployed"], true);
    EXPECT_EQ(connection.read().status, 200);
}

TEST_F(Connections, AClientThatWaitsForItIsToldToContinue) {
    serve();
    auto connection = client();
    connection.send(request_text("PUT", kPut, "write-key", "",
                                 "Content-Length: 2\r\nExpect: 100-continue\r\n"));
    EXPECT_EQ(connection.read().status_line, "HTTP/1.1 100 Continue");
    connection.send("{}");
    EXPECT_EQ(connection.read().status, 201);
}

TEST_F(Connections, AClientThatDoesNotWaitIsNotTold) {
    serve();
    auto connection = client();
    connection.send(request_text("PUT", kPut, "write-key", "{}", "Expect: 100-continue\r\n"));
    EXPECT_EQ(connection.read().status, 201);
}

TEST_F(Connections, AHeadThatDoesNotComeIs408) {
    settings.header_timeout = Millis(30);
    serve();
    auto connection = client();
    connection.send("GET / HTTP/1.1\r\n");
    const auto response = connection.read();
    expect_problem(response, 408, "request-timeout", "head");
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_TRUE(connection.is_closed());
}

TEST_F(Connections, ABodyThatDoesNotComeIs408) {
    settings.request_timeout = Millis(30);
    serve();
    auto connection = client();
    connection.send(request_text("PUT", kPut, "write-key", "", "Content-Length: 5\r\n"));
    expect_problem(connection.read(), 408, "request-timeout", "body");
    EXPECT_TRUE(connection.is_closed());
}

TEST_F(Connections, AnIdleConnectionIsClosedWithoutAWord) {
    settings.idle_timeout = Millis(30);
    serve();
    auto fresh = client();
    EXPECT_TRUE(fresh.is_closed());
    auto used = client();
    EXPECT_EQ(used.ask("GET", kBalancePath).status, 200);
    EXPECT_TRUE(used.is_closed());
}

TEST_F(Connections, WorkThatDoesNotKeepItsDeadlineIsCancelled) {
    settings.request_timeout = Millis(30);
    serve();
    auto connection = client();
    connection.send(slow_request() + request_text("GET", "/livez", ""));
    expect_problem(connection.read(), 503, "unavailable", "in time");
    EXPECT_EQ(connection.read().status, 200);
}

TEST_F(Connections, AClientThatDoesNotReadIsDroppedAfterAWhile) {
    settings.request_timeout = Millis(50);
    serve();
    auto connection = client();
    std::string requests;
    for (int i = 0; i < 200; ++i) requests += request_text("GET", "/metrics", "");
    bool dropped = false;
    try {
        for (int i = 0; i < 1'000; ++i) connection.send(requests);
    } catch (const std::runtime_error&) {
        dropped = true;
    }
    EXPECT_TRUE(dropped);
    EXPECT_EQ(get(kBalancePath).status, 200);
}

TEST_F(Connections, BeyondTheMostAreShedWith503) {
    settings.max_connections = 2;
    serve();
    auto first = client();
    EXPECT_EQ(first.ask("GET", kBalancePath).status, 200);
    {
        auto second = client();
        EXPECT_EQ(second.ask("GET", kBalancePath).status, 200);
        auto third = client();
        const auto response = third.read();
        expect_problem(response, 503, "overloaded");
        EXPECT_TRUE(third.is_closed());
        EXPECT_EQ(second.ask("GET", kBalancePath, "", "Connection: close\r\n").status, 200);
        EXPECT_TRUE(second.is_closed());
    }
    EXPECT_EQ(first.ask("GET", kBalancePath).status, 200);
}

TEST_F(Connections, GoOnAfterAClientThatLeftInTheMiddle) {
    serve();
    for (int i = 0; i < 50; ++i) {
        auto connection = client();
        connection.send(i % 2 == 0 ? slow_request() : "GET /v1/to");
    }
    balances.gate.open();
    EXPECT_EQ(get(kBalancePath).status, 200);
}

TEST_F(Connections, APortInUseIsSaidSo) {
    serve();
    const auto address = server->address();
    settings.port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    auto first = std::move(server);
    auto second = make_http_server(settings, services());
    const auto started = second->start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code(), Errc::unavailable);
    EXPECT_THAT(started.error().message(), HasSubstr(address));
    server = std::move(first);
}

}  // namespace
}  // namespace custodialbridge::api

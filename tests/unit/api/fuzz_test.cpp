#include <random>

#include "served.hpp"

namespace custodialbridge::api {
namespace {

class Fuzz : public Served {
  protected:
    // Sends the bytes, ends our side, and waits until the server has said all and closed.
    void survive(const std::string& bytes) {
        auto connection = client();
        try {
            connection.send(bytes);
            connection.end_input();
            for (;;) {
                const auto response = connection.read();
                ASSERT_GE(response.status, 100);
                ASSERT_NE(response.status, 500) << response.body;
            }
        } catch (const std::runtime_error&) {
            return;  // closed, as it should be
        }
    }

    void expect_alive() { EXPECT_EQ(get(kBalancePath).status, 200); }
};

TEST_F(Fuzz, RandomBytesNeitherCrashNorHangIt) {
    serve();
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        std::mt19937_64 random(seed);
        std::string bytes(random() % 3'000 + 1, '\0');
        for (char& byte : bytes) byte = static_cast<char>(random());
        survive(bytes);
    }
    expect_alive();
}

TEST_F(Fuzz, RandomTextNeitherCrashesNorHangsIt) {
    serve();
    const std::vector<std::string> pieces{"GET ",
                                          "PUT ",
                                          "/v1/users/",
                                          "u1",
                                          "/balances/",
                                          "31337",
                                          "/2",
                                          "/",
                                          "?",
                                          "realtime=true",
                                          "&",
                                          "=",
                                          "%",
                                          "%41",
                                          " HTTP/1.1",
                                          " HTTP/1.0",
                                          "\r\n",
                                          "\r\n\r\n",
                                          "Host: a\r\n",
                                          "Authorization: Bearer read-key\r\n",
                                          "Content-Length: 3\r\n",
                                          "{}",
                                          "0\r\n\r\n",
                                          "Transfer-Encoding: chunked\r\n",
                                          "Connection: close\r\n",
                                          "Expect: 100-continue\r\n",
                                          " ",
                                          "wallets",
                                          "/v1/tokens",
                                          "limit=",
                                          "cursor=",
                                          "999999999999999999999"};
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        std::mt19937_64 random(seed);
        std::string bytes;
        for (auto count = random() % 60; count-- > 0;) bytes += pieces[random() % pieces.size()];
        survive(bytes);
    }
    expect_alive();
}

TEST_F(Fuzz, ChangedRequestsNeitherCrashNorHangIt) {
    serve();
    const std::string wallet = "/v1/users/u1/wallets/31337/" + to_string(fakes::test_address(1));
    const std::string whole =
        request_text("GET", kBalancePath, "read-key") +
        request_text("GET", "/v1/users/cold/balances/31337/2?realtime=true&confirmations=2",
                     "read-key") +
        request_text("PUT", wallet, "write-key", R"({"is_deployed":true})",
                     "Content-Type: application/json\r\n") +
        request_text("GET", "/v1/users/u1/wallets?limit=5&chain_id=31337", "read-key") +
        request_text("PUT", wallet, "write-key", "", "Transfer-Encoding: chunked\r\n") +
        "2\r\n{}\r\n0\r\n\r\n" + request_text("GET", "/v1/admin/status", "admin-key");
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        std::mt19937_64 random(seed);
        std::string bytes = whole;
        for (auto changes = random() % 8 + 1; changes-- > 0;) {
            const auto at = random() % bytes.size();
            if (random() % 2 == 0)
                bytes[at] = static_cast<char>(random());
            else
                bytes.erase(at, random() % 20);
        }
        survive(bytes);
    }
    expect_alive();
}

}  // namespace
}  // namespace custodialbridge::api

#include "url.hpp"

#include <gtest/gtest.h>

namespace custodialbridge::rpc {
namespace {

TEST(Url, IsTakenApart) {
    const Url url = parse_url("https://rpc.example.com/v2/key?x=1#part").value();
    EXPECT_TRUE(url.tls);
    EXPECT_FALSE(url.web_socket);
    EXPECT_EQ(url.host, "rpc.example.com");
    EXPECT_EQ(url.port, "443");
    EXPECT_EQ(url.target, "/v2/key?x=1");
    EXPECT_EQ(url.authorization, "");
    EXPECT_EQ(url.name(), "rpc.example.com:443");
}

TEST(Url, KeepsAQueryWithoutAPath) {
    EXPECT_EQ(parse_url("http://a?key=1").value().target, "/?key=1");
    EXPECT_EQ(parse_url("ws://a").value().target, "/");
}

TEST(Url, SendsCredentialsAsBasic) {
    const Url url = parse_url("http://user:p%40ss@node:8545/").value();
    EXPECT_EQ(url.authorization, "Basic dXNlcjpwQHNz");
    EXPECT_EQ(url.name(), "node:8545");
}

TEST(Url, KnowsIPv6) {
    const Url url = parse_url("wss://[::1]:9000/x").value();
    EXPECT_EQ(url.host, "::1");
    EXPECT_EQ(url.port, "9000");
    EXPECT_EQ(url.name(), "[::1]:9000");
    EXPECT_TRUE(url.tls && url.web_socket);
}

TEST(Url, RefusesWhatIsNone) {
    for (const char* bad :
         {"", "node:8545", "ftp://node", "http://", "http://:8545", "http://node:0",
          "http://node:65536", "http://node:80x", "http://[::1", "http://a b", "http://a/\n",
          "http://u%2@node", "http://u%zz@node", "http://node:"}) {
        const auto url = parse_url(bad);
        ASSERT_FALSE(url) << bad;
        EXPECT_EQ(url.error().code(), Errc::invalid);
    }
}

TEST(Url, IsNotRepeatedInItsError) {
    const auto url = parse_url("http://user:secret@node:0/key");
    ASSERT_FALSE(url);
    EXPECT_EQ(url.error().message().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace custodialbridge::rpc

#include "url_check.hpp"

#include <gmock/gmock.h>

namespace custodialbridge::config {
namespace {

using testing::HasSubstr;
using testing::Not;

Scalar of(const std::string& text) {
    return {text, text, false, false};
}

TEST(Url, TakesHostsPortsCredentialsAndPaths) {
    for (const char* text :
         {"http://127.0.0.1:8545", "https://eth.example", "http://[::1]:80/x?y=1",
          "https://u:p@h_1.x/", "http://user:p%40ss@host:65535/path/to", "https://h?k=v",
          "http://localhost"})
        EXPECT_TRUE(url(of(text), {"http", "https"})) << text;
}

TEST(Url, RefusesWhatCannotBeReached) {
    for (const char* text :
         {"",           "127.0.0.1:8545", "ftp://h",    "http://",        "http:///p",
          "http://:80", "http://h:",      "http://h:0", "http://h:65536", "http://h:x",
          "http://h h", "http://h\t",     "http://h#f", "http://[::1",    "http://[::1]x",
          "http://[x]", "HTTP//h",        "http:/h",    "http://a:b:c",   "http://h\\x",
          "://h"})
        EXPECT_FALSE(url(of(text), {"http", "https"})) << text;
    EXPECT_FALSE(url(of("http://" + std::string(5000, 'a')), {"http"}));
    EXPECT_THAT(url(of("ws://h"), {"http", "https"}).error().message(),
                HasSubstr("http:// or https://"));
}

TEST(Url, IsNeverRepeatedInMessages) {
    for (const char* text :
         {"http://u:hunter2@h:0", "gopher://u:hunter2@h", "http://u:hunter2@", "hunter2"}) {
        EXPECT_THAT(url(of(text), {"http"}).error().message(), Not(HasSubstr("hunter2")));
        EXPECT_THAT(redis_url(of(text)).error().message(), Not(HasSubstr("hunter2")));
        EXPECT_THAT(database_url(of(text)).error().message(), Not(HasSubstr("hunter2")));
    }
}

TEST(DatabaseUrl, IsAUrlOrLibpqWords) {
    EXPECT_TRUE(database_url(of("postgresql://u:p@h1,h2:5433/db?target_session_attrs=read-write")));
    EXPECT_TRUE(database_url(of("postgres:///db")));
    EXPECT_TRUE(database_url(of("host=/run/pg dbname=x user='a b'")));
    EXPECT_FALSE(database_url(of("mysql://h/db?a=b")));
    EXPECT_FALSE(database_url(of("embeded")));
    EXPECT_FALSE(database_url(of("")));
}

TEST(RedisUrl, IsTcpOrASocket) {
    for (const char* text :
         {"redis://h", "redis://:pw@h:6379/0", "redis://u:pw@h:1/15", "unix:///run/r.sock"})
        EXPECT_TRUE(redis_url(of(text))) << text;
    for (const char* text :
         {"", "rediss://h", "redis://", "redis://h/x", "redis://h/0/1", "unix://r.sock", "h:6379"})
        EXPECT_FALSE(redis_url(of(text))) << text;
}

TEST(ListenAddress, IsAnIpAddressAndAPort) {
    const auto v4 = listen_address(of("0.0.0.0:0")).value();
    EXPECT_EQ(v4.host, "0.0.0.0");
    EXPECT_EQ(v4.port, 0);
    EXPECT_FALSE(v4.loopback);
    EXPECT_TRUE(listen_address(of("127.8.9.1:80")).value().loopback);
    EXPECT_TRUE(listen_address(of("[::1]:80")).value().loopback);
    EXPECT_FALSE(listen_address(of("[::]:80")).value().loopback);
    EXPECT_EQ(listen_address(of("localhost:8080")).value().host, "127.0.0.1");
    for (const char* text :
         {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "::1:80", "[::1]",
          "host:80", "[127.0.0.1]:80", "127.1:80", "1.2.3.4:8a"})
        EXPECT_FALSE(listen_address(of(text))) << text;
}

}  // namespace
}  // namespace custodialbridge::config

#include "redis_address.hpp"

#include <gtest/gtest.h>

namespace custodialbridge::cache {
namespace {

TEST(RedisUrl, OfAHostAloneHasTheUsualPortAndDatabase) {
    RedisAddress expected;
    expected.host = "cache.internal";
    EXPECT_EQ(parse_redis_url("redis://cache.internal").value(), expected);
    EXPECT_EQ(parse_redis_url("redis://cache.internal/").value(), expected);
}

TEST(RedisUrl, CarriesUserPasswordPortAndDatabase) {
    RedisAddress expected;
    expected.host = "h";
    expected.port = 7000;
    expected.user = "me";
    expected.password = "p/w@:";
    expected.database = 12;
    EXPECT_EQ(parse_redis_url("redis://me:p%2Fw%40%3A@h:7000/12").value(), expected);
}

TEST(RedisUrl, MayHoldAPasswordWithoutAUser) {
    EXPECT_EQ(parse_redis_url("redis://:pw@h").value().password, "pw");
    EXPECT_EQ(parse_redis_url("redis://:pw@h").value().user, "");
    EXPECT_EQ(parse_redis_url("redis://:p:w@h").value().password, "p:w");
    EXPECT_EQ(parse_redis_url("redis://:p@w@h").value().password, "p@w");
}

TEST(RedisUrl, TakesAnIpv6AddressInBrackets) {
    EXPECT_EQ(parse_redis_url("redis://[::1]:7000/1").value().host, "::1");
    EXPECT_EQ(parse_redis_url("redis://[::1]:7000/1").value().port, 7000);
    EXPECT_EQ(parse_redis_url("redis://[::1]").value().port, 6379);
}

TEST(RedisUrl, OfASocketHasAPathAndMayHaveADatabase) {
    RedisAddress expected;
    expected.unix_path = "/run/redis/redis.sock";
    EXPECT_EQ(parse_redis_url("unix:///run/redis/redis.sock").value(), expected);
    expected.database = 3;
    EXPECT_EQ(parse_redis_url("unix:///run/redis/redis.sock?db=3").value(), expected);
    expected.password = "pw";
    EXPECT_EQ(parse_redis_url("unix://:pw@/run/redis/redis.sock?db=3").value(), expected);
}

TEST(RedisUrl, ThatIsMalformedIsInvalidAndKeepsItsSecret) {
    for (const std::string url : {"",
                                  "none",
                                  "rediss://h",
                                  "redis://",
                                  "redis://:secret@",
                                  "redis://h:",
                                  "redis://h:0",
                                  "redis://h:65536",
                                  "redis://h:7x",
                                  "redis://h/x",
                                  "redis://h/-1",
                                  "redis://h/65536",
                                  "redis://h/1/2",
                                  "redis://h?db=1",
                                  "redis://user@h",
                                  "redis://:secret%2@h",
                                  "redis://:secret%zz@h",
                                  "redis://[::1",
                                  "redis://[::1]7",
                                  "unix://",
                                  "unix://relative",
                                  "unix:///s?db=",
                                  "unix:///s?database=1",
                                  "unix:///s?db=1&x=2",
                                  "unix://:secret@relative"}) {
        const auto parsed = parse_redis_url(url);
        ASSERT_FALSE(parsed) << url;
        EXPECT_EQ(parsed.error().code(), Errc::invalid) << url;
        EXPECT_EQ(parsed.error().message().find("secret"), std::string::npos) << url;
    }
    EXPECT_FALSE(parse_redis_url("unix:///" + std::string(107, 'x')));
    EXPECT_TRUE(parse_redis_url("unix:///" + std::string(106, 'x')));
}

TEST(RedisUrl, IsLoggedWithoutItsSecrets) {
    EXPECT_EQ(to_string(parse_redis_url("redis://me:secret@h:7000/12").value()), "h:7000/12");
    EXPECT_EQ(to_string(parse_redis_url("unix://:secret@/s?db=3").value()), "/s/3");
}

}  // namespace
}  // namespace custodialbridge::cache

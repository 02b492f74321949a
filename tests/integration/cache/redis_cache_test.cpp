#include <gmock/gmock.h>

#include <string>

#include "redis_fixture.hpp"

namespace custodialbridge::cache {
namespace {

using ::testing::HasSubstr;
using testing::RedisServer;

class RedisCache : public ::testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(cache.await_connected()); }

    RedisServer server;
    LoopedCache cache{settings_for(server.unix_url())};
};

TEST_F(RedisCache, FindsNothingBeforeSomethingWasPublished) {
    EXPECT_EQ(cache.find(key_of("u1")), std::nullopt);
}

TEST_F(RedisCache, GivesBackExactlyWhatWasPublished) {
    Balance balance = balance_at(4'294'967'295U, 18'446'744'073'709'551'615U, 0);
    balance.amount = ~U256(0);
    ASSERT_TRUE(cache.publish(key_of("u1"), balance));
    EXPECT_EQ(cache.find(key_of("u1")), balance);
    EXPECT_EQ(cache.find(key_of("u2")), std::nullopt);
}

TEST_F(RedisCache, UsesTheContractsKey) {
    ASSERT_TRUE(cache.publish(key_of("u1"), balance_at(0, 120, 5)));
    EXPECT_EQ(server.ask("EXISTS balance:u1:31337:2"), ":1\r\n");
}

TEST_F(RedisCache, KeepsTheNewerVersionWhateverTheOrderOfPublishing) {
    const auto key = key_of("u1");
    ASSERT_TRUE(cache.publish(key, balance_at(0, 120, 5)));
    ASSERT_TRUE(cache.publish(key, balance_at(0, 99, 4)));
    EXPECT_EQ(cache.find(key), balance_at(0, 120, 5));
    ASSERT_TRUE(cache.publish(key, balance_at(0, 1'000, 6)));
    EXPECT_EQ(cache.find(key), balance_at(0, 1'000, 6));
}

TEST_F(RedisCache, LetsALowerBlockOfAHigherEpochWin) {
    const auto key = key_of("u1");
    ASSERT_TRUE(cache.publish(key, balance_at(9, 120, 5)));
    ASSERT_TRUE(cache.publish(key, balance_at(10, 90, 3)));
    EXPECT_EQ(cache.find(key), balance_at(10, 90, 3));
    ASSERT_TRUE(cache.publish(key, balance_at(9, 130, 7)));
    EXPECT_EQ(cache.find(key), balance_at(10, 90, 3));
}

TEST_F(RedisCache, ComparesBlocksThatADoubleCannotTellApart) {
    const auto key = key_of("u1");
    ASSERT_TRUE(cache.publish(key, balance_at(0, (1ULL << 53) + 1, 5)));
    ASSERT_TRUE(cache.publish(key, balance_at(0, 1ULL << 53, 4)));
    EXPECT_EQ(cache.find(key)->amount, 5);
}

TEST_F(RedisCache, OverwritesAnEqualVersion) {
    const auto key = key_of("u1");
    ASSERT_TRUE(cache.publish(key, balance_at(0, 120, 5)));
    ASSERT_TRUE(cache.publish(key, balance_at(0, 120, 6)));
    EXPECT_EQ(cache.find(key)->amount, 6);
}

TEST_F(RedisCache, ForgetsTheKeysItIsTold) {
    ASSERT_TRUE(cache.publish(key_of("u1"), balance_at(0, 1, 1)));
    ASSERT_TRUE(cache.publish(key_of("u2"), balance_at(0, 1, 1)));
    std::vector<BalanceKey> keys{key_of("u1"), key_of("absent")};
    ASSERT_TRUE(cache.run(cache->forget(keys, cache.soon())));
    EXPECT_EQ(cache.find(key_of("u1")), std::nullopt);
    EXPECT_NE(cache.find(key_of("u2")), std::nullopt);
}

TEST_F(RedisCache, FindsManyInTheirOrderAndDeletesWhatIsMalformed) {
    std::vector<CacheEntry> entries;
    std::vector<BalanceKey> keys;
    for (std::uint64_t i = 0; i < 1'100; ++i) {
        keys.push_back(key_of("u" + std::to_string(i)));
        if (i % 2) entries.push_back({keys.back(), balance_at(0, 1, i)});
    }
    ASSERT_TRUE(cache.run(cache->publish(entries, cache.soon())));
    server.ask("SET balance:u4:31337:2 rubbish");
    server.ask("LPUSH balance:u6:31337:2 x");
    const auto found = cache.run(cache->find_all(keys, cache.soon())).value();
    ASSERT_EQ(found.size(), keys.size());
    for (std::uint64_t i = 0; i < found.size(); ++i)
        EXPECT_EQ(found[i], i % 2 ? std::optional(balance_at(0, 1, i)) : std::nullopt) << i;
    EXPECT_EQ(server.ask("EXISTS balance:u4:31337:2 balance:u6:31337:2"), ":0\r\n");
    EXPECT_TRUE(cache.run(cache->find_all({}, cache.soon())).value().empty());
}

TEST_F(RedisCache, DeletesAMalformedValueAndCallsItAbsent) {
    for (const std::string command :
         {"SET balance:u1:31337:2 rubbish", "SET balance:u1:31337:2 1:9999999999:1:x",
          "LPUSH balance:u1:31337:2 x"}) {
        server.ask(command);
        EXPECT_EQ(cache.find(key_of("u1")), std::nullopt) << command;
        EXPECT_EQ(server.ask("EXISTS balance:u1:31337:2"), ":0\r\n") << command;
    }
}

TEST_F(RedisCache, PublishesOverAMalformedValue) {
    for (const std::string command :
         {"SET balance:u1:31337:2 rubbish", "SET balance:u1:31337:2 1:9999999999:1:x",
          "LPUSH balance:u1:31337:2 x"}) {
        server.ask(command);
        ASSERT_TRUE(cache.publish(key_of("u1"), balance_at(0, 1, 1))) << command;
        EXPECT_EQ(cache.find(key_of("u1")), balance_at(0, 1, 1)) << command;
        server.ask("DEL balance:u1:31337:2");
    }
}

TEST_F(RedisCache, PublishesTenThousandEntriesAndTheScriptSurvivesAFlushInBetween) {
    constexpr std::uint64_t kEntries = 10'000;
    std::vector<CacheEntry> entries;
    for (std::uint64_t i = 0; i < kEntries; ++i)
        entries.push_back({key_of("u" + std::to_string(i)), balance_at(0, 120, i)});
    server.ask("SCRIPT FLUSH");
    ASSERT_TRUE(cache.run(cache->publish(entries, cache.soon())));
    EXPECT_EQ(server.ask("DBSIZE"), ":10000\r\n");
    for (std::uint64_t i = 0; i < kEntries; i += 997)
        EXPECT_EQ(cache.find(entries[i].key), entries[i].balance);
}

TEST_F(RedisCache, LoadsTheScriptAgainAfterAFlush) {
    server.ask("SCRIPT FLUSH");
    ASSERT_TRUE(cache.publish(key_of("u1"), balance_at(0, 120, 5)));
    ASSERT_TRUE(cache.publish(key_of("u1"), balance_at(0, 99, 4)));
    EXPECT_EQ(cache.find(key_of("u1"))->amount, 5);
    EXPECT_THAT(server.ask("INFO errorstats"), HasSubstr("errorstat_NOSCRIPT:count=1\r\n"));
}

TEST(RedisTtl, IsSetAndRenewedByEachPublication) {
    RedisServer server;
    Settings settings = settings_for(server.unix_url());
    settings.redis_ttl = Millis(60'000);
    LoopedCache cache(settings);
    ASSERT_TRUE(cache.await_connected());
    ASSERT_TRUE(cache.publish(key_of("u1"), balance_at(0, 120, 5)));
    const auto left = [&] { return std::stol(server.ask("PTTL balance:u1:31337:2").substr(1)); };
    EXPECT_GT(left(), 0);
    EXPECT_LE(left(), 60'000);
    server.ask("PEXPIRE balance:u1:31337:2 20000");
    ASSERT_TRUE(cache.publish(key_of("u1"), balance_at(0, 120, 5)));
    EXPECT_GT(left(), 20'000);
}

TEST(RedisTtl, EndsAnEntry) {
    RedisServer server;
    Settings settings = settings_for(server.unix_url());
    settings.redis_ttl = Millis(1);
    LoopedCache cache(settings);
    ASSERT_TRUE(cache.await_connected());
    ASSERT_TRUE(cache.publish(key_of("u1"), balance_at(0, 120, 5)));
    const Deadline end = cache.soon();
    while (cache.find(key_of("u1")) && !end.passed(cache.clock())) {
    }
    EXPECT_EQ(cache.find(key_of("u1")), std::nullopt);
}

TEST(RedisUrl, ReachesTcpNamesAndDatabases) {
    RedisServer server;
    LoopedCache by_name(settings_for("redis://localhost:" + std::to_string(server.port()) + "/3"));
    LoopedCache by_ip(settings_for(server.tcp_url()));
    LoopedCache by_path(settings_for(server.unix_url() + "?db=3"));
    ASSERT_TRUE(by_name.await_connected());
    ASSERT_TRUE(by_ip.await_connected());
    ASSERT_TRUE(by_path.await_connected());
    ASSERT_TRUE(by_name.publish(key_of("u1"), balance_at(0, 120, 5)));
    EXPECT_NE(by_path.find(key_of("u1")), std::nullopt);
    EXPECT_EQ(by_ip.find(key_of("u1")), std::nullopt);
}

TEST(RedisUrl, CarriesThePassword) {
    RedisServer server({"--requirepass", "s:e@cret"});
    const std::string place = "127.0.0.1:" + std::to_string(server.port());
    LoopedCache cache(settings_for("redis://:s%3Ae%40cret@" + place));
    EXPECT_TRUE(cache.await_connected());
    LoopedCache as_user(settings_for("redis://default:s%3Ae%40cret@" + place));
    EXPECT_TRUE(as_user.await_connected());
}

/// The least that such a user needs, as the README says.
TEST(RedisUrl, CarriesAUserOfAnAccessList) {
    RedisServer server;
    server.ask("ACL SETUSER bridge on >s:e@cret ~balance:* &changes:* +ping +select +get +set +del "
               "+eval +evalsha +script|load +publish +subscribe");
    server.ask("ACL SETUSER stranger on >pw ~other:* +@all");
    const std::string place = "@127.0.0.1:" + std::to_string(server.port()) + "/2";
    LoopedCache cache(settings_for("redis://bridge:s%3Ae%40cret" + place));
    ASSERT_TRUE(cache.await_connected());
    ASSERT_TRUE(cache.publish(key_of("u1"), balance_at(0, 120, 5)));
    server.ask("SCRIPT FLUSH");
    ASSERT_TRUE(cache.publish(key_of("u1"), balance_at(0, 121, 6)));
    EXPECT_EQ(cache.find(key_of("u1"))->amount, 6);
    std::vector<BalanceKey> keys{key_of("u1")};
    ASSERT_TRUE(cache.run(cache->forget(keys, cache.soon())));
    LoopedCache other(settings_for("redis://stranger:pw" + place));
    ASSERT_TRUE(other.await_connected());
    const auto refused = other.publish(key_of("u1"), balance_at(0, 120, 5));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::unavailable);
    EXPECT_THAT(refused.error().message(), HasSubstr("NOPERM"));
}

TEST(RedisUrl, IsFollowedAgainAfterABreak) {
    RedisServer server({"--requirepass", "pw"});
    const std::string place = "127.0.0.1:" + std::to_string(server.port());
    LoopedCache cache(settings_for("redis://default:pw@" + place + "/3"));
    ASSERT_TRUE(cache.await_connected());
    server.stop();
    EXPECT_FALSE(cache.run(cache->ping(cache.soon())));
    server.start();
    ASSERT_TRUE(cache.await_connected());
    ASSERT_TRUE(cache.publish(key_of("u1"), balance_at(0, 120, 5)));
    EXPECT_EQ(server.ask({"AUTH pw", "SELECT 3", "EXISTS balance:u1:31337:2"}), ":1\r\n");
}

TEST_F(RedisCache, IsAskedForManyWithoutWaitingForEachAnswer) {
    const auto packets = [&] {
        const std::string stats = server.ask("INFO stats");
        const std::string name = "total_reads_processed:";
        return std::stol(stats.substr(stats.find(name) + name.size()));
    };
    std::vector<BalanceKey> keys;
    for (int i = 0; i < 500; ++i) keys.push_back(key_of("u" + std::to_string(i)));
    const long before = packets();
    ASSERT_TRUE(cache.run(cache->find_all(keys, cache.soon())));
    EXPECT_LT(packets() - before, 50);
}

TEST(RedisUrl, WithAWrongPasswordIsUnavailableWithTheReason) {
    RedisServer server({"--requirepass", "secret"});
    LoopedCache cache(settings_for("unix://:wrong@" + server.socket_path()));
    const Deadline end = cache.soon();
    std::string reason;
    while (reason.find("WRONGPASS") == std::string::npos && !end.passed(cache.clock())) {
        const auto answer = cache.run(cache->ping(cache.soon()));
        ASSERT_FALSE(answer);
        ASSERT_EQ(answer.error().code(), Errc::unavailable);
        reason = answer.error().message();
        cache.loop().run_one_for(Millis(5));
    }
    EXPECT_THAT(reason, HasSubstr("WRONGPASS"));
}

TEST(RedisUrl, ThatIsMalformedIsRefused) {
    boost::asio::io_context loop;
    runtime::SystemClock clock;
    runtime::SeededRandom random(7);
    Settings settings = settings_for("none");
    const auto made = make_redis(settings, loop.get_executor(), clock, random);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), Errc::invalid);
}

}  // namespace
}  // namespace custodialbridge::cache

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <thread>

#include "redis_fixture.hpp"

namespace custodialbridge::cache {
namespace {

using testing::RedisServer;

Settings impatient(const std::string& url) {
    Settings settings = settings_for(url);
    settings.redis_timeout = Millis(400);
    return settings;
}

Errc code_of(const Result<void>& answer) {
    return answer.error().code();
}

TEST(RedisFailure, AnswersUnavailableAtOnceWhereNobodyListens) {
    for (const std::string url :
         {"unix:///tmp/cb-no-such-socket", "redis://127.0.0.1:1", "redis://no-such-host.invalid"}) {
        LoopedCache cache(impatient(url));
        for (int i = 0; i < 50; ++i) {
            const auto answer = cache.run(cache->ping(cache.soon()));
            ASSERT_FALSE(answer) << url;
            EXPECT_EQ(code_of(answer), Errc::unavailable) << url;
            cache.loop().run_one_for(Millis(1));
        }
    }
}

TEST(RedisFailure, IsOverAfterARestartWithoutANewObject) {
    for (const bool over_tcp : {false, true}) {
        RedisServer server;
        LoopedCache cache(impatient(over_tcp ? server.tcp_url() : server.unix_url()));
        ASSERT_TRUE(cache.await_connected());
        ASSERT_TRUE(cache.publish(key_of("u1"), balance_at(0, 120, 5)));
        server.stop();
        for (int i = 0; i < 20; ++i) {
            const auto answer = cache.run(cache->ping(cache.soon()));
            ASSERT_FALSE(answer);
            EXPECT_EQ(code_of(answer), Errc::unavailable);
            cache.loop().run_one_for(Millis(5));
        }
        server.start();
        ASSERT_TRUE(cache.await_connected());
        EXPECT_EQ(cache.find(key_of("u1")), std::nullopt);
        ASSERT_TRUE(cache.publish(key_of("u1"), balance_at(0, 120, 5)));
        EXPECT_NE(cache.find(key_of("u1")), std::nullopt);
    }
}

TEST(RedisFailure, IsToldOfWhenItIsOver) {
    RedisServer server;
    LoopedCache cache(impatient(server.unix_url()));
    ASSERT_TRUE(cache.await_connected());
    EXPECT_EQ(cache.returns, 0);
    server.stop();
    EXPECT_FALSE(cache.run(cache->ping(cache.soon())));
    EXPECT_EQ(cache.returns, 0);
    server.start();
    ASSERT_TRUE(cache.await_connected());
    EXPECT_EQ(cache.returns, 1);
    server.pause();  // nobody knows who answers after it
    EXPECT_EQ(code_of(cache.run(cache->ping(cache.soon()))), Errc::timed_out);
    server.resume();
    ASSERT_TRUE(cache.await_connected());
    EXPECT_EQ(cache.returns, 2);
}

TEST(RedisFailure, IsSeenInTheMetrics) {
    RedisServer server;
    LoopedCache cache(impatient(server.unix_url()));
    ASSERT_TRUE(cache.await_connected());
    EXPECT_EQ(cache.metric("redis_connected"), 1);
    EXPECT_EQ(cache.metric("redis_reconnects_total"), 0);
    EXPECT_EQ(cache.metric("redis_timeouts_total"), 0);
    const double commands = cache.metric("redis_commands_total");
    std::vector<BalanceKey> keys{key_of("u1"), key_of("u2"), key_of("u3")};
    ASSERT_TRUE(cache.run(cache->find_all(keys, cache.soon())));
    EXPECT_EQ(cache.metric("redis_commands_total"), commands + 3);
    server.stop();
    EXPECT_FALSE(cache.run(cache->ping(cache.soon())));
    EXPECT_EQ(cache.metric("redis_connected"), 0);
    server.start();
    ASSERT_TRUE(cache.await_connected());
    EXPECT_EQ(cache.metric("redis_connected"), 1);
    EXPECT_EQ(cache.metric("redis_reconnects_total"), 1);
    server.pause();
    EXPECT_EQ(code_of(cache.run(cache->ping(cache.soon()))), Errc::timed_out);
    EXPECT_EQ(cache.metric("redis_timeouts_total"), 1);
    EXPECT_EQ(cache.metric("redis_connected"), 0);
    server.resume();
}

TEST(RedisFailure, OfTheFirstConnectionIsNotAReturn) {
    RedisServer server;
    server.stop();
    LoopedCache cache(impatient(server.unix_url()));
    EXPECT_FALSE(cache.run(cache->ping(cache.soon())));
    cache.loop().run_for(Millis(50));
    server.start();
    ASSERT_TRUE(cache.await_connected());
    EXPECT_EQ(cache.returns, 0);
}

TEST(RedisFailure, BreaksTheCallsThatAreUnderWay) {
    RedisServer server;
    Settings settings = impatient(server.unix_url());
    settings.redis_timeout = Millis(20'000);
    LoopedCache cache(settings);
    ASSERT_TRUE(cache.await_connected());
    server.pause();
    std::optional<Result<void>> answer;
    boost::asio::co_spawn(cache.loop(), cache->ping(cache.soon()),
                          [&](std::exception_ptr, Result<void> result) { answer = result; });
    while (cache.loop().poll() != 0) {
    }
    ASSERT_FALSE(answer.has_value());
    server.stop();
    while (!answer) cache.loop().run_one();
    EXPECT_EQ(code_of(*answer), Errc::unavailable);
}

TEST(RedisFailure, OfAStalledServerTimesOutOnceAndIsUnavailableUntilItGoesOn) {
    RedisServer server;
    LoopedCache cache(impatient(server.unix_url()));
    ASSERT_TRUE(cache.await_connected());
    ASSERT_TRUE(cache.publish(key_of("u1"), balance_at(0, 120, 5)));
    server.pause();
    EXPECT_EQ(code_of(cache.run(cache->ping(cache.soon()))), Errc::timed_out);
    for (int i = 0; i < 20; ++i) {
        const auto answer = cache.run(cache->ping(cache.soon()));
        EXPECT_EQ(code_of(answer), Errc::unavailable);
        cache.loop().run_one_for(Millis(1));
    }
    server.resume();
    ASSERT_TRUE(cache.await_connected());
    EXPECT_EQ(cache.find(key_of("u1")), balance_at(0, 120, 5));
}

TEST(RedisFailure, WithinAShortDeadlineLeavesAHealthyConnectionAlone) {
    RedisServer server;
    Settings settings = impatient(server.unix_url());
    settings.redis_timeout = Millis(20'000);
    LoopedCache cache(settings);
    ASSERT_TRUE(cache.await_connected());
    const auto clients = [&] { return server.ask("CLIENT ID"); };
    const auto before = std::stol(clients().substr(1));
    server.pause();
    const auto hurried = Deadline::after(cache.clock(), Millis(20));
    EXPECT_EQ(code_of(cache.run(cache->ping(hurried))), Errc::timed_out);
    server.resume();
    // The late reply to the first call is not taken for this one's.
    EXPECT_EQ(cache.find(key_of("u1")), std::nullopt);
    EXPECT_EQ(std::stol(clients().substr(1)), before + 1) << "it connected again";
}

TEST(RedisFailure, ThatOutlastsEveryHurriedCallerStillDropsTheConnection) {
    RedisServer server;
    LoopedCache cache(impatient(server.unix_url()));
    ASSERT_TRUE(cache.await_connected());
    server.pause();
    Errc last = Errc::timed_out;
    const Deadline end = cache.soon();
    while (last == Errc::timed_out && !end.passed(cache.clock()))
        last = code_of(cache.run(cache->ping(Deadline::after(cache.clock(), Millis(5)))));
    EXPECT_EQ(last, Errc::unavailable);
    server.resume();
    EXPECT_TRUE(cache.await_connected());
}

TEST(RedisFailure, WithADeadlineInThePastSendsNothing) {
    RedisServer server;
    LoopedCache cache(impatient(server.unix_url()));
    ASSERT_TRUE(cache.await_connected());
    const auto answer = cache.run(cache->ping(Deadline{}));
    EXPECT_EQ(code_of(answer), Errc::timed_out);
    EXPECT_TRUE(cache.run(cache->ping(cache.soon())));
}

TEST(RedisFailure, OfTooManyCommandsInFlightIsUnavailableForTheNextOnly) {
    RedisServer server;
    Settings settings = impatient(server.unix_url());
    settings.redis_timeout = Millis(20'000);
    LoopedCache cache(settings);
    ASSERT_TRUE(cache.await_connected());
    server.pause();
    constexpr int kCalls = 5'000;  // more than may be in flight
    int good = 0;
    int refused = 0;
    for (int i = 0; i < kCalls; ++i)
        boost::asio::co_spawn(cache.loop(), cache->ping(cache.soon()),
                              [&](std::exception_ptr, Result<void> answer) {
                                  if (answer)
                                      ++good;
                                  else if (code_of(answer) == Errc::unavailable)
                                      ++refused;
                              });
    while (cache.loop().poll() != 0) {
    }
    EXPECT_EQ(good, 0);
    EXPECT_GT(refused, 0);
    const int refused_at_once = refused;
    server.resume();
    while (good + refused < kCalls) cache.loop().run_one();
    EXPECT_EQ(refused, refused_at_once);
    EXPECT_TRUE(cache.run(cache->ping(cache.soon())));
}

Task<Result<void>> cancelled_ping(BalanceCache& cache, runtime::Clock& clock, Deadline by) {
    using boost::asio::experimental::awaitable_operators::operator||;
    co_await (cache.ping(by) || clock.sleep_until(clock.now() + Millis(20)));
    co_return Error(Errc::timed_out, "given up");
}

TEST(RedisFailure, ToBeWaitedForToTheEndIsHarmless) {
    RedisServer server;
    Settings settings = impatient(server.unix_url());
    settings.redis_timeout = Millis(20'000);
    LoopedCache cache(settings);
    ASSERT_TRUE(cache.await_connected());
    server.pause();
    const auto given_up = cache.run(cancelled_ping(*cache, cache.clock(), cache.soon()));
    EXPECT_EQ(code_of(given_up), Errc::timed_out);
    server.resume();
    EXPECT_EQ(cache.find(key_of("u1")), std::nullopt);
}

TEST(RedisFailure, OfARedisThatRefusesWritesIsUnavailable) {
    RedisServer server({"--maxmemory", "1", "--maxmemory-policy", "noeviction"});
    LoopedCache cache(impatient(server.unix_url()));
    ASSERT_TRUE(cache.await_connected());
    EXPECT_EQ(code_of(cache.publish(key_of("u1"), balance_at(0, 1, 1))), Errc::unavailable);
}

TEST(RedisFailure, AtAnyMomentOfTrafficLosesNoCallAndNoReplyItsWay) {
    RedisServer server;
    LoopedCache cache(impatient(server.unix_url()));
    ASSERT_TRUE(cache.await_connected());
    for (int round = 0; round < 10; ++round) {
        int pending = 0;
        int wrong = 0;
        for (std::uint64_t i = 0; i < 50; ++i) {
            const auto key = key_of("r" + std::to_string(round) + "u" + std::to_string(i));
            const Balance balance = balance_at(0, 1, i);
            std::vector<CacheEntry> entries{{key, balance}};
            pending += 2;
            boost::asio::co_spawn(cache.loop(), cache->publish(entries, cache.soon()),
                                  [&](std::exception_ptr, Result<void>) { --pending; });
            boost::asio::co_spawn(
                cache.loop(), cache->find(key, cache.soon()),
                [&, balance](std::exception_ptr, Result<std::optional<Balance>> found) {
                    --pending;
                    if (found && *found && **found != balance) ++wrong;
                });
        }
        for (int i = 0; i < round * 20; ++i) cache.loop().run_one();
        server.stop();
        while (pending > 0) cache.loop().run_one();
        EXPECT_EQ(wrong, 0);
        server.start();
        ASSERT_TRUE(cache.await_connected());
    }
}

TEST(RedisFailure, AtTheEndOfTheObjectIsNotFollowedByAnything) {
    RedisServer server;
    boost::asio::io_context loop;
    runtime::SystemClock clock;
    runtime::SeededRandom random(7);
    for (int steps = 0; steps < 12; ++steps) {  // ends it in every state of connecting
        auto made = make_redis(impatient(server.unix_url()), loop.get_executor(), clock, random);
        for (int i = 0; i < steps; ++i) loop.run_one_for(Millis(2));
        made.value().reset();
        loop.restart();
        loop.run();  // returns, for nothing is left to wait for
        EXPECT_TRUE(loop.stopped());
    }
}

}  // namespace
}  // namespace custodialbridge::cache

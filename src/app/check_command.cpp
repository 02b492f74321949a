#include "check_command.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <iostream>

#include "custodialbridge/cache/make_redis.hpp"
#include "custodialbridge/rpc/make_rpc_client.hpp"
#include "custodialbridge/store/make_postgres.hpp"

namespace custodialbridge::app {

namespace {

using runtime::Deadline;

constexpr Millis kPatience{10'000};

bool say(const std::string& what, const Result<std::string>& answer) {
    (answer ? std::cout : std::cerr)
        << what << ": " << (answer ? *answer : answer.error().message()) << '\n';
    return answer.has_value();
}

bool check_database(const config::Settings& settings) {
    if (settings.database_mode == config::ServiceMode::embedded)
        return say("database", std::string("embedded; started with the daemon"));
    runtime::SystemClock clock;
    return say("database",
               store::probe(settings.database, clock, Deadline::after(clock, kPatience)));
}

runtime::Task<Result<void>> ping_until_there(cache::BalanceCache& redis, runtime::Clock& clock,
                                             Deadline by) {
    for (;;) {
        auto answer = co_await redis.ping(by);
        if (answer || by.passed(clock)) co_return std::move(answer);
        co_await clock.sleep_until(clock.now() + Millis{50});  // it connects in the background
    }
}

bool check_redis(const config::Settings& settings) {
    if (settings.redis_mode == config::ServiceMode::none) return say("redis", std::string("off"));
    if (settings.redis_mode == config::ServiceMode::embedded)
        return say("redis", std::string("embedded; started with the daemon"));
    runtime::SystemClock clock;
    runtime::SeededRandom random(runtime::fresh_seed());
    boost::asio::io_context loop(1);
    auto redis = cache::make_redis(settings.cache, loop.get_executor(), clock, random);
    if (!redis) return say("redis", redis.error());
    auto answer = boost::asio::co_spawn(
        loop, ping_until_there(**redis, clock, Deadline::after(clock, kPatience / 3)),
        boost::asio::use_future);
    while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
        loop.run_for(Millis{20});
    const auto pinged = answer.get();
    return say("redis", pinged ? Result<std::string>(std::string("answers"))
                               : Result<std::string>(pinged.error()));
}

bool check_chain(const config::ChainSettings& chain) {
    runtime::SystemClock clock;
    boost::asio::io_context loop(1);
    auto probes = boost::asio::co_spawn(
        loop,
        rpc::probe_endpoints(chain.rpc, loop.get_executor(), clock,
                             Deadline::after(clock, kPatience)),
        boost::asio::use_future);
    loop.run();
    bool all = true;
    for (const rpc::Probe& probe : probes.get()) {
        const std::string what =
            "chain " + std::to_string(chain.chain.value) + ", " + probe.endpoint;
        const auto answer =
            probe.head ? Result<std::string>("head " + std::to_string(probe.head->ref.number.value))
                       : Result<std::string>(probe.head.error());
        all = say(what, answer) && all;
    }
    return all;
}

}  // namespace

int check_command(const config::Settings& settings, bool connect) {
    std::cout << "configuration: valid\n";
    for (const std::string& missing : config::not_yet(settings))
        std::cout << "not available in this version: " << missing << '\n';
    if (!connect) return 0;
    bool all = check_database(settings);
    all = check_redis(settings) && all;
    for (const config::ChainSettings& chain : settings.chains) all = check_chain(chain) && all;
    return all ? 0 : 1;
}

}  // namespace custodialbridge::app

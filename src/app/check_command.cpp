#include "check_command.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <iostream>

#include "custodialbridge/cache/make_redis.hpp"
#include "custodialbridge/rpc/make_rpc_client.hpp"
#include "custodialbridge/store/make_postgres.hpp"
#include "services.hpp"

namespace custodialbridge::app {

namespace {

using runtime::Deadline;

constexpr Millis kPatience{10'000};

bool say(const std::string& what, const Result<std::string>& answer) {
    (answer ? std::cout : std::cerr)
        << what << ": " << (answer ? *answer : answer.error().message()) << '\n';
    return answer.has_value();
}

bool check_database(const store::Settings& database) {
    runtime::SystemClock clock;
    return say("database", store::probe(database, clock, Deadline::after(clock, kPatience)));
}

runtime::Task<Result<void>> ping_until_there(cache::BalanceCache& redis, runtime::Clock& clock,
                                             Deadline by) {
    for (;;) {
        auto answer = co_await redis.ping(by);
        if (answer || by.passed(clock)) co_return std::move(answer);
        co_await clock.sleep_until(clock.now() + Millis{50});  // it connects in the background
    }
}

Result<std::string> ping(cache::BalanceCache& redis, boost::asio::io_context& loop,
                         runtime::Clock& clock) {
    auto answer = boost::asio::co_spawn(
        loop, ping_until_there(redis, clock, Deadline::after(clock, kPatience / 3)),
        boost::asio::use_future);
    while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
        loop.run_for(Millis{20});
    CB_CHECKED(answer.get());
    return std::string("answers");
}

bool check_redis(const std::optional<cache::Settings>& settings) {
    if (!settings) return say("redis", std::string("off"));
    const auto place = cache::place_of(*settings);
    if (!place) return say("redis", place.error());
    runtime::SystemClock clock;
    runtime::SeededRandom random(runtime::fresh_seed());
    boost::asio::io_context loop(1);
    auto redis = cache::make_redis(*settings, loop.get_executor(), clock, random);
    return say("redis " + *place,
               redis ? ping(**redis, loop, clock) : Result<std::string>(redis.error()));
}

/// Embedded ones are the running daemon's, or are started for the time of the check.
bool check_services(const config::Settings& settings) {
    const auto services =
        Services::attach(settings, "check", Services::Wants::database_and_redis);
    if (!services) return say("embedded services", services.error());
    const bool database = check_database((*services)->database());
    return check_redis((*services)->redis()) && database;
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
    bool all = check_services(settings);
    for (const config::ChainSettings& chain : settings.chains) all = check_chain(chain) && all;
    return all ? 0 : 1;
}

}  // namespace custodialbridge::app

/// A client over real connections, on a loop in real time.
#pragma once

#include <gtest/gtest.h>

#include "custodialbridge/rpc/make_rpc_client.hpp"
#include "support/run_task.hpp"

namespace custodialbridge::rpc {

class ClientFixture : public ::testing::Test {
  protected:
    runtime::SystemClock clock;
    runtime::SeededRandom random{runtime::fresh_seed()};
    telemetry::Registry metrics;
    boost::asio::io_context loop{1};
    std::unique_ptr<RpcClient> client;

    static Settings settings(const std::vector<std::string>& urls) {
        Settings made;
        made.chain = {31337};
        for (const std::string& url : urls) {
            EndpointSettings endpoint;
            endpoint.http = url;
            made.endpoints.push_back(endpoint);
        }
        return made;
    }

    void use(const Settings& of, runtime::BlockingPool* parse_pool = nullptr) {
        client = make_rpc_client(of, loop.get_executor(), clock, random, metrics, parse_pool);
    }

    Deadline by(Millis time = Seconds(20)) { return Deadline::after(clock, time); }

    /// The tasks' values, all run at the same time on the client's loop.
    template <class T>
    std::vector<T> run_all(std::vector<Task<T>> tasks) {
        std::vector<std::shared_ptr<testing::Outcome<T>>> outcomes;
        for (auto& task : tasks) {
            auto outcome = std::make_shared<testing::Outcome<T>>();
            outcomes.push_back(outcome);
            boost::asio::co_spawn(
                loop, testing::keep_outcome(std::move(task), outcome),
                [outcome](std::exception_ptr failure) { outcome->failure = failure; });
        }
        loop.restart();
        loop.run();
        std::vector<T> values;
        for (const auto& outcome : outcomes) values.push_back(outcome->take());
        return values;
    }

    template <class T>
    T run(Task<T> task) {
        std::vector<Task<T>> one;
        one.push_back(std::move(task));
        return std::move(run_all(std::move(one)).front());
    }

    Result<BlockHeader> latest(Millis time = Seconds(20)) {
        return run(client->header(BlockTag::latest, by(time)));
    }
};

}  // namespace custodialbridge::rpc

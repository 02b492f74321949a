/// Runs calls of the Redis tier to their end, against a private Redis.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "custodialbridge/cache/make_redis.hpp"
#include "support/redis.hpp"

namespace custodialbridge::cache {

/// A loop with one cache on it, driven by the test's own thread.
class LoopedCache {
  public:
    explicit LoopedCache(const Settings& settings)
        : cache_(make_redis(settings, loop_.get_executor(), clock_, random_,
                            [this] { ++returns; }, {&metrics_, "test"})
                     .value()) {}

    BalanceCache& operator*() { return *cache_; }
    BalanceCache* operator->() { return cache_.get(); }
    runtime::Clock& clock() { return clock_; }
    boost::asio::io_context& loop() { return loop_; }

    template <class T>
    T run(Task<T> task) {
        std::optional<T> outcome;
        boost::asio::co_spawn(loop_, std::move(task), [&](std::exception_ptr failure, T value) {
            if (failure) std::rethrow_exception(failure);
            outcome.emplace(std::move(value));
        });
        loop_.restart();
        while (!outcome) loop_.run_one();
        return std::move(*outcome);
    }

    Deadline soon() const { return Deadline::after(clock_, Millis(10'000)); }

    /// Waits for the connection; false when it is not there after 20 s.
    bool await_connected() {
        const Deadline end = Deadline::after(clock_, Millis(20'000));
        while (!end.passed(clock_)) {
            if (run(cache_->ping(soon()))) return true;
            loop_.run_one_for(Millis(5));
        }
        return false;
    }

    std::optional<Balance> find(const BalanceKey& key) {
        return run(cache_->find(key, soon())).value();
    }

    Result<void> publish(const BalanceKey& key, const Balance& balance) {
        std::vector<CacheEntry> entries{{key, balance}};
        return run(cache_->publish(std::move(entries), soon()));
    }

    /// Of a metric of this connection.
    double metric(const std::string& name) {
        const std::string line =
            std::string("custodialbridge_").append(name).append("{connection=\"test\"} ");
        const std::string text = metrics_.render();
        const auto at = text.find(line);
        return at == std::string::npos ? -1 : std::stod(text.substr(at + line.size()));
    }

    int returns = 0;  ///< how often Redis was there again

  private:
    boost::asio::io_context loop_;
    runtime::SystemClock clock_;
    runtime::SeededRandom random_{7};
    telemetry::Registry metrics_;
    std::unique_ptr<BalanceCache> cache_;
};

inline Settings settings_for(const std::string& url) {
    Settings settings;
    settings.redis_url = url;
    settings.redis_timeout = Millis(2'000);  // the machine may be busy; failures set less
    return settings;
}

inline BalanceKey key_of(const std::string& user) {
    return {{user}, {31337}, {2}};
}

inline Balance balance_at(std::uint32_t epoch, std::uint64_t block, std::uint64_t amount) {
    Balance balance;
    balance.amount = amount;
    balance.version = {epoch, {block}};
    balance.block_hash.bytes.fill(static_cast<std::uint8_t>(block));
    balance.as_of = Time(Micros(1'705'314'600'123'456));
    return balance;
}

}  // namespace custodialbridge::cache

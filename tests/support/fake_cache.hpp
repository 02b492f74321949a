/// A Redis in memory: entries live for a time, a newer version stays, and it can fail or be
/// restarted empty.
#pragma once

#include <unordered_map>
#include <vector>

#include "custodialbridge/cache/balance_cache.hpp"
#include "support/script.hpp"

namespace custodialbridge::testing {

using runtime::Deadline;
using runtime::Task;

/// The server; any number of FakeCache clients speak to it.
struct FakeRedis {
    explicit FakeRedis(runtime::Clock& time) : script(time), clock(time) {}

    struct Held {
        Balance balance;
        Instant expires;
    };

    const Held* held(const BalanceKey& key) const {
        const auto found = entries.find(key);
        if (found == entries.end() || clock.now() >= found->second.expires) return nullptr;
        return &found->second;
    }

    /// As SET with a TTL, unless a newer version is held.
    void set(const cache::CacheEntry& entry) {
        if (const Held* there = held(entry.key);
            there != nullptr && entry.balance.version < there->balance.version)
            return;
        entries[entry.key] = {entry.balance, clock.now() + ttl};
    }

    Script script;
    runtime::Clock& clock;
    Millis ttl{30'000};
    std::unordered_map<BalanceKey, Held> entries;
};

class FakeCache final : public cache::BalanceCache {
  public:
    explicit FakeCache(FakeRedis& server) : server_(server) {}

    Task<Result<std::optional<Balance>>> find(BalanceKey key, Deadline by) override {
        CB_CO_CHECKED(co_await server_.script.pass(Point::arriving, "find", by));
        std::optional<Balance> answer;
        if (const auto* held = server_.held(key)) answer = held->balance;
        CB_CO_CHECKED(co_await server_.script.pass(Point::answering, "find", by));
        co_return answer;
    }

    Task<Result<std::vector<std::optional<Balance>>>> find_all(std::vector<BalanceKey> keys,
                                                               Deadline by) override {
        CB_CO_CHECKED(co_await server_.script.pass(Point::arriving, "find", by));
        std::vector<std::optional<Balance>> answer;
        for (const BalanceKey& key : keys) {
            const auto* held = server_.held(key);
            answer.push_back(held == nullptr ? std::nullopt : std::optional(held->balance));
        }
        CB_CO_CHECKED(co_await server_.script.pass(Point::answering, "find", by));
        co_return answer;
    }

    Task<Result<void>> publish(std::vector<cache::CacheEntry> entries, Deadline by) override {
        CB_CO_CHECKED(co_await server_.script.pass(Point::arriving, "publish", by));
        for (const cache::CacheEntry& entry : entries) server_.set(entry);
        CB_CO_CHECKED(co_await server_.script.pass(Point::answering, "publish", by));
        co_return Result<void>{};
    }

    Task<Result<void>> forget(std::vector<BalanceKey> keys, Deadline by) override {
        CB_CO_CHECKED(co_await server_.script.pass(Point::arriving, "forget", by));
        for (const BalanceKey& key : keys) server_.entries.erase(key);
        CB_CO_CHECKED(co_await server_.script.pass(Point::answering, "forget", by));
        co_return Result<void>{};
    }

    Task<Result<void>> ping(Deadline by) override {
        co_return co_await server_.script.pass(Point::arriving, "ping", by);
    }

  private:
    FakeRedis& server_;
};

}  // namespace custodialbridge::testing

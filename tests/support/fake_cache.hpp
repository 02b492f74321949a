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

    const Held* held(const BalanceKey& key) const;

    /// As SET with a TTL, unless a newer version is held.
    void set(const cache::CacheEntry& entry);

    Script script;
    runtime::Clock& clock;
    Millis ttl{30'000};
    std::unordered_map<BalanceKey, Held> entries;
};

class FakeCache final : public cache::BalanceCache {
  public:
    explicit FakeCache(FakeRedis& server) : server_(server) {}

    Task<Result<std::optional<Balance>>> find(BalanceKey key, Deadline by) override;

    Task<Result<std::vector<std::optional<Balance>>>> find_all(std::vector<BalanceKey> keys,
                                                               Deadline by) override;

    Task<Result<void>> publish(std::vector<cache::CacheEntry> entries, Deadline by) override;

    Task<Result<void>> forget(std::vector<BalanceKey> keys, Deadline by) override;

    Task<Result<void>> ping(Deadline by) override;

  private:
    FakeRedis& server_;
};

}  // namespace custodialbridge::testing

/// The Redis tier. Key `balance:{user}:{chain}:{token}`; a value carries amount, version, block
/// hash and absolute as-of time, and is set only when newer (a script compares epoch and block).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "custodialbridge/core/balance.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::cache {

using runtime::Deadline;
using runtime::Task;

struct CacheEntry {
    BalanceKey key;
    Balance balance;
    friend bool operator==(const CacheEntry&, const CacheEntry&) = default;
};

/// One connection on one loop; call from there only. A broken Redis is `unavailable` at once (no
/// waiting behind a connection that is being made again), never an exception.
class BalanceCache {
  public:
    virtual ~BalanceCache() = default;

    /// Nothing when absent. A malformed value is deleted and counts as absent.
    virtual Task<Result<std::optional<Balance>>> find(BalanceKey key, Deadline by) = 0;

    /// The same for many keys, in their order.
    virtual Task<Result<std::vector<std::optional<Balance>>>> find_all(std::vector<BalanceKey> keys,
                                                                       Deadline by) = 0;

    /// Sets each entry unless the cache holds a newer version of it; pipelined, with the TTL.
    virtual Task<Result<void>> publish(std::vector<CacheEntry> entries, Deadline by) = 0;

    /// Deletes the keys (a user's set of wallets changed).
    virtual Task<Result<void>> forget(std::vector<BalanceKey> keys, Deadline by) = 0;

    virtual Task<Result<void>> ping(Deadline by) = 0;
};

}  // namespace custodialbridge::cache

/// The lower tiers as one loop's reads see them: what many ask for at once is one statement, or one
/// batch of commands.
#pragma once

#include "custodialbridge/cache/balance_cache.hpp"
#include "custodialbridge/runtime/gathering.hpp"
#include "custodialbridge/store/balance_store.hpp"

namespace custodialbridge::ledger {

using runtime::Deadline;
using runtime::Task;

/// Lives on the loop of its cache; everything outlives it.
class GatheredReads {
  public:
    /// `redis` may be null; then nobody asks it.
    GatheredReads(cache::BalanceCache* redis, store::BalanceStore& balances, runtime::Clock& clock);

    // As BalanceCache::find, BalanceStore::find and BalanceCache::publish.
    Task<Result<std::optional<Balance>>> cached(BalanceKey key, Deadline by);
    Task<Result<store::StoredBalance>> stored(BalanceKey key, Deadline by);
    Task<Result<void>> publish(std::vector<cache::CacheEntry> entries, Deadline by);

  private:
    using Cached = Result<std::optional<Balance>>;
    using Stored = Result<store::StoredBalance>;
    using Published = Result<void>;

    Task<std::vector<Cached>> find_cached(std::vector<BalanceKey> keys, Deadline by);
    Task<std::vector<Stored>> find_stored(std::vector<BalanceKey> keys, Deadline by);
    Task<std::vector<Published>> publish_all(std::vector<cache::CacheEntry> entries, Deadline by);

    cache::BalanceCache* const redis_;
    store::BalanceStore& balances_;
    runtime::Gathering<BalanceKey, Cached> cached_;
    runtime::Gathering<BalanceKey, Stored> stored_;
    runtime::Gathering<cache::CacheEntry, Published> published_;
};

}  // namespace custodialbridge::ledger

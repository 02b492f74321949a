/// What reads found, on its way to Redis.
#pragma once

#include <vector>

#include "custodialbridge/cache/local_cache.hpp"
#include "custodialbridge/ledger/chain_board.hpp"
#include "gathered_reads.hpp"

namespace custodialbridge::ledger {

/// A balance that the local tier has taken.
struct KeptBalance {
    BalanceKey key;
    Balance balance;
    bool followed = false;     ///< from events
    std::uint64_t ticket = 0;  ///< of the local tier, from before it was read
};

/// Lives on the loop of its cache; everything outlives it.
class Sharing {
  public:
    /// `redis` may be null; then nothing is to be shared.
    Sharing(cache::BalanceCache* redis, GatheredReads& lower, cache::LocalCache& local,
            runtime::Clock& clock, Millis redis_timeout)
        : redis_(redis), lower_(lower), local_(local), clock_(clock), timeout_(redis_timeout) {}

    /// Publishes balances of the tip's chain together. After the local tier has taken them: that is
    /// where we learn that one was overtaken; then its key is deleted again.
    Task<void> share(ChainTip& tip, std::vector<KeptBalance> kept, Deadline by);

  private:
    cache::BalanceCache* const redis_;
    GatheredReads& lower_;
    cache::LocalCache& local_;
    runtime::Clock& clock_;
    const Millis timeout_;
};

}  // namespace custodialbridge::ledger

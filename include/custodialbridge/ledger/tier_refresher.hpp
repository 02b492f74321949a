/// Recently read balances are put into the cache tiers again from the database, now and then.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "custodialbridge/cache/local_cache.hpp"
#include "custodialbridge/ledger/chain_board.hpp"
#include "custodialbridge/ledger/make_ledger.hpp"

namespace custodialbridge::ledger {

/// Lives on one loop.
class TierRefresher {
  public:
    virtual ~TierRefresher() = default;

    /// Fills the tiers with what the database has of the keys, by the same rules as a read of each;
    /// the chain is not asked. How many were kept; an error when the database does not answer.
    virtual Task<Result<std::size_t>> refresh(std::vector<BalanceKey> keys, Deadline by) = 0;
};
std::unique_ptr<TierRefresher> make_tier_refresher(ReaderParts parts);

/// Every `interval()`, which is looked at each second, what was read lately of each chain, at most
/// some thousand balances. Until cancelled; a round that the database does not answer is left to
/// the next. Counts in `cache_refreshed_total`.
Task<void> keep_tiers_fresh(TierRefresher& refresher, const cache::LocalCache& local,
                            const ChainBoard& board, runtime::Clock& clock,
                            telemetry::Registry& metrics, std::function<Millis()> interval);

}  // namespace custodialbridge::ledger

/// What other processes change, this one lets go of.
#pragma once

#include <functional>
#include <memory>

#include "custodialbridge/cache/balance_cache.hpp"
#include "custodialbridge/cache/change_feed.hpp"
#include "custodialbridge/cache/local_cache.hpp"
#include "custodialbridge/core/token_registry.hpp"
#include "custodialbridge/ledger/chain_board.hpp"
#include "custodialbridge/runtime/clock.hpp"

namespace custodialbridge::ledger {

/// One a process, on the sync loop. While the feed is deaf, what the local tier holds of chains
/// that another process writes is let go of twice a second.
class ChangeFollower {
  public:
    virtual ~ChangeFollower() = default;

    virtual runtime::Task<void> run() = 0;  ///< until cancelled
};

/// Everything outlives the follower. `redis` and `feed` may be null; without a feed it is deaf.
/// `on_change` is called when another process committed or changed wallets, `distrust_redis` when
/// Redis perhaps holds what is not true any more.
struct FollowerParts {
    const TokenRegistry& tokens;
    const ChainBoard& board;
    cache::LocalCache& local;
    cache::BalanceCache* redis;
    cache::ChangeFeed* feed;
    runtime::Executor loop;
    runtime::Clock& clock;
    std::function<void(ChainId)> on_change;
    std::function<void(ChainId)> distrust_redis;
    Millis redis_timeout;
};
std::unique_ptr<ChangeFollower> make_change_follower(FollowerParts parts);

}  // namespace custodialbridge::ledger

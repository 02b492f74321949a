/// The real Redis tier, over hiredis on the given loop. Reconnects by itself, backed off.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "custodialbridge/cache/balance_cache.hpp"
#include "custodialbridge/cache/cache_metrics.hpp"
#include "custodialbridge/cache/change_feed.hpp"
#include "custodialbridge/cache/settings.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/runtime/random.hpp"

namespace custodialbridge::cache {

/// `invalid` when the URL is malformed. Connecting happens in the background: the first calls may
/// be `unavailable`.
///
/// `returned` is called on the loop whenever Redis is there again after the connection broke,
/// before it answers anything: it may have lost what it had acknowledged (a restart, a replica that
/// took over).
Result<std::unique_ptr<BalanceCache>> make_redis(const Settings& settings,
                                                 runtime::Executor executor, runtime::Clock& clock,
                                                 runtime::Random& random,
                                                 std::function<void()> returned = {},
                                                 ConnectionMetrics metrics = {});

/// Over Redis' publish and subscribe, with two connections of its own. The channels are
/// `changes:{database}:{chain}`, and `changes:{database}:{a random id}` where a process hears
/// whether it still hears: an ACL user needs `&changes:*`. `invalid` like make_redis. `metrics` may
/// be null; there also `cache_invalidations_total` and `cache_invalidations_heard`.
Result<std::unique_ptr<ChangeFeed>> make_change_feed(const Settings& settings,
                                                     const std::vector<ChainId>& chains,
                                                     runtime::Executor executor,
                                                     runtime::Clock& clock,
                                                     runtime::Random& random,
                                                     telemetry::Registry* metrics = nullptr);

/// host:port/database of the settings' URL, without its credentials; `invalid` like make_redis.
Result<std::string> place_of(const Settings& settings);

}  // namespace custodialbridge::cache

/// The real Redis tier, over hiredis on the given loop. Reconnects by itself, backed off.
#pragma once

#include <memory>

#include "custodialbridge/cache/balance_cache.hpp"
#include "custodialbridge/cache/settings.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/runtime/random.hpp"

namespace custodialbridge::cache {

/// `invalid` when the URL is malformed. Connecting happens in the background: the first calls may
/// be `unavailable`.
Result<std::unique_ptr<BalanceCache>> make_redis(const Settings& settings,
                                                 runtime::Executor executor, runtime::Clock& clock,
                                                 runtime::Random& random);

}  // namespace custodialbridge::cache

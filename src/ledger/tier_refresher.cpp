#include "custodialbridge/ledger/tier_refresher.hpp"

#include <algorithm>
#include <span>

#include "custodialbridge/telemetry/log.hpp"

namespace custodialbridge::ledger {

namespace {

constexpr std::size_t kOfAChain = 10'000;
constexpr std::size_t kAtOnce = 500;  // as many as the database is asked for in one statement
constexpr Millis kPatience{5'000};
constexpr Millis kLook{1'000};  // at the interval

Task<Result<std::size_t>> refresh_chain(TierRefresher& refresher, std::vector<BalanceKey> keys,
                                        runtime::Clock& clock) {
    std::size_t kept = 0;
    std::span<const BalanceKey> rest(keys);
    while (!rest.empty()) {
        const auto some = rest.first(std::min(rest.size(), kAtOnce));
        std::vector<BalanceKey> asked(some.begin(), some.end());
        const Deadline by = Deadline::after(clock, kPatience);
        CB_CO_TRY(more, co_await refresher.refresh(std::move(asked), by));
        kept += more;
        rest = rest.subspan(some.size());
    }
    co_return kept;
}

}  // namespace

Task<void> keep_tiers_fresh(TierRefresher& refresher, const cache::LocalCache& local,
                            const ChainBoard& board, runtime::Clock& clock,
                            telemetry::Registry& metrics, std::function<Millis()> interval) {
    telemetry::Counter& refreshed =
        metrics.counter("cache_refreshed_total",
                        "Recently read balances that were read again from the database by time");
    for (;;) {
        const Instant began = clock.now();
        while (clock.now() < began + interval())
            co_await clock.sleep_until(std::min(began + interval(), clock.now() + kLook));
        for (const auto& tip : board.tips()) {
            std::vector<BalanceKey> keys = local.recent_keys(tip->chain(), kOfAChain);
            const auto kept = co_await refresh_chain(refresher, std::move(keys), clock);
            if (kept) {
                refreshed.add(static_cast<double>(*kept));
                continue;
            }
            telemetry::log(telemetry::LogLevel::debug, "cache tiers not refreshed",
                           {{"chain", tip->chain().value}, {"error", kept.error()}});
        }
    }
}

}  // namespace custodialbridge::ledger

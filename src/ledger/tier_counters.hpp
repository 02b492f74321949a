/// Lookups by tier and outcome, for /metrics.
#pragma once

#include <string>

#include "custodialbridge/ledger/balance_reader.hpp"
#include "custodialbridge/telemetry/registry.hpp"

namespace custodialbridge::ledger {

/// Counts a tier's lookups by outcome.
struct TierCounters {
    TierCounters(telemetry::Registry& metrics, Tier tier)
        : hit(of(metrics, tier, "hit")), miss(of(metrics, tier, "miss")),
          failed(of(metrics, tier, "error")) {}

    static telemetry::Counter& of(telemetry::Registry& metrics, Tier tier, const char* outcome) {
        return metrics.counter("cache_lookups_total", "Balance lookups by tier and outcome",
                               {{"tier", std::string(to_string(tier))}, {"outcome", outcome}});
    }

    telemetry::Counter& hit;
    telemetry::Counter& miss;
    telemetry::Counter& failed;
};

}  // namespace custodialbridge::ledger

/// Everything that can be configured: the sum of the modules' settings. Plain values; only `app`
/// sees all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "custodialbridge/api/settings.hpp"
#include "custodialbridge/cache/settings.hpp"
#include "custodialbridge/core/token.hpp"
#include "custodialbridge/rpc/settings.hpp"
#include "custodialbridge/store/settings.hpp"
#include "custodialbridge/sync/settings.hpp"
#include "custodialbridge/telemetry/settings.hpp"

namespace custodialbridge::config {

/// Where a service that we need comes from.
enum class ServiceMode : std::uint8_t {
    embedded,  ///< a private one in `data_dir`, started and supervised by us; its URL is empty here
    url,       ///< somebody runs it: the module's settings hold its URL
    none       ///< Redis only: run without that tier
};

struct ChainSettings {
    ChainId chain;
    std::string name;  ///< for people: logs and status; unique
    rpc::Settings rpc;
    sync::ListenerSettings listener;
    std::uint32_t realtime_confirmations = 1;  ///< 1: a realtime read is of the head
    std::vector<Token> tokens;                 ///< `realtime` and thresholds are resolved
    friend bool operator==(const ChainSettings&, const ChainSettings&) = default;
};

struct Settings {
    std::filesystem::path data_dir = "/var/lib/custodialbridge";  ///< as written: may be relative
    Millis shutdown_timeout{10'000};
    ServiceMode database_mode = ServiceMode::embedded;
    store::Settings database;
    ServiceMode redis_mode = ServiceMode::embedded;
    cache::Settings cache;
    api::Settings api;
    telemetry::Settings telemetry;
    std::vector<ChainSettings> chains;  ///< at least one, by position in the file
    sync::BalanceSyncSettings balance_sync;
    sync::TransactionSyncSettings transaction_sync;
    sync::ReconciliationSettings reconciliation;
    sync::AlertThresholds alert_thresholds;
    std::vector<sync::WebhookSettings> webhooks;

    /// The keys that were written down, for example "chains[0].rpc_quorum"; the others have
    /// defaults.
    std::set<std::string> given;

    friend bool operator==(const Settings&, const Settings&) = default;
};

/// Configured features that this version does not have yet, each as a sentence that begins with its
/// key. Speaks of what the settings ask for, be it by default.
std::vector<std::string> not_yet(const Settings& settings);

}  // namespace custodialbridge::config

#include "custodialbridge/config/reload.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

namespace custodialbridge::config {
namespace {

struct Part {
    std::string_view key;
    std::function<bool(const Settings&, const Settings&)> same;
    std::function<void(Settings& to, const Settings& from)> take;
};

/// `get` names a field of the settings.
template <class Get>
Part part(std::string_view key, Get get) {
    return {key, [get](const Settings& a, const Settings& b) { return get(a) == get(b); },
            [get](Settings& to, const Settings& from) { get(to) = get(from); }};
}

#define CB_FIELD(key, field) part(key, [](auto& settings) -> auto& { return settings.field; })

/// Whoever lets everybody in must listen on loopback, so auth.mode goes with api.listen.
std::vector<Part> live_parts() {
    return {CB_FIELD("api.auth.keys", api.keys),
            CB_FIELD("api.rate_limit.per_key_rps", api.rate_per_key_rps),
            CB_FIELD("api.rate_limit.burst", api.rate_burst),
            CB_FIELD("api.max_body", api.max_body),
            CB_FIELD("logging.level", telemetry.level),
            CB_FIELD("logging.format", telemetry.format),
            CB_FIELD("balance_sync.db_sync_interval", balance_sync.db_sync_interval),
            CB_FIELD("balance_sync.verify_changed", balance_sync.verify_changed),
            CB_FIELD("transaction_sync", transaction_sync),
            CB_FIELD("reconciliation", reconciliation),
            CB_FIELD("monitoring.sync_lag_alert_threshold", alert_thresholds.sync_lag),
            CB_FIELD("monitoring.mismatch_alert_threshold", alert_thresholds.mismatch),
            CB_FIELD("monitoring.failure_rate_threshold", alert_thresholds.failure_rate)};
}

std::vector<Part> fixed_parts() {
    return {CB_FIELD("data_dir", data_dir),
            CB_FIELD("shutdown_timeout", shutdown_timeout),
            CB_FIELD("database", database_mode),
            CB_FIELD("database", database),
            CB_FIELD("redis", redis_mode),
            CB_FIELD("redis", cache.redis_url),
            CB_FIELD("api.listen", api.host),
            CB_FIELD("api.listen", api.port),
            CB_FIELD("api.threads", api.threads),
            CB_FIELD("api.tls", api.tls_certificate),
            CB_FIELD("api.tls", api.tls_key),
            CB_FIELD("api.auth.mode", api.keys_required),
            CB_FIELD("balance_sync.redis_ttl", cache.redis_ttl),
            CB_FIELD("balance_sync.local_ttl", cache.local_ttl),
            CB_FIELD("balance_sync.local_capacity", cache.local_capacity),
            CB_FIELD("monitoring.alertmanager", telemetry.alertmanager),
            CB_FIELD("webhooks", webhooks)};
}

/// By what a class's balances are read. Zero means from events, and what is followed does not
/// change while the daemon runs.
std::vector<Part> interval_parts() {
#define CB_INTERVAL(name)                                      \
    CB_FIELD("balance_sync.chain_sync_interval." #name,        \
             balance_sync.chain_sync_interval.name)
    return {CB_INTERVAL(cpop), CB_INTERVAL(major_tokens), CB_INTERVAL(other_tokens),
            CB_INTERVAL(nfts)};
#undef CB_INTERVAL
}

#undef CB_FIELD

std::array<bool, 4> classes_followed(const Settings& settings) {
    const sync::ChainSyncIntervals& every = settings.balance_sync.chain_sync_interval;
    const auto followed = [](Millis interval) { return interval == Millis{0}; };
    return {followed(every.cpop), followed(every.major_tokens), followed(every.other_tokens),
            followed(every.nfts)};
}

void name(std::vector<std::string>& keys, std::string key) {
    if (keys.empty() || keys.back() != key) keys.push_back(std::move(key));
}

bool same_chains(const Settings& a, const Settings& b) {
    if (a.chains.size() != b.chains.size()) return false;
    for (std::size_t i = 0; i < a.chains.size(); ++i)
        if (a.chains[i].chain != b.chains[i].chain) return false;
    return true;
}

bool same_but_for_thresholds(const std::vector<Token>& a, const std::vector<Token>& b) {
    return std::ranges::equal(a, b, [](Token one, const Token& other) {
        one.mismatch_threshold = other.mismatch_threshold;
        return one == other;
    });
}

/// Of a chain its endpoints change, how many of them must agree, and the thresholds of its tokens.
void reload_chain(ChainSettings& chain, const ChainSettings& next, const std::string& path,
                  Reload& result) {
    if (chain.rpc.endpoints != next.rpc.endpoints) name(result.taken, path + ".rpc");
    if (chain.rpc.quorum != next.rpc.quorum) name(result.taken, path + ".rpc_quorum");
    chain.rpc.endpoints = next.rpc.endpoints;
    chain.rpc.quorum = next.rpc.quorum;
    if (chain.tokens != next.tokens && same_but_for_thresholds(chain.tokens, next.tokens)) {
        name(result.taken, path + ".tokens");
        chain.tokens = next.tokens;
    }
    if (chain != next) name(result.left, path);
}

}  // namespace

Reload reload(const Settings& in_force, const Settings& next) {
    Reload result{in_force, {}, {}};
    for (const Part& live : live_parts()) {
        if (live.same(in_force, next)) continue;
        live.take(result.settings, next);
        name(result.taken, std::string(live.key));
    }
    for (const Part& interval : interval_parts()) {
        if (interval.same(in_force, next)) continue;
        Settings changed = in_force;
        interval.take(changed, next);
        const bool follows = classes_followed(changed) != classes_followed(in_force);
        name(follows ? result.left : result.taken, std::string(interval.key));
        if (!follows) interval.take(result.settings, next);
    }
    for (const Part& fixed : fixed_parts())
        if (!fixed.same(in_force, next)) name(result.left, std::string(fixed.key));
    if (!same_chains(in_force, next)) {
        name(result.left, "chains");
        return result;
    }
    for (std::size_t i = 0; i < next.chains.size(); ++i)
        reload_chain(result.settings.chains[i], next.chains[i],
                     "chains[" + std::to_string(i) + ']', result);
    return result;
}

}  // namespace custodialbridge::config

#include "custodialbridge/config/reload.hpp"

#include <gmock/gmock.h>

#include "custodialbridge/config/load_settings.hpp"

namespace custodialbridge::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kChain =
    "chains:\n  - chain_id: 1\n    rpc: [{http: \"http://a\"}, {http: \"http://b\"}]\n";
const std::string kKey = "api: {auth: {keys: [{name: one, scopes: [read], sha256: \"" +
                         std::string(64, 'a') + "\"}]}}\n";

Settings settings_of(const std::string& text) {
    const auto nothing = [](const std::string&) { return std::nullopt; };
    return load_settings_text(text, "test", nothing).value();
}

Reload reload_of(const std::string& from, const std::string& to) {
    return reload(settings_of(from), settings_of(to));
}

TEST(Reload, OfTheSameChangesNothing) {
    const auto same = reload_of(kChain + kKey, kChain + kKey);
    EXPECT_THAT(same.taken, IsEmpty());
    EXPECT_THAT(same.left, IsEmpty());
    EXPECT_EQ(same.settings, settings_of(kChain + kKey));
}

TEST(Reload, TakesKeysLimitsAndTheLogOver) {
    const auto changed = reload_of(
        kChain, kChain + "logging: {level: debug, format: text}\napi: {max_body: 2MiB, "
                         "rate_limit: {per_key_rps: 5, burst: 7}, auth: {keys: [{name: one, "
                         "scopes: [read], sha256: \"" +
                    std::string(64, 'a') + "\"}]}}\n");
    EXPECT_THAT(changed.taken,
                ElementsAre("api.auth.keys", "api.rate_limit.per_key_rps", "api.rate_limit.burst",
                            "api.max_body", "logging.level", "logging.format"));
    EXPECT_THAT(changed.left, IsEmpty());
    EXPECT_EQ(changed.settings.api.keys.size(), 1u);
    EXPECT_EQ(changed.settings.api.rate_burst, 7u);
    EXPECT_EQ(changed.settings.telemetry.level, telemetry::LogLevel::debug);
}

TEST(Reload, TakesEndpointsOverAndHowManyMustAgree) {
    const auto changed = reload_of(
        kChain, "chains:\n  - chain_id: 1\n    rpc: [{http: \"http://b\"}, {http: \"http://c\"}]\n"
                "    rpc_quorum: 2\n");
    EXPECT_THAT(changed.taken, ElementsAre("chains[0].rpc", "chains[0].rpc_quorum"));
    EXPECT_THAT(changed.left, IsEmpty());
    EXPECT_EQ(changed.settings.chains[0].rpc.endpoints[1].http, "http://c");
    EXPECT_EQ(changed.settings.chains[0].rpc.quorum, 2u);
}

TEST(Reload, LeavesTheRestToARestartAndNamesIt) {
    const std::string rest =
        "data_dir: /elsewhere\nshutdown_timeout: 3s\nredis: {url: none}\n"
        "database: {pool_size: 3}\nbalance_sync: {local_ttl: 9s}\n"
        "api: {listen: \"127.0.0.1:9\", threads: 3, auth: {mode: none}}\n"
        "monitoring: {alertmanager: \"http://a\"}\n"
        "webhooks: [{url: \"http://h\", secret: s, events: [sync.failed]}]\n";
    const auto changed = reload_of(kChain, kChain + "    confirmations: 3\n" + rest);
    EXPECT_THAT(changed.taken, IsEmpty());
    EXPECT_THAT(changed.left,
                ElementsAre("data_dir", "shutdown_timeout", "database", "redis", "api.listen",
                            "api.threads", "api.auth.mode", "balance_sync.local_ttl",
                            "monitoring.alertmanager", "webhooks", "chains[0]"));
    EXPECT_EQ(changed.settings, settings_of(kChain)) << "nothing of it is in force";
}

TEST(Reload, TakesIntervalsAndThresholds) {
    const auto changed = reload_of(
        kChain,
        kChain +
            "balance_sync: {db_sync_interval: 1s, verify_changed: 0s,"
            " chain_sync_interval: {major_tokens: 2s, nfts: 3s}}\n"
            "monitoring: {sync_lag_alert_threshold: 4s, mismatch_alert_threshold: \"5\","
            " failure_rate_threshold: 0.5}\n"
            "reconciliation: {balance_check_interval: 6s}\n"
            "transaction_sync: {retry_interval: 7s}\n");
    EXPECT_THAT(changed.left, IsEmpty());
    EXPECT_THAT(changed.taken,
                ElementsAre("balance_sync.db_sync_interval", "balance_sync.verify_changed",
                            "transaction_sync", "reconciliation",
                            "monitoring.sync_lag_alert_threshold",
                            "monitoring.mismatch_alert_threshold",
                            "monitoring.failure_rate_threshold",
                            "balance_sync.chain_sync_interval.major_tokens",
                            "balance_sync.chain_sync_interval.nfts"));
    const Settings& now = changed.settings;
    EXPECT_EQ(now.balance_sync.verify_changed, Millis{0});
    EXPECT_EQ(now.balance_sync.chain_sync_interval.nfts, Millis{3'000});
    EXPECT_EQ(now.alert_thresholds.mismatch, U256(5));
}

TEST(Reload, WhatIsFollowedFromEventsStaysSo) {
    const auto changed = reload_of(
        kChain, kChain + "balance_sync: {chain_sync_interval: {cpop: 5s, other_tokens: 0s}}\n");
    EXPECT_THAT(changed.taken, IsEmpty());
    EXPECT_THAT(changed.left, ElementsAre("balance_sync.chain_sync_interval.cpop",
                                          "balance_sync.chain_sync_interval.other_tokens"));
}

TEST(Reload, TakesTheThresholdsOfTokensButNoOtherTokens) {
    const auto with = [](const std::string& threshold, const std::string& symbol) {
        return kChain + "    tokens: [{token_id: 1, kind: erc20, sync_class: cpop, decimals: 18,"
                        " address: \"0x00000000000000000000000000000000000000c0\", symbol: " +
               symbol + ", mismatch_threshold: \"" + threshold + "\"}]\n";
    };
    const auto taken = reload_of(with("1", "A"), with("2", "A"));
    EXPECT_THAT(taken.taken, ElementsAre("chains[0].tokens"));
    EXPECT_EQ(taken.settings.chains[0].tokens[0].mismatch_threshold, U256(2));
    const auto left = reload_of(with("1", "A"), with("2", "B"));
    EXPECT_THAT(left.taken, IsEmpty());
    EXPECT_THAT(left.left, ElementsAre("chains[0]"));
}

TEST(Reload, NeitherAddsNorDropsChains) {
    const auto changed = reload_of(
        kChain,
        kChain + "  - {chain_id: 2, rpc: [{http: \"http://a\"}]}\nlogging: {level: warn}\n");
    EXPECT_THAT(changed.taken, ElementsAre("logging.level"));
    EXPECT_THAT(changed.left, ElementsAre("chains"));
    EXPECT_EQ(changed.settings.chains.size(), 1u);
}

TEST(Reload, WhoMayCallStaysWhereTheServerListens) {
    const auto changed =
        reload_of("api: {listen: \"0.0.0.0:80\"}\n" + kChain,
                  "api: {listen: \"127.0.0.1:80\", auth: {mode: none}}\n" + kChain);
    EXPECT_TRUE(changed.settings.api.keys_required);
    EXPECT_EQ(changed.settings.api.host, "0.0.0.0");
}

}  // namespace
}  // namespace custodialbridge::config

// config/custodialbridge.yaml is documentation: it loads, and it says the defaults.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "given_yaml.hpp"

namespace custodialbridge::config {
namespace {

const std::string kSample = std::string(CB_SOURCE_DIR) + "/config/custodialbridge.yaml";

/// What the sample must say and has no default: a chain, its endpoint and its tokens.
const std::string kNeeded = R"(
chains:
  - chain_id: 31337
    name: devnet
    rpc: [{http: "http://127.0.0.1:8545", ws: "ws://127.0.0.1:8545"}]
    tokens:
      - {token_id: 0, kind: native, symbol: ETH, decimals: 18, sync_class: major}
      - {token_id: 1, kind: erc20, symbol: CPOP, decimals: 18, sync_class: cpop,
         address: "0x5FbDB2315678afecb367f032d93F642f64180aa3"}
      - {token_id: 2, kind: erc20, symbol: USDT, decimals: 6, sync_class: major,
         address: "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"}
      - {token_id: 3, kind: erc721, symbol: ART, sync_class: nft,
         address: "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"}
      - {token_id: 4, kind: erc1155, symbol: GAME, sync_class: nft,
         address: "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9"}
)";

TEST(Sample, LoadsWithoutProblemsOrVariables) {
    const LoadedSettings loaded = load_settings(kSample, environment_of({}));
    ASSERT_TRUE(loaded) << to_string(loaded.error().front());
}

TEST(Sample, SaysTheDefaults) {
    Settings sample = load_settings(kSample, environment_of({})).value();
    Settings defaults = load(kNeeded).value();
    sample.given.clear();
    defaults.given.clear();
    EXPECT_EQ(sample, defaults);
}

TEST(Sample, WritesEveryKeyDown) {
    const Settings sample = load_settings(kSample, environment_of({})).value();
    for (const char* key : {"data_dir",
                            "shutdown_timeout",
                            "database.url",
                            "database.pool_size",
                            "redis.url",
                            "api.listen",
                            "api.threads",
                            "api.tls.certificate",
                            "api.tls.key",
                            "api.auth.mode",
                            "api.auth.keys",
                            "api.rate_limit.per_key_rps",
                            "api.rate_limit.burst",
                            "api.max_body",
                            "logging.level",
                            "logging.format",
                            "chains[0].chain_id",
                            "chains[0].name",
                            "chains[0].rpc[0].http",
                            "chains[0].rpc[0].ws",
                            "chains[0].rpc[0].max_rps",
                            "chains[0].rpc[0].max_batch",
                            "chains[0].rpc[0].max_log_range",
                            "chains[0].rpc_quorum",
                            "chains[0].integrity",
                            "chains[0].start_block",
                            "chains[0].finality",
                            "chains[0].confirmations",
                            "chains[0].reorg_depth",
                            "chains[0].realtime_confirmations",
                            "chains[0].multicall3",
                            "chains[0].entry_points",
                            "chains[0].tokens",
                            "balance_sync.redis_ttl",
                            "balance_sync.local_ttl",
                            "balance_sync.local_capacity",
                            "balance_sync.db_sync_interval",
                            "balance_sync.verify_changed",
                            "balance_sync.chain_sync_interval.cpop",
                            "balance_sync.chain_sync_interval.major_tokens",
                            "balance_sync.chain_sync_interval.other_tokens",
                            "balance_sync.chain_sync_interval.nfts",
                            "transaction_sync.pending_check_interval",
                            "transaction_sync.max_pending_time",
                            "transaction_sync.retry_interval",
                            "transaction_sync.max_retries",
                            "reconciliation.balance_check_interval",
                            "reconciliation.transaction_check_interval",
                            "reconciliation.nft_check_interval",
                            "reconciliation.mismatch_threshold",
                            "reconciliation.auto_correct",
                            "reconciliation.auto_correct_limit",
                            "monitoring.sync_lag_alert_threshold",
                            "monitoring.mismatch_alert_threshold",
                            "monitoring.failure_rate_threshold",
                            "monitoring.alertmanager",
                            "webhooks"})
        EXPECT_TRUE(sample.given.contains(key)) << key;
}

}  // namespace
}  // namespace custodialbridge::config

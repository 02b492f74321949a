#include "custodialbridge/config/load_settings.hpp"

#include <gmock/gmock.h>

#include "given_yaml.hpp"

namespace custodialbridge::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Token only_token(const std::string& keys, const std::string& more = "") {
    const LoadedSettings loaded = load(kOneChain + "    tokens: [{" + keys + "}]\n" + more);
    EXPECT_TRUE(loaded) << to_string(loaded.error().front());
    return loaded ? loaded->chains.at(0).tokens.at(0) : Token{};
}

const std::string kErc20 =
    "token_id: 1, kind: erc20, symbol: T, decimals: 6, "
    "address: \"0x5FbDB2315678afecb367f032d93F642f64180aa3\", ";

TEST(LoadSettings, FillsInDefaults) {
    const Settings settings = load(kOneChain).value();
    EXPECT_EQ(settings.data_dir, "/var/lib/custodialbridge");
    EXPECT_EQ(settings.shutdown_timeout, Millis{10'000});
    EXPECT_EQ(settings.database_mode, ServiceMode::embedded);
    EXPECT_EQ(settings.database, store::Settings{});
    EXPECT_EQ(settings.redis_mode, ServiceMode::embedded);
    EXPECT_EQ(settings.cache, cache::Settings{});
    EXPECT_EQ(settings.api, api::Settings{});
    EXPECT_EQ(settings.telemetry, telemetry::Settings{});
    EXPECT_EQ(settings.balance_sync, sync::BalanceSyncSettings{});
    EXPECT_EQ(settings.transaction_sync, sync::TransactionSyncSettings{});
    EXPECT_EQ(settings.reconciliation, sync::ReconciliationSettings{});
    EXPECT_EQ(settings.alert_thresholds, sync::AlertThresholds{});
    EXPECT_TRUE(settings.webhooks.empty());
}

TEST(LoadSettings, FillsInAChainsDefaults) {
    const ChainSettings chain = load(kOneChain).value().chains.at(0);
    EXPECT_EQ(chain.chain, ChainId{1});
    EXPECT_EQ(chain.rpc.chain, ChainId{1});
    EXPECT_EQ(chain.listener.chain, ChainId{1});
    EXPECT_EQ(chain.name, "chain-1");
    EXPECT_EQ(chain.rpc.quorum, 1u);
    EXPECT_EQ(chain.rpc.endpoints.at(0).max_batch, 100u);
    EXPECT_EQ(to_string(chain.rpc.multicall3), "0xcA11bde05977b3631167028862bE2a173976CA11");
    EXPECT_EQ(chain.listener.start_block, std::nullopt);
    EXPECT_EQ(chain.listener.confirmations, 12u);
    EXPECT_EQ(chain.listener.reorg_depth, 128u);
    EXPECT_EQ(chain.realtime_confirmations, 1u);
    ASSERT_EQ(chain.listener.entry_points.size(), 1u);
    EXPECT_EQ(to_string(chain.listener.entry_points[0]),
              "0x0000000071727De22E5E9d8BAf0edAc6f37da032");
    EXPECT_TRUE(chain.tokens.empty());
}

TEST(LoadSettings, ReadsServicesAndTheApi) {
    const Settings settings =
        load(kOneChain +
                 "data_dir: state\nshutdown_timeout: 3s\n"
                 "database: {url: \"postgresql://u:${PW}@h/db\", pool_size: 20}\n"
                 "redis: {url: none}\n"
                 "api:\n"
                 "  listen: \"[::]:0\"\n"
                 "  threads: 2\n"
                 "  tls: {certificate: c.pem, key: k.pem}\n"
                 "  auth:\n"
                 "    keys:\n"
                 "      - {name: backend, sha256: \"" +
                 std::string(64, 'a') +
                 "\", scopes: [write, read]}\n"
                 "  rate_limit: {per_key_rps: 2.5, burst: 10}\n"
                 "  max_body: 64KiB\n"
                 "logging: {level: debug, format: text}\n",
             {{"PW", "hunter2"}})
            .value();
    EXPECT_EQ(settings.data_dir, "state");
    EXPECT_EQ(settings.shutdown_timeout, Millis{3'000});
    EXPECT_EQ(settings.database_mode, ServiceMode::url);
    EXPECT_EQ(settings.database.url, "postgresql://u:hunter2@h/db");
    EXPECT_EQ(settings.database.pool_size, 20u);
    EXPECT_EQ(settings.redis_mode, ServiceMode::none);
    EXPECT_EQ(settings.api.host, "::");
    EXPECT_EQ(settings.api.port, 0);
    EXPECT_EQ(settings.api.threads, 2u);
    EXPECT_EQ(settings.api.tls_key, "k.pem");
    ASSERT_EQ(settings.api.keys.size(), 1u);
    EXPECT_EQ(settings.api.keys[0].scope, api::Scope::write);
    EXPECT_EQ(settings.api.keys[0].sha256[31], 0xaa);
    EXPECT_EQ(settings.api.rate_per_key_rps, 2.5);
    EXPECT_EQ(settings.api.rate_burst, 10u);
    EXPECT_EQ(settings.api.max_body, 65536u);
    EXPECT_EQ(settings.telemetry.level, telemetry::LogLevel::debug);
    EXPECT_EQ(settings.telemetry.format, telemetry::LogFormat::text);
}

TEST(LoadSettings, AsksForTheProofsThatTheIntegrityNeeds) {
    const auto proof_of = [](const std::string& integrity) {
        const auto loaded = load(kOneChain + "    integrity: " + integrity + "\n");
        return loaded.value().chains.at(0).rpc.proof;
    };
    EXPECT_EQ(proof_of("auto"), rpc::Proof::automatic);
    EXPECT_EQ(proof_of("receipts_root"), rpc::Proof::required);
    EXPECT_EQ(proof_of("none"), rpc::Proof::none);
}

TEST(LoadSettings, ReadsAWholeChain) {
    const ChainSettings chain =
        load(
            "chains:\n"
            "  - chain_id: 9223372036854775807\n"
            "    name: far\n"
            "    rpc:\n"
            "      - {http: \"https://a\", ws: \"wss://a\", max_rps: 1.5, max_batch: 7, "
            "max_log_range: 9}\n"
            "      - {http: \"http://b\"}\n"
            "    rpc_quorum: 2\n"
            "    integrity: bloom\n"
            "    start_block: 100\n"
            "    finality: depth\n"
            "    confirmations: 3\n"
            "    reorg_depth: 20\n"
            "    realtime_confirmations: 2\n"
            "    multicall3: \"0x0000000000000000000000000000000000000000\"\n"
            "    entry_points: []\n")
            .value()
            .chains.at(0);
    EXPECT_EQ(chain.chain.value, 9223372036854775807ULL);
    ASSERT_EQ(chain.rpc.endpoints.size(), 2u);
    const rpc::EndpointSettings first{"https://a", "wss://a", 1.5, 7, 9};
    EXPECT_EQ(chain.rpc.endpoints[0], first);
    EXPECT_EQ(chain.rpc.endpoints[1].ws, "");
    EXPECT_EQ(chain.rpc.quorum, 2u);
    EXPECT_TRUE(chain.rpc.multicall3.is_zero());
    EXPECT_EQ(chain.listener.integrity, sync::Integrity::bloom);
    EXPECT_EQ(chain.rpc.proof, rpc::Proof::none);
    EXPECT_EQ(chain.listener.start_block, BlockNumber{100});
    EXPECT_EQ(chain.listener.finality, sync::Finality::depth);
    EXPECT_EQ(chain.listener.confirmations, 3u);
    EXPECT_EQ(chain.listener.reorg_depth, 20u);
    EXPECT_EQ(chain.realtime_confirmations, 2u);
    EXPECT_TRUE(chain.listener.entry_points.empty());
}

TEST(LoadSettings, ReadsTheSyncSections) {
    const Settings settings =
        load(
            kOneChain +
            "balance_sync: {redis_ttl: 1s, local_ttl: 2s, local_capacity: 5, db_sync_interval: "
            "3s,\n"
            "  verify_changed: 0s, chain_sync_interval: {cpop: 1m, major_tokens: 2m, other_tokens: "
            "3m, nfts: 4m}}\n"
            "transaction_sync: {pending_check_interval: 1s, max_pending_time: 2s, retry_interval: "
            "3s, max_retries: 0}\n"
            "reconciliation: {balance_check_interval: 1m, transaction_check_interval: 2m, "
            "nft_check_interval: 3m,\n"
            "  mismatch_threshold: 5, auto_correct: automatic, auto_correct_limit: \"6\"}\n"
            "monitoring: {sync_lag_alert_threshold: 1m, mismatch_alert_threshold: \"7\",\n"
            "  failure_rate_threshold: 1, alertmanager: \"http://a:9093\"}\n"
            "webhooks: [{url: \"https://h\", secret: s, events: [sync.failed, balance.changed]}]\n")
            .value();
    EXPECT_EQ(settings.cache.redis_ttl, Millis{1'000});
    EXPECT_EQ(settings.cache.local_ttl, Millis{2'000});
    EXPECT_EQ(settings.cache.local_capacity, 5u);
    EXPECT_EQ(settings.balance_sync.db_sync_interval, Millis{3'000});
    EXPECT_EQ(settings.balance_sync.verify_changed, Millis{0});
    EXPECT_EQ(settings.balance_sync.chain_sync_interval.nfts, std::chrono::minutes(4));
    EXPECT_EQ(settings.transaction_sync.max_pending_time, Millis{2'000});
    EXPECT_EQ(settings.transaction_sync.max_retries, 0u);
    EXPECT_EQ(settings.reconciliation.nft_check_interval, std::chrono::minutes(3));
    EXPECT_EQ(settings.reconciliation.mismatch_threshold, U256{5});
    EXPECT_EQ(settings.reconciliation.auto_correct, sync::AutoCorrect::automatic);
    EXPECT_EQ(settings.reconciliation.auto_correct_limit, U256{6});
    EXPECT_EQ(settings.alert_thresholds.mismatch, U256{7});
    EXPECT_EQ(settings.alert_thresholds.failure_rate, 1.0);
    EXPECT_EQ(settings.telemetry.alertmanager, "http://a:9093");
    ASSERT_EQ(settings.webhooks.size(), 1u);
    EXPECT_THAT(settings.webhooks[0].events, ElementsAre("sync.failed", "balance.changed"));
}

TEST(LoadedTokens, AreRealTimeByTheirClassItsIntervalOrThemselves) {
    const std::string zero_major = "balance_sync: {chain_sync_interval: {major_tokens: 0s}}\n";
    const std::string slow_cpop = "balance_sync: {chain_sync_interval: {cpop: 5m}}\n";
    EXPECT_FALSE(only_token(kErc20 + "sync_class: major").realtime);
    EXPECT_TRUE(only_token(kErc20 + "sync_class: major, realtime: true").realtime);
    EXPECT_TRUE(only_token(kErc20 + "sync_class: major", zero_major).realtime);
    EXPECT_FALSE(only_token(kErc20 + "sync_class: other", zero_major).realtime);
    EXPECT_TRUE(only_token(kErc20 + "sync_class: cpop").realtime);
    EXPECT_TRUE(only_token(kErc20 + "sync_class: cpop", slow_cpop).realtime);
}

TEST(LoadedTokens, ThatAreNftsAreRealTimeUnlessTheySayOtherwise) {
    const std::string art = "token_id: 3, kind: erc721, symbol: ART, sync_class: nft, address: ";
    const std::string kArt = "\"0x0000000000000000000000000000000000000003\"";
    EXPECT_TRUE(only_token(art + kArt).realtime);
    EXPECT_FALSE(only_token(art + kArt + ", realtime: false").realtime);
}

TEST(LoadedTokens, ThatAreNativeAreNeverRealTime) {
    const std::string native = "token_id: 0, kind: native, symbol: ETH, decimals: 18, sync_class: ";
    const std::string zero_major = "balance_sync: {chain_sync_interval: {major_tokens: 0s}}\n";
    EXPECT_FALSE(only_token(native + "major", zero_major).realtime);
    EXPECT_FALSE(only_token(native + "cpop").realtime);
    EXPECT_TRUE(only_token(native + "major").address.is_zero());
}

TEST(LoadedTokens, TakeTheirThresholdFromReconciliationUnlessTheyHaveOne) {
    const std::string global = "reconciliation: {mismatch_threshold: \"42\"}\n";
    EXPECT_EQ(only_token(kErc20 + "sync_class: major").mismatch_threshold, U256{1'000'000});
    EXPECT_EQ(only_token(kErc20 + "sync_class: major", global).mismatch_threshold, U256{42});
    EXPECT_EQ(only_token(kErc20 + "sync_class: major, mismatch_threshold: \"7\"", global)
                  .mismatch_threshold,
              U256{7});
}

TEST(LoadedTokens, TreatADifferenceAsAMismatchForCpopOnlyUnlessTold) {
    EXPECT_EQ(only_token(kErc20 + "sync_class: cpop").on_difference, OnDifference::mismatch);
    EXPECT_EQ(only_token(kErc20 + "sync_class: major").on_difference, OnDifference::sync);
    EXPECT_EQ(only_token(kErc20 + "sync_class: cpop, on_difference: sync").on_difference,
              OnDifference::sync);
}

TEST(LoadedTokens, OfErc1155MayNameOneIdAndOmitDecimals) {
    const Token token = only_token(
        "token_id: 4, kind: erc1155, symbol: GAME, sync_class: nft, nft_id: \"7\", "
        "address: \"0x5FbDB2315678afecb367f032d93F642f64180aa3\"");
    EXPECT_EQ(token.nft_id, U256{7});
    EXPECT_EQ(token.decimals, 0);
}

TEST(LoadSettings, RemembersWhichKeysWereWritten) {
    const Settings settings =
        load(kOneChain + "logging: {level: info}\nmonitoring:\nwebhooks: []\n").value();
    EXPECT_THAT(settings.given,
                ElementsAre("chains", "chains[0].chain_id", "chains[0].rpc",
                            "chains[0].rpc[0].http", "logging", "logging.level", "webhooks"));
}

TEST(LoadSettings, TakesASectionWithoutKeysForAnAbsentOne) {
    EXPECT_TRUE(load(kOneChain + "logging:\nwebhooks:\nbalance_sync:\n  chain_sync_interval:\n"));
}

TEST(LoadSettings, SaysThatAFileIsMissingOrCannotBeRead) {
    const auto missing = load_settings("/nowhere/x.yaml", environment_of({}));
    ASSERT_TRUE(missing.has_error());
    EXPECT_EQ(to_string(missing.error().at(0)),
              "/nowhere/x.yaml: cannot be opened: No such file or directory");
    const auto directory = load_settings("/", environment_of({}));
    ASSERT_TRUE(directory.has_error());
    EXPECT_THAT(to_string(directory.error().at(0)), HasSubstr("Is a directory"));
}

TEST(LoadSettings, RefusesALargeFileAtOnce) {
    const auto problems = problems_of(std::string(std::size_t{50} << 20, ' '));
    EXPECT_THAT(problems, ElementsAre("f.yaml: is larger than 1 MiB"));
}

TEST(ProcessEnvironment, KnowsWhatIsSet) {
    const Environment environment = process_environment();
    EXPECT_TRUE(environment("PATH").has_value());
    EXPECT_EQ(environment("CUSTODIALBRIDGE_SURELY_NOT_SET"), std::nullopt);
}

}  // namespace
}  // namespace custodialbridge::config

#include <gmock/gmock.h>

#include "given_yaml.hpp"

namespace custodialbridge::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> not_yet_of(const std::string& text) {
    const LoadedSettings loaded = load(text);
    EXPECT_TRUE(loaded) << to_string(loaded.error().front());
    return loaded ? not_yet(*loaded) : std::vector<std::string>{"does not load"};
}

const std::string kA = "address: \"0x5FbDB2315678afecb367f032d93F642f64180aa3\"}";

TEST(NotYet, IsSilentOnDefaults) {
    EXPECT_THAT(not_yet_of(kOneChain), IsEmpty());
}

TEST(NotYet, IsSilentOnWhatWorksOrIsOff) {
    EXPECT_THAT(
        not_yet_of(kOneChain +
                   "    rpc_quorum: 1\n    integrity: auto\n    entry_points: []\n"
                   "    start_block: 5\n    finality: depth\n"
                   "    tokens:\n"
                   "      - {token_id: 1, kind: erc20, symbol: A, decimals: 1, sync_class: cpop, " +
                   kA +
                   "\nwebhooks: []\nmonitoring: {alertmanager: \"\"}\n"
                   "api: {rate_limit: {per_key_rps: 0}, tls: {certificate: c, key: k}}\n"
                   "balance_sync: {verify_changed: 0s, redis_ttl: 1s, local_capacity: 5,\n"
                   "  chain_sync_interval: {cpop: 0s, major_tokens: 0s}}\n"),
        IsEmpty());
}

TEST(NotYet, SaysWhatAChainAsksFor) {
    EXPECT_THAT(not_yet_of("chains:\n"
                           "  - chain_id: 1\n"
                           "    rpc: [{http: \"http://a\"}, {http: \"http://b\"}]\n"
                           "    rpc_quorum: 2\n"
                           "    integrity: receipts_root\n"
                           "    entry_points: [\"0x0000000071727De22E5E9d8BAf0edAc6f37da032\"]\n"),
                ElementsAre(HasSubstr("chains[0].rpc_quorum: "), HasSubstr("chains[0].integrity: "),
                            HasSubstr("chains[0].entry_points: ")));
}

TEST(NotYet, NamesTokensThatItCannotFollow) {
    const std::string nft = "      - {token_id: 1, kind: erc721, symbol: ART, sync_class: nft, ";
    EXPECT_THAT(
        not_yet_of(kOneChain + "    tokens:\n" + nft + "realtime: true, " + kA + "\n"),
        ElementsAre("chains[0].tokens: erc721 and erc1155 are not followed from events yet: ART"));
    EXPECT_THAT(not_yet_of(kOneChain + "    tokens:\n" + nft + kA + "\n"), IsEmpty());
    EXPECT_THAT(not_yet_of(kOneChain + "    tokens:\n" + nft + "on_difference: sync, " + kA + "\n"),
                ElementsAre(HasSubstr("on_difference and mismatch_threshold have no effect: ART")));
}

TEST(NotYet, NamesTheKeysOfASectionWithoutEffect) {
    EXPECT_THAT(
        not_yet_of(kOneChain + "reconciliation: {balance_check_interval: 1h, auto_correct: off, "
                               "nft_check_interval: 1h}\n"
                               "transaction_sync: {max_retries: 1}\n"),
        ElementsAre(
            "transaction_sync: transactions are not followed yet; no effect: max_retries",
            "reconciliation: nothing is reconciled or repaired yet; no effect: auto_correct, "
            "balance_check_interval and nft_check_interval"));
}

TEST(NotYet, SpeaksOfEveryOtherFeatureOnce) {
    EXPECT_THAT(
        not_yet_of(kOneChain +
                   "api: {rate_limit: {per_key_rps: 5}}\n"
                   "balance_sync: {db_sync_interval: 5m, verify_changed: 5s, chain_sync_interval: "
                   "{nfts: 15m}}\n"
                   "monitoring: {sync_lag_alert_threshold: 2m, alertmanager: \"http://a:9093\"}\n"
                   "webhooks: [{url: \"http://h\", secret: s, events: [sync.failed]}]\n"),
        ElementsAre(HasSubstr("api.rate_limit: "), HasSubstr("balance_sync.db_sync_interval: "),
                    HasSubstr("balance_sync.verify_changed: "),
                    HasSubstr("balance_sync.chain_sync_interval.nfts: "),
                    HasSubstr("monitoring.sync_lag_alert_threshold: "),
                    HasSubstr("monitoring.alertmanager: "), HasSubstr("webhooks: ")));
}

}  // namespace
}  // namespace custodialbridge::config

#include <gmock/gmock.h>

#include <algorithm>

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

const std::string kEverywhere[] = {"transaction_sync: ", "reconciliation: "};

/// Without what every configuration asks for.
std::vector<std::string> specials_of(const std::string& text) {
    auto sentences = not_yet_of(text);
    std::erase_if(sentences, [](const std::string& sentence) {
        return std::any_of(std::begin(kEverywhere), std::end(kEverywhere),
                           [&](const std::string& key) { return sentence.starts_with(key); });
    });
    return sentences;
}

TEST(NotYet, SpeaksOfWhatTheDefaultsAskFor) {
    EXPECT_THAT(not_yet_of(kOneChain),
                ElementsAre(HasSubstr(kEverywhere[0]), HasSubstr(kEverywhere[1])));
}

TEST(NotYet, IsSilentOnWhatWorksOrIsOff) {
    EXPECT_THAT(
        specials_of(kOneChain +
                    "    rpc_quorum: 1\n    integrity: auto\n    entry_points: []\n"
                    "    start_block: 5\n    finality: depth\n"
                    "    tokens:\n"
                    "      - {token_id: 1, kind: erc20, symbol: A, decimals: 1, sync_class: cpop,"
                    " " +
                    kA +
                    "\nwebhooks: []\nmonitoring: {alertmanager: \"\"}\n"
                    "api: {rate_limit: {per_key_rps: 0}, tls: {certificate: c, key: k}}\n"
                    "balance_sync: {verify_changed: 0s, redis_ttl: 1s, local_capacity: 5,\n"
                    "  chain_sync_interval: {cpop: 0s, major_tokens: 0s}}\n"),
        IsEmpty());
}

TEST(NotYet, SaysWhatAChainAsksFor) {
    EXPECT_THAT(
        specials_of("chains:\n"
                    "  - chain_id: 1\n"
                    "    rpc: [{http: \"http://a\"}, {http: \"http://b\"}]\n"
                    "    rpc_quorum: 2\n"
                    "    integrity: receipts_root\n"
                    "    entry_points: [\"0x0000000071727De22E5E9d8BAf0edAc6f37da032\"]\n"),
        IsEmpty());
}

TEST(NotYet, NamesTokensThatItCannotFollow) {
    const auto of_token = [](const std::string& words) {
        return specials_of(kOneChain +
                           "    entry_points: []\n    tokens:\n"
                           "      - {token_id: 1, symbol: ART, sync_class: nft, " +
                           words + ", " + kA + "\n");
    };
    EXPECT_THAT(of_token("kind: erc721"), IsEmpty());
    EXPECT_THAT(of_token("kind: erc721, realtime: false"), IsEmpty());
    EXPECT_THAT(of_token("kind: erc1155, realtime: false"),
                ElementsAre(HasSubstr("has no balance: ART")));
    EXPECT_THAT(of_token("kind: erc1155, nft_id: 5, realtime: false"), IsEmpty());
}

TEST(NotYet, NamesTheKeysOfASectionWithoutEffect) {
    EXPECT_THAT(
        not_yet_of(kOneChain + "reconciliation: {balance_check_interval: 1h, auto_correct: off, "
                               "nft_check_interval: 1h}\n"
                               "transaction_sync: {max_retries: 1}\n"),
        testing::IsSupersetOf(
            {"transaction_sync: transactions are not followed yet; no effect: max_retries",
             "reconciliation: nothing is reconciled or repaired yet; no effect: auto_correct, "
             "balance_check_interval and nft_check_interval"}));
}

TEST(NotYet, SpeaksOfEveryOtherFeatureOnce) {
    EXPECT_THAT(
        specials_of(kOneChain +
                    "    entry_points: []\n"
                    "monitoring: {alertmanager: \"http://a:9093\"}\n"
                    "webhooks: [{url: \"http://h\", secret: s, events: [sync.failed]}]\n"),
        ElementsAre(HasSubstr("monitoring.alertmanager: "), HasSubstr("webhooks: ")));
}

}  // namespace
}  // namespace custodialbridge::config

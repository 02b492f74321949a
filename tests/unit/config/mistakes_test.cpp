// Every mistake is reported, each with its place, its path and what to do.
#include <gmock/gmock.h>

#include "given_yaml.hpp"

namespace custodialbridge::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kA = "\"0x5FbDB2315678afecb367f032d93F642f64180aa3\"";
const std::string kB = "\"0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512\"";

/// One mistake: what stands after kOneChain's three lines, and what is said of it.
struct Mistake {
    std::string text;
    std::string said;
};

std::ostream& operator<<(std::ostream& out, const Mistake& mistake) {
    return out << mistake.text;
}

class OneMistake : public testing::TestWithParam<Mistake> {};

TEST_P(OneMistake, IsReportedOnceWithItsPlace) {
    EXPECT_THAT(problems_of(kOneChain + GetParam().text), ElementsAre("f.yaml:" + GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, OneMistake,
    testing::Values(
        Mistake{"loging: {level: info}\n", "4:1: loging: unknown key; did you mean \"logging\"?"},
        Mistake{"logging:\n  levle: info\n",
                "5:3: logging.levle: unknown key; did you mean \"level\"?"},
        Mistake{"    tokns: []\n", "4:5: chains[0].tokns: unknown key; did you mean \"tokens\"?"},
        Mistake{"data_dir: a\ndata_dir: b\n",
                "5:1: data_dir: duplicate key, first given in line 4"},
        Mistake{"chains: []\n", "4:1: chains: duplicate key, first given in line 1"},
        Mistake{"logging: info\n", "4:10: logging: needs a map of keys, not a single value"},
        Mistake{"logging: [a]\n", "4:10: logging: needs a map of keys, not a list"},
        Mistake{"webhooks: {}\n", "4:11: webhooks: needs a list, not a map"},
        Mistake{"data_dir: [a]\n", "4:11: data_dir: needs a single value, not a list"},
        Mistake{"data_dir:\n", "4:1: data_dir: needs a single value, not nothing"},
        Mistake{"data_dir: \"\"\n", "4:11: data_dir: must not be empty"},
        Mistake{"data_dir: ${NOPE}\n", "4:11: data_dir: the environment variable NOPE is not set"},
        Mistake{"webhooks: [~]\n", "4:12: webhooks[0]: is empty"}));

INSTANTIATE_TEST_SUITE_P(
    Services, OneMistake,
    testing::Values(
        Mistake{"database: {url: none}\n",
                "4:17: database.url: must be embedded, a postgresql:// URL, or key=value words as "
                "libpq takes them"},
        Mistake{"database: {pool_size: 0}\n",
                "4:23: database.pool_size: \"0\" is out of range; it must be from 1 to 1000"},
        Mistake{"database: {pool_size: 49}\n",
                "4:23: database.pool_size: the embedded database takes at most 48 connections"},
        Mistake{"redis: {url: \"rediss://h\"}\n",
                "4:14: redis.url: must be embedded, none, a redis:// URL or a unix:// URL"},
        Mistake{"api: {listen: \"0.0.0.0:80\", auth: {mode: none}}\n",
                "4:42: api.auth.mode: \"none\" lets everybody in, so api.listen must be a loopback "
                "address"},
        Mistake{"api: {tls: {certificate: c.pem}}\n",
                "4:12: api.tls.key: certificate and key go together: give both files or neither"},
        Mistake{"api: {tls: {key: k.pem, certificate: \"\"}}\n",
                "4:38: api.tls.certificate: certificate and key go together: give both files or "
                "neither"},
        Mistake{"api: {auth: {mode: apikey}}\n",
                "4:20: api.auth.mode: \"apikey\" is none of api_key, none; did you mean "
                "\"api_key\"?"},
        Mistake{"api: {auth: {keys: [{name: a, sha256: secret, scopes: [read]}]}}\n",
                "4:39: api.auth.keys[0].sha256: must be the SHA-256 of the key as 64 hexadecimal "
                "digits"},
        Mistake{"api: {auth: {keys: [{name: a, sha256: \"" + std::string(64, '1') + "\"}]}}\n",
                "4:21: api.auth.keys[0].scopes: is missing"},
        Mistake{"api: {auth: {keys: [{name: a, sha256: \"" + std::string(64, '1') +
                    "\", scopes: []}]}}\n",
                "4:115: api.auth.keys[0].scopes: must name at least one of read, write, admin"},
        Mistake{"api: {max_body: 1MB}\n",
                "4:17: api.max_body: \"1MB\" is not a size such as 1MiB, 512KiB or 4096"}));

INSTANTIATE_TEST_SUITE_P(
    Sync, OneMistake,
    testing::Values(
        Mistake{"shutdown_timeout: 10\n",
                "4:19: shutdown_timeout: \"10\" is not a duration such as 500ms, 10s, 5m or 2h"},
        Mistake{
            "reconciliation: {mismatch_threshold: \"1.5\"}\n",
            "4:38: reconciliation.mismatch_threshold: \"1.5\" is not an amount in smallest units: "
            "digits only, at most 2^256-1"},
        Mistake{
            "reconciliation: {auto_correct: automatc}\n",
            "4:32: reconciliation.auto_correct: \"automatc\" is none of off, approval, automatic; "
            "did you mean \"automatic\"?"},
        Mistake{
            "monitoring: {failure_rate_threshold: 5}\n",
            "4:38: monitoring.failure_rate_threshold: \"5\" is out of range; it must be from 0 to "
            "1"},
        Mistake{"monitoring: {alertmanager: \"host:9093\"}\n",
                "4:28: monitoring.alertmanager: the URL must begin with http:// or https://"},
        Mistake{"webhooks: [{url: \"https://h\", secret: \"\", events: [sync.failed]}]\n",
                "4:39: webhooks[0].secret: must not be empty"},
        Mistake{
            "webhooks: [{url: \"https://h\", secret: s, events: [balance.change]}]\n",
            "4:51: webhooks[0].events[0]: \"balance.change\" is none of balance.changed, "
            "balance.reverted, transaction.submitted, transaction.confirmed, transaction.failed, "
            "mismatch.detected, repair.applied, sync.failed; did you mean \"balance.changed\"?"},
        Mistake{"webhooks: [{url: \"https://h\", secret: s, events: [sync.failed, sync.failed]}]\n",
                "4:64: webhooks[0].events[1]: this event is listed twice"},
        Mistake{"webhooks: [{url: \"https://h\", secret: s}]\n",
                "4:12: webhooks[0].events: is missing"}));

INSTANTIATE_TEST_SUITE_P(
    Chains, OneMistake,
    testing::Values(
        Mistake{"  - {chain_id: 1, rpc: [{http: \"http://b\"}]}\n",
                "4:16: chains[1].chain_id: the same chain_id as chains[0]"},
        Mistake{"    name: a\n  - {chain_id: 2, name: a, rpc: [{http: \"http://b\"}]}\n",
                "5:25: chains[1].name: the same name as chains[0]"},
        Mistake{"  - {rpc: [{http: \"http://b\"}]}\n", "4:5: chains[1].chain_id: is missing"},
        Mistake{"  - {chain_id: 2}\n", "4:5: chains[1].rpc: is missing"},
        Mistake{"  - {chain_id: 2, rpc: []}\n",
                "4:24: chains[1].rpc: must name at least one endpoint"},
        Mistake{"  - {chain_id: 2, rpc: [{ws: \"ws://b\"}]}\n",
                "4:25: chains[1].rpc[0].http: is missing"},
        Mistake{"  - {chain_id: 2, rpc: [{http: \"http://b\"}, {http: \"http://b\"}]}\n",
                "4:52: chains[1].rpc[1].http: the same endpoint as chains[1].rpc[0]"},
        Mistake{"    rpc_quorum: 2\n",
                "4:17: chains[0].rpc_quorum: is more than the number of rpc endpoints, 1"},
        Mistake{"    start_block: newest\n",
                "4:18: chains[0].start_block: \"newest\" is neither latest nor a block number"},
        Mistake{
            "    confirmations: 200\n",
            "4:20: chains[0].confirmations: 200 confirmations are more than the reorg_depth, 128"},
        Mistake{"    reorg_depth: 8\n",
                "4:18: chains[0].reorg_depth: 12 confirmations are more than the reorg_depth, 8"},
        Mistake{"    realtime_confirmations: 129\n",
                "4:29: chains[0].realtime_confirmations: is more than the reorg_depth, 128"},
        Mistake{"    entry_points: [" + kA + ", " + kA + "]\n",
                "4:66: chains[0].entry_points[1]: this address is listed twice"},
        Mistake{"    multicall3: \"0xCa11bde05977b3631167028862bE2a173976CA11\"\n",
                "4:17: chains[0].multicall3: \"0xCa11bde05977b3631167028862bE2a173976CA11\" has a "
                "wrong EIP-55 checksum; check it, or write it in lower case"}));

/// A token of kOneChain; `said` begins after "f.yaml:4:".
struct TokenMistake {
    std::string keys;
    std::string said;
};

std::ostream& operator<<(std::ostream& out, const TokenMistake& m) {
    return out << m.keys;
}

class OneTokenMistake : public testing::TestWithParam<TokenMistake> {};

TEST_P(OneTokenMistake, IsReportedOnceWithItsPath) {
    const auto problems = problems_of(kOneChain + "    tokens: [" + GetParam().keys + "]\n");
    ASSERT_EQ(problems.size(), 1u) << testing::PrintToString(problems);
    EXPECT_THAT(problems[0], HasSubstr("chains[0].tokens" + GetParam().said));
}

std::string token(const std::string& id, const std::string& kind, const std::string& more) {
    return "{token_id: " + id + ", kind: " + kind + ", symbol: T, sync_class: other, " + more + "}";
}

INSTANTIATE_TEST_SUITE_P(
    Tokens, OneTokenMistake,
    testing::Values(
        TokenMistake{token("1", "erc20", "decimals: 6"), "[0].address: is missing"},
        TokenMistake{token("1", "erc20", "address: " + kA), "[0].decimals: is missing"},
        TokenMistake{token("1", "erc20", "decimals: 78, address: " + kA),
                     "[0].decimals: \"78\" is out of range; it must be from 0 to 77"},
        TokenMistake{token("1", "erc721", "decimals: 1, address: " + kA),
                     "[0].decimals: an erc721 is counted in whole pieces: 0"},
        TokenMistake{token("2147483648", "native", "decimals: 18"),
                     "[0].token_id: \"2147483648\" is out of range"},
        TokenMistake{token("1", "native", "decimals: 18, address: " + kA),
                     "[0].address: a native currency has no contract; remove this key"},
        TokenMistake{token("1", "native", "decimals: 18, realtime: true"),
                     "[0].realtime: a native currency has no events; it is polled instead"},
        TokenMistake{token("1", "erc20",
                           "decimals: 6, address: \"0x0000000000000000000000000000000000000000\""),
                     "[0].address: the zero address is no contract"},
        TokenMistake{token("1", "erc20", "decimals: 6, nft_id: 1, address: " + kA),
                     "[0].nft_id: only an erc1155 may name one id"},
        TokenMistake{token("1", "erc77", "decimals: 6, address: " + kA),
                     "[0].kind: \"erc77\" is none of native, erc20, erc721, erc1155; did you mean"},
        TokenMistake{"{token_id: 1, kind: erc20, symbol: T, sync_class: cpop, realtime: false, "
                     "decimals: 6, address: " +
                         kA + "}",
                     "[0].realtime: a token of class cpop is always real time"},
        TokenMistake{
            token("1", "native", "decimals: 18") + ", " + token("2", "native", "decimals: 18"),
            "[1].kind: a second native currency, after chains[0].tokens[0]"},
        TokenMistake{token("1", "erc20", "decimals: 6, address: " + kA) + ", " +
                         token("1", "erc20", "decimals: 6, address: " + kB),
                     "[1].token_id: the same token_id as chains[0].tokens[0]"},
        TokenMistake{
            token("1", "erc20", "decimals: 6, address: " + kA) + ", " +
                token("2", "erc20",
                      "decimals: 6, address: \"0x5fbdb2315678afecb367f032d93f642f64180aa3\""),
            "[1].address: the same contract as chains[0].tokens[0]"},
        TokenMistake{token("1", "erc1155", "nft_id: 1, address: " + kA) + ", " +
                         token("2", "erc1155", "nft_id: \"1\", address: " + kA),
                     "[1].address: the same contract as chains[0].tokens[0]"},
        TokenMistake{token("1", "erc20", "decimals: 6, address: " + kA) + ", " +
                         token("2", "erc1155", "nft_id: \"1\", address: " + kA),
                     "[1].kind: another kind than chains[0].tokens[0] of the same contract"}));

TEST(Tokens, OfOneErc1155ContractMayBeItsCollectionAndItsIds) {
    EXPECT_THAT(problems_of(kOneChain + "    tokens: [" + token("1", "erc1155", "address: " + kA) +
                            ", " + token("2", "erc1155", "nft_id: 1, address: " + kA) + ", " +
                            token("3", "erc1155", "nft_id: 2, address: " + kA) + "]\n"),
                IsEmpty());
}

TEST(Tokens, OfTwoChainsMayShareNumbersAndContracts) {
    const std::string tokens =
        "tokens: [" + token("1", "erc20", "decimals: 6, address: " + kA) + "]";
    EXPECT_THAT(
        problems_of(kOneChain + "    " + tokens +
                    "\n  - chain_id: 2\n    rpc: [{http: \"http://b\"}]\n    " + tokens + "\n"),
        IsEmpty());
}

TEST(ApiKeys, HaveTheirOwnNamesAndDigests) {
    const std::string key = "{name: a, sha256: \"" + std::string(64, 'a') + "\", scopes: [read]}";
    const auto problems =
        problems_of(kOneChain + "api: {auth: {keys: [" + key + ", " + key + "]}}\n");
    ASSERT_EQ(problems.size(), 2u);
    EXPECT_THAT(problems[0], HasSubstr("keys[1].name: the same name as api.auth.keys[0]"));
    EXPECT_THAT(problems[1], HasSubstr("keys[1].sha256: the same key as api.auth.keys[0]"));
}

TEST(Mistakes, AreAllReportedInTheOrderOfTheFile) {
    EXPECT_THAT(problems_of("data_dir: ''\n"
                            "chains:\n"
                            "  - chain_id: x\n"
                            "    rpc: [{http: ftp://a}]\n"
                            "    colour: red\n"
                            "logging: {level: loud}\n"
                            "api: {auth: {mode: none}, listen: 1.2.3.4:5}\n"),
                ElementsAre(HasSubstr("f.yaml:1:11: data_dir: "),
                            HasSubstr("f.yaml:3:15: chains[0].chain_id: "),
                            HasSubstr("f.yaml:4:18: chains[0].rpc[0].http: "),
                            HasSubstr("f.yaml:5:5: chains[0].colour: "),
                            HasSubstr("f.yaml:6:18: logging.level: "),
                            HasSubstr("f.yaml:7:20: api.auth.mode: ")));
}

TEST(Mistakes, BeyondAHundredOrTwoAreCut) {
    std::string text = kOneChain;
    for (int i = 0; i < 50'000; ++i) text += "unknown_" + std::to_string(i) + ": 1\n";
    const auto problems = problems_of(text);
    ASSERT_EQ(problems.size(), 201u);
    EXPECT_EQ(problems.back(), "f.yaml: more mistakes are not shown");
}

TEST(Mistakes, OfAnEmptyFileAreItsMissingChains) {
    EXPECT_THAT(problems_of(""), ElementsAre("f.yaml: chains: is missing"));
    EXPECT_THAT(problems_of("# nothing\n"), ElementsAre("f.yaml: chains: is missing"));
    EXPECT_THAT(problems_of("data_dir: x\n"), ElementsAre("f.yaml:1:1: chains: is missing"));
    EXPECT_THAT(problems_of("chains:\n"),
                ElementsAre("f.yaml:1:1: chains: must name at least one chain"));
    EXPECT_THAT(problems_of("just text\n"),
                ElementsAre("f.yaml:1:1: needs a map of keys, not a single value"));
}

TEST(Mistakes, OfTheTextAreSaidWithoutGuessingAtTheRest) {
    const auto problems = problems_of("data_dir: x\nlogging: {level: info\n");
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_THAT(problems[0], HasSubstr("this is not YAML"));
}

TEST(Mistakes, NeverShowSecrets) {
    const auto problems = problems_of(
        kOneChain +
            "database: {url: \"mysql://u:hunter2@h\"}\n"
            "redis: {url: \"http://:hunter2@h\"}\n"
            "api: {auth: {keys: [{name: a, sha256: hunter2, scopes: [read]}]}, threads: "
            "\"${PW}\"}\n"
            "webhooks: [{url: \"ftp://hunter2\", secret: \"hunter2\\n\", events: [sync.failed]}]\n",
        {{"PW", "hunter2"}});
    EXPECT_EQ(problems.size(), 6u);
    for (const std::string& problem : problems) EXPECT_THAT(problem, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace custodialbridge::config

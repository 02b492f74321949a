#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "client_fixture.hpp"
#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/core/keccak.hpp"
#include "support/anvil.hpp"

namespace custodialbridge::rpc {
namespace {

using nlohmann::json;

/// A devnet with its tokens, wallets and Multicall3, made once for all tests of this file.
class Devnet {
  public:
    testing::Anvil anvil;
    json deployment;
    std::vector<Address> wallets;

    Devnet() {
        char name[] = "/tmp/cb-devnet-XXXXXX";
        const std::filesystem::path folder = ::mkdtemp(name);
        const std::string file = folder / "devnet.json";
        const std::string line = "node " CB_SOURCE_DIR "/tests/devnet/deploy.mjs --rpc " +
                                 anvil.http_url() + " --wallets 6 --out " + file + " >/dev/null";
        if (std::system(line.c_str()) != 0) throw std::runtime_error("deploy.mjs failed");
        deployment = json::parse(std::ifstream(file));
        std::filesystem::remove_all(folder);
        for (const json& wallet : deployment.at("wallets"))
            wallets.push_back(parse_address(wallet.at("address").get<std::string>()).value());
    }

    Address contract(const char* name) const {
        return parse_address(deployment.at(name).get<std::string>()).value();
    }

    /// Mints CPOP to a wallet, in a block of its own.
    void mint(std::size_t wallet, std::uint64_t amount) const {
        const std::string selector = to_hex(abi::selector("mint(address,uint256)"));
        std::array<std::uint8_t, 32> word;
        u256_to_be(U256(amount), word);
        const std::string data =
            selector + to_hex(to_word(wallets[wallet]).bytes).substr(2) + to_hex(word).substr(2);
        anvil.call(
            "eth_sendTransaction",
            {{{"from", deployment.at("deployer")}, {"to", deployment.at("cpop")}, {"data", data}}});
    }
};

class OnAnvil : public ClientFixture {
  protected:
    static Devnet& net() {
        static Devnet made;
        return made;
    }

    const Hash32 kTransfer = keccak256(std::string_view("Transfer(address,address,uint256)"));

    OnAnvil() { use_multicall(true); }

    void use_multicall(bool there) {
        Settings made = settings({net().anvil.http_url()});
        if (there) made.multicall3 = net().contract("multicall3");
        use(made);
    }

    LogFilter transfers() {
        LogFilter filter;
        filter.addresses = {net().contract("cpop"), net().contract("usdt")};
        filter.topics[0] = {kTransfer};
        return filter;
    }

    std::vector<BalanceQuestion> questions() {
        std::vector<BalanceQuestion> made;
        for (const Address& wallet : net().wallets) {
            made.push_back({wallet, Address{}, std::nullopt});
            for (const char* token : {"cpop", "usdt", "art"})
                made.push_back({wallet, net().contract(token), std::nullopt});
            for (const unsigned id : {1u, 2u, 99u})
                made.push_back({wallet, net().contract("game"), U256(id)});
        }
        return made;
    }

    /// What the node says of one balance at a block by number.
    U256 told(const BalanceQuestion& question, std::uint64_t block) {
        const std::string at = to_quantity(block);
        std::string text;
        if (question.contract.is_zero()) {
            text = net().anvil.call("eth_getBalance", {to_string(question.holder), at});
        } else {
            const auto data = question.nft_id
                                  ? abi::encode_balance_of(question.holder, *question.nft_id)
                                  : abi::encode_balance_of(question.holder);
            text = net().anvil.call(
                "eth_call", {{{"to", to_string(question.contract)}, {"data", to_hex(data)}}, at});
        }
        return U256(text);
    }

    void expect_told(const std::vector<BalanceQuestion>& asked, std::uint64_t block,
                     const Result<std::vector<BalanceAnswer>>& answers) {
        ASSERT_TRUE(answers) << answers.error().message();
        ASSERT_EQ(answers->size(), asked.size());
        for (std::size_t i = 0; i < asked.size(); ++i) {
            ASSERT_TRUE((*answers)[i]) << i << " " << (*answers)[i].error().message();
            EXPECT_EQ(*(*answers)[i], told(asked[i], block)) << i;
        }
    }
};

TEST_F(OnAnvil, HeadersAreTheChain) {
    const BlockHeader head = latest().value();
    const auto headers = run(client->headers({0}, 500, by()));
    ASSERT_TRUE(headers) << headers.error().message();
    ASSERT_EQ(headers->size(), head.ref.number.value + 1);
    EXPECT_EQ(headers->back(), head);
    EXPECT_TRUE(run(client->headers(next(head.ref.number), 5, by()))->empty());
    const auto some = run(client->headers_of({{3}, {1}, {7}}, by()));
    ASSERT_TRUE(some) << some.error().message();
    EXPECT_EQ((*some)[2], (*headers)[7]);
    EXPECT_LE(run(client->header(BlockTag::finalized, by()))->ref.number, head.ref.number);
}

TEST_F(OnAnvil, LogsByRangeAndByBlockAgree) {
    const BlockHeader head = latest().value();
    const auto ranged = run(client->logs({0}, head.ref.number, transfers(), by()));
    ASSERT_TRUE(ranged) << ranged.error().message();
    ASSERT_GE(ranged->logs.size(), 2 * net().wallets.size());
    const auto headers = run(client->headers({0}, 500, by()));
    std::vector<Hash32> hashes;
    for (const BlockHeader& header : *headers) hashes.push_back(header.ref.hash);
    const auto facts = run(client->facts(hashes, transfers(), by()));
    ASSERT_TRUE(facts) << facts.error().message();
    std::size_t at = 0;
    for (std::size_t i = 0; i < facts->size(); ++i) {
        EXPECT_EQ((*facts)[i].header, (*headers)[i]);
        EXPECT_EQ((*facts)[i].completeness, Completeness::proven) << i;
        const LogBatch& batch = (*facts)[i].logs;
        for (const Log& log : batch.logs) {
            ASSERT_LT(at, ranged->logs.size());
            const Log& same = ranged->logs[at++];
            EXPECT_EQ(log.block, same.block);
            EXPECT_EQ(log.tx_hash, same.tx_hash);
            EXPECT_EQ(log.log_index, same.log_index);
            EXPECT_EQ(log.topics, same.topics);
            EXPECT_TRUE(std::ranges::equal(batch.data_of(log), ranged->data_of(same)));
        }
    }
    EXPECT_EQ(at, ranged->logs.size());
    const LogFilter none;
    EXPECT_TRUE(run(client->facts({head.ref.hash}, none, by()))->at(0).logs.logs.empty());
}

TEST_F(OnAnvil, LogsBeyondTheHeadAreNotTakenForNone) {
    const BlockNumber head = latest()->ref.number;
    const auto logs = run(client->logs({0}, next(head), transfers(), by()));
    ASSERT_FALSE(logs);
    EXPECT_EQ(logs.error().code(), Errc::orphaned);
}

TEST_F(OnAnvil, BalancesAreTheContracts) {
    net().mint(0, 123);
    net().anvil.mine(2);
    const BlockHeader head = latest().value();
    const auto asked = questions();
    for (const bool multicall : {true, false}) {
        use_multicall(multicall);
        expect_told(asked, head.ref.number.value, run(client->balances(head.ref, asked, by())));
    }
}

TEST_F(OnAnvil, BalancesOfAnOlderBlockAreThatBlocks) {
    const BlockHeader before = latest().value();
    net().mint(1, 5);
    net().anvil.mine();
    const std::vector<BalanceQuestion> asked{
        {net().wallets[1], net().contract("cpop"), std::nullopt}};
    expect_told(asked, before.ref.number.value, run(client->balances(before.ref, asked, by())));
    EXPECT_EQ(told(asked[0], before.ref.number.value) + 5,
              told(asked[0], latest()->ref.number.value));
}

TEST_F(OnAnvil, ABalanceThatCannotBeReadIsUnknown) {
    const BlockHeader head = latest().value();
    const std::vector<BalanceQuestion> asked{
        {net().wallets[0], net().wallets[1], std::nullopt},  // no contract
        {Address{}, net().contract("art"), std::nullopt},    // reverts for the zero address
        {net().wallets[0], net().contract("cpop"), std::nullopt}};
    for (const bool multicall : {true, false}) {
        use_multicall(multicall);
        const auto answers = run(client->balances(head.ref, asked, by()));
        ASSERT_TRUE(answers) << answers.error().message();
        EXPECT_FALSE((*answers)[0]);
        EXPECT_FALSE((*answers)[1]);
        EXPECT_EQ((*answers)[1].error().code(), Errc::invalid);
        EXPECT_EQ((*answers)[2].value(), told(asked[2], head.ref.number.value));
    }
}

TEST_F(OnAnvil, WhatWasReorganisedAwayIsOrphaned) {
    net().anvil.mine(3);
    const BlockHeader old = latest().value();
    net().anvil.call("anvil_reorg", {2, json::array()});
    const auto answers = run(client->balances(old.ref, questions(), by()));
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().code(), Errc::orphaned);
    const auto facts = run(client->facts({old.ref.hash}, transfers(), by()));
    ASSERT_FALSE(facts);
    EXPECT_EQ(facts.error().code(), Errc::orphaned);
}

TEST_F(OnAnvil, BalancesOfTheNewestBlockAreRightWhileBlocksArrive) {
    const std::vector<BalanceQuestion> asked{
        {net().wallets[2], net().contract("cpop"), std::nullopt}};
    std::vector<std::pair<BlockRef, U256>> seen;
    std::thread miner([] {
        for (std::uint64_t i = 1; i <= 200; ++i) net().mint(2, i);
    });
    std::size_t orphaned = 0;
    for (int i = 0; i < 300; ++i) {
        const auto head = latest();
        const auto answers = run(client->balances(head->ref, asked, by()));
        if (!answers) {
            EXPECT_EQ(answers.error().code(), Errc::orphaned) << answers.error().message();
            ++orphaned;
            continue;
        }
        seen.emplace_back(head->ref, answers->at(0).value());
    }
    miner.join();
    EXPECT_EQ(orphaned, 0u);
    for (const auto& [at, balance] : seen)
        EXPECT_EQ(balance, told(asked[0], at.number.value)) << at.number.value;
}

TEST_F(OnAnvil, ManyCallsAtOnceAreAllAnswered) {
    const BlockHeader head = latest().value();
    std::vector<Task<Result<std::vector<BalanceAnswer>>>> reads;
    for (int i = 0; i < 30; ++i) reads.push_back(client->balances(head.ref, questions(), by()));
    for (const auto& answers : run_all(std::move(reads))) {
        ASSERT_TRUE(answers) << answers.error().message();
        for (const BalanceAnswer& answer : *answers) EXPECT_TRUE(answer);
    }
}

class OnFailingAnvils : public ClientFixture {
  protected:
    testing::Anvil first, second;
};

TEST_F(OnFailingAnvils, APausedNodeIsLeftAndTakenUpAgain) {
    use(settings({first.http_url(), second.http_url()}));
    ASSERT_TRUE(latest());
    first.pause();
    second.mine(5);
    const auto header = latest(Seconds(4));
    ASSERT_TRUE(header) << header.error().message();
    EXPECT_EQ(header->ref.number.value, 5u);
    first.resume();
    const Instant end = clock.now() + Seconds(20);
    while (latest()->ref.number.value != 0 && clock.now() < end) {
    }
    EXPECT_EQ(latest()->ref.number.value, 0u);
}

TEST_F(OnFailingAnvils, AKilledNodeIsWaitedForWithinTheDeadline) {
    use(settings({first.http_url()}));
    ASSERT_TRUE(latest());
    first.stop();
    EXPECT_EQ(latest(Millis(700)).error().code(), Errc::unavailable);
    auto outcome = std::make_shared<testing::Outcome<Result<BlockHeader>>>();
    boost::asio::co_spawn(loop,
                          testing::keep_outcome(client->header(BlockTag::latest, by()), outcome),
                          [outcome](std::exception_ptr failure) { outcome->failure = failure; });
    loop.restart();
    loop.run_for(Millis(500));
    EXPECT_FALSE(outcome->done());
    first.start();
    loop.run();
    EXPECT_TRUE(outcome->take());
}

}  // namespace
}  // namespace custodialbridge::rpc

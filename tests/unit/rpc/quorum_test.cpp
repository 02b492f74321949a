#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_block.hpp"
#include "pool_rpc_client.hpp"

namespace custodialbridge::rpc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Three nodes, of which two must agree.
class Quorum : public ::testing::Test {
  protected:
    NodeWorld world;
    std::array<FakeNode, 3> nodes{FakeNode(world.loop.clock), FakeNode(world.loop.clock),
                                  FakeNode(world.loop.clock)};
    std::unique_ptr<PoolRpcClient> client;

    Quorum() {
        for (FakeNode& node : nodes) set_balance(node, 5);
        use(2);
    }

    void use(std::uint32_t quorum, std::size_t endpoints = 3, Proof proof = Proof::none) {
        Settings settings;
        settings.chain = {31337};
        settings.quorum = quorum;
        settings.proof = proof;
        std::vector<std::unique_ptr<Endpoint>> all;
        for (std::size_t i = 0; i < endpoints; ++i) {
            EndpointSettings one;
            one.http = "http://n" + std::to_string(i) + ":1";
            all.push_back(world.endpoint(nodes[i], one));
        }
        client = std::make_unique<PoolRpcClient>(std::move(all), settings, world.loop.clock);
    }

    /// From this block on the node is on another branch.
    static void fork(FakeNode& node, std::uint64_t from, std::string name = "other") {
        node.on["eth_getBlockByNumber"] = [&node, from, name](const json& parameters) {
            const std::string which = parameters.at(0);
            const std::uint64_t number =
                which == "latest" ? node.head : parse_quantity(which).value_or(~0ull);
            if (number > node.head) return json();
            json block = block_json(number, number >= from ? name : "main");
            if (number == from) block["parentHash"] = to_string(block_hash(number - 1));
            return block;
        };
    }

    static void set_balance(FakeNode& node, unsigned balance) {
        node.on["web3_clientVersion"] = [](const json&) { return json("fake"); };
        node.on["eth_getCode"] = [](const json&) { return json("0x"); };
        node.on["eth_call"] = [balance](const json& parameters) {
            const std::string holder = parameters.at(0).at("data").get<std::string>();
            const unsigned shown = holder.ends_with("01") ? 1 : balance;
            return json("0x" + std::string(63, '0') + std::to_string(shown));
        };
    }

    Result<BlockHeader> latest(BlockTag tag = BlockTag::latest) {
        return world.loop.run(client->header(tag, world.by()));
    }
    Result<std::vector<BlockHeader>> headers(std::uint64_t block, std::uint32_t count = 1) {
        return world.loop.run(client->headers({block}, count, world.by()));
    }
    Result<std::vector<BlockFacts>> facts(const Hash32& block, const LogFilter& filter) {
        const std::vector<Hash32> blocks{block};
        return world.loop.run(client->facts(blocks, filter, world.by(), {}));
    }
    Result<std::vector<BalanceAnswer>> balances(std::uint64_t block = 90) {
        std::vector<BalanceQuestion> questions(2);
        for (unsigned i = 0; i < 2; ++i) {
            questions[i].contract.bytes[0] = 7;
            questions[i].holder.bytes[19] = static_cast<std::uint8_t>(i + 1);
        }
        return world.loop.run(
            client->balances({{block}, block_hash(block)}, questions, world.by()));
    }

    bool is_put_aside(std::size_t node) const { return !client->endpoints()[node].healthy; }
    std::size_t posts() const { return nodes[0].posts + nodes[1].posts + nodes[2].posts; }
};

TEST_F(Quorum, OfOneAsksNobodyElse) {
    use(1);
    ASSERT_TRUE(latest());
    ASSERT_TRUE(headers(50));
    ASSERT_TRUE(balances());
    EXPECT_EQ(nodes[1].posts + nodes[2].posts, 0u);
}

TEST_F(Quorum, TakesTheNewestBlockThatTwoHave) {
    nodes[0].head = 100;
    nodes[1].head = 98;
    nodes[2].head = 95;
    const auto header = latest();
    ASSERT_TRUE(header) << header.error().message();
    EXPECT_EQ(header->ref, (BlockRef{{98}, block_hash(98)}));
    EXPECT_FALSE(is_put_aside(2));
}

TEST_F(Quorum, IsNotHeldBackByOneThatIsBehind) {
    nodes[0].head = 60;
    EXPECT_EQ(latest()->ref.number.value, 100u);
}

TEST_F(Quorum, DoesNotBelieveAHeadThatOneHasAlone) {
    fork(nodes[0], 97);
    nodes[0].head = 105;
    nodes[2].head = 99;
    const auto header = latest();
    ASSERT_TRUE(header) << header.error().message();
    EXPECT_EQ(header->ref, (BlockRef{{99}, block_hash(99)}));
    EXPECT_TRUE(is_put_aside(0));
    EXPECT_FALSE(is_put_aside(1));
}

TEST_F(Quorum, GoesBackToWhereTwoWereTogetherWhenAllDiffer) {
    for (std::size_t i = 0; i < 3; ++i) fork(nodes[i], 80, "fork" + std::to_string(i));
    const auto header = latest();
    ASSERT_TRUE(header) << header.error().message();
    EXPECT_LT(header->ref.number.value, 80u);
    EXPECT_EQ(header->ref.hash, block_hash(header->ref.number.value));
}

TEST_F(Quorum, AsksAllAtTheSameTime) {
    for (FakeNode& node : nodes) {
        node.on["eth_getBlockByNumber"] = [&](const json&) { return block_json(node.head); };
    }
    ASSERT_TRUE(latest());
    nodes[0].stalled = true;
    auto waiting = world.loop.start(client->header(BlockTag::latest, world.by()));
    world.loop.pass(Millis(1));
    EXPECT_EQ(nodes[1].asked("eth_getBlockByNumber"), 2u);
    EXPECT_EQ(nodes[2].asked("eth_getBlockByNumber"), 2u);
}

TEST_F(Quorum, SaysThatTooFewCanAnswer) {
    nodes[0].down = nodes[1].down = true;
    const auto header = latest();
    ASSERT_FALSE(header);
    EXPECT_EQ(header.error().code(), Errc::unavailable);
    EXPECT_THAT(header.error().message(),
                AllOf(HasSubstr("rpc_quorum asks for 2 endpoints, and 1 could answer"),
                      HasSubstr("n0:1: cannot connect"), HasSubstr("n1:1: cannot connect")));
    EXPECT_FALSE(headers(50));
    EXPECT_FALSE(balances());
    EXPECT_FALSE(facts(block_hash(9), LogFilter()));
}

TEST_F(Quorum, TakesTheThirdInPlaceOfOneThatIsDown) {
    nodes[0].down = true;
    EXPECT_TRUE(headers(50));
    EXPECT_TRUE(balances());
    EXPECT_TRUE(facts(block_hash(9), LogFilter()));
}

TEST_F(Quorum, BelievesTheBlocksOfTheMajority) {
    fork(nodes[0], 50);
    const auto found = headers(49, 3);
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->front().ref.hash, block_hash(49));
    const auto next = headers(50, 3);
    ASSERT_TRUE(next) << next.error().message();
    ASSERT_EQ(next->size(), 3u);
    EXPECT_EQ(next->back().ref.hash, block_hash(52));
    EXPECT_TRUE(is_put_aside(0));
}

TEST_F(Quorum, BelievesNeitherOfTwo) {
    use(2, 2);
    fork(nodes[0], 50);
    const auto found = headers(50);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code(), Errc::unavailable);
    EXPECT_THAT(found.error().message(), AllOf(HasSubstr("n0:1"), HasSubstr("n1:1")));
    EXPECT_FALSE(is_put_aside(0));
    EXPECT_FALSE(is_put_aside(1));
}

TEST_F(Quorum, BelievesThatABlockIsNotThereWhenTwoSaySo) {
    nodes[0].head = 70;
    const auto there = headers(80);
    ASSERT_TRUE(there) << there.error().message();
    EXPECT_EQ(there->size(), 1u);
    nodes[1].head = 70;
    const auto none = headers(81);
    ASSERT_TRUE(none) << none.error().message();
    EXPECT_TRUE(none->empty());
    use(2, 2);
    nodes[1].head = 100;
    EXPECT_EQ(headers(82).error().code(), Errc::unavailable);
}

TEST_F(Quorum, HoldsForFinalBlocks) {
    fork(nodes[1], 30);
    const std::vector<BlockNumber> blocks{{10}, {40}};
    const auto found = world.loop.run(client->headers_of(blocks, world.by()));
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->at(1).ref.hash, block_hash(40));
    EXPECT_TRUE(is_put_aside(1));
}

TEST_F(Quorum, HoldsForTheFinalizedBlock) {
    for (std::size_t i = 0; i < 3; ++i)
        nodes[i].on["eth_getBlockByNumber"] = [this, i](const json& parameters) -> json {
            if (parameters.at(0) == "finalized") return block_json(i == 0 ? 95 : 60 + i);
            return block_json(parse_quantity(parameters.at(0).get<std::string>()).value());
        };
    EXPECT_EQ(latest(BlockTag::finalized)->ref.number.value, 62u);
    for (std::size_t i = 1; i < 3; ++i)
        nodes[i].on["eth_getBlockByNumber"] = [](const json&) -> json {
            throw RpcFailure{-39001, "finalized block not found"};
        };
    EXPECT_EQ(latest(BlockTag::finalized).error().code(), Errc::orphaned);
    world.loop.pass(TagMemory::kPatience);
    EXPECT_EQ(latest(BlockTag::finalized).error().code(), Errc::unsupported);
}

TEST_F(Quorum, TakesBalancesThatTwoAgreeOn) {
    set_balance(nodes[0], 9);
    const auto found = balances();
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->at(0).value(), U256(1));
    EXPECT_EQ(found->at(1).value(), U256(5));
    EXPECT_EQ(2 * nodes[2].asked("eth_call"), nodes[1].asked("eth_call"))
        << "only what is disputed is asked again";
    EXPECT_TRUE(is_put_aside(0));
}

TEST_F(Quorum, DoesNotAskAThirdForWhatTwoAgreeOn) {
    ASSERT_TRUE(balances());
    EXPECT_EQ(nodes[2].posts, 0u);
}

TEST_F(Quorum, LeavesABalanceUnknownThatNoTwoAgreeOn) {
    set_balance(nodes[0], 9);
    set_balance(nodes[1], 8);
    const auto found = balances();
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->at(0).value(), U256(1));
    ASSERT_FALSE(found->at(1));
    EXPECT_EQ(found->at(1).error().code(), Errc::unavailable);
    EXPECT_THAT(found->at(1).error().message(),
                AllOf(HasSubstr("n0:1: 9"), HasSubstr("n1:1: 8"), HasSubstr("n2:1: 5")));
}

TEST_F(Quorum, BelievesThatACallRevertsWhenTwoSaySo) {
    for (std::size_t i = 0; i < 2; ++i)
        nodes[i].on["eth_call"] = [](const json&) -> json {
            throw RpcFailure{3, "execution reverted"};
        };
    const auto found = balances();
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->at(0).error().code(), Errc::invalid);
}

TEST_F(Quorum, BelievesThatABlockIsOrphanedWhenTwoSaySo) {
    fork(nodes[0], 50);
    ASSERT_TRUE(balances());
    fork(nodes[1], 50);
    world.loop.pass(Seconds(20));
    EXPECT_EQ(balances().error().code(), Errc::orphaned);
    const auto known_to_one = [](const json&) { return json(); };
    nodes[0].on["eth_getBlockByHash"] = known_to_one;
    EXPECT_TRUE(facts(block_hash(9), LogFilter()));
    nodes[1].on["eth_getBlockByHash"] = known_to_one;
    EXPECT_EQ(facts(block_hash(9), LogFilter()).error().code(), Errc::orphaned);
}

TEST_F(Quorum, TakesLogsThatTwoAgreeOnAsChecked) {
    const std::vector<MadeBlock> blocks{made_block(7)};
    for (FakeNode& node : nodes) teach(node, blocks);
    nodes[0].on["eth_getLogs"] = [](const json&) { return json::array(); };
    const auto found = facts(blocks[0].hash(), filter_of_made());
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->at(0).completeness, Completeness::checked);
    EXPECT_EQ(found->at(0).logs.logs.size(), 2u);
    EXPECT_TRUE(is_put_aside(0));
    nodes[1].on["eth_getLogs"] = nodes[0].on["eth_getLogs"];
    nodes[0].down = true;
    EXPECT_EQ(facts(blocks[0].hash(), filter_of_made()).error().code(), Errc::unavailable);
}

TEST_F(Quorum, IsNotNeededForLogsThatAreProven) {
    const std::vector<MadeBlock> blocks{made_block(7)};
    for (FakeNode& node : nodes) teach(node, blocks);
    use(2, 3, Proof::automatic);
    const auto found = facts(blocks[0].hash(), filter_of_made());
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->at(0).completeness, Completeness::proven);
    EXPECT_EQ(nodes[1].posts + nodes[2].posts, 0u);
}

TEST_F(Quorum, IsStillKeptWhileTheOneWithoutItIsPutAside) {
    fork(nodes[0], 50);
    for (int i = 0; i < 10; ++i) {
        const auto found = headers(60);
        ASSERT_TRUE(found) << found.error().message();
        EXPECT_EQ(found->front().ref.hash, block_hash(60));
        world.loop.pass(Seconds(3));
    }
    nodes[1].down = true;
    const auto none = headers(60);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), Errc::unavailable);
}

}  // namespace
}  // namespace custodialbridge::rpc

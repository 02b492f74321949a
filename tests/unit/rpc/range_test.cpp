#include <gtest/gtest.h>

#include "made_block.hpp"
#include "pool_rpc_client.hpp"

namespace custodialbridge::rpc {
namespace {

class RangedLogs : public ::testing::Test {
  protected:
    NodeWorld world;
    std::array<FakeNode, 3> nodes{FakeNode(world.loop.clock), FakeNode(world.loop.clock),
                                  FakeNode(world.loop.clock)};
    std::unique_ptr<PoolRpcClient> client;
    unsigned planned = 0;

    RangedLogs() {
        for (FakeNode& node : nodes) tell(node, "main");
        use(1);
    }

    void use(std::uint32_t quorum, std::size_t endpoints = 3) {
        Settings settings;
        settings.chain = {31337};
        settings.quorum = quorum;
        std::vector<std::unique_ptr<Endpoint>> all;
        for (std::size_t i = 0; i < endpoints; ++i) all.push_back(world.endpoint(nodes[i]));
        client = std::make_unique<PoolRpcClient>(std::move(all), settings, world.loop.clock);
    }

    /// One log, in block 20 of that fork.
    static void tell(FakeNode& node, const std::string& fork) {
        node.on["eth_getLogs"] = [fork](const json&) {
            json log = made_log(0xaa, {1}, 1);
            log.update({{"blockHash", to_string(block_hash(20, fork))},
                        {"blockNumber", to_quantity(20)},
                        {"transactionHash", text_of(1, 32)},
                        {"transactionIndex", "0x0"},
                        {"logIndex", "0x0"}});
            return json::array({log});
        };
    }

    Result<std::vector<BlockHeader>> read(const LogFilter& filter = filter_of_made()) {
        WantedBlocks wanted = [this](const LogBatch& logs) { return blocks_of(logs); };
        return world.loop.run(
            client->headers_of_logs({1}, {50}, filter, std::move(wanted), world.by()));
    }

    Task<Result<std::vector<BlockRef>>> blocks_of(const LogBatch& logs) {
        ++planned;
        std::vector<BlockRef> blocks;
        for (const Log& log : logs.logs) blocks.push_back(log.block);
        co_return std::move(blocks);
    }

    static void expect_both(const Result<std::vector<BlockHeader>>& headers) {
        ASSERT_TRUE(headers) << headers.error().message();
        ASSERT_EQ(headers->size(), 2u);
        EXPECT_EQ(headers->at(0).ref, (BlockRef{{20}, block_hash(20)}));
        EXPECT_EQ(headers->at(1).ref, (BlockRef{{50}, block_hash(50)}));
    }

    bool is_blamed(std::size_t node) const { return !client->endpoints()[node].healthy; }
};

TEST_F(RangedLogs, AndTheirHeadersComeFromOneEndpoint) {
    expect_both(read());
    EXPECT_EQ(nodes[0].posts, 3u) << "its chain, the logs, the headers";
    EXPECT_EQ(nodes[1].posts, 0u);
    EXPECT_EQ(planned, 1u);
}

TEST_F(RangedLogs, InOtherBlocksAreTheirEndpointsFailureAndTheNextIsAsked) {
    tell(nodes[0], "other");
    expect_both(read());
    EXPECT_TRUE(is_blamed(0));
    EXPECT_FALSE(is_blamed(1));
    EXPECT_EQ(planned, 2u);
    const std::size_t posts = nodes[0].posts;
    expect_both(read());
    EXPECT_EQ(nodes[0].posts, posts) << "it is paused";
    use(1, 1);
    const auto none = read();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), Errc::unavailable);
}

TEST_F(RangedLogs, WithHeadersThatAQuorumTellsAreTakenFromAnotherWhenTheyStandInOtherBlocks) {
    use(2);
    expect_both(read());
    EXPECT_EQ(planned, 1u);
    tell(nodes[0], "other");
    expect_both(read());
    EXPECT_TRUE(is_blamed(0));
    EXPECT_FALSE(is_blamed(1));
    tell(nodes[1], "other");
    tell(nodes[2], "other");
    world.loop.pass(Seconds(20));
    EXPECT_FALSE(read());
}

TEST_F(RangedLogs, OfNoContractAreNotAskedFor) {
    for (const std::uint32_t quorum : {1u, 2u}) {
        use(quorum);
        const auto headers = read(LogFilter());
        ASSERT_TRUE(headers) << headers.error().message();
        ASSERT_EQ(headers->size(), 1u);
        EXPECT_EQ(headers->at(0).ref.number.value, 50u);
    }
    EXPECT_EQ(nodes[0].asked("eth_getLogs"), 0u);
}

TEST_F(RangedLogs, ThatAreTooManyAreLeftToTheCaller) {
    nodes[0].on["eth_getLogs"] = [](const json&) -> json {
        throw RpcFailure{-32005, "query returned more than 10000 results"};
    };
    EXPECT_EQ(read().error().code(), Errc::limited);
    EXPECT_EQ(nodes[1].posts, 0u);
}

}  // namespace
}  // namespace custodialbridge::rpc

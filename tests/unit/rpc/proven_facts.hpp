/// A fixture: facts of three blocks, asked of two nodes that may prove them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lies.hpp"
#include "pool_rpc_client.hpp"
#include "proven_read.hpp"

namespace custodialbridge::rpc {

class ProvenFacts : public ::testing::Test {
  protected:
    NodeWorld world;
    FakeNode first{world.loop.clock}, second{world.loop.clock};
    std::vector<MadeBlock> blocks{made_block(7), made_block(8), made_block(9)};
    ChainId chain{31337};  ///< as the client is told
    std::uint32_t quorum = 1;
    std::unique_ptr<PoolRpcClient> client;

    ProvenFacts() {
        teach(first, blocks);
        teach(second, blocks);
        use(Proof::automatic);
    }

    void use(Proof proof, bool alone = false) {
        Settings settings;
        settings.chain = chain;
        settings.proof = proof;
        settings.quorum = quorum;
        std::vector<std::unique_ptr<Endpoint>> endpoints;
        endpoints.push_back(world.endpoint(first));
        if (!alone) endpoints.push_back(world.endpoint(second));
        client = std::make_unique<PoolRpcClient>(std::move(endpoints), settings, world.loop.clock);
    }

    /// Nobody else may prove what the first one does not.
    void use_alone() { use(Proof::automatic, true); }

    Result<std::vector<BlockFacts>> facts(std::size_t count = 1,
                                          const LogFilter& filter = filter_of_made()) {
        std::vector<Hash32> hashes;
        for (std::size_t i = 0; i < count; ++i) hashes.push_back(blocks[i].hash());
        return world.loop.run(client->facts(hashes, filter, world.by(), {}));
    }

    static void expect_all(const Result<std::vector<BlockFacts>>& facts, Completeness how) {
        ASSERT_TRUE(facts) << facts.error().message();
        for (const BlockFacts& block : *facts) {
            EXPECT_EQ(block.completeness, how);
            ASSERT_EQ(block.logs.logs.size(), 2u);
            const Log& log = block.logs.logs[1];
            EXPECT_EQ(log.log_index, 3u);
            EXPECT_EQ(log.tx_index, 2u);
            EXPECT_EQ(log.block, block.header.ref);
            EXPECT_EQ(log.topic_count, 3);
            EXPECT_EQ(to_hex(block.logs.data_of(log)), text_of(4, 32));
        }
    }

    static void say_nothing(FakeNode& node, int code, const std::string& message) {
        node.on["eth_getBlockReceipts"] = [code, message](const json&) -> json {
            throw RpcFailure{code, message};
        };
    }

    std::size_t receipts_asked() const { return first.asked("eth_getBlockReceipts"); }
};

}  // namespace custodialbridge::rpc

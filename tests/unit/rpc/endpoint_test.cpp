#include "endpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chain_calls.hpp"
#include "fake_node.hpp"

namespace custodialbridge::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EndpointTest : public ::testing::Test {
  protected:
    NodeWorld world;
    FakeNode node{world.loop.clock};

    EndpointSettings settings(std::uint32_t max_batch, double max_rps = 0) {
        EndpointSettings made;
        made.http = "http://user:pw@node:8545/secret";
        made.max_batch = max_batch;
        made.max_rps = max_rps;
        return made;
    }

    Result<std::vector<BlockHeader>> headers(Endpoint& endpoint, std::uint64_t first,
                                             std::uint32_t count) {
        return world.loop.run(linked_headers(endpoint, {first}, count, world.by()));
    }
};

TEST_F(EndpointTest, SendsManyCallsInBatches) {
    const auto endpoint = world.endpoint(node, settings(4));
    const auto found = headers(*endpoint, 10, 10);
    ASSERT_TRUE(found) << found.error().message();
    ASSERT_EQ(found->size(), 10u);
    EXPECT_EQ((*found)[9].ref, (BlockRef{{19}, block_hash(19)}));
    EXPECT_THAT(node.batches, ElementsAre(4, 4, 2));
}

TEST_F(EndpointTest, LearnsASmallerBatchWhenTheNodeRefusesOne) {
    node.batch_max = 3;
    const auto endpoint = world.endpoint(node, settings(100));
    const auto found = headers(*endpoint, 10, 10);
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->size(), 10u);
    EXPECT_THAT(node.batches, ElementsAre(10, 5, 3, 3, 3, 1));
    headers(*endpoint, 10, 3);
    EXPECT_EQ(node.batches.back(), 3u);
}

TEST_F(EndpointTest, TriesLargerBatchesAgainAfterAWhile) {
    node.batch_max = 3;
    const auto endpoint = world.endpoint(node, settings(100));
    ASSERT_TRUE(headers(*endpoint, 10, 10));
    node.batch_max = 100;
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(headers(*endpoint, 10, 10));
    EXPECT_EQ(node.batches.back(), 10u);
}

TEST_F(EndpointTest, SendsSmallerBatchesWhenOneIsTooLargeToBeRead) {
    node.body_max = 500;
    const auto endpoint = world.endpoint(node);
    const auto found = headers(*endpoint, 10, 20);
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->size(), 20u);
    EXPECT_LT(node.batches.back(), 10u);
    const std::size_t refused = node.refused;
    ASSERT_TRUE(headers(*endpoint, 10, 20));
    EXPECT_EQ(node.refused, refused);
}

TEST_F(EndpointTest, AsksMoreSlowlyOnceItWasTooMuch) {
    const auto endpoint = world.endpoint(node);
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(headers(*endpoint, 1, 1));
    node.status = 429;
    EXPECT_FALSE(headers(*endpoint, 1, 1));
    node.status = 200;
    world.loop.pass(Seconds(2));
    Instant began = world.loop.clock.now();
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(headers(*endpoint, 1, 1));
    EXPECT_GE(world.loop.clock.now() - began, Seconds(2));
    world.loop.pass(std::chrono::minutes(10));
    began = world.loop.clock.now();
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(headers(*endpoint, 1, 1));
    EXPECT_EQ(world.loop.clock.now(), began);
}

TEST_F(EndpointTest, AsksOnlyThoseOfABatchAgainThatSaidNothing) {
    std::size_t failures = 1;
    const auto honest = node.on["eth_getBlockByNumber"];
    node.on["eth_getBlockByNumber"] = [&](const json& parameters) -> json {
        const bool third = parameters.at(0) == to_quantity(12);
        if (third && failures > 0 && failures--) throw RpcFailure{-32603, "internal error"};
        return honest(parameters);
    };
    const auto endpoint = world.endpoint(node);
    const auto found = headers(*endpoint, 10, 10);
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->at(2).ref.hash, block_hash(12));
    EXPECT_THAT(node.batches, ElementsAre(10, 1));
    failures = 100;
    EXPECT_EQ(headers(*endpoint, 10, 10).error().code(), Errc::unavailable);
    EXPECT_THAT(node.batches, ElementsAre(10, 1, 10, 1));
}

TEST_F(EndpointTest, DoesNotAskAgainWhenMostSaidNothing) {
    node.on["eth_getBlockByNumber"] = [](const json&) -> json {
        throw RpcFailure{-32603, "internal error"};
    };
    const auto endpoint = world.endpoint(node);
    EXPECT_FALSE(headers(*endpoint, 10, 10));
    EXPECT_THAT(node.batches, ElementsAre(10));
}

TEST_F(EndpointTest, StopsAtTheEndOfTheChain) {
    const auto endpoint = world.endpoint(node);
    EXPECT_EQ(headers(*endpoint, 98, 10)->size(), 3u);
    EXPECT_EQ(endpoint->health().head(), BlockNumber{100});
    EXPECT_TRUE(headers(*endpoint, 101, 10)->empty());
}

TEST_F(EndpointTest, RefusesBlocksThatDoNotLink) {
    node.on["eth_getBlockByNumber"] = [](const json& parameters) {
        const auto number = *parse_quantity(parameters.at(0).get<std::string>());
        return block_json(number, number > 12 ? "other" : "main");
    };
    const auto endpoint = world.endpoint(node);
    const auto found = headers(*endpoint, 10, 5);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code(), Errc::unavailable);
    EXPECT_THAT(found.error().message(), HasSubstr("link"));
}

TEST_F(EndpointTest, RefusesAnotherBlockThanAskedFor) {
    node.on["eth_getBlockByNumber"] = [](const json&) { return block_json(7); };
    node.on["eth_getBlockByHash"] = [](const json&) { return block_json(7); };
    const auto endpoint = world.endpoint(node);
    EXPECT_FALSE(headers(*endpoint, 10, 1));
    const std::vector<Hash32> blocks{block_hash(10)};
    const LogFilter no_logs;
    EXPECT_EQ(world.loop.run(block_facts(*endpoint, blocks, no_logs, world.by())).error().code(),
              Errc::unavailable);
}

TEST_F(EndpointTest, KeepsCredentialsOutOfErrorsAndLabels) {
    node.down = true;
    const auto endpoint = world.endpoint(node, settings(10));
    EXPECT_EQ(endpoint->name(), "node:8545");
    const auto found = headers(*endpoint, 1, 1);
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().message(), HasSubstr("node:8545: "));
    const std::string everything = world.metrics.render() + found.error().message();
    EXPECT_THAT(everything, ::testing::Not(HasSubstr("secret")));
    EXPECT_THAT(everything, ::testing::Not(HasSubstr("pw")));
    EXPECT_THAT(everything,
                HasSubstr("custodialbridge_rpc_requests_total{chain_id=\"31337\",endpoint=\"node:"
                          "8545\",method=\"eth_getBlockByNumber\",outcome=\"unavailable\"} 1"));
}

TEST_F(EndpointTest, WaitsForItsTurnAtItsRate) {
    const auto endpoint = world.endpoint(node, settings(100, 10));
    const Instant began = world.loop.clock.now();
    ASSERT_TRUE(headers(*endpoint, 1, 10));
    ASSERT_TRUE(headers(*endpoint, 1, 5));
    const auto took = world.loop.clock.now() - began;
    EXPECT_GE(took, Millis(490));
    EXPECT_LE(took, Millis(600));
}

TEST_F(EndpointTest, GivesUpAtOnceWhenItsTurnWouldComeTooLate) {
    const auto endpoint = world.endpoint(node, settings(100, 1));
    ASSERT_TRUE(headers(*endpoint, 1, 100));
    const Instant began = world.loop.clock.now();
    const auto late = headers(*endpoint, 1, 1);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), Errc::unavailable);
    EXPECT_EQ(world.loop.clock.now(), began);
    EXPECT_FALSE(endpoint->health().usable(world.loop.clock.now()));
}

TEST_F(EndpointTest, TellsAnHttpStatusFromAnAnswer) {
    const auto endpoint = world.endpoint(node);
    node.status = 503;
    EXPECT_EQ(headers(*endpoint, 1, 1).error().code(), Errc::unavailable);
    node.status = 403;
    EXPECT_EQ(headers(*endpoint, 1, 1).error().code(), Errc::refused);
    node.status = 400;
    node.on["eth_getBlockByNumber"] = [](const json&) -> json {
        throw RpcFailure{-32000, "block range is too wide"};
    };
    EXPECT_EQ(headers(*endpoint, 1, 1).error().code(), Errc::limited);
}

TEST_F(EndpointTest, RestsAfterTooManyRequests) {
    const auto endpoint = world.endpoint(node);
    node.status = 429;
    node.retry_after = Seconds(9);
    EXPECT_EQ(headers(*endpoint, 1, 1).error().code(), Errc::unavailable);
    EXPECT_EQ(endpoint->health().paused_until() - world.loop.clock.now(), Seconds(9));
}

TEST_F(EndpointTest, ParsesLargeAnswersOffTheLoop) {
    runtime::BlockingPool pool("parse", 1, 4);
    world.loop.wait_for(pool);
    node.on["eth_getBlockByNumber"] = [](const json& parameters) {
        json block = block_json(*parse_quantity(parameters.at(0).get<std::string>()));
        block["extraData"] = std::string(100'000, 'x');
        return block;
    };
    const auto endpoint = world.endpoint(node, {}, &pool);
    const auto found = headers(*endpoint, 10, 10);
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->size(), 10u);
}

/// A node with a log in each block, that takes ranges of so many blocks.
class LogRanges : public EndpointTest {
  protected:
    std::uint64_t takes = 10;
    std::vector<std::uint64_t> sizes;  ///< of each range that was asked for
    std::unique_ptr<Endpoint> endpoint;

    LogRanges() {
        node.head = 100'000;
        node.on["eth_getLogs"] = [this](const json& parameters) {
            const json& filter = parameters.at(0);
            const auto number = [&](const char* name) {
                return parse_quantity(filter.at(name).get<std::string>()).value();
            };
            const std::uint64_t first = number("fromBlock"), last = number("toBlock");
            sizes.push_back(last - first + 1);
            if (sizes.back() > takes) throw RpcFailure{-32000, "block range is too wide"};
            json logs = json::array();
            for (std::uint64_t block = first; block <= last; ++block) logs.push_back(log_of(block));
            return logs;
        };
        endpoint = world.endpoint(node, settings(100));
    }

    static json log_of(std::uint64_t block) {
        const std::string data = "0x" + std::string(62, '0') + (block % 2 == 0 ? "02" : "01");
        return {{"address", to_hex(Address{}.bytes)},
                {"topics", json::array({to_string(Hash32{})})},
                {"data", data},
                {"blockNumber", to_quantity(block)},
                {"blockHash", to_string(block_hash(block))},
                {"transactionHash", to_string(block_hash(block, "transaction"))},
                {"transactionIndex", "0x0"},
                {"logIndex", "0x0"},
                {"removed", false}};
    }

    Result<LogBatch> logs(std::uint64_t first, std::uint64_t last) {
        LogFilter filter;
        filter.addresses.push_back(Address{});
        return world.loop.run(ranged_logs(*endpoint, {first}, {last}, filter, world.by()));
    }
};

TEST_F(LogRanges, AreAskedForInPiecesThatTheEndpointMayBeAskedFor) {
    EndpointSettings limited = settings(100);
    limited.max_log_range = 10;
    endpoint = world.endpoint(node, limited);
    const auto found = logs(1, 25);
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_THAT(sizes, ElementsAre(10, 10, 5));
    ASSERT_EQ(found->logs.size(), 25u);
    for (std::uint64_t i = 0; i < 25; ++i) {
        const Log& log = found->logs[i];
        EXPECT_EQ(log.block.number.value, i + 1);
        EXPECT_EQ(found->data_of(log).back(), (i + 1) % 2 == 0 ? 2 : 1);
    }
}

TEST_F(LogRanges, OfManyPiecesAreLeftToTheCaller) {
    EndpointSettings limited = settings(100);
    limited.max_log_range = 10;
    endpoint = world.endpoint(node, limited);
    EXPECT_EQ(logs(1, 81).error().code(), Errc::limited);
    EXPECT_EQ(node.posts, 0u);
    EXPECT_TRUE(logs(1, 80));
}

TEST_F(LogRanges, AreLearnedForEachEndpoint) {
    const auto found = logs(1, 60);
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->logs.size(), 60u);
    EXPECT_THAT(sizes, ElementsAre(60, 30, 15, 8, 8, 8, 8, 8, 8, 8, 4));
    sizes.clear();
    ASSERT_TRUE(logs(1, 16));
    EXPECT_THAT(sizes, ElementsAre(8, 8));
    FakeNode wide(world.loop.clock);
    EXPECT_GT(world.endpoint(wide)->log_range.most(), 1'000'000u);
}

TEST_F(LogRanges, GrowAgainAfterManyThatWereTaken) {
    ASSERT_TRUE(logs(1, 60));
    takes = 1'000;
    for (int i = 0; i < 600; ++i) ASSERT_TRUE(logs(1, 60));
    EXPECT_EQ(sizes.back(), 60u);
}

TEST_F(LogRanges, OfOneBlockThatIsTooLargeSaySo) {
    takes = 0;
    EXPECT_EQ(logs(1, 4).error().code(), Errc::limited);
    EXPECT_THAT(sizes, ElementsAre(4, 2, 1));
}

TEST_F(EndpointTest, KnowsItsChain) {
    const auto endpoint = world.endpoint(node);
    EXPECT_TRUE(endpoint->health().needs_identity());
    EXPECT_TRUE(world.loop.run(endpoint->identify(world.by())));
    EXPECT_FALSE(endpoint->health().needs_identity());
    node.chain = 1;
    const auto wrong = world.loop.run(endpoint->identify(world.by()));
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code(), Errc::refused);
    EXPECT_TRUE(endpoint->health().needs_identity());
}

TEST_F(EndpointTest, HasNoSafeBlockWhenTheNodeDoesNotKnowTheTag) {
    const auto endpoint = world.endpoint(node);
    const auto ask = [&] {
        return world.loop.run(tagged_header(*endpoint, BlockTag::safe, world.by()));
    };
    EXPECT_EQ(ask().error().code(), Errc::unsupported);  // null
    for (const RpcFailure& failure :
         {RpcFailure{-39001, "safe block not found"}, RpcFailure{-32602, "invalid params"},
          RpcFailure{-32000, "unknown block"}}) {
        node.on["eth_getBlockByNumber"] = [failure](const json&) -> json { throw failure; };
        EXPECT_EQ(ask().error().code(), Errc::unsupported) << failure.message;
    }
    node.on["eth_getBlockByNumber"] = [](const json&) -> json {
        throw RpcFailure{-32603, "internal error"};
    };
    EXPECT_EQ(ask().error().code(), Errc::unavailable);
}

}  // namespace
}  // namespace custodialbridge::rpc

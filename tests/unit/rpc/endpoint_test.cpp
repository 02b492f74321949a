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

TEST_F(EndpointTest, DoesNotAskForALongerRangeThanItMay) {
    EndpointSettings limited = settings(100);
    limited.max_log_range = 10;
    const auto endpoint = world.endpoint(node, limited);
    LogFilter filter;
    filter.addresses.push_back(Address{});
    const auto logs = [&](std::uint64_t first, std::uint64_t last) {
        return world.loop.run(ranged_logs(*endpoint, {first}, {last}, filter, world.by()));
    };
    EXPECT_EQ(logs(1, 11).error().code(), Errc::limited);
    EXPECT_EQ(node.posts, 0u);
    EXPECT_TRUE(logs(1, 10));
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

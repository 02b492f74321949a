#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_node.hpp"
#include "pool_rpc_client.hpp"

namespace custodialbridge::rpc {
namespace {

using ::testing::HasSubstr;

class Failover : public ::testing::Test {
  protected:
    NodeWorld world;
    FakeNode first{world.loop.clock}, second{world.loop.clock};
    std::unique_ptr<PoolRpcClient> client;

    Failover() {
        Settings settings;
        settings.chain = {31337};
        std::vector<std::unique_ptr<Endpoint>> endpoints;
        endpoints.push_back(world.endpoint(first));
        endpoints.push_back(world.endpoint(second));
        client = std::make_unique<PoolRpcClient>(std::move(endpoints), settings, world.loop.clock);
    }

    Result<BlockHeader> latest(Millis time = Seconds(20)) {
        return world.loop.run(client->header(BlockTag::latest, world.by(time)));
    }
    Result<std::vector<BlockHeader>> headers(std::uint64_t block, std::uint32_t count = 1) {
        return world.loop.run(client->headers({block}, count, world.by()));
    }
    static LogFilter filter() {
        LogFilter made;
        made.addresses.push_back(Address{});
        return made;
    }
};

TEST_F(Failover, PrefersTheFirstEndpoint) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(latest());
    EXPECT_EQ(first.asked("eth_getBlockByNumber"), 5u);
    EXPECT_EQ(first.asked("eth_chainId"), 1u);
    EXPECT_EQ(second.posts, 0u);
}

TEST_F(Failover, GoesOnToTheSecondWhenTheFirstIsDown) {
    first.down = true;
    const auto header = latest();
    ASSERT_TRUE(header) << header.error().message();
    EXPECT_EQ(second.asked("eth_chainId"), 1u);
}

TEST_F(Failover, NoticesSoonWhenTheLastOnesAreBackHoweverLongTheyWereAway) {
    first.down = second.down = true;
    for (int i = 0; i < 40; ++i) {
        EXPECT_FALSE(latest(Seconds(1)));
        world.loop.pass(Seconds(5));
    }
    first.down = false;
    const Instant began = world.loop.clock.now();
    ASSERT_TRUE(latest(Seconds(30)));
    EXPECT_LE(world.loop.clock.now() - began, Seconds(3));
}

TEST_F(Failover, SaysSoonThatNoneCanBeUsed) {
    first.down = second.down = true;
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(latest(Seconds(1)));
    const Instant began = world.loop.clock.now();
    EXPECT_FALSE(latest(Seconds(30)));
    EXPECT_LE(world.loop.clock.now() - began, Seconds(6));
}

TEST_F(Failover, DoesNotWaitLongForOneThatStallsWhenThereAreOthers) {
    first.stalled = true;
    const Instant began = world.loop.clock.now();
    ASSERT_TRUE(latest(Seconds(30)));
    EXPECT_LE(world.loop.clock.now() - began, Millis(2'500));
}

TEST_F(Failover, LeavesTimeForTheSecondWhenTheFirstStalls) {
    ASSERT_TRUE(latest());
    first.stalled = true;
    const Instant began = world.loop.clock.now();
    ASSERT_TRUE(latest(Seconds(6)));
    EXPECT_LE(world.loop.clock.now() - began, Seconds(4));
}

TEST_F(Failover, DoesNotAskAPausedEndpoint) {
    first.down = true;
    ASSERT_TRUE(latest());
    const std::size_t asked = first.posts;
    ASSERT_TRUE(latest());
    EXPECT_EQ(first.posts, asked);
    EXPECT_FALSE(client->endpoints()[0].healthy);
    EXPECT_TRUE(client->endpoints()[1].healthy);
}

TEST_F(Failover, ReturnsToTheFirstAndChecksItsChainAgain) {
    ASSERT_TRUE(latest());
    first.down = true;
    ASSERT_TRUE(latest());
    first.down = false;
    world.loop.pass(Seconds(1));
    const std::size_t seconds = second.posts;
    ASSERT_TRUE(latest());
    EXPECT_EQ(second.posts, seconds);
    EXPECT_EQ(first.asked("eth_chainId"), 2u);
    EXPECT_TRUE(client->endpoints()[0].healthy);
}

TEST_F(Failover, NeverUsesAnEndpointOnAnotherChain) {
    first.chain = 1;
    first.head = 999;
    const auto header = latest();
    ASSERT_TRUE(header);
    EXPECT_EQ(header->ref.number.value, 100u);
    EXPECT_EQ(first.asked("eth_getBlockByNumber"), 0u);
    second.down = true;
    const auto none = latest(Seconds(3));
    ASSERT_FALSE(none);
    EXPECT_EQ(first.asked("eth_getBlockByNumber"), 0u);
    EXPECT_THAT(latest(Seconds(1)).error().message(), HasSubstr("is on chain 1, not on 31337"));
}

TEST_F(Failover, NoticesWhenAnEndpointComesBackOnAnotherChain) {
    ASSERT_TRUE(latest());
    first.down = true;
    ASSERT_TRUE(latest());
    first.down = false;
    first.chain = 5;
    world.loop.pass(Seconds(1));
    const std::size_t asked = first.asked("eth_getBlockByNumber");
    ASSERT_TRUE(latest());
    EXPECT_EQ(first.asked("eth_getBlockByNumber"), asked);
}

TEST_F(Failover, TriesAgainWithinTheDeadlineWhenAllAreDown) {
    first.down = second.down = true;
    auto waiting = world.loop.start(client->header(BlockTag::latest, world.by(Seconds(20))));
    world.loop.pass(Seconds(1));
    EXPECT_FALSE(waiting.done());
    second.down = false;
    world.loop.pass(Seconds(2));
    ASSERT_TRUE(waiting.done());
    EXPECT_TRUE(waiting.take());
}

TEST_F(Failover, EndsByTheDeadlineWhenAllStayDown) {
    first.down = second.stalled = true;
    const Instant began = world.loop.clock.now();
    const auto header = latest(Seconds(30));
    ASSERT_FALSE(header);
    EXPECT_TRUE(header.error().retryable());
    EXPECT_LE(world.loop.clock.now() - began, Seconds(30));
    EXPECT_LT(first.posts, 20u);
}

TEST_F(Failover, DoesNotBlameAnEndpointForACallersHaste) {
    ASSERT_TRUE(latest());
    first.stalled = second.stalled = true;
    EXPECT_EQ(latest(Millis(100)).error().code(), Errc::timed_out);
    EXPECT_TRUE(client->endpoints()[0].healthy);
}

TEST_F(Failover, AsksTheNextOneWhenTheFirstIsRateLimited) {
    ASSERT_TRUE(latest());
    first.on["eth_getBlockByNumber"] = [](const json&) -> json {
        throw RpcFailure{-32005, "project ID request rate exceeded"};
    };
    ASSERT_TRUE(latest());
    EXPECT_EQ(second.asked("eth_getBlockByNumber"), 1u);
    EXPECT_EQ(first.asked("eth_chainId"), 1u);
}

TEST_F(Failover, LeavesARangeLimitToTheCaller) {
    first.on["eth_getLogs"] = [](const json&) -> json {
        throw RpcFailure{-32005, "query returned more than 10000 results"};
    };
    const auto logs = world.loop.run(client->logs({1}, {50}, filter(), world.by()));
    ASSERT_FALSE(logs);
    EXPECT_EQ(logs.error().code(), Errc::limited);
    EXPECT_EQ(second.posts, 0u);
    EXPECT_TRUE(client->endpoints()[0].healthy);
}

TEST_F(Failover, DoesNotTakeLogsFromANodeThatLacksTheRangesEnd) {
    first.head = 40;
    const auto logs = world.loop.run(client->logs({1}, {50}, filter(), world.by()));
    ASSERT_TRUE(logs) << logs.error().message();
    EXPECT_EQ(second.asked("eth_getLogs"), 1u);
    second.head = 40;
    const auto none = world.loop.run(client->logs({1}, {51}, filter(), world.by()));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), Errc::orphaned);
}

TEST_F(Failover, AsksEveryEndpointBeforeItCallsABlockOrphaned) {
    first.on["eth_getBlockByHash"] = [](const json&) { return json(); };
    const std::vector<Hash32> known{block_hash(9)}, unknown{block_hash(9, "other")};
    const auto facts = world.loop.run(client->facts(known, LogFilter(), world.by(), {}));
    ASSERT_TRUE(facts) << facts.error().message();
    EXPECT_EQ(facts->at(0).header.ref.number.value, 9u);
    const auto none = world.loop.run(client->facts(unknown, LogFilter(), world.by(), {}));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), Errc::orphaned);
    EXPECT_TRUE(client->endpoints()[0].healthy);
}

TEST_F(Failover, AsksTheOneThatHasTheBlock) {
    first.head = 100;
    ASSERT_TRUE(latest());
    first.down = true;
    second.head = 105;
    ASSERT_TRUE(latest());
    first.down = false;
    world.loop.pass(Seconds(1));
    ASSERT_TRUE(latest());  // the first is back, five blocks behind
    const auto found = headers(103);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1u);
    const std::size_t asked = first.posts;
    ASSERT_TRUE(headers(104));
    EXPECT_EQ(first.posts, asked);
}

TEST_F(Failover, PutsAsideAnEndpointWhoseChainStandsStill) {
    ASSERT_TRUE(latest());
    second.head = 130;
    world.loop.pass(PoolRpcClient::kStaleHead + Seconds(1));
    const auto header = latest();
    ASSERT_TRUE(header);
    EXPECT_EQ(header->ref.number.value, 130u);
    const std::size_t asked = first.posts;
    ASSERT_TRUE(latest());
    EXPECT_EQ(first.posts, asked);
    first.head = 131;
    world.loop.pass(Seconds(11));
    EXPECT_EQ(latest()->ref.number.value, 131u);
    EXPECT_GT(first.posts, asked);
}

TEST_F(Failover, GoesOnWhenTheWholeChainStandsStill) {
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(latest());
        world.loop.pass(PoolRpcClient::kStaleHead);
    }
    EXPECT_EQ(first.asked("eth_getBlockByNumber"), 4u);
    EXPECT_TRUE(client->endpoints()[0].healthy);
}

TEST_F(Failover, ReportsEachEndpointsState) {
    ASSERT_TRUE(latest());
    const auto status = client->endpoints();
    ASSERT_EQ(status.size(), 2u);
    EXPECT_EQ(status[0].name, "node1:8545");
    EXPECT_TRUE(status[0].healthy);
    EXPECT_EQ(status[0].head, BlockNumber{100});
    EXPECT_EQ(status[0].error_rate, 0);
    EXPECT_TRUE(status[1].healthy) << "it was never asked: nothing is known against it";
    EXPECT_FALSE(status[1].head);
}

TEST_F(Failover, ReportsAnEndpointThatFailedUntilItsChainIsKnownAgain) {
    second.down = first.down = true;
    EXPECT_FALSE(latest(Seconds(1)));
    first.down = second.down = false;
    world.loop.pass(Seconds(20));
    EXPECT_FALSE(client->endpoints()[0].healthy);
    ASSERT_TRUE(latest());
    EXPECT_TRUE(client->endpoints()[0].healthy);
    EXPECT_FALSE(client->endpoints()[1].healthy);
}

TEST_F(Failover, ReturnsToTheFirstAfterALongFailureAndStays) {
    first.down = true;
    for (int i = 0; i < 60; ++i) {
        ASSERT_TRUE(latest());
        world.loop.pass(Seconds(1));
    }
    first.down = false;
    world.loop.pass(EndpointHealth::kPauseMax + Seconds(5));
    for (int i = 0; i < 60 && first.asked("eth_getBlockByNumber") == 0; ++i) {
        ASSERT_TRUE(latest());
        world.loop.pass(Seconds(1));
    }
    const std::size_t seconds = second.posts;
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(latest());
    EXPECT_EQ(second.posts, seconds);
}

TEST_F(Failover, AnEndpointThatAnswersOnlyForItsChainIdStaysPaused) {
    first.on["eth_getBlockByNumber"] = [](const json&) -> json {
        throw RpcFailure{-32603, "internal error"};
    };
    for (int i = 0; i < 60; ++i) {
        ASSERT_TRUE(latest());
        world.loop.pass(Seconds(1));
    }
    EXPECT_LT(first.asked("eth_getBlockByNumber"), 12u);
}

TEST_F(Failover, AsksTheNextForFactsThatAreNotPlausible) {
    const std::vector<Hash32> blocks{block_hash(9)};
    unsigned judged = 0;
    const Plausible second_one = [&](const BlockFacts&) { return ++judged == 2; };
    const auto facts =
        world.loop.run(client->facts(blocks, LogFilter(), world.by(), second_one));
    ASSERT_TRUE(facts) << facts.error().message();
    EXPECT_EQ(judged, 2u);
    EXPECT_TRUE(client->endpoints()[0].healthy);
    const Plausible never = [](const BlockFacts&) { return false; };
    const auto none = world.loop.run(client->facts(blocks, LogFilter(), world.by(), never));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), Errc::corrupt);
}

TEST_F(Failover, CancellingEndsTheCall) {
    first.stalled = true;
    auto waiting = world.loop.start(client->header(BlockTag::latest, world.by()));
    waiting.cancel();
    EXPECT_TRUE(waiting.done());
    first.stalled = false;
    EXPECT_TRUE(latest());
}

}  // namespace
}  // namespace custodialbridge::rpc

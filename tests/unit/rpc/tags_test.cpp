#include <gtest/gtest.h>

#include "fake_node.hpp"
#include "pool_rpc_client.hpp"

namespace custodialbridge::rpc {
namespace {

class Tags : public ::testing::Test {
  protected:
    NodeWorld world;
    FakeNode first{world.loop.clock}, second{world.loop.clock};
    std::unique_ptr<PoolRpcClient> client;

    Tags() { use(1); }

    void use(std::size_t endpoints) {
        Settings settings;
        settings.chain = {31337};
        std::vector<std::unique_ptr<Endpoint>> all;
        all.push_back(world.endpoint(first));
        if (endpoints > 1) all.push_back(world.endpoint(second));
        client = std::make_unique<PoolRpcClient>(std::move(all), settings, world.loop.clock);
    }

    static void answer_tags(FakeNode& node, std::function<json()> answer) {
        node.on["eth_getBlockByNumber"] = [&node, answer](const json& parameters) -> json {
            const std::string which = parameters.at(0);
            if (which == "safe" || which == "finalized") return answer();
            return block_json(which == "latest" ? node.head : parse_quantity(which).value());
        };
    }
    static void refuse_tags(FakeNode& node, int code, const std::string& words) {
        answer_tags(node, [code, words]() -> json { throw RpcFailure{code, words}; });
    }

    Result<BlockHeader> finalized() {
        return world.loop.run(client->header(BlockTag::finalized, world.by()));
    }
    Errc refusal() { return finalized().error().code(); }
    bool is_well(std::size_t which = 0) const {
        const EndpointStatus status = client->endpoints()[which];
        return status.healthy && status.error_rate == 0;
    }
};

TEST_F(Tags, ThatANodeRefusesInAnyWordsAreSoonNotThere) {
    for (const RpcFailure& failure :
         {RpcFailure{-32000, "finalized tag is not supported"},
          RpcFailure{-32603, "Internal error"},
          RpcFailure{-32000, "hex string without 0x prefix"}, RpcFailure{1, "what?"}}) {
        SCOPED_TRACE(failure.message);
        use(1);
        refuse_tags(first, failure.code, failure.message);
        EXPECT_EQ(refusal(), Errc::orphaned) << "once may be chance";
        EXPECT_EQ(refusal(), Errc::orphaned);
        for (int i = 0; i < 5; ++i) EXPECT_EQ(refusal(), Errc::unsupported);
        EXPECT_TRUE(is_well()) << "it is not held against the node";
    }
}

TEST_F(Tags, ThatANodeRefusesInKnownWordsAreNotThereAtOnce) {
    refuse_tags(first, -39001, "finalized block not found");
    EXPECT_EQ(refusal(), Errc::unsupported);
    EXPECT_EQ(first.asked("eth_getBlockByNumber"), 1u);
    EXPECT_TRUE(is_well());
}

TEST_F(Tags, SayNothingWhenTheNodeCannotAnswerAtAll) {
    first.on["eth_getBlockByNumber"] = [](const json&) -> json {
        throw RpcFailure{-32603, "Internal error"};
    };
    for (int i = 0; i < 5; ++i) EXPECT_EQ(refusal(), Errc::unavailable);
    EXPECT_FALSE(is_well());
}

TEST_F(Tags, SayNothingWhenTheNodeWantsToBeAskedLess) {
    refuse_tags(first, -32005, "rate limit exceeded");
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(refusal(), Errc::unavailable);
        world.loop.pass(Seconds(90));
    }
}

TEST_F(Tags, SayNothingWhenTheAnswerIsNoBlock) {
    answer_tags(first, [] { return json("0x5"); });
    for (int i = 0; i < 5; ++i) EXPECT_EQ(refusal(), Errc::unavailable);
    EXPECT_FALSE(is_well());
}

TEST_F(Tags, OfANodeThatHasThemAreNotGivenUpForOneFailure) {
    const auto has_them = [this] { return block_json(first.head - 10); };
    answer_tags(first, has_them);
    ASSERT_TRUE(finalized());
    for (const RpcFailure& failure :
         {RpcFailure{-39001, "finalized block not found"}, RpcFailure{-32603, "Internal error"}}) {
        refuse_tags(first, failure.code, failure.message);
        for (int i = 0; i < 10; ++i) EXPECT_EQ(refusal(), Errc::orphaned) << failure.message;
    }
    answer_tags(first, has_them);
    EXPECT_EQ(finalized()->ref.number.value, 90u);
    answer_tags(first, [] { return json(); });
    EXPECT_EQ(refusal(), Errc::orphaned);
    world.loop.pass(TagMemory::kPatience);
    EXPECT_EQ(refusal(), Errc::unsupported) << "the node has become another one";
    answer_tags(first, has_them);
    EXPECT_TRUE(finalized()) << "and may become it again";
    EXPECT_TRUE(is_well());
}

TEST_F(Tags, AreTheOtherEndpointsWhereOneHasNone) {
    use(2);
    refuse_tags(first, -32603, "Internal error");
    answer_tags(second, [] { return block_json(90); });
    for (int i = 0; i < 5; ++i) EXPECT_EQ(finalized()->ref.number.value, 90u);
    EXPECT_TRUE(is_well(0));
    second.down = true;
    EXPECT_EQ(refusal(), Errc::orphaned) << "the one that has them is away for a moment";
    world.loop.pass(TagMemory::kPatience);
    EXPECT_EQ(refusal(), Errc::unsupported);
}

TEST_F(Tags, AreTakenApart) {
    first.on["eth_getBlockByNumber"] = [this](const json& parameters) -> json {
        if (parameters.at(0) == "safe") throw RpcFailure{-32000, "no such thing"};
        return block_json(parameters.at(0) == "finalized" ? 60 : first.head);
    };
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(finalized()->ref.number.value, 60u);
        const auto safe = world.loop.run(client->header(BlockTag::safe, world.by()));
        EXPECT_EQ(safe.error().code(), i < 2 ? Errc::orphaned : Errc::unsupported);
    }
}

}  // namespace
}  // namespace custodialbridge::rpc

#include <gmock/gmock.h>

#include "made_block.hpp"
#include "pool_rpc_client.hpp"

namespace custodialbridge::rpc {
namespace {

/// A node that gives no receipts, and logs by number only.
class LogsByNumber : public ::testing::Test {
  protected:
    NodeWorld world;
    FakeNode node{world.loop.clock};
    std::unique_ptr<PoolRpcClient> client;
    RpcFailure refusal{-32602, "invalid params"};
    std::string logs_of = "main";  ///< the fork

    LogsByNumber() {
        node.on["eth_getLogs"] = [this](const json& parameters) -> json {
            const json& filter = parameters.at(0);
            if (filter.contains("blockHash")) throw refusal;
            EXPECT_EQ(filter.at("fromBlock"), filter.at("toBlock"));
            const auto block = parse_quantity(filter.at("fromBlock").get<std::string>());
            return json::array({log_in(block.value())});
        };
        use();
    }

    void use() {
        Settings settings;
        settings.chain = {31337};
        std::vector<std::unique_ptr<Endpoint>> endpoints;
        endpoints.push_back(world.endpoint(node));
        client = std::make_unique<PoolRpcClient>(std::move(endpoints), settings, world.loop.clock);
    }

    json log_in(std::uint64_t number) const {
        json log = made_log(0xaa, {1}, 1);
        log.update({{"blockHash", to_string(block_hash(number, logs_of))},
                    {"blockNumber", to_quantity(number)},
                    {"transactionHash", text_of(1, 32)},
                    {"transactionIndex", "0x0"},
                    {"logIndex", "0x0"}});
        return log;
    }

    /// Bodies where they are asked for; one transaction makes a contract.
    void have_transactions() {
        node.on["eth_getBlockByHash"] = [](const json& parameters) {
            json block = block_json(parameters.at(0) == to_string(block_hash(8)) ? 8 : 9);
            block["transactions"] = json::array({text_of(1, 32), text_of(2, 32)});
            if (!parameters.at(1).get<bool>()) return block;
            block["transactions"] = json::array(
                {{{"hash", text_of(1, 32)}, {"from", text_of(0x71, 20)}, {"to", text_of(0x72, 20)}},
                 {{"hash", text_of(2, 32)}, {"from", text_of(0x73, 20)}, {"to", nullptr}}});
            return block;
        };
    }

    void fork_after(unsigned lookups) {
        node.on["eth_getBlockByNumber"] = [this, lookups, seen = 0u](const json& asked) mutable {
            const std::uint64_t number = parse_quantity(asked.at(0).get<std::string>()).value();
            return block_json(number, ++seen > lookups ? "other" : "main");
        };
    }

    Result<std::vector<BlockFacts>> facts() {
        const std::vector<Hash32> blocks{block_hash(8), block_hash(9)};
        return world.loop.run(client->facts(blocks, filter_of_made(), world.by(), {}));
    }

    static void expect_both(const Result<std::vector<BlockFacts>>& facts) {
        ASSERT_TRUE(facts) << facts.error().message();
        ASSERT_EQ(facts->size(), 2u);
        for (std::size_t i = 0; i < 2; ++i) {
            const BlockFacts& block = facts->at(i);
            EXPECT_EQ(block.header.ref, (BlockRef{{8 + i}, block_hash(8 + i)}));
            EXPECT_EQ(block.completeness, Completeness::claimed);
            ASSERT_EQ(block.logs.logs.size(), 1u);
            EXPECT_EQ(block.logs.logs[0].block, block.header.ref);
        }
    }
};

TEST_F(LogsByNumber, AreTakenWhereANodeRefusesBlockHashes) {
    for (const RpcFailure& failure :
         {RpcFailure{-32602, "invalid params"}, RpcFailure{-32000, "fromBlock is required"},
          RpcFailure{-32603, "Internal error"}}) {
        SCOPED_TRACE(failure.message);
        refusal = failure;
        use();
        expect_both(facts());
        EXPECT_TRUE(client->endpoints()[0].healthy);
        const std::size_t asked = node.asked("eth_getLogs");
        expect_both(facts());
        EXPECT_EQ(node.asked("eth_getLogs"), asked + 2) << "it is not asked by hash again";
    }
}

TEST_F(LogsByNumber, GiveWayToLogsByHashWhenTheNodeLearnsThem) {
    expect_both(facts());
    node.on["eth_getLogs"] = [this](const json& parameters) -> json {
        const json& hash = parameters.at(0).at("blockHash");
        return json::array({log_in(hash == to_string(block_hash(8)) ? 8 : 9)});
    };
    world.loop.pass(std::chrono::minutes(11));
    expect_both(facts());
}

TEST_F(LogsByNumber, OfABlockThatTheNodeLeavesMeanwhileAreNotTaken) {
    for (const unsigned lookups : {0u, 2u}) {  // beside the logs, and after them
        use();
        fork_after(lookups);
        const auto none = facts();
        ASSERT_FALSE(none) << lookups;
        EXPECT_TRUE(client->endpoints()[0].healthy);
    }
    expect_both(Result<std::vector<BlockFacts>>([this] {
        fork_after(4);
        return facts();
    }()));
}

TEST_F(LogsByNumber, ComeWithTheirBlocksPartiesWhereTheseAreWanted) {
    have_transactions();
    EXPECT_THAT(facts()->front().parties, ::testing::IsEmpty());
    LogFilter filter = filter_of_made();
    filter.parties = true;
    const auto parties_of = [](const Result<std::vector<BlockFacts>>& all) {
        std::string text;
        for (const Address& party : all->front().parties) text += to_string(party).substr(40);
        return text;
    };
    const std::vector<Hash32> blocks{block_hash(8), block_hash(9)};
    const auto with_logs = world.loop.run(client->facts(blocks, filter, world.by(), {}));
    expect_both(with_logs);
    EXPECT_EQ(parties_of(with_logs), "717273");
    filter.addresses.clear();
    EXPECT_EQ(parties_of(world.loop.run(client->facts(blocks, filter, world.by(), {}))), "717273");
}

TEST_F(LogsByNumber, AreThereAlsoWhereBlocksCannotBeHadWithTheirTransactions) {
    have_transactions();
    const auto with_bodies = node.on["eth_getBlockByHash"];
    LogFilter filter = filter_of_made();
    filter.parties = true;
    const std::vector<Hash32> blocks{block_hash(8), block_hash(9)};
    const auto ask = [&] {
        use();
        return world.loop.run(client->facts(blocks, filter, world.by(), {}));
    };
    node.on["eth_getBlockByHash"] = [with_bodies](const json& parameters) -> json {
        if (parameters.at(1).get<bool>()) throw RpcFailure{-32000, "response too large"};
        return with_bodies(parameters);
    };
    expect_both(ask());
    for (const json& odd : {json(), json("none"), json::array({7, nullptr})}) {
        node.on["eth_getBlockByHash"] = [with_bodies, odd](const json& parameters) {
            json block = with_bodies(parameters);
            block["transactions"] = odd;
            return block;
        };
        const auto facts = ask();
        expect_both(facts);
        EXPECT_THAT(facts->front().parties, ::testing::IsEmpty());
    }
}

TEST_F(LogsByNumber, OfAnotherBlockAreABadAnswer) {
    logs_of = "other";
    EXPECT_FALSE(facts());
}

TEST_F(LogsByNumber, AreNoAnswerToARateLimitNorToAMomentsFailure) {
    const auto by_number = node.on["eth_getLogs"];
    refusal = {-32005, "rate limit exceeded"};
    EXPECT_EQ(facts().error().code(), Errc::unavailable);
    world.loop.pass(std::chrono::minutes(2));
    node.on["eth_getLogs"] = [](const json&) { return json::array(); };
    ASSERT_TRUE(facts());
    node.on["eth_getLogs"] = by_number;
    refusal = {-32603, "Internal error"};
    EXPECT_FALSE(facts()) << "it has told them by hash before";
}

}  // namespace
}  // namespace custodialbridge::rpc

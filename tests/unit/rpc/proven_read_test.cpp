#include "proven_facts.hpp"

namespace custodialbridge::rpc {
namespace {

using ::testing::HasSubstr;

TEST_F(ProvenFacts, AreTakenFromTheReceiptsInOneBatch) {
    expect_all(facts(3), Completeness::proven);
    const auto again = facts(3);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->at(2).header.ref, (BlockRef{{9}, blocks[2].hash()}));
    EXPECT_EQ(again->at(2).header.parent, block_hash(8));
    EXPECT_EQ(again->at(2).header.logs_bloom[100], 0xff);
    EXPECT_EQ(again->at(2).header.timestamp.time_since_epoch(), Seconds(1'700'000'009));
    EXPECT_EQ(first.asked("eth_getLogs"), 0u);
    EXPECT_EQ(first.batches.back(), 6u);
    EXPECT_EQ(second.posts, 0u);
}

TEST_F(ProvenFacts, AreTheSameAsTheClaimedOnes) {
    const auto proven = facts(3);
    use(Proof::none);
    const auto claimed = facts(3);
    expect_all(claimed, Completeness::claimed);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(proven->at(i).header, claimed->at(i).header);
        EXPECT_EQ(proven->at(i).logs.data, claimed->at(i).logs.data);
        EXPECT_EQ(proven->at(i).logs.logs[0].tx_hash, claimed->at(i).logs.logs[0].tx_hash);
    }
    EXPECT_EQ(receipts_asked(), 3u);
}

TEST_F(ProvenFacts, AreNotAskedForWithoutAFilter) {
    const auto none = facts(1, LogFilter());
    ASSERT_TRUE(none);
    EXPECT_EQ(receipts_asked(), 0u);
    use(Proof::required);
    const auto proven = facts(1, LogFilter());
    ASSERT_TRUE(proven);
    EXPECT_EQ(proven->at(0).completeness, Completeness::proven);
    EXPECT_TRUE(proven->at(0).logs.logs.empty());
}

TEST_F(ProvenFacts, OfALiarAreNeverUsed) {
    for (const Lie& lie : kLies) {
        for (const bool had_proven_before : {true, false}) {
            SCOPED_TRACE(lie.name);
            teach(first, blocks);
            use(Proof::automatic);
            if (had_proven_before) expect_all(facts(3), Completeness::proven);
            std::vector<MadeBlock> told = blocks;
            lie.tell(told[0]);
            teach(first, told);
            expect_all(facts(), Completeness::proven);
            EXPECT_FALSE(client->endpoints()[0].healthy);
            EXPECT_GT(client->endpoints()[0].error_rate, 0);
            EXPECT_EQ(first.asked("eth_getLogs"), 0u);
        }
    }
}

TEST_F(ProvenFacts, OfLiarsAloneAreAnError) {
    std::vector<MadeBlock> told = blocks;
    kLies[0].tell(told[0]);
    teach(first, told);
    teach(second, told);
    const auto none = facts();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), Errc::unavailable);
    EXPECT_THAT(none.error().message(), HasSubstr("the receipts give the root"));
}

TEST_F(ProvenFacts, WithAnotherHeaderAreNotUsedFromWhoHasProvenBefore) {
    ASSERT_TRUE(facts(3));
    std::vector<MadeBlock> told = blocks;
    told[0].header["gasUsed"] = "0x1";
    teach(first, told);
    expect_all(facts(), Completeness::proven);
    EXPECT_FALSE(client->endpoints()[0].healthy);
    told[0].header = blocks[0].header;
    told[0].header["hash"] = text_of(9, 32);
    first.on["eth_getBlockByHash"] = [told](const json&) { return told[0].header; };
    first.on["eth_getBlockReceipts"] = [told](const json&) { return told[0].receipts; };
    world.loop.pass(Seconds(1));
    expect_all(facts(), Completeness::proven);
    EXPECT_FALSE(client->endpoints()[0].healthy);
}

TEST_F(ProvenFacts, OfAChainWithOtherHeadersAreClaimedAndTriedOnce) {
    use_alone();
    for (MadeBlock& block : blocks) block.header["gasUsed"] = "0x1";
    teach(first, blocks);
    for (int i = 0; i < 3; ++i) expect_all(facts(3), Completeness::claimed);
    EXPECT_EQ(receipts_asked(), 3u);
    EXPECT_TRUE(client->endpoints()[0].healthy);
    for (MadeBlock& block : blocks) block.header.erase("mixHash");
    teach(first, blocks);
    use_alone();
    for (int i = 0; i < 3; ++i) expect_all(facts(), Completeness::claimed);
    EXPECT_EQ(receipts_asked(), 4u);
}

TEST_F(ProvenFacts, OfANodeWithoutReceiptsAreClaimedAndTriedOnce) {
    use_alone();
    first.on.erase("eth_getBlockReceipts");
    for (int i = 0; i < 3; ++i) expect_all(facts(2), Completeness::claimed);
    EXPECT_EQ(receipts_asked(), 2u);
    EXPECT_EQ(second.posts, 0u);
    EXPECT_TRUE(client->endpoints()[0].healthy);
}

TEST_F(ProvenFacts, ComeFromWhoeverProvesThem) {
    first.on.erase("eth_getBlockReceipts");
    for (int i = 0; i < 3; ++i) expect_all(facts(2), Completeness::proven);
    EXPECT_EQ(receipts_asked(), 2u) << "tried once";
    EXPECT_EQ(first.asked("eth_getLogs"), 0u);
    EXPECT_TRUE(client->endpoints()[0].healthy);
}

TEST_F(ProvenFacts, AreClaimedOnlyWhenNobodyProvesThem) {
    first.on.erase("eth_getBlockReceipts");
    second.on.erase("eth_getBlockReceipts");
    for (int i = 0; i < 3; ++i) expect_all(facts(2), Completeness::claimed);
    EXPECT_EQ(second.asked("eth_getLogs"), 0u) << "the first one's word is taken";
    second.down = true;
    expect_all(facts(2), Completeness::claimed);
}

TEST_F(ProvenFacts, OfOneThatHasProvenAndNowSaysNothingComeFromAnother) {
    expect_all(facts(3), Completeness::proven);
    say_nothing(first, -32601, "method not found");
    first.on["eth_getLogs"] = [](const json&) { return json::array(); };
    expect_all(facts(3), Completeness::proven);
    EXPECT_EQ(first.asked("eth_getLogs"), 0u);
}

TEST_F(ProvenFacts, AreAskedForAgainAfterAWhile) {
    use_alone();
    const auto honest = first.on["eth_getBlockReceipts"];
    say_nothing(first, -32000, "this block is pruned");
    expect_all(facts(), Completeness::claimed);
    first.on["eth_getBlockReceipts"] = honest;
    expect_all(facts(), Completeness::claimed);
    world.loop.pass(std::chrono::minutes(11));
    expect_all(facts(), Completeness::proven);
}

TEST_F(ProvenFacts, OfAChainWhoseHeadersLackFieldsAreClaimed) {
    use_alone();
    for (MadeBlock& block : blocks) {
        block.header["stateRoot"] = "0x";
        block.header.erase("receiptsRoot");
    }
    teach(first, blocks);
    const auto claimed = facts();
    ASSERT_TRUE(claimed) << claimed.error().message();
    EXPECT_EQ(claimed->at(0).completeness, Completeness::claimed);
    EXPECT_TRUE(client->endpoints()[0].healthy);
}

TEST_F(ProvenFacts, OfANodeThatRefusesTheWholeBatchAreClaimed) {
    use_alone();
    say_nothing(first, -32600, "batch too large");
    first.on["eth_getBlockByHash"] = [this](const json& parameters) -> json {
        if (first.methods.size() < 3) throw RpcFailure{-32601, "method not found"};
        return parameters.at(0) == to_string(blocks[0].hash()) ? blocks[0].header : json();
    };
    expect_all(facts(), Completeness::claimed);
    EXPECT_EQ(second.posts, 0u);
}

TEST_F(ProvenFacts, WithAnUnknownTypeAreClaimedForThatBlockAlone) {
    use_alone();
    ASSERT_TRUE(facts(3));
    blocks[1].receipts[0]["type"] = "0x6a";
    teach(first, blocks);
    for (int i = 0; i < 2; ++i) {
        const auto mixed = facts(3);
        ASSERT_TRUE(mixed) << mixed.error().message();
        EXPECT_EQ(mixed->at(0).completeness, Completeness::proven);
        EXPECT_EQ(mixed->at(1).completeness, Completeness::claimed);
        EXPECT_EQ(mixed->at(1).header.ref.hash, blocks[1].hash());
        EXPECT_EQ(mixed->at(1).logs.logs.size(), 2u);
        EXPECT_EQ(mixed->at(2).completeness, Completeness::proven);
    }
    EXPECT_EQ(first.asked("eth_getLogs"), 2u);
    EXPECT_TRUE(client->endpoints()[0].healthy);
}

TEST_F(ProvenFacts, WithAnUnknownTypeAtFirstAreTriedOnce) {
    use_alone();
    blocks[0].receipts[0]["type"] = "0x6a";
    teach(first, blocks);
    for (int i = 0; i < 3; ++i) expect_all(facts(), Completeness::claimed);
    EXPECT_EQ(receipts_asked(), 1u);
}

TEST_F(ProvenFacts, ThatAreTooLargeAreClaimedForOnce) {
    use_alone();
    say_nothing(first, -32000, "response size exceeded");
    expect_all(facts(), Completeness::claimed);
    teach(first, blocks);
    expect_all(facts(), Completeness::proven);
    say_nothing(first, -32000, "response size exceeded");
    expect_all(facts(), Completeness::claimed);
    EXPECT_TRUE(client->endpoints()[0].healthy);
}

TEST_F(ProvenFacts, ThatAreTooLargeTogetherAreAskedForBlockByBlock) {
    const auto honest = first.on["eth_getBlockReceipts"];
    first.on["eth_getBlockReceipts"] = [this, honest](const json& parameters) -> json {
        if (first.batches.back() > 2) throw RpcFailure{-32003, "response too large"};
        return honest(parameters);
    };
    expect_all(facts(3), Completeness::proven);
    EXPECT_EQ(first.asked("eth_getLogs"), 0u);
}

TEST_F(ProvenFacts, ThatAreNotThereYetAreClaimedOrComeFromAnother) {
    first.on["eth_getBlockReceipts"] = [](const json&) { return json(); };
    expect_all(facts(), Completeness::proven);
    EXPECT_GT(second.posts, 0u);
    EXPECT_TRUE(client->endpoints()[0].healthy) << "it is only a moment late";
    use_alone();
    expect_all(facts(), Completeness::claimed);
    teach(first, blocks);
    expect_all(facts(), Completeness::proven);
    first.on["eth_getBlockReceipts"] = [](const json&) { return json(); };
    EXPECT_EQ(facts().error().code(), Errc::orphaned);
    EXPECT_TRUE(client->endpoints()[0].healthy);
}

TEST_F(ProvenFacts, AreAskedForWithAnObjectWhereAPlainHashIsRefused) {
    const auto honest = first.on["eth_getBlockReceipts"];
    first.on["eth_getBlockReceipts"] = [honest](const json& parameters) -> json {
        if (!parameters.at(0).is_object()) throw RpcFailure{-32602, "invalid params"};
        return honest(parameters);
    };
    expect_all(facts(), Completeness::proven);
    EXPECT_EQ(receipts_asked(), 2u);
    expect_all(facts(), Completeness::proven);
    EXPECT_EQ(receipts_asked(), 3u);
}

TEST_F(ProvenFacts, OfAnUnknownBlockAreOrphaned) {
    first.on["eth_getBlockByHash"] =
        first.on["eth_getBlockReceipts"] = [](const json&) { return json(); };
    expect_all(facts(), Completeness::proven);
    EXPECT_TRUE(client->endpoints()[0].healthy);
    second.on = first.on;
    const auto none = facts();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), Errc::orphaned);
}

TEST_F(ProvenFacts, ThatAreRequiredAreNeverClaimed) {
    use(Proof::required);
    first.on.erase("eth_getBlockReceipts");
    expect_all(facts(3), Completeness::proven);
    EXPECT_GT(second.posts, 0u);
    EXPECT_TRUE(client->endpoints()[0].healthy);
    second.on.erase("eth_getBlockReceipts");
    const auto none = facts(3);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), Errc::unsupported);
    EXPECT_THAT(none.error().message(), HasSubstr("no proof of the logs"));
    EXPECT_EQ(first.asked("eth_getLogs") + second.asked("eth_getLogs"), 0u);
    teach(first, blocks);
    expect_all(facts(3), Completeness::proven);
}

TEST_F(ProvenFacts, ThatAreRequiredAndTooLargeAreLimited) {
    use(Proof::required);
    say_nothing(first, -32000, "response size exceeded");
    say_nothing(second, -32000, "response size exceeded");
    EXPECT_EQ(facts().error().code(), Errc::limited);
    EXPECT_EQ(first.asked("eth_getLogs"), 0u);
}

TEST_F(ProvenFacts, AreNotAskedForWhenTheyAreNotWanted) {
    use(Proof::none);
    expect_all(facts(), Completeness::claimed);
    EXPECT_EQ(receipts_asked(), 0u);
}

}  // namespace
}  // namespace custodialbridge::rpc

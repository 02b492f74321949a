#include "agreement.hpp"
#include "proven_facts.hpp"

namespace custodialbridge::rpc {
namespace {

using ::testing::HasSubstr;

/// Facts of a block after whose receipts there is a state sync's.
class StateSyncFacts : public ProvenFacts {
  protected:
    static constexpr ChainId kPolygon{137};

    StateSyncFacts() { sync({made_log(0xaa, {1, 9}, 6)}); }

    void sync(const std::vector<json>& logs) {
        add_state_sync(blocks[0], logs);
        teach(first, blocks);
        teach(second, blocks);
    }

    /// Nobody else is asked.
    void use_alone_on(ChainId where) {
        chain = where;
        use_alone();
    }

    /// The first block, which has a state sync that tells nothing of ours.
    static void expect_unproven(const Result<std::vector<BlockFacts>>& facts, Completeness how) {
        ASSERT_TRUE(facts) << facts.error().message();
        EXPECT_TRUE(facts->at(0).has_state_sync);
        EXPECT_EQ(facts->at(0).completeness, how);
        EXPECT_EQ(facts->at(0).logs.logs.size(), 2u);
        EXPECT_EQ(facts->at(1).completeness, Completeness::proven);
    }

    static void expect_synced(const Result<std::vector<BlockFacts>>& facts, Completeness how) {
        ASSERT_TRUE(facts) << facts.error().message();
        const BlockFacts& block = facts->at(0);
        EXPECT_EQ(block.completeness, how);
        EXPECT_EQ(block.outside_root, 1u);
        ASSERT_EQ(block.logs.logs.size(), 3u);
        const Log& log = block.logs.logs[2];
        EXPECT_EQ(log.log_index, 5u);
        EXPECT_EQ(log.tx_index, 4u);
        EXPECT_EQ(log.tx_hash, state_sync_transaction(block.header.ref));
        EXPECT_EQ(to_hex(block.logs.data_of(log)), text_of(6, 32));
    }
};

TEST_F(StateSyncFacts, AreOneEndpointsWordOnAChainThatIsKnownForThem) {
    use_alone_on(kPolygon);
    const auto told = facts(3);
    expect_synced(told, Completeness::claimed);
    EXPECT_EQ(told->at(1).completeness, Completeness::proven);
    EXPECT_EQ(told->at(1).outside_root, 0u);
    EXPECT_EQ(first.asked("eth_getLogs"), 0u);
}

TEST_F(StateSyncFacts, AreCheckedWhenASecondEndpointTellsThem) {
    for (const ChainId where : {kPolygon, ChainId{31337}}) {
        chain = where;
        use(Proof::automatic);
        expect_synced(facts(3), Completeness::checked);
    }
}

TEST_F(StateSyncFacts, AreNotTakenFromOneEndpointElsewhere) {
    use_alone();
    const auto none = facts();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), Errc::unavailable);
    EXPECT_THAT(none.error().message(), HasSubstr("no second endpoint tells the logs outside"));
}

TEST_F(StateSyncFacts, ThatAreMadeUpComeFromNobodyElseAndAreNotTaken) {
    teach(second, {made_block(7), made_block(8), made_block(9)});
    for (const ChainId where : {ChainId{31337}, kPolygon}) {
        chain = where;
        use(Proof::automatic);
        expect_all(facts(), Completeness::proven);
        EXPECT_FALSE(client->endpoints()[0].healthy);
    }
}

TEST_F(StateSyncFacts, ThatAnotherEndpointTellsOtherwiseAreNotTaken) {
    chain = kPolygon;
    use(Proof::automatic);
    MadeBlock other = made_block(7);
    add_state_sync(other, {made_log(0xaa, {1, 9}, 66)});
    teach(second, {other});
    const auto none = facts();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), Errc::unavailable);
    EXPECT_THAT(none.error().message(), HasSubstr("tells other logs outside"));
}

TEST_F(StateSyncFacts, AreOneEndpointsWordWhereNoOtherAnswers) {
    chain = kPolygon;
    use(Proof::automatic);
    second.down = true;
    expect_synced(facts(3), Completeness::claimed);
    chain = ChainId{31337};
    use(Proof::automatic);
    EXPECT_THAT(facts().error().message(), HasSubstr("no second endpoint tells"));
}

TEST_F(StateSyncFacts, WithoutALogOfOursLeaveABlockUnproven) {
    blocks[0] = made_block(7);
    sync({made_log(0xee, {1, 9}, 6)});
    const MadeBlock told = blocks[0];
    MadeBlock listed = told;
    listed.receipts.erase(4);
    for (const MadeBlock& block : {told, listed}) {
        blocks[0] = block;
        teach(first, blocks);
        teach(second, blocks);
        use_alone_on(kPolygon);
        expect_unproven(facts(3), Completeness::claimed);
        use(Proof::automatic);
        expect_unproven(facts(3), Completeness::checked);
        use(Proof::required, true);
        EXPECT_EQ(facts(3).error().code(), Errc::unsupported);
    }
}

TEST_F(StateSyncFacts, AreNoProofWhereOneIsRequired) {
    chain = kPolygon;
    use(Proof::required);
    const auto none = facts();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), Errc::unsupported);
    EXPECT_THAT(none.error().message(), HasSubstr("no receipts root holds"));
    blocks[0].receipts.erase(4);
    teach(first, blocks);
    teach(second, blocks);
    first.on["eth_getLogs"] = second.on["eth_getLogs"] = [this](const json&) {
        MadeBlock whole = made_block(7);
        add_state_sync(whole, {made_log(0xaa, {1, 9}, 6)});
        return json::array({whole.logs().at(5)});
    };
    EXPECT_EQ(facts().error().code(), Errc::unsupported) << "the list names one";
}

TEST_F(StateSyncFacts, NeedNotBeOfATransactionThatTheBlockLists) {
    blocks[0].header["transactions"].erase(4);
    teach(first, blocks);
    use_alone_on(kPolygon);
    expect_synced(facts(), Completeness::claimed);
}

TEST_F(StateSyncFacts, ThatTheReceiptsLeaveOutComeFromTheLogs) {
    use_alone_on(kPolygon);
    const auto all_logs = first.on["eth_getLogs"];
    blocks[0].receipts.erase(4);
    teach(first, blocks);
    first.on["eth_getLogs"] = all_logs;
    expect_synced(facts(3), Completeness::claimed);
    EXPECT_EQ(first.asked("eth_getLogs"), 1u) << "of that block alone";
    teach(first, blocks);
    expect_unproven(facts(3), Completeness::claimed);
}

TEST_F(StateSyncFacts, ThatTheReceiptsLeaveOutAreWaitedFor) {
    use_alone_on(kPolygon);
    blocks[0].receipts.erase(4);
    teach(first, blocks);
    first.on["eth_getLogs"] = [](const json&) -> json { throw RpcFailure{-32000, "busy"}; };
    EXPECT_FALSE(facts(3));
}

TEST_F(StateSyncFacts, ComeFromReceiptsOneByOne) {
    use_alone_on(kPolygon);
    teach_one_by_one(first, blocks);
    expect_synced(facts(3), Completeness::claimed);
    const auto receipts = first.on["eth_getTransactionReceipt"];
    const json made_up = blocks[0].header["transactions"][4];
    first.on["eth_getTransactionReceipt"] = [=](const json& parameters) {
        return parameters.at(0) == made_up ? json() : receipts(parameters);
    };
    expect_synced(facts(3), Completeness::claimed);
    EXPECT_EQ(first.asked("eth_getLogs"), 1u);
}

TEST_F(StateSyncFacts, AreLookedForWhereTheBloomRulesOurContractsOut) {
    use_alone_on(kPolygon);
    blocks[0] = made_block(7);
    blocks[0].header["logsBloom"] = "0x" + std::string(510, '0') + "01";
    blocks[0].receipts = json::array({made_receipt(0, true, 30'000, json::array())});
    seal(blocks[0]);
    add_state_sync(blocks[0], {made_log(0xaa, {1, 9}, 6)});
    teach_one_by_one(first, blocks);
    const auto told = facts();
    ASSERT_TRUE(told) << told.error().message();
    EXPECT_EQ(told->at(0).outside_root, 1u);
    EXPECT_EQ(told->at(0).completeness, Completeness::claimed);
}

TEST_F(StateSyncFacts, AreToldApartAmongClaimedLogs) {
    chain = kPolygon;
    use(Proof::none, true);
    expect_synced(facts(3), Completeness::claimed);
    use(Proof::none);
    expect_synced(facts(3), Completeness::checked);
}

TEST_F(StateSyncFacts, DoNotHideOtherLies) {
    use_alone_on(kPolygon);
    for (const Lie& lie : kLies) {
        SCOPED_TRACE(lie.name);
        MadeBlock told = made_block(7);
        lie.tell(told);
        if (!told.receipts.is_array()) continue;
        add_state_sync(told, {made_log(0xaa, {1, 9}, 6)});
        teach(first, {told});
        use_alone();
        EXPECT_FALSE(facts());
    }
}

TEST_F(StateSyncFacts, AreTheLastOfTheirOwnBlock) {
    use_alone_on(kPolygon);
    MadeBlock told = blocks[0];
    std::swap(told.receipts[3], told.receipts[4]);
    teach(first, {told});
    EXPECT_FALSE(facts()) << "not the last";
    told = blocks[0];
    told.receipts[4]["blockNumber"] = "0x63";
    told.receipts[4]["transactionHash"] =
        to_string(state_sync_transaction({{0x63}, told.hash()}));
    for (json& log : told.receipts[4]["logs"])
        log["transactionHash"] = told.receipts[4]["transactionHash"];
    teach(first, {told});
    use_alone();
    EXPECT_FALSE(facts()) << "of another block";
}

TEST_F(StateSyncFacts, OfTypeSevenFAreProven) {
    blocks[0] = made_block(7);
    blocks[0].receipts[2]["type"] = "0x7f";
    seal(blocks[0]);
    teach(first, blocks);
    use_alone();
    expect_all(facts(), Completeness::proven);
}

TEST_F(ProvenFacts, OfUnknownTypesAreProvenWhenTheyGiveTheRoot) {
    for (const char* type : {"0x6a", "0x7b"}) {
        blocks[0].receipts[0]["type"] = type;
        seal(blocks[0]);
        teach(first, blocks);
        use_alone();
        expect_all(facts(), Completeness::proven);
    }
}

class AgreeingOnStateSync : public StateSyncFacts {
  protected:
    std::vector<std::unique_ptr<Endpoint>> endpoints;
    std::vector<Voice<std::vector<BlockFacts>>> voices;

    void tell(const BlockFacts& block) {
        endpoints.push_back(world.endpoint(first));
        voices.push_back({endpoints.back().get(), std::vector<BlockFacts>{block}});
    }

    BlockFacts synced() {
        use_alone_on(kPolygon);
        return facts().value().at(0);
    }

    BlockFacts unsynced() {
        BlockFacts block = synced();
        block.completeness = Completeness::proven;
        block.logs.logs.pop_back();
        block.outside_root = 0;
        block.has_state_sync = false;
        return block;
    }
};

TEST_F(AgreeingOnStateSync, TakesAQuorumWhateverIsProven) {
    tell(unsynced());
    tell(synced());
    EXPECT_FALSE(agree_on_facts(voices, 2)) << "a proof says nothing against it";
    tell(synced());
    const auto agreed = agree_on_facts(voices, 2);
    ASSERT_TRUE(agreed);
    EXPECT_EQ(agreed->value.at(0).logs.logs.size(), 3u);
    EXPECT_EQ(agreed->value.at(0).completeness, Completeness::checked);
    EXPECT_EQ(agreed->dissenters.size(), 1u);
}

TEST_F(AgreeingOnStateSync, IsNoProofWhereItTellsNothingOfOurs) {
    BlockFacts synced_elsewhere = unsynced();
    synced_elsewhere.has_state_sync = true;
    synced_elsewhere.completeness = Completeness::claimed;
    tell(unsynced());
    tell(synced_elsewhere);
    const auto agreed = agree_on_facts(voices, 2);
    ASSERT_TRUE(agreed);
    EXPECT_EQ(agreed->value.at(0).completeness, Completeness::checked);
}

TEST_F(AgreeingOnStateSync, MayBeThatThereIsNone) {
    tell(synced());
    tell(unsynced());
    tell(unsynced());
    const auto agreed = agree_on_facts(voices, 2);
    ASSERT_TRUE(agreed);
    EXPECT_EQ(agreed->value.at(0).completeness, Completeness::proven);
}

}  // namespace
}  // namespace custodialbridge::rpc

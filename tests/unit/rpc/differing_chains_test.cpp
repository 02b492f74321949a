#include "custodialbridge/core/bloom.hpp"
#include "proven_facts.hpp"

namespace custodialbridge::rpc {
namespace {

using ::testing::HasSubstr;

/// Facts of a chain whose blocks cannot be proven as others can.
class DifferingChain : public ProvenFacts {
  protected:
    /// Both nodes'.
    void teach_all() {
        teach(first, blocks);
        teach(second, blocks);
    }

    void expect_unprovable(const Result<std::vector<BlockFacts>>& facts, Completeness how,
                           Unprovable why) {
        expect_all(facts, how);
        if (!facts) return;
        for (const BlockFacts& block : *facts) EXPECT_EQ(block.unprovable, why);
    }

    /// Whether the facts are refused all the time.
    bool is_refused_for(std::chrono::minutes time) {
        for (Seconds passed{0}; passed < time; passed += Seconds(10)) {
            const auto told = facts(3);
            if (told || told.error().code() != Errc::unavailable) return false;
            world.loop.pass(Seconds(10));
        }
        return true;
    }

    /// Headers that commit to this root, whatever the receipts give.
    void commit_to(const Hash32& root) {
        for (MadeBlock& block : blocks) {
            block.header["receiptsRoot"] = to_string(root);
            seal_header(block);
        }
        teach_all();
    }
};

TEST_F(DifferingChain, WithoutReceiptsRootsIsClaimed) {
    commit_to(Hash32{});
    for (const bool alone : {true, false}) {
        use(Proof::automatic, alone);
        for (int i = 0; i < 3; ++i)
            expect_unprovable(facts(3), Completeness::claimed, Unprovable::other_root);
        EXPECT_TRUE(client->endpoints()[0].healthy);
    }
}

TEST_F(DifferingChain, WithOtherHeadersIsClaimed) {
    for (MadeBlock& block : blocks) block.header["gasUsed"] = "0x1";
    teach_all();
    for (const bool alone : {true, false}) {
        use(Proof::automatic, alone);
        for (int i = 0; i < 3; ++i)
            expect_unprovable(facts(3), Completeness::claimed, Unprovable::other_header);
    }
}

TEST_F(DifferingChain, WithOtherRootsIsClaimedWhenNobodyHasProvenAnythingForAWhile) {
    commit_to(block_hash(1));
    for (const bool alone : {true, false}) {
        use(Proof::automatic, alone);
        EXPECT_THAT(facts(3).error().message(), HasSubstr("the receipts give the root"));
        world.loop.pass(Seconds(10));
        EXPECT_FALSE(facts(3)) << "it was asked twice";
        world.loop.pass(Seconds(25));
        expect_unprovable(facts(3), Completeness::claimed, Unprovable::other_root);
        world.loop.pass(std::chrono::minutes(11));
        expect_unprovable(facts(3), Completeness::claimed, Unprovable::other_root);
        EXPECT_TRUE(client->endpoints()[0].healthy);
    }
}

TEST_F(DifferingChain, TakesThreeBlocksToBeBelievedIn) {
    commit_to(block_hash(1));
    use_alone();
    for (Seconds passed{0}; passed < std::chrono::minutes(5); passed += Seconds(10)) {
        EXPECT_FALSE(facts(2)) << "there are two of them";
        world.loop.pass(Seconds(10));
    }
    expect_unprovable(facts(3), Completeness::claimed, Unprovable::other_root);
}

TEST_F(DifferingChain, TakesBlocksWithTransactionsToBeBelievedIn) {
    blocks[2].receipts = json::array();
    commit_to(block_hash(1));
    use_alone();
    EXPECT_TRUE(is_refused_for(std::chrono::minutes(5)));
}

TEST_F(DifferingChain, IsNotShownToBeNoneByAnEmptyBlock) {
    const auto told = facts(3);
    EXPECT_TRUE(told->at(0).has_proven_receipts);
    blocks[0].receipts = json::array();
    seal(blocks[0]);
    teach_all();
    const auto empty = facts();
    ASSERT_TRUE(empty) << empty.error().message();
    EXPECT_EQ(empty->at(0).completeness, Completeness::proven);
    EXPECT_FALSE(empty->at(0).has_proven_receipts);
}

TEST_F(DifferingChain, WithOtherRootsIsCheckedByAQuorum) {
    commit_to(block_hash(1));
    quorum = 2;
    use(Proof::automatic);
    EXPECT_FALSE(facts(3));
    for (int i = 0; i < 4 && !facts(3); ++i) world.loop.pass(Seconds(12));
    expect_unprovable(facts(3), Completeness::checked, Unprovable::other_root);
}

TEST_F(DifferingChain, IsNotBelievedInWhereAnythingWasProven) {
    use_alone();
    expect_all(facts(3), Completeness::proven);
    commit_to(block_hash(1));
    EXPECT_TRUE(is_refused_for(std::chrono::minutes(5)));
}

TEST_F(DifferingChain, IsNotBelievedInWhereAnotherEndpointHasProven) {
    first.down = true;
    expect_all(facts(3), Completeness::proven);
    first.down = false;
    second.down = true;
    std::vector<MadeBlock> told = blocks;
    kLies[0].tell(told[0]);
    teach(first, told);
    EXPECT_TRUE(is_refused_for(std::chrono::minutes(5)));
}

TEST_F(DifferingChain, IsProvenAgainWhereItProves) {
    const std::vector<MadeBlock> good = blocks;
    commit_to(block_hash(1));
    use_alone();
    EXPECT_TRUE(is_refused_for(std::chrono::minutes(1)) || facts());
    expect_unprovable(facts(), Completeness::claimed, Unprovable::other_root);
    blocks = good;
    teach_all();
    world.loop.pass(std::chrono::minutes(11));
    expect_unprovable(facts(3), Completeness::proven, Unprovable::no);
    commit_to(block_hash(1));
    EXPECT_TRUE(is_refused_for(std::chrono::minutes(5)));
}

TEST_F(DifferingChain, IsNoExcuseWhereAProofIsRequired) {
    commit_to(block_hash(1));
    use(Proof::required);
    EXPECT_TRUE(is_refused_for(std::chrono::minutes(5)));
}

/// Headers that have a field more than we know since lately.
class RenewedChain : public DifferingChain {
  protected:
    RenewedChain() {
        for (MadeBlock& block : renewed) renew(block);
    }

    std::vector<MadeBlock> renewed{made_block(7), made_block(8), made_block(9)};

    static void renew(MadeBlock& block) {
        block.header["blockAccessListHash"] = text_of(0xba, 32);
        block.header["logsBloom"] = bloom_of(block);
        seal(block);
        seal_otherwise(block);
    }

    static std::string bloom_of(const MadeBlock& block) {
        Bloom bloom{};
        for (const json& log : block.logs()) {
            bloom_add(bloom, parse_address(log.at("address").get<std::string>()).value().bytes);
            for (const json& topic : log.at("topics"))
                bloom_add(bloom, parse_hash(topic.get<std::string>()).value().bytes);
        }
        return to_hex(bloom);
    }

    /// Both have proven, and now there are new headers.
    void fork() {
        expect_all(facts(3), Completeness::proven);
        blocks = renewed;
        teach_all();
    }

    /// The second one has, too: neither is excused.
    void fork_all() {
        first.down = true;
        expect_all(facts(3), Completeness::proven);
        first.down = false;
        world.loop.pass(Seconds(2));
        fork();
    }

    void expect_renewed() {
        expect_unprovable(facts(3), Completeness::checked, Unprovable::new_fields);
    }
};

TEST_F(RenewedChain, IsCheckedByReceiptsAndBloom) {
    fork();
    for (int i = 0; i < 2; ++i) expect_renewed();
    EXPECT_TRUE(client->endpoints()[0].healthy);
    EXPECT_GT(second.asked("eth_getBlockReceipts"), 0u);
    EXPECT_EQ(first.asked("eth_getLogs"), 0u);
}

TEST_F(RenewedChain, IsCheckedFromTheFirstBlockThatIsAskedFor) {
    blocks = renewed;
    teach_all();
    expect_renewed();
}

TEST_F(RenewedChain, IsNotBelievedInFromTheOnlyEndpoint) {
    use_alone();
    fork();
    EXPECT_THAT(facts().error().message(), HasSubstr("does not hash to its block"));
    use_alone();
    expect_unprovable(facts(3), Completeness::claimed, Unprovable::other_header);
}

TEST_F(RenewedChain, TakesASecondRoot) {
    fork();
    for (const char* method : {"eth_getBlockReceipts", "eth_getTransactionReceipt"})
        second.on[method] = [](const json&) -> json { throw RpcFailure{-32601, "unknown"}; };
    const auto none = facts();
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().message(), HasSubstr("no second endpoint tells it"));
}

TEST_F(RenewedChain, IsCheckedByAQuorum) {
    quorum = 2;
    use(Proof::automatic);
    fork();
    expect_renewed();
}

TEST_F(RenewedChain, IsProvenAgainWhereHeadersHash) {
    fork();
    expect_renewed();
    blocks = {made_block(7), made_block(8), made_block(9)};
    teach_all();
    expect_unprovable(facts(3), Completeness::proven, Unprovable::no);
}

TEST_F(RenewedChain, IsNoneWhereAnotherEndpointProvesIt) {
    for (MadeBlock& block : blocks) {
        block.header["logsBloom"] = bloom_of(block);
        seal(block);
    }
    teach_all();
    std::vector<MadeBlock> forged = blocks;
    for (MadeBlock& block : forged)
        block.header.update({{"timestamp", "0x1"}, {"blockAccessListHash", text_of(0xba, 32)}});
    teach(first, forged);
    use(Proof::automatic);
    for (int i = 0; i < 3; ++i)
        expect_unprovable(facts(3), Completeness::proven, Unprovable::no);
    second.down = true;
    EXPECT_FALSE(facts(3));
    second.down = false;
    world.loop.pass(Seconds(1));
    expect_unprovable(facts(3), Completeness::proven, Unprovable::no);
}

TEST_F(RenewedChain, TakesASecondEndpointWhereThereIsOne) {
    fork();
    second.down = true;
    EXPECT_THAT(facts().error().message(), HasSubstr("no second endpoint tells it"));
    second.down = false;
    world.loop.pass(Seconds(1));
    const auto headers = second.on["eth_getBlockByHash"];
    second.on["eth_getBlockByHash"] = [](const json&) { return json(); };
    EXPECT_FALSE(facts());
    second.on["eth_getBlockByHash"] = headers;
    expect_renewed();
}

TEST_F(RenewedChain, IsNotBelievedInWhereAnotherEndpointTellsItOtherwise) {
    fork();
    std::vector<MadeBlock> told = renewed;
    told[0].receipts[0]["logs"].erase(0);
    seal(told[0]);
    told[0].header["hash"] = renewed[0].header["hash"];
    fill_in(told[0]);
    teach(second, told);
    const auto none = facts();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), Errc::unavailable);
    EXPECT_THAT(none.error().message(), HasSubstr("tells it otherwise"));
}

TEST_F(RenewedChain, IsNotBelievedInWhereAnotherEndpointTellsAnotherRoot) {
    fork();
    std::vector<MadeBlock> told = renewed;
    told[0].receipts[3]["cumulativeGasUsed"] = "0x1";
    seal(told[0]);
    told[0].header["hash"] = renewed[0].header["hash"];
    fill_in(told[0]);
    teach(second, told);
    EXPECT_THAT(facts().error().message(), HasSubstr("tells it otherwise"));
}

TEST_F(RenewedChain, HidesNoLie) {
    for (const Lie& lie : kLies) {
        SCOPED_TRACE(lie.name);
        blocks = {made_block(7), made_block(8), made_block(9)};
        teach_all();
        use(Proof::automatic);
        fork_all();
        lie.tell(blocks[0]);
        teach_all();
        EXPECT_FALSE(facts()) << "though both tell it";
    }
}

TEST_F(RenewedChain, IsCheckedByReceiptsOneByOne) {
    for (FakeNode* node : {&first, &second}) teach_one_by_one(*node, blocks);
    fork_all();
    for (FakeNode* node : {&first, &second}) teach_one_by_one(*node, blocks);
    expect_renewed();
    blocks[0].header["logsBloom"] = "0x" + std::string(510, '0') + "01";
    for (FakeNode* node : {&first, &second}) teach_one_by_one(*node, blocks);
    EXPECT_FALSE(facts()) << "a bloom that nothing vouches for rules nothing out";
}

TEST_F(RenewedChain, IsWaitedForWhereReceiptsAreLate) {
    fork();
    for (FakeNode* node : {&first, &second})
        node->on["eth_getBlockReceipts"] = [](const json&) { return json(); };
    EXPECT_EQ(facts().error().code(), Errc::orphaned);
    EXPECT_TRUE(client->endpoints()[0].healthy);
    teach_all();
    expect_renewed();
}

TEST_F(RenewedChain, MustHaveTheBloomOfItsLogs) {
    fork_all();
    blocks[0].header["logsBloom"] = text_of(0x11, 256);
    ASSERT_EQ(blocks[0].receipts[0]["logsBloom"], blocks[0].header["logsBloom"]);
    teach_all();
    EXPECT_THAT(facts().error().message(), HasSubstr("does not hash to its block"));
}

TEST_F(RenewedChain, IsNoProofWhereOneIsRequired) {
    use(Proof::required);
    fork();
    EXPECT_FALSE(facts());
}

TEST_F(RenewedChain, IsNoneWhereNothingIsNewButTheHash) {
    fork_all();
    for (MadeBlock& block : blocks) block.header.erase("blockAccessListHash");
    teach_all();
    EXPECT_THAT(facts().error().message(), HasSubstr("does not hash to its block"));
}

}  // namespace
}  // namespace custodialbridge::rpc

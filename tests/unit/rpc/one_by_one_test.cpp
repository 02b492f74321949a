#include "custodialbridge/core/bloom.hpp"
#include "proven_facts.hpp"

namespace custodialbridge::rpc {
namespace {

/// Facts of a node that gives the receipts of transactions, but not of blocks.
class ReceiptsOneByOne : public ProvenFacts {};

TEST_F(ReceiptsOneByOne, AreProofToo) {
    use_alone();
    const auto proven = facts(3);
    teach_one_by_one(first, blocks);
    use_alone();
    for (int i = 0; i < 2; ++i) {
        const auto one_by_one = facts(3);
        expect_all(one_by_one, Completeness::proven);
        for (std::size_t block = 0; block < 3; ++block) {
            EXPECT_EQ(one_by_one->at(block).header, proven->at(block).header);
            EXPECT_EQ(one_by_one->at(block).logs.data, proven->at(block).logs.data);
            EXPECT_EQ(one_by_one->at(block).parties.size(), 4u) << "one of each transaction";
        }
    }
    EXPECT_EQ(first.asked("eth_getTransactionReceipt"), 2u * 3u * 4u);
    EXPECT_EQ(receipts_asked(), 3u + 3u) << "tried once";
    EXPECT_EQ(first.asked("eth_getLogs"), 0u);
    EXPECT_TRUE(client->endpoints()[0].healthy);
}

TEST_F(ReceiptsOneByOne, OfALiarAreNeverUsed) {
    for (const Lie& lie : kLies) {
        SCOPED_TRACE(lie.name);
        std::vector<MadeBlock> told = blocks;
        lie.tell(told[0]);
        const bool has_receipts = told[0].receipts.is_array() && told[0].receipts.size() == 4;
        if (!has_receipts) continue;  // of these, the others tell
        teach_one_by_one(first, blocks);
        use(Proof::automatic);
        expect_all(facts(3), Completeness::proven);
        first.on["eth_getTransactionReceipt"] = [told, this](const json& parameters) {
            const json& listed = blocks[0].header.at("transactions");
            for (std::size_t i = 0; i < listed.size(); ++i)
                if (listed[i] == parameters.at(0)) return told[0].receipts[i];
            return json();
        };
        expect_all(facts(), Completeness::proven);
    }
    EXPECT_GT(second.asked("eth_getBlockReceipts"), 0u) << "it proves what the first one does not";
}

TEST_F(ReceiptsOneByOne, MayNumberTheLogsOfEachReceiptFromZero) {
    teach_one_by_one(first, blocks);
    const auto honest = first.on["eth_getTransactionReceipt"];
    first.on["eth_getTransactionReceipt"] = [honest](const json& parameters) {
        json receipt = honest(parameters);
        for (std::size_t i = 0; i < receipt.at("logs").size(); ++i)
            receipt["logs"][i]["logIndex"] = to_quantity(i);
        return receipt;
    };
    use_alone();
    expect_all(facts(3), Completeness::proven);
}

TEST_F(ReceiptsOneByOne, ThatAreNotThereYetAreWaitedFor) {
    teach_one_by_one(first, blocks);
    use_alone();
    expect_all(facts(3), Completeness::proven);
    const auto honest = first.on["eth_getTransactionReceipt"];
    first.on["eth_getTransactionReceipt"] = [](const json&) { return json(); };
    EXPECT_EQ(facts().error().code(), Errc::orphaned);
    EXPECT_EQ(first.asked("eth_getLogs"), 0u);
    first.on["eth_getTransactionReceipt"] = honest;
    expect_all(facts(), Completeness::proven);
}

TEST_F(ReceiptsOneByOne, AreNotAskedForWhereTheBloomRulesThemOut) {
    for (MadeBlock& block : blocks) {
        Bloom bloom{};
        bloom_add(bloom, parse_address(text_of(0xcc, 20)).value().bytes);
        block.header["logsBloom"] = to_hex(bloom);
        block.receipts = json::array({made_receipt(0, true, 30'000, json::array())});
        seal(block);
    }
    teach_one_by_one(first, blocks);
    use_alone();
    const auto none = facts(3);
    ASSERT_TRUE(none) << none.error().message();
    EXPECT_EQ(none->at(1).completeness, Completeness::proven);
    EXPECT_TRUE(none->at(1).logs.logs.empty());
    EXPECT_EQ(none->at(1).parties.size(), 1u);
    EXPECT_EQ(first.asked("eth_getTransactionReceipt"), 0u);
}

}  // namespace
}  // namespace custodialbridge::rpc

/// Real blocks of every kind of transaction, proven.
#include <gmock/gmock.h>

#include "client_fixture.hpp"
#include "custodialbridge/core/hex.hpp"
#include "support/anvil.hpp"

namespace custodialbridge::rpc {
namespace {

using nlohmann::json;

/// Emits its call data with the topics 1, 2, 3; reverts without call data.
constexpr const char* kEmitter =
    "0x601b600c600039601b6000f3"
    "366009576000"
    "6000fd5b366000600037600360026001366000a300";

class BlocksOfAnvil : public ClientFixture {
  protected:
    std::string sender, contract;

    void follow(const testing::Anvil& anvil, Proof proof) {
        Settings made = settings({anvil.http_url()});
        made.proof = proof;
        use(made);
        sender = anvil.call("eth_accounts").at(0);
        const auto hash = send(anvil, {{"data", kEmitter}, {"gasPrice", "0x77359400"}});
        anvil.mine();
        contract = anvil.call("eth_getTransactionReceipt", {hash}).at("contractAddress");
    }

    std::string send(const testing::Anvil& anvil, json fields) {
        fields["from"] = sender;
        if (!fields.contains("gas")) fields["gas"] = "0x30000";
        return anvil.call("eth_sendTransaction", {fields});
    }

    LogFilter of_contract() {
        LogFilter filter;
        filter.addresses = {parse_address(contract).value()};
        return filter;
    }

    /// The newest block's facts, which must be proven.
    BlockFacts proven() {
        const BlockHeader head = latest().value();
        auto facts = run(client->facts({head.ref.hash}, of_contract(), by()));
        EXPECT_TRUE(facts) << facts.error().message();
        if (!facts) return {};
        EXPECT_EQ(facts->at(0).completeness, Completeness::proven);
        EXPECT_EQ(facts->at(0).header, head);
        return facts->at(0);
    }
};

TEST_F(BlocksOfAnvil, WithManyKindsOfTransactionsAreProven) {
    const testing::Anvil anvil({"--no-mining"});
    follow(anvil, Proof::required);
    const json gas_price = "0x77359400";
    send(anvil, {{"to", contract}, {"data", "0x01"}, {"gasPrice", gas_price}});
    send(anvil, {{"to", contract}, {"data", "0x"}, {"gasPrice", gas_price}});  // fails
    send(anvil, {{"to", contract},
                 {"data", "0x02"},
                 {"gasPrice", gas_price},
                 {"accessList", {{{"address", contract}, {"storageKeys", json::array()}}}}});
    send(anvil, {{"to", contract},
                 {"data", "0x03"},
                 {"maxFeePerGas", gas_price},
                 {"maxPriorityFeePerGas", "0x1"}});
    send(anvil, {{"to", sender}, {"value", "0x1"}});
    send(anvil, {{"to", contract}, {"data", "0x" + std::string(20'000, '7')}, {"gas", "0x90000"}});
    anvil.mine();
    const BlockFacts facts = proven();
    ASSERT_EQ(facts.logs.logs.size(), 4u);
    for (std::uint32_t i = 0; i < 4; ++i) EXPECT_EQ(facts.logs.logs[i].log_index, i);
    EXPECT_EQ(facts.logs.logs[2].tx_index, 3u);
    EXPECT_EQ(to_hex(facts.logs.data_of(facts.logs.logs[1])), "0x02");
    EXPECT_EQ(facts.logs.logs[3].data_size, 10'000u);
    const json receipts =
        anvil.call("eth_getBlockReceipts", {to_quantity(facts.header.ref.number.value)});
    std::vector<std::string> types;
    for (const json& receipt : receipts) types.push_back(receipt.at("type"));
    EXPECT_THAT(types, ::testing::IsSupersetOf({"0x0", "0x1", "0x2"}));
    EXPECT_EQ(receipts.at(1).at("status"), "0x0");
}

TEST_F(BlocksOfAnvil, WithHundredsOfTransactionsAreProven) {
    const testing::Anvil anvil({"--no-mining"});
    follow(anvil, Proof::required);
    for (const std::size_t count : {0u, 1u, 16u, 17u, 130u, 300u}) {
        for (std::size_t i = 0; i < count; ++i)
            send(anvil, {{"to", contract}, {"data", to_quantity(0x1000 + i)}, {"gas", "0x8000"}});
        anvil.mine();
        EXPECT_EQ(proven().logs.logs.size(), count);
    }
}

TEST_F(BlocksOfAnvil, OfOlderRulesAreProven) {
    for (const char* rules :
         {"homestead", "byzantium", "berlin", "london", "paris", "shanghai", "cancun", "prague"}) {
        SCOPED_TRACE(rules);
        const testing::Anvil anvil({"--hardfork", rules, "--no-mining"});
        follow(anvil, Proof::required);
        send(anvil, {{"to", contract}, {"data", "0x01"}, {"gasPrice", "0x77359400"}});
        anvil.mine();
        EXPECT_EQ(proven().logs.logs.size(), 1u);
    }
}

}  // namespace
}  // namespace custodialbridge::rpc

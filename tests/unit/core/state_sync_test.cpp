#include "custodialbridge/core/state_sync.hpp"

#include <gtest/gtest.h>

namespace custodialbridge {
namespace {

BlockRef block(std::uint64_t number, std::string_view hash) {
    return {{number}, parse_hash(hash).value()};
}

TEST(StateSyncTransaction, IsTheOneThatNodesTell) {
    // Block 55874976 of Polygon (0xPolygon/bor, issue 1221).
    EXPECT_EQ(to_string(state_sync_transaction(block(
                  0x35491a0,
                  "0x2da2cf2ac52fc0ebc569414cb37cde84a110f0b1fdb4ae168ce011cabb8dfadc"))),
              "0x67d7ef5efef18b457048b73e638e5d4ef2ea566742e25e731a07a81b8d0a9c51");
    // 0xPolygon/bor internal/ethapi/testdata/eth_getTransactionReceipt-state-sync-tx.json.
    EXPECT_EQ(to_string(state_sync_transaction(block(
                  5, "0xd0f301420671b146217cc19eb8839fa85e2949ce6c85f39f8a01d77a60d5a3f8"))),
              "0xb17b0f0829a178e7301fd9161ef0e09e4bebb950d48169c175fdb1ca5927fc8e");
}

TEST(StateSync, IsKnownOfBorsChainsAlone) {
    for (const std::uint64_t chain : {137u, 80002u, 109u, 199u})
        EXPECT_TRUE(has_state_sync({chain})) << chain;
    for (const std::uint64_t chain : {1u, 10u, 8453u, 31337u})
        EXPECT_FALSE(has_state_sync({chain})) << chain;
}

}  // namespace
}  // namespace custodialbridge

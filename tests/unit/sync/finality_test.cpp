#include <gmock/gmock.h>

#include "followed_model.hpp"

namespace custodialbridge::sync {
namespace {

using ::testing::Contains;
using ::testing::Not;

class FinalityTest : public ListenerTest {};

TEST_F(FinalityTest, IsStoredAndToldToTheBoard) {
    rpc.safe_depth = 2;
    rpc.finalized_depth = 5;
    chain.mine_empty(10);
    start();
    ASSERT_TRUE(catch_up());
    loop.settle();
    EXPECT_EQ(chain_row()->state.safe, BlockNumber{8});
    EXPECT_EQ(chain_row()->state.finalized, BlockNumber{5});
    EXPECT_EQ(board->find(kChain)->read().finalized, 5u);
    chain.mine_empty(3);
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{5'000});
    EXPECT_EQ(chain_row()->state.finalized, BlockNumber{8});
}

TEST_F(FinalityTest, IsCountedByDepthWhenTheNodeHasNoTags) {
    rpc.has_tags = false;
    chain.mine_empty(30);
    start();
    ASSERT_TRUE(catch_up());
    loop.settle();
    EXPECT_EQ(chain_row()->state.safe, BlockNumber{26});
    EXPECT_EQ(chain_row()->state.finalized, BlockNumber{14});
}

TEST_F(FinalityTest, ByDepthStaysWhenAShorterBranchWins) {
    rpc.has_tags = false;
    chain.mine_empty(30);
    start();
    ASSERT_TRUE(catch_up());
    loop.settle();
    chain.drop(4);
    chain.mine_empty(1);
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(1));
    EXPECT_THAT(alerts.raised, Not(Contains("finality-moved-back")));
    EXPECT_EQ(chain_row()->state.finalized, BlockNumber{14});
    EXPECT_EQ(chain_row()->state.safe, BlockNumber{23});
    chain.mine_empty(6);
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{5'000});
    EXPECT_EQ(chain_row()->state.finalized, BlockNumber{17});
}

TEST_F(FinalityTest, ThatMovesBackIsAnAlarm) {
    rpc.finalized_at = 20;
    rpc.safe_depth = 2;
    chain.mine_empty(30);
    start();
    ASSERT_TRUE(catch_up());
    loop.settle();
    EXPECT_EQ(chain_row()->state.finalized, BlockNumber{20});
    EXPECT_THAT(alerts.raised, Not(Contains("finality-moved-back")));
    rpc.finalized_at = 10;
    loop.pass(std::chrono::minutes(1));
    EXPECT_THAT(alerts.raised, Contains("finality-moved-back"));
    EXPECT_EQ(chain_row()->state.finalized, BlockNumber{20});
    chain.mine({});
    EXPECT_TRUE(catch_up());
}

}  // namespace
}  // namespace custodialbridge::sync

#include <gmock/gmock.h>

#include "followed_model.hpp"

namespace custodialbridge::sync {
namespace {

/// How well the blocks that are followed are known to be complete.
class KnownBlocks : public TwoWalletsFollowed {
  protected:
    /// Of none of our contracts.
    static Bloom of_others() {
        Bloom bloom{};
        bloom[7] = 1;
        return bloom;
    }

    void mine_a_transfer() { chain.mine({{kCpop, kAlice, kBob, 1}}); }
};

TEST_F(KnownBlocks, WithLogsOutsideOfTheRootAreClaimedWhateverTheBloomSays) {
    start_with_alice_and_bob();
    for (const bool proves : {true, false}) {
        rpc.proves = proves;
        rpc.bloom = of_others();
        rpc.state_synced = {cursor().block.number.value + 1};
        mine_a_transfer();
        ASSERT_TRUE(catch_up());
        EXPECT_EQ(listener->completeness(), Completeness::claimed);
        EXPECT_EQ(chain_row()->blocks.back().block.completeness, Completeness::claimed);
        EXPECT_EQ(difference_from_chain(), "");
    }
}

}  // namespace
}  // namespace custodialbridge::sync

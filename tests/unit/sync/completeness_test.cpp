#include <gmock/gmock.h>

#include "followed_model.hpp"

namespace custodialbridge::sync {
namespace {

using rpc::Unprovable;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

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

    void expect_followed(Completeness how) {
        const auto before = cursor().block.number;
        mine_a_transfer();
        ASSERT_TRUE(catch_up());
        EXPECT_GT(cursor().block.number, before);
        EXPECT_EQ(listener->completeness(), how);
        EXPECT_EQ(difference_from_chain(), "");
    }

    void expect_one_alert(const std::string& about) {
        EXPECT_THAT(alerts.raised, ElementsAre("blocks-unproven"));
        EXPECT_THAT(alerts.details, Each(HasSubstr(about)));
        EXPECT_THAT(alerts.resolved, ::testing::Not(::testing::Contains("blocks-unproven")));
    }

    void expect_resolved_once_proven() {
        rpc.proves = true;
        rpc.bloom.reset();
        expect_followed(Completeness::proven);
        EXPECT_THAT(alerts.resolved, ::testing::Contains("blocks-unproven"));
        alerts.raised.clear();
        expect_followed(Completeness::proven);
        EXPECT_THAT(alerts.raised, IsEmpty());
    }
};

TEST_F(KnownBlocks, OfAChainWithOtherHeadersOrRootsAreCheckedByTheirBlooms) {
    rpc.why_unproven = Unprovable::other_header;
    start_with_alice_and_bob();
    for (int i = 0; i < 3; ++i) expect_followed(Completeness::checked);
    expect_one_alert("taken as checked: by its bloom alone");
    expect_resolved_once_proven();
}

TEST_F(KnownBlocks, OfAChainWithEmptyBloomsBesidesAreClaimed) {
    rpc.why_unproven = Unprovable::other_root;
    rpc.bloom = Bloom{};
    start_with_alice_and_bob();
    for (int i = 0; i < 3; ++i) expect_followed(Completeness::claimed);
    chain.mine();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(listener->completeness(), Completeness::claimed) << "it agrees with anything";
    expect_one_alert("taken as claimed: its bloom says nothing either");
    expect_resolved_once_proven();
}

TEST_F(KnownBlocks, OfAChainWithFullBloomsBesidesAreClaimedAndAskedForOnce) {
    rpc.why_unproven = Unprovable::other_header;
    rpc.bloom.emplace().fill(0xff);
    start_with_alice_and_bob();
    for (int i = 0; i < 3; ++i) expect_followed(Completeness::claimed);
    expect_one_alert("taken as claimed: its bloom says nothing either");
    const auto asked = rpc.script.calls("facts");
    chain.mine();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(rpc.script.calls("facts"), asked + 1);
    EXPECT_EQ(listener->completeness(), Completeness::claimed);
}

TEST_F(KnownBlocks, OfAChainThatHasProvenAreNotFollowedByLess) {
    rpc.proves = true;
    start_with_alice_and_bob();
    expect_followed(Completeness::proven);
    rpc.proves = false;
    const auto before = cursor();
    mine_a_transfer();
    for (const Unprovable why : {Unprovable::other_root, Unprovable::other_header}) {
        rpc.why_unproven = why;
        loop.pass(std::chrono::minutes(5));
        EXPECT_EQ(cursor(), before);
    }
    restart();
    loop.pass(std::chrono::minutes(5));
    EXPECT_EQ(cursor().block, before.block) << "the store says that headers were proven";
    rpc.why_unproven = Unprovable::no;
    expect_followed(Completeness::checked);
}

TEST_F(KnownBlocks, WithoutReceiptsDoNotShowWhatRootsTheChainHas) {
    rpc.proves = true;
    start_with_alice_and_bob();
    chain.mine();
    ASSERT_TRUE(catch_up());
    ASSERT_EQ(listener->completeness(), Completeness::proven);
    restart();
    rpc.proves = false;
    rpc.why_unproven = Unprovable::other_root;
    chain.mine();
    ASSERT_TRUE(catch_up());
    expect_followed(Completeness::checked);
}

TEST_F(KnownBlocks, WithNewFieldsAreAskedForAgainWhereTheBloomPromisesMore) {
    rpc.why_unproven = Unprovable::new_fields;
    start_with_alice_and_bob();
    ASSERT_TRUE(catch_up());
    const auto asked = rpc.script.calls("facts");
    rpc.logs_late = 1;
    expect_followed(Completeness::checked);
    EXPECT_EQ(rpc.script.calls("facts"), asked + 2);
}

TEST_F(KnownBlocks, WithEmptyBloomsAreClaimedUntilTheChainShowsOthers) {
    start_with_alice_and_bob();
    for (int i = 0; i < 2; ++i) {
        chain.mine();
        ASSERT_TRUE(catch_up());
        EXPECT_EQ(listener->completeness(), Completeness::claimed);
    }
    expect_followed(Completeness::checked);
    chain.mine();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(listener->completeness(), Completeness::checked);
    EXPECT_THAT(alerts.raised, IsEmpty());
}

TEST_F(KnownBlocks, WithNewFieldsAreFollowedThoughTheChainHasProven) {
    rpc.proves = true;
    start_with_alice_and_bob();
    expect_followed(Completeness::proven);
    rpc.proves = false;
    rpc.why_unproven = Unprovable::new_fields;
    for (int i = 0; i < 3; ++i) expect_followed(Completeness::checked);
    expect_one_alert("its header has fields that we do not know");
    expect_resolved_once_proven();
}

TEST_F(KnownBlocks, WithNewFieldsHaveNoLogThatTheBloomRulesOut) {
    rpc.why_unproven = Unprovable::new_fields;
    start_with_alice_and_bob();
    rpc.bloom = of_others();
    const auto before = cursor();
    mine_a_transfer();
    loop.pass(std::chrono::minutes(5));
    EXPECT_EQ(cursor(), before);
}

TEST_F(KnownBlocks, OfNodesWithoutReceiptsAreNothingToTellAPersonOf) {
    start_with_alice_and_bob();
    for (int i = 0; i < 3; ++i) expect_followed(Completeness::checked);
    EXPECT_THAT(alerts.raised, IsEmpty());
}

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

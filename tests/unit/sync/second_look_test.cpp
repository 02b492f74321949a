#include "audited_model.hpp"

namespace custodialbridge::sync {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

/// Final blocks of a chain that nobody proves.
class SecondLook : public AuditorTest {
  protected:
    static constexpr unsigned kNever = 1'000'000;  ///< answers

    SecondLook() {
        rpc.proves = false;
        start();
        EXPECT_TRUE(catch_up());
    }

    /// A block whose log is not told while it is followed.
    std::uint64_t mine_and_miss() {
        rpc.logs_late = kNever;
        mine_transfers(1);
        EXPECT_TRUE(catch_up());
        rpc.logs_late = 0;
        return cursor().block.number.value;
    }

    /// What is there now becomes final, and there is time to look at it.
    void bury() {
        for (int i = 0; i < 20; ++i) {
            chain.mine();
            EXPECT_TRUE(catch_up());
        }
        loop.pass(std::chrono::minutes(2));
    }
};

TEST_F(SecondLook, AddsALogThatCameLate) {
    const std::uint64_t missed = mine_and_miss();
    EXPECT_NE(difference_from_chain(), "");
    bury();
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(rows_of_kind(MoveKind::sync), 0u) << "nothing is left unexplained";
    EXPECT_THAT(alerts.raised, Contains("journal-corrected"));
    EXPECT_FALSE(is_proven(missed));
    EXPECT_EQ(store.script.calls("correct"), 1u);
}

TEST_F(SecondLook, AddsOneThatCameLateBeforeARestart) {
    mine_and_miss();
    restart();
    bury();
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(SecondLook, TakesNothingBack) {
    mine_transfers(3);
    ASSERT_TRUE(catch_up());
    bury();
    rpc.logs_late = kNever;
    restart();
    loop.pass(std::chrono::minutes(2));
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(store.script.calls("correct"), 0u);
    EXPECT_THAT(alerts.raised, IsEmpty());
}

TEST_F(SecondLook, AddsNothingThatTheBloomRulesOut) {
    mine_and_miss();
    for (int i = 0; i < 20; ++i) chain.mine();
    ASSERT_TRUE(catch_up());
    rpc.bloom = Bloom{};
    (*rpc.bloom)[7] = 1;
    loop.pass(std::chrono::minutes(2));
    EXPECT_NE(difference_from_chain(), "");
    rpc.bloom.reset();
}

TEST_F(SecondLook, HasMoreBlocksThanOneBeat) {
    for (int i = 0; i < 60; ++i) {
        if (i % 10 == 5)
            mine_and_miss();
        else
            mine_transfers(1);
        ASSERT_TRUE(catch_up());
    }
    bury();
    loop.pass(std::chrono::minutes(5));
    EXPECT_EQ(difference_from_chain(), "");
}

}  // namespace
}  // namespace custodialbridge::sync

#include <gmock/gmock.h>

#include "polled_model.hpp"

namespace custodialbridge::sync {
namespace {

using ::testing::IsEmpty;

class ManyPolledBalances : public BalanceSyncerTest {
  protected:
    ManyPolledBalances() {
        for (std::uint64_t i = 0; i < kUsers; ++i) add_wallet(address(10'000 + i), user(i));
    }
    static constexpr std::uint64_t kUsers = 600;
    static std::string user(std::uint64_t i) { return "user-" + std::to_string(i); }

    /// The oldest of all: as of which block.
    std::uint64_t oldest_block() {
        std::uint64_t oldest = cursor().block.number.value;
        for (std::uint64_t i = 0; i < kUsers; ++i) {
            const auto as_of = stored(user(i), kEtherId).polled;
            oldest = std::min(oldest, as_of ? as_of->version.block.value : 0);
        }
        return oldest;
    }
};

TEST_F(ManyPolledBalances, ThatAreReadTogetherAreReadAgainWithinTheirInterval) {
    begin();
    loop.pass(Millis{3'000});
    EXPECT_FALSE(store.tables.segments.empty());
    chain.mine({pay(address(10'007), 5)});
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(6));
    EXPECT_EQ(oldest_block(), cursor().block.number.value);
    EXPECT_EQ(amount(user(7), kEtherId), U256(5));
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(ManyPolledBalances, ComeRoundInTimeWithoutBeingReadAllTheTime) {
    begin();
    loop.pass(Millis{3'000});
    const auto before = reads();
    for (int minute = 0; minute < 20; ++minute) {
        chain.mine();
        ASSERT_TRUE(catch_up());
        loop.pass(std::chrono::minutes(1));
        ASSERT_GE(oldest_block() + 7, cursor().block.number.value);
    }
    EXPECT_LE(reads() - before, 60u);
    EXPECT_THAT(alerts.raised, IsEmpty());
}

TEST_F(ManyPolledBalances, OneThatCannotBeReadDoesNotTouchTheOthers) {
    begin();
    loop.pass(Millis{3'000});
    chain.mine();
    ASSERT_TRUE(catch_up());
    rpc.unreadable_holders = {address(10'007)};
    loop.pass(std::chrono::minutes(6));
    EXPECT_LT(stored(user(7), kUsdtId).polled->version.block, cursor().block.number);
    EXPECT_EQ(stored(user(8), kUsdtId).polled->version.block, cursor().block.number);
    rpc.unreadable_holders.clear();
    loop.pass(std::chrono::minutes(6));
    EXPECT_EQ(stored(user(7), kUsdtId).polled->version.block, cursor().block.number);
}

TEST_F(ManyPolledBalances, AreReadPieceByPieceWhereAnEndpointCannotAnswerThemTogether) {
    begin();
    loop.pass(Millis{3'000});
    ASSERT_FALSE(store.tables.segments.empty());
    chain.mine();
    ASSERT_TRUE(catch_up());
    rpc.most_questions = 50;
    loop.pass(std::chrono::minutes(8));
    EXPECT_EQ(oldest_block(), cursor().block.number.value);
    EXPECT_THAT(alerts.raised, IsEmpty());
}

TEST_F(ManyPolledBalances, ThatSomebodyReadsComeFirstWhenNotAllCanBeRead) {
    begin();
    loop.pass(Millis{3'000});
    interest = {{{user(7)}, kChain, kEtherId}};
    chain.mine({pay(address(10'007), 5)});
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(6));
    EXPECT_EQ(amount(user(7), kEtherId), U256(5));
}

}  // namespace
}  // namespace custodialbridge::sync

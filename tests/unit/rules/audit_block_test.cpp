#include "custodialbridge/rules/audit_block.hpp"

#include <gmock/gmock.h>

#include "made_logs.hpp"

namespace custodialbridge::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr BlockNumber kBlock{50};

Move move(std::uint32_t log, WalletId from, WalletId to, const U256& amount,
          TokenId token = kCpopId) {
    Move made;
    made.block = kBlock;
    made.log_index = log;
    made.token = token;
    made.debit = from;
    made.credit = to;
    made.amount = amount;
    return made;
}

class AuditBlock : public ::testing::Test {
  protected:
    AuditBlock() {
        block.header.ref.number = kBlock;
        since.wallets = {{kAliceWallet, {10}}, {kBobWallet, {10}}};
        since.tokens = {{kCpopId, {5}}};
    }

    std::optional<CorrectionPlan> audit(const std::vector<Move>& proven,
                                        const std::vector<Move>& journal) {
        return audit_block(block, proven, journal, since, watchlist).value();
    }

    AppliedBlock block;
    FollowedSince since;
    Watchlist watchlist = alice_and_bob();
};

TEST_F(AuditBlock, FindsNothingWrongWhereBothSayTheSame) {
    const std::vector<Move> rows{move(1, kAliceWallet, kBobWallet, 5),
                                 move(2, kOutside, kAliceWallet, 7)};
    EXPECT_FALSE(audit(rows, rows));
    EXPECT_FALSE(audit({}, {}));
}

TEST_F(AuditBlock, TheOrderWithinALogIsNoMatter) {
    Move first = move(1, kOutside, kAliceWallet, 5), second = first;
    first.nft_id = 1;
    second.nft_id = 2;
    second.sub_index = 1;
    Move other_first = first, other_second = second;
    std::swap(other_first.sub_index, other_second.sub_index);
    EXPECT_FALSE(audit({first, second}, {other_second, other_first}));
}

TEST_F(AuditBlock, AddsWhatIsMissing) {
    const Move missing = move(1, kAliceWallet, kBobWallet, 5);
    const auto plan = audit({missing, move(2, kOutside, kBobWallet, 1)},
                            {move(2, kOutside, kBobWallet, 1)});
    ASSERT_TRUE(plan);
    EXPECT_THAT(plan->missing, ElementsAre(missing));
    EXPECT_THAT(plan->phantom, IsEmpty());
    ASSERT_EQ(plan->deltas.size(), 2u);
    EXPECT_EQ(plan->deltas[0].debit, 5);
    EXPECT_EQ(plan->deltas[1].credit, 5);
    EXPECT_THAT(plan->touched,
                ElementsAre(Touch{kAliceWallet, kCpopId}, Touch{kBobWallet, kCpopId}));
}

TEST_F(AuditBlock, TakesBackWhatNeverWas) {
    const Move phantom = move(1, kOutside, kBobWallet, 5);
    const auto plan = audit({}, {phantom});
    ASSERT_TRUE(plan);
    EXPECT_THAT(plan->phantom, ElementsAre(phantom));
    ASSERT_EQ(plan->deltas.size(), 1u);
    EXPECT_EQ(plan->deltas[0].debit, 5);
    EXPECT_EQ(plan->deltas[0].credit, 0);
}

TEST_F(AuditBlock, AChangedAmountIsOneMissingAndOneThatNeverWas) {
    const auto plan = audit({move(1, kOutside, kBobWallet, 5)}, {move(1, kOutside, kBobWallet, 4)});
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->missing.size(), 1u);
    EXPECT_EQ(plan->phantom.size(), 1u);
    ASSERT_EQ(plan->deltas.size(), 1u);
    EXPECT_EQ(plan->deltas[0].credit - plan->deltas[0].debit, 1);
}

TEST_F(AuditBlock, WhoJoinedAtTheBlockOrLaterIsOfTheOutside) {
    since.wallets[kBobWallet] = kBlock;
    EXPECT_FALSE(audit({move(1, kAliceWallet, kBobWallet, 5)},
                       {move(1, kAliceWallet, kOutside, 5)}));
    EXPECT_FALSE(audit({move(2, kOutside, kBobWallet, 5)}, {}));
}

TEST_F(AuditBlock, WhoWasRemovedSinceIsOfTheOutside) {
    since.wallets.erase(kBobWallet);
    EXPECT_FALSE(audit({move(1, kAliceWallet, kOutside, 5)},
                       {move(1, kAliceWallet, kBobWallet, 5), move(2, kOutside, kBobWallet, 1)}));
}

TEST_F(AuditBlock, ATokenThatWasOpenedLaterHasNoRowsYet) {
    since.tokens[kCpopId] = kBlock;
    EXPECT_FALSE(audit({move(1, kAliceWallet, kBobWallet, 5)}, {}));
}

TEST_F(AuditBlock, HoldingsMoveAlong) {
    Move missing = move(1, kOutside, kBobWallet, 1);
    missing.nft_id = 7;
    const auto plan = audit({missing}, {});
    ASSERT_TRUE(plan);
    ASSERT_EQ(plan->holdings.size(), 1u);
    EXPECT_EQ(plan->holdings[0].nft_id, 7);
    EXPECT_EQ(plan->holdings[0].credit, 1);
}

}  // namespace
}  // namespace custodialbridge::rules

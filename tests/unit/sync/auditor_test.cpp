#include "audited_model.hpp"

namespace custodialbridge::sync {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::ModelChain;

TEST_F(AuditorTest, ProvesWhatWasClaimedAndChangesNothingThatIsRight) {
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(120);
    ASSERT_TRUE(catch_up());
    ASSERT_FALSE(rpc.ranges.empty());
    ASSERT_TRUE(audit_ends());
    EXPECT_TRUE(is_proven(50));
    EXPECT_EQ(store.script.calls("correct"), 0u);
    EXPECT_THAT(alerts.raised, IsEmpty());
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(AuditorTest, AddsALogThatWasLeftOut) {
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(120);
    lie_about(50, [](LogBatch& batch, std::size_t at) {
        batch.logs.erase(batch.logs.begin() + static_cast<std::ptrdiff_t>(at));
    });
    ASSERT_TRUE(catch_up());
    EXPECT_NE(difference_from_chain(), "");
    ASSERT_TRUE(audit_ends());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(rows_of_kind(MoveKind::sync), 0u) << "nothing is left unexplained";
    EXPECT_THAT(alerts.raised, Contains("journal-corrected"));
}

TEST_F(AuditorTest, PassesOverBlocksThatNobodyProvesAnyMore) {
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(120);
    leave_out([](const Log& log) { return log.block.number.value == 80; });
    for (std::uint64_t block = 20; block < 60; ++block) rpc.unprovable.insert(block);
    ASSERT_TRUE(catch_up());
    EXPECT_FALSE(audit_ends()) << "a proof may still come";
    loop.pass(std::chrono::hours(1));
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_TRUE(!is_proven(30) && is_proven(80));
}

TEST_F(AuditorTest, CountsBlocksWithLogsThatNoRootHoldsAsUnprovable) {
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(120);
    leave_out([](const Log& log) { return log.block.number.value == 80; });
    for (std::uint64_t block = 20; block < 60; ++block) rpc.state_synced.insert(block);
    ASSERT_TRUE(catch_up());
    EXPECT_FALSE(audit_ends()) << "they are not passed over at once";
    loop.pass(std::chrono::hours(1));
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_TRUE(!is_proven(30) && is_proven(80));
    EXPECT_THAT(metrics.render(), HasSubstr("unprovable_blocks_total{chain_id=\"7\"} 40"));
}

TEST_F(AuditorTest, TakesBackALogThatWasMadeUp) {
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(120);
    lie_about(50, [](LogBatch& batch, std::size_t at) {
        Log made_up = batch.logs[at];
        made_up.log_index = 1;
        batch.logs.insert(batch.logs.begin() + static_cast<std::ptrdiff_t>(at) + 1, made_up);
    });
    ASSERT_TRUE(catch_up());
    EXPECT_NE(difference_from_chain(), "");
    ASSERT_TRUE(audit_ends());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(AuditorTest, PutsAChangedAmountRight) {
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(120);
    lie_about(50, [](LogBatch& batch, std::size_t at) {
        batch.data[batch.logs[at].data_offset + 31] = 77;
    });
    ASSERT_TRUE(catch_up());
    EXPECT_NE(difference_from_chain(), "");
    ASSERT_TRUE(audit_ends());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(AuditorTest, AddsAMintNoticeThatWasLeftOut) {
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(20);
    chain.mine({{kCpop, kZero, kBob, 5, Told::by_both}});
    mine_transfers(60);
    leave_out([](const Log& log) { return log.topics[0] == rules::mint_topic(); });
    ASSERT_TRUE(catch_up());
    EXPECT_THAT(told_to(kBob), IsEmpty());
    EXPECT_EQ(difference_from_chain(), "") << "it moved nothing";
    ASSERT_TRUE(audit_ends());
    ASSERT_THAT(told_to(kBob), SizeIs(1));
    EXPECT_EQ(told_to(kBob)[0].amount, 5);
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_THAT(alerts.raised, Contains("journal-corrected"));
    EXPECT_EQ(store.script.calls("correct"), 1u);
}

TEST_F(AuditorTest, TakesBackAMintNoticeThatWasMadeUp) {
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(20);
    chain.mine({{kCpop, kZero, kBob, 5}});
    mine_transfers(60);
    lie_about(chain.height() - 60, [](LogBatch& batch, std::size_t at) {
        Log notice = batch.logs[at];
        notice.log_index = 1;
        notice.topics = {rules::mint_topic(), to_word(kBob)};
        notice.topic_count = 2;
        batch.logs.insert(batch.logs.begin() + static_cast<std::ptrdiff_t>(at) + 1, notice);
    });
    ASSERT_TRUE(catch_up());
    EXPECT_THAT(told_to(kBob), SizeIs(1));
    ASSERT_TRUE(audit_ends());
    EXPECT_THAT(told_to(kBob), IsEmpty());
    EXPECT_EQ(chain_row()->events.size(), 1u) << "the row is kept";
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(AuditorTest, AMintWhoseTransferWasLeftOutIsJournaledByItsTransfer) {
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(20);
    chain.mine({{kCpop, kZero, kBob, 5, Told::by_both}});
    const std::uint64_t minted = chain.height();
    mine_transfers(60);
    leave_out([minted](const Log& log) {
        return log.block.number.value == minted && log.topics[0] == rules::transfer_topic();
    });
    ASSERT_TRUE(catch_up());
    EXPECT_THAT(told_to(kBob), IsEmpty()) << "it was taken for the move itself";
    ASSERT_TRUE(audit_ends());
    loop.pass(std::chrono::minutes(1));
    EXPECT_THAT(told_to(kBob), SizeIs(1));
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(rows_of_kind(MoveKind::sync), 0u);
}

TEST_F(AuditorTest, AddsAUserOperationAndADeploymentThatWereLeftOut) {
    settings.entry_points = {kEntryPoint};
    run(store.put({"user"}, kChain, kAlice, false, soon()));
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(20);
    mine_user_operation();
    mine_transfers(60);
    leave_out([](const Log& log) { return log.address == kEntryPoint; });
    ASSERT_TRUE(catch_up());
    EXPECT_THAT(told_to(kAlice), IsEmpty());
    EXPECT_FALSE(wallet(kAlice).is_deployed);
    ASSERT_TRUE(audit_ends());
    ASSERT_THAT(told_to(kAlice), SizeIs(1));
    EXPECT_EQ(told_to(kAlice)[0].amount, 7'000);
    EXPECT_EQ(told_to(kAlice)[0].contract, kEntryPoint);
    EXPECT_TRUE(wallet(kAlice).is_deployed);
}

TEST_F(AuditorTest, ADeploymentIsTakenOverFromABlockWhoseRowsAreRight) {
    settings.entry_points = {kEntryPoint};
    run(store.put({"user"}, kChain, kAlice, false, soon()));
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(20);
    mine_user_operation();
    mine_transfers(60);
    leave_out([](const Log& log) { return log.topics[0] == rules::account_deployed_topic(); });
    ASSERT_TRUE(catch_up());
    EXPECT_THAT(told_to(kAlice), SizeIs(1));
    EXPECT_FALSE(wallet(kAlice).is_deployed);
    ASSERT_TRUE(audit_ends());
    EXPECT_TRUE(wallet(kAlice).is_deployed);
    EXPECT_EQ(store.script.calls("correct"), 0u);
}

TEST_F(AuditorTest, ReadsABalanceAgainWhoseTouchWasLeftOut) {
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(20);
    chain.mine({{kCpop, kZero, kBob, 70, Told::by_another_event}});
    mine_transfers(60);
    leave_out([](const Log& log) { return log.topics[0] != rules::transfer_topic(); });
    ASSERT_TRUE(catch_up());
    EXPECT_NE(difference_from_chain(), "");
    ASSERT_TRUE(audit_ends());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(difference_from_chain(), "") << "also without a verifier";
    EXPECT_EQ(rows_of_kind(MoveKind::sync), 1u);
    EXPECT_EQ(store.script.calls("correct"), 0u) << "no row was wrong";
}

TEST_F(AuditorTest, ABalanceThatManyBlocksTouchIsReadAgainOnce) {
    start();
    ASSERT_TRUE(catch_up());
    for (int i = 0; i < 300; ++i)
        chain.mine({{kCpop, kAlice, kBob, 1, Told::by_another_event}});
    const std::size_t before = store.script.calls("adjust");
    ASSERT_TRUE(catch_up());
    loop.run_until([this] { return chain_row()->state.finalized->value > 250; },
                   std::chrono::minutes(1));
    const std::size_t caught_up = store.script.calls("adjust");
    EXPECT_GT(caught_up, before);
    ASSERT_TRUE(audit_ends());
    loop.pass(std::chrono::minutes(1));
    EXPECT_GT(store.script.calls("audited"), 15u);
    EXPECT_LE(store.script.calls("adjust"), caught_up + 2);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(AuditorTest, AnAuditWhoseAnswerWasLostStillHasItsTouchesRead) {
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(20);
    chain.mine({{kCpop, kZero, kBob, 70, Told::by_another_event}});
    mine_transfers(60);
    leave_out([](const Log& log) { return log.topics[0] != rules::transfer_topic(); });
    std::size_t lost = 0;
    store.script.fault = [&](Point point, std::string_view call) -> std::optional<Error> {
        if (call != "audited" || point != Point::answering) return std::nullopt;
        ++lost;
        return Error(Errc::timed_out, "no answer");
    };
    ASSERT_TRUE(catch_up());
    ASSERT_TRUE(audit_ends());
    loop.pass(std::chrono::minutes(1));
    EXPECT_GT(lost, 0u);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(AuditorTest, ASettlementThatCameFirstIsUndoneWithTheGapItFilled) {
    verify_changed = Millis{2'000};
    tokens[0].on_difference = OnDifference::sync;
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(120);
    lie_about(50, [](LogBatch& batch, std::size_t at) {
        batch.logs.erase(batch.logs.begin() + static_cast<std::ptrdiff_t>(at));
    });
    ASSERT_TRUE(catch_up());
    ASSERT_TRUE(audit_ends());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(difference_from_chain(), "");
    testing::Net net;
    for (const auto& row : chain_row()->journal) {
        if (row.orphaned) continue;
        if (row.move.credit == kSuspense) net.credit += row.move.amount;
        if (row.move.debit == kSuspense) net.debit += row.move.amount;
    }
    EXPECT_EQ(net.credit, net.debit);
}

TEST_F(AuditorTest, AStandbyAuditsNothing) {
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(120);
    ASSERT_TRUE(catch_up());
    ASSERT_TRUE(audit_ends());
    const auto audited = chain_row()->audited;
    lead->lose();
    testing::FakeLead other(store);
    run(other.hold(kChain, soon()));
    mine_transfers(120);
    loop.pass(std::chrono::minutes(2));
    EXPECT_EQ(chain_row()->audited, audited);
    EXPECT_THAT(alerts.raised, ::testing::Not(Contains("journal-corrected")));
}

TEST_F(AuditorTest, WaitsWhereNothingCanBeProven) {
    rpc.proves = false;
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(120);
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(5));
    EXPECT_LT(chain_row()->audited.value_or(BlockNumber{0}), BlockNumber{50});
    rpc.proves = true;
    ASSERT_TRUE(audit_ends());
    EXPECT_TRUE(is_proven(50));
}

TEST_F(AuditorTest, ALostAnswerToACorrectionIsNotCorrectedTwice) {
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(120);
    lie_about(50, [](LogBatch& batch, std::size_t at) {
        batch.logs.erase(batch.logs.begin() + static_cast<std::ptrdiff_t>(at));
    });
    unsigned lost = 0;
    store.script.fault = [&](Point point, std::string_view call) -> std::optional<Error> {
        if (call != "correct" || point != Point::answering || lost == 1) return std::nullopt;
        ++lost;
        return Error(Errc::timed_out, "no answer");
    };
    ASSERT_TRUE(catch_up());
    ASSERT_TRUE(audit_ends());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(lost, 1u);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(AuditorTest, AChainThatIsNotFarAheadIsWalkedAndProvenAtOnce) {
    pace.walked_when_proven = 1'000;
    start();
    ASSERT_TRUE(catch_up());
    mine_transfers(120);
    lie_about(50, [](LogBatch& batch, std::size_t at) {
        batch.logs.erase(batch.logs.begin() + static_cast<std::ptrdiff_t>(at));
    });
    ASSERT_TRUE(catch_up());
    EXPECT_THAT(rpc.ranges, IsEmpty());
    EXPECT_TRUE(is_proven(50));
    EXPECT_EQ(difference_from_chain(), "");
}

}  // namespace
}  // namespace custodialbridge::sync

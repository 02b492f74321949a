#include <gmock/gmock.h>

#include "followed_model.hpp"

namespace custodialbridge::sync {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

class AuditorTest : public ListenerTest {
  protected:
    AuditorTest() {
        audits = true;
        rpc.proves = true;
        rpc.finalized_depth = 10;
        rpc.safe_depth = 5;
        settings.start_block = {{1}};
        pace.walked_when_proven = 0;  // ranges, as of a chain that is far ahead
        chain.mine({{kCpop, kZero, kAlice, 10'000}});
        add_wallet(kAlice);
        add_wallet(kBob);
    }

    void mine_transfers(int blocks) {
        for (int i = 0; i < blocks; ++i) chain.mine({{kCpop, kAlice, kBob, 1}});
    }

    bool audit_ends() {
        return loop.run_until(
            [this] {
                const auto* row = chain_row();
                return row != nullptr && row->audited && row->state.finalized &&
                       *row->audited >= *row->state.finalized && !corrections.under_way;
            },
            std::chrono::minutes(10));
    }

    bool is_proven(std::uint64_t number) const {
        for (const auto& row : chain_row()->blocks)
            if (!row.orphaned && row.block.header.ref.number.value == number)
                return row.block.completeness == Completeness::proven;
        return false;
    }

    /// Leaves out, or changes, the logs of this block.
    void lie_about(std::uint64_t number, std::function<void(LogBatch&, std::size_t)> how) {
        rpc.lie = [number, how = std::move(how)](LogBatch& batch) {
            for (std::size_t i = 0; i < batch.logs.size(); ++i)
                if (batch.logs[i].block.number.value == number) return how(batch, i);
        };
    }
};

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

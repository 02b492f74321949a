#include <gmock/gmock.h>

#include "followed_model.hpp"

namespace custodialbridge::sync {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

/// Alice has 100 from block 1 on; each block from 2 to 31 gives Bob one of hers.
class Resumptions : public ListenerTest {
  protected:
    void SetUp() override {
        rpc.finalized_depth = rpc.safe_depth = 1'000;
        chain.mine({{kCpop, kZero, kAlice, 100}});
        add_wallet(kAlice);
        add_wallet(kBob);
        start();
        ASSERT_TRUE(catch_up());
        give(30, 1);
        ASSERT_TRUE(catch_up());
        ASSERT_EQ(balance(kBob), 30);
    }

    void give(int blocks, const U256& amount) {
        for (int i = 0; i < blocks; ++i) chain.mine({{kCpop, kAlice, kBob, amount}});
    }

    /// The chain's blocks from 12 on are others now, and it stands at block 33.
    void stop_by_a_deep_reorg() {
        chain.drop(20);
        give(22, 2);
        ASSERT_FALSE(catch_up(std::chrono::minutes(1)));
        ASSERT_EQ(listener->state(), ListenerState::stopped);
    }

    ResumeId order(std::uint64_t from, Millis patience = std::chrono::minutes(1)) {
        return run(store.resumes().order(kChain, {from}, patience, soon())).value();
    }

    std::optional<store::ResumeOutcome> outcome(ResumeId id) {
        return store.tables.resume_orders.at(id).outcome;
    }

    /// Why the order was refused; the empty text when it was fulfilled.
    std::string refusal_of(ResumeId id) {
        EXPECT_TRUE(loop.run_until([&] { return outcome(id).has_value(); }, Millis{30'000}));
        const auto ended = outcome(id);
        return ended ? ended->refusal.value_or("") : "nobody looked at it";
    }
};

TEST_F(Resumptions, FollowAStoppedChainAgain) {
    stop_by_a_deep_reorg();
    EXPECT_FALSE(is_ready());
    const ResumeId id = order(11);
    ASSERT_TRUE(catch_up(std::chrono::minutes(1))) << standing();
    EXPECT_EQ(outcome(id), (store::ResumeOutcome{std::nullopt, 1}));
    EXPECT_EQ(balance(kBob), 10 + 44);
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(cursor().epoch, 1u);
    EXPECT_EQ(listener->state(), ListenerState::following);
    EXPECT_TRUE(is_ready());
    EXPECT_THAT(alerts.resolved, Contains("chain-stopped"));
}

TEST_F(Resumptions, GoBelowTheFinalizedBlockWhichComesDownWithThem) {
    rpc.finalized_at = 20;
    rpc.safe_depth = 4;
    loop.pass(Millis{10'000});
    ASSERT_EQ(chain_row()->state.finalized, BlockNumber{20});
    stop_by_a_deep_reorg();
    rpc.finalized_at = 5;
    const ResumeId id = order(11);
    ASSERT_EQ(refusal_of(id), "");
    EXPECT_EQ(chain_row()->state.finalized, BlockNumber{11});
    EXPECT_EQ(chain_row()->state.safe, BlockNumber{11});
    EXPECT_EQ(board->find(kChain)->read().finalized, 11u);
    rpc.finalized_at = 15;
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
    loop.pass(Millis{10'000});
    EXPECT_EQ(chain_row()->state.finalized, BlockNumber{15});
}

TEST_F(Resumptions, AreRefusedAtABlockOfTheOldBranch) {
    stop_by_a_deep_reorg();
    const Cursor before = cursor();
    const std::string why = refusal_of(order(12));
    EXPECT_THAT(why, HasSubstr("block 12 of the ledger is not the chain's any more"));
    EXPECT_THAT(why, HasSubstr("have in common there is block 11"));
    EXPECT_EQ(cursor(), before);
    EXPECT_EQ(listener->state(), ListenerState::stopped);
    EXPECT_FALSE(is_ready());
    ASSERT_EQ(refusal_of(order(11)), "");
}

TEST_F(Resumptions, AreRefusedAboveTheLedgersNewestBlock) {
    stop_by_a_deep_reorg();
    const std::string why = refusal_of(order(32));
    EXPECT_THAT(why, HasSubstr("block 32 is above the ledger's newest block, 31"));
    EXPECT_THAT(why, HasSubstr("block 11"));
}

TEST_F(Resumptions, AreRefusedAtABlockThatTheLedgerDidNotStore) {
    std::erase_if(store.tables.chains.at(kChain).blocks, [](const testing::BlockRow& row) {
        return row.block.header.ref.number == BlockNumber{9};
    });
    stop_by_a_deep_reorg();
    const std::string why = refusal_of(order(9));
    EXPECT_THAT(why, HasSubstr("block 9 is not one of those that the ledger has stored"));
    EXPECT_THAT(why, HasSubstr("have in common there is block 8"));
}

TEST_F(Resumptions, AreRefusedWhereAShorterChainHasNoBlock) {
    chain.drop(20);
    give(1, 1);
    ASSERT_FALSE(catch_up(std::chrono::minutes(1)));
    const std::string why = refusal_of(order(20));
    EXPECT_THAT(why, HasSubstr("block 20 of the ledger is not the chain's any more"));
    EXPECT_THAT(why, HasSubstr("block 11"));
}

TEST_F(Resumptions, RewindAHealthyChainToo) {
    const std::size_t commits_before = commits();
    ASSERT_EQ(refusal_of(order(11)), "");
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(cursor().epoch, 1u);
    EXPECT_EQ(commits(), commits_before + 20);
    EXPECT_EQ(balance(kBob), 30);
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_THAT(alerts.raised, ::testing::Not(Contains("chain-stopped")));
}

TEST_F(Resumptions, OpenAgainWhatWasOpenedAboveTheBlock) {
    chain.mine({{kCpop, kAlice, kStranger, 3}});
    add_wallet(kStranger);
    ASSERT_TRUE(catch_up());
    stop();
    tokens.push_back(followed_token(kUsdtId, kUsdt));
    start();
    ASSERT_TRUE(catch_up());
    ASSERT_TRUE(store.tables.is_opened(kChain, kUsdtId));
    chain.mine({{kUsdt, kZero, kStranger, 8}});
    ASSERT_TRUE(catch_up());
    ASSERT_EQ(refusal_of(order(11)), "");
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kStranger), 3);
    EXPECT_EQ(balance(kStranger, kUsdtId), 8);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Resumptions, AreDoneOnceWhenTheAnswerIsLost) {
    stop_by_a_deep_reorg();
    store.script.fail(Point::answering, "unwind", Errc::timed_out);
    const ResumeId id = order(11);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(refusal_of(id), "");
    EXPECT_EQ(cursor().epoch, 1u);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Resumptions, ChangeNothingWhenTheOrderIsWithdrawnMeanwhile) {
    stop_by_a_deep_reorg();
    const Cursor before = cursor();
    auto gate = store.script.hold(Point::arriving, "unwind", loop.executor());
    const ResumeId id = order(11);
    ASSERT_TRUE(loop.run_until([&] { return gate->waiting() == 1; }, Millis{10'000}));
    run(store.resumes().refuse(id, "withdrawn", soon())).value();
    gate->open();
    loop.pass(Millis{10'000});
    EXPECT_EQ(cursor().block, before.block);
    EXPECT_EQ(cursor().epoch, before.epoch);
    EXPECT_EQ(listener->state(), ListenerState::stopped);
    EXPECT_FALSE(is_ready());
}

TEST_F(Resumptions, PassOverAnOrderThatIsTooOld) {
    stop_by_a_deep_reorg();
    const Cursor before = cursor();
    stop();
    const ResumeId id = order(11, Millis{1'000});
    loop.pass(Millis{5'000});
    start();
    EXPECT_FALSE(catch_up(std::chrono::minutes(1)));
    EXPECT_FALSE(outcome(id).has_value());
    EXPECT_EQ(cursor().block, before.block);
}

TEST_F(Resumptions, WaitForADatabaseThatIsAway) {
    stop_by_a_deep_reorg();
    const ResumeId id = order(11, std::chrono::minutes(5));
    store.script.fail(Point::arriving, "waiting_resume", Errc::unavailable, 5);
    store.script.fail(Point::arriving, "blocks_below", Errc::unavailable, 2);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(refusal_of(id), "");
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Resumptions, WaitForANodeThatIsAway) {
    stop_by_a_deep_reorg();
    const ResumeId id = order(11, std::chrono::minutes(5));
    rpc.script.fail(Point::arriving, "headers", Errc::unavailable, 6);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(refusal_of(id), "");
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Resumptions, FindTheCommonBlockFarBelowTheReorgDepth) {
    chain.mine_empty(1'100);  // more than one batch of the search
    rpc.finalized_depth = rpc.safe_depth = 5'000;
    ASSERT_TRUE(catch_up());
    chain.drop(1'120);
    chain.mine_empty(1'121);
    ASSERT_FALSE(catch_up(std::chrono::minutes(1)));
    const std::uint64_t common = 11;
    const std::string why = refusal_of(order(31 + 1'100));
    EXPECT_THAT(why, HasSubstr("have in common there is block " + std::to_string(common)));
    ASSERT_EQ(refusal_of(order(common)), "");
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Resumptions, AreTakenUpByACommandWhenNoDaemonLeads) {
    stop_by_a_deep_reorg();
    stop();
    testing::FakeLead own(store);
    const auto idle = ledger::make_ledger_writer(
        {registry, *board->find(kChain), *local, nullptr, store, loop.clock, {}});
    const auto resumer = make_resumer({settings, pace, tokens, rpc, own, store, store, store,
                                       store.resumes(), *idle, pool, loop.clock, health, alerts,
                                       metrics});
    const ResumeId id = order(11);
    ASSERT_TRUE(run(resumer->converge()));
    EXPECT_EQ(outcome(id), (store::ResumeOutcome{std::nullopt, 1}));
    EXPECT_EQ(cursor().block.number, BlockNumber{11});
    own.lose();
    start();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Resumptions, AreLeftToTheDaemonThatLeads) {
    stop_by_a_deep_reorg();
    testing::FakeLead other(store);
    const auto idle = ledger::make_ledger_writer(
        {registry, *board->find(kChain), *local, nullptr, store, loop.clock, {}});
    const auto resumer = make_resumer({settings, pace, tokens, rpc, other, store, store, store,
                                       store.resumes(), *idle, pool, loop.clock, health, alerts,
                                       metrics});
    const std::size_t unwinds = store.script.calls("unwind");
    auto gate = store.script.hold(Point::arriving, "waiting_resume", loop.executor());
    order(11);
    ASSERT_TRUE(run(resumer->converge()));
    EXPECT_EQ(store.script.calls("unwind"), unwinds);
    gate->open();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(store.script.calls("unwind"), unwinds + 1);
}

}  // namespace
}  // namespace custodialbridge::sync

#include <gmock/gmock.h>

#include "followed_model.hpp"

namespace custodialbridge::sync {
namespace {

using ::testing::Contains;
using ::testing::Not;

using Following = TwoWalletsFollowed;

TEST_F(Following, BeginsAtTheHeadWithoutAStartBlock) {
    chain.mine_empty(5);
    start();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(cursor().block.number.value, 5u);
    EXPECT_EQ(chain_row()->blocks.size(), 6u) << "those below it too: a reorg may go back there";
    EXPECT_EQ(commits(), 0u);
    EXPECT_EQ(listener->state(), ListenerState::following);
    EXPECT_TRUE(is_ready());
}

TEST_F(Following, BeginsRightBeforeItsStartBlock) {
    chain.mine_empty(5);
    settings.start_block = {{3}};
    start();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(chain_row()->blocks.front().block.header.ref, chain.at(0)->header.ref);
    EXPECT_EQ(commits(), 3u) << "from right before the start block";
    EXPECT_EQ(cursor().block.number.value, 5u);
}

TEST_F(Following, WaitsForAStartBlockThatIsNotThereYet) {
    settings.start_block = {{3}};
    start();
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(chain_row(), nullptr);
    EXPECT_FALSE(is_ready());
    chain.mine_empty(4);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(cursor().block.number.value, 4u);
}

TEST_F(Following, CommitsBlockByBlock) {
    start_with_alice_and_bob();
    const std::size_t before = commits();
    for (int i = 0; i < 5; ++i) {
        chain.mine({{kCpop, kAlice, kBob, 10}, {kCpop, kStranger, kAlice, 3}});
        ASSERT_TRUE(catch_up());
        EXPECT_EQ(difference_from_chain(), "");
    }
    EXPECT_EQ(commits() - before, 5u);
    EXPECT_EQ(balance(kAlice), 65);
    EXPECT_EQ(balance(kBob), 50);
    EXPECT_EQ(cursor().epoch, 0u);
}

TEST_F(Following, WalksThroughAGapWithOneCommitABlock) {
    start_with_alice_and_bob();
    const std::size_t before = commits();
    for (int i = 0; i < 30; ++i) chain.mine({{kCpop, kStranger, kBob, 1}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(commits() - before, 30u);
    EXPECT_EQ(balance(kBob), 30);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Following, ShowsANewBlockAtOnceWhenItIsTold) {
    start_with_alice_and_bob();
    const Instant before = loop.clock.now();
    chain.mine({{kCpop, kAlice, kBob, 1}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(loop.clock.now(), before);
}

TEST_F(Following, SaysThatItCannotGoOn) {
    start_with_alice_and_bob();
    EXPECT_EQ(degraded(), "");
    rpc.script.fault = [](testing::Point, std::string_view) {
        return Error(Errc::unavailable, "no endpoint answers");
    };
    loop.pass(std::chrono::minutes(1));
    EXPECT_TRUE(is_ready()) << "what the ledger has is still served";
    EXPECT_EQ(degraded(), "sync:7: no endpoint answers");
    rpc.script.fault = nullptr;
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(degraded(), "");
}

TEST_F(Following, FindsANewBlockWithoutBeingTold) {
    start_with_alice_and_bob();
    chain.mine({{kCpop, kAlice, kBob, 1}});
    EXPECT_TRUE(loop.run_until([this] { return is_caught_up(); }, Millis{1'000}));
}

TEST_F(Following, MarksBlocksThatAgreeWithTheirBloomAsChecked) {
    start_with_alice_and_bob();
    chain.mine({{kCpop, kAlice, kBob, 1}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(listener->completeness(), Completeness::checked);
    EXPECT_EQ(chain_row()->blocks.back().block.completeness, Completeness::checked);
}

TEST_F(Following, StoresProvenBlocksAsProvenWhateverTheBloomSays) {
    start_with_alice_and_bob();
    rpc.proves = true;
    rpc.bloom = Bloom{};
    (*rpc.bloom)[7] = 1;
    chain.mine({{kCpop, kAlice, kBob, 10}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(listener->completeness(), Completeness::proven);
    EXPECT_EQ(chain_row()->blocks.back().block.completeness, Completeness::proven);
    EXPECT_EQ(balance(kBob), 10);
    rpc.proves = false;
    rpc.bloom.reset();
    chain.mine();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(listener->completeness(), Completeness::checked);
}

TEST_F(Following, StaysWhereItIsWhileTheProofThatIsRequiredIsMissing) {
    start_with_alice_and_bob();
    rpc.script.fail(Point::arriving, "facts", Errc::unsupported, 5);
    chain.mine({{kCpop, kAlice, kBob, 10}});
    loop.pass(Millis{1});
    EXPECT_EQ(cursor().block.number.value, 1u);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 10);
}

TEST_F(Following, TellsTheBoardWhereItStands) {
    start_with_alice_and_bob();
    chain.mine();
    ASSERT_TRUE(catch_up());
    loop.settle();
    const ledger::ChainPosition position = board->find(kChain)->read();
    EXPECT_TRUE(position.known);
    EXPECT_EQ(position.cursor, chain.head().header.ref);
    EXPECT_EQ(position.head, chain.height());
    EXPECT_EQ(position.at_head, loop.clock.wall());
}

TEST_F(Following, CountsAMintThatIsToldTwiceOnce) {
    start_with_alice_and_bob();
    chain.mine(
        {{kCpop, kZero, kAlice, 7, Told::by_both}, {kCpop, kAlice, kZero, 2, Told::by_both}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kAlice), 105);
    EXPECT_EQ(chain_row()->events.size(), 2u);
    EXPECT_EQ(rows_of_kind(MoveKind::mint), 1u);
    EXPECT_EQ(rows_of_kind(MoveKind::burn), 1u);
}

TEST_F(Following, GoesOnAfterErrorsOfTheNode) {
    start_with_alice_and_bob();
    for (const char* call : {"header", "facts"}) {
        chain.mine({{kCpop, kAlice, kBob, 1}});
        rpc.script.fail(Point::arriving, call, Errc::unavailable, 3);
        ASSERT_TRUE(catch_up()) << call;
        EXPECT_EQ(difference_from_chain(), "");
    }
}

TEST_F(Following, AppliesABlockOnceWhenTheAnswerToItsCommitIsLost) {
    start_with_alice_and_bob();
    chain.mine({{kCpop, kAlice, kBob, 10}});
    store.script.fail(Point::answering, "commit", Errc::timed_out);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 10);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Following, AppliesABlockWhenItsCommitWasLost) {
    start_with_alice_and_bob();
    for (const Errc code : {Errc::unavailable, Errc::timed_out}) {
        chain.mine({{kCpop, kAlice, kBob, 10}});
        store.script.fail(Point::arriving, "commit", code);
        ASSERT_TRUE(catch_up());
        EXPECT_EQ(difference_from_chain(), "");
    }
    EXPECT_EQ(balance(kBob), 20);
}

TEST_F(Following, GoesOnUnderANewTermWhenACommitMayStillLand) {
    start_with_alice_and_bob();
    for (const Point point : {Point::arriving, Point::answering}) {
        const std::uint64_t term = chain_row()->term;
        store.script.fail(point, "commit", Errc::timed_out);
        chain.mine({{kCpop, kAlice, kBob, 10}});
        ASSERT_TRUE(catch_up());
        EXPECT_GT(chain_row()->term, term);
    }
    EXPECT_EQ(balance(kBob), 20);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Following, LooksAgainWhenSomebodyElseMovedTheCursor) {
    start_with_alice_and_bob();
    const auto& block = chain.mine({{kCpop, kAlice, kBob, 10}});
    LedgerPlan theirs;
    theirs.chain = kChain;
    theirs.expected = cursor();
    theirs.blocks.push_back({block.header, Completeness::claimed});
    theirs.moves.push_back({block.header.ref.number, 0, 0, kCpopId, wallet(kAlice).id,
                            wallet(kBob).id, 10, block.logs.logs[0].tx_hash, MoveKind::transfer,
                            EventType::transfer});
    theirs.deltas = {{wallet(kAlice).id, kCpopId, 0, 10, block.header.ref.number},
                     {wallet(kBob).id, kCpopId, 10, 0, block.header.ref.number}};
    ASSERT_TRUE(run(store.commit(theirs, store::Totals::not_wanted, soon())));
    chain.mine({{kCpop, kAlice, kBob, 5}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 15);
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(cursor().epoch, 0u);
}

TEST_F(Following, ContinuesAtTheCursorAfterARestart) {
    start_with_alice_and_bob();
    chain.mine({{kCpop, kAlice, kBob, 10}});
    ASSERT_TRUE(catch_up());
    stop();
    chain.mine({{kCpop, kAlice, kBob, 5}});
    start();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 15);
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(cursor().epoch, 0u);
}

TEST_F(Following, AsksAgainForLogsThatTheBloomPromises) {
    start_with_alice_and_bob();
    rpc.logs_late = 3;
    chain.mine({{kCpop, kAlice, kBob, 10}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 10);
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(listener->completeness(), Completeness::checked);
}

TEST_F(Following, NeverAppliesALogThatTheBloomRulesOut) {
    start_with_alice_and_bob();
    rpc.bloom = Bloom{};
    (*rpc.bloom)[7] = 1;
    chain.mine({{kCpop, kAlice, kBob, 10}});
    loop.pass(std::chrono::minutes(5));
    EXPECT_EQ(cursor().block.number.value, 1u);
    rpc.bloom.reset();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 10);
}

TEST_F(Following, AppliesTheLogsOfAChainWithoutBlooms) {
    start_with_alice_and_bob();
    rpc.bloom = Bloom{};
    chain.mine({{kCpop, kAlice, kBob, 10}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 10);
    EXPECT_EQ(listener->completeness(), Completeness::claimed);
}

TEST_F(Following, BelievesAnEmptyBloomWhereBloomsAreWhatLogsAreCheckedWith) {
    settings.integrity = Integrity::bloom;
    start_with_alice_and_bob();
    rpc.bloom = Bloom{};
    chain.mine({{kCpop, kAlice, kBob, 10}});
    loop.pass(std::chrono::minutes(5));
    EXPECT_EQ(cursor().block.number.value, 1u);
    rpc.bloom.reset();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 10);
}

TEST_F(Following, SkipsNoBlockWhenAHeadIsToldToStandOnTheCursor) {
    start_with_alice_and_bob();
    rpc.forge = [this](BlockHeader& head) {
        if (head.ref.number.value != 3) return;
        head.ref.number = {2};
        head.parent = chain.at(1)->header.ref.hash;
    };
    chain.mine({{kCpop, kAlice, kBob, 10}});
    chain.mine();
    loop.pass(Millis{10'000});
    EXPECT_EQ(difference_at_cursor(), "");
    rpc.forge = nullptr;
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 10);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Following, LoadsNothingAnewWhileTheNodeDoesNotAnswer) {
    start_with_alice_and_bob();
    const std::size_t loads = store.script.calls("tracked");
    rpc.script.fail(Point::arriving, "header", Errc::timed_out, 10);
    chain.mine({{kCpop, kAlice, kBob, 10}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 10);
    EXPECT_EQ(store.script.calls("tracked"), loads);
}

TEST_F(Following, AChainWhoseBlocksComeFasterThanBeatsIsFollowedToo) {
    rpc.safe_depth = 2;
    rpc.finalized_depth = 5;
    rpc.script.delay = [](Point at, std::string_view) {
        return at == Point::arriving ? Millis{150} : Millis{0};
    };
    chain.mine_empty(3);
    start();
    for (int i = 0; i < 60; ++i) {
        chain.mine_empty(1);
        loop.pass(Millis{250});
    }
    EXPECT_EQ(listener->state(), ListenerState::following);
    EXPECT_TRUE(is_ready()) << degraded();
    EXPECT_GT(chain_row()->state.finalized, BlockNumber{40});
    const auto position = board->find(kChain)->read();
    EXPECT_LT(loop.clock.wall() - position.at_head, Seconds{3});
}

TEST_F(Following, WaitsForANodeThatIsBehindAllThatIsStored) {
    settings.reorg_depth = 2;
    chain.mine_empty(9);
    start();
    ASSERT_TRUE(catch_up());
    for (const std::uint64_t behind : {1u, 4u, 9u}) {
        rpc.behind = behind;
        loop.pass(Millis{5'000});
        EXPECT_EQ(listener->state(), ListenerState::following);
        EXPECT_EQ(cursor().block.number.value, 9u);
    }
    rpc.behind = 0;
    chain.mine_empty(1);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(cursor().epoch, 0u);
}

TEST_F(Following, DoesNotTakeANodeThatIsBehindForAReorganisation) {
    start_with_alice_and_bob();
    for (int i = 0; i < 6; ++i) chain.mine({{kCpop, kAlice, kBob, 1}});
    ASSERT_TRUE(catch_up());
    for (const std::uint64_t behind : {1u, 3u, 6u}) {
        rpc.behind = behind;
        loop.pass(Millis{5'000});
        EXPECT_EQ(cursor().block, chain.head().header.ref);
        EXPECT_EQ(cursor().epoch, 0u);
    }
    rpc.behind = 0;
    chain.mine({{kCpop, kAlice, kBob, 1}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 7);
}

}  // namespace
}  // namespace custodialbridge::sync

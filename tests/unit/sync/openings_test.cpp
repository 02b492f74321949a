#include "followed_model.hpp"

namespace custodialbridge::sync {
namespace {

class OpeningsTest : public ListenerTest {
  protected:
    void SetUp() override {
        chain.mine({{kCpop, kZero, kAlice, 100}, {kUsdt, kZero, kAlice, 1'000}});
    }

    void traffic(int blocks) {
        for (int i = 0; i < blocks; ++i)
            chain.mine({{kCpop, kAlice, kBob, 1}, {kUsdt, kAlice, kBob, 2}});
    }
};

TEST_F(OpeningsTest, AWalletBeginsWithItsSnapshotAndGoesOnWithTheEvents) {
    start();
    ASSERT_TRUE(catch_up());
    traffic(3);
    ASSERT_TRUE(catch_up());
    add_wallet(kBob);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 3);
    EXPECT_EQ(rows_of_kind(MoveKind::opening), 1u);
    traffic(2);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 5);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(OpeningsTest, AWalletThatHoldsNothingHasARowAndNoJournal) {
    start();
    add_wallet(kStranger);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kStranger), 0);
    EXPECT_EQ(rows_of_kind(MoveKind::opening), 0u);
}

TEST_F(OpeningsTest, AWalletCanJoinBetweenAnyTwoBlocksOfAStream) {
    start();
    ASSERT_TRUE(catch_up());
    for (std::uint64_t holder = 20; holder < 40; ++holder) {
        chain.mine({{kCpop, kAlice, address(holder), 1}, {kCpop, kAlice, address(holder - 1), 1}});
        add_wallet(address(holder), "user" + std::to_string(holder));
        if (holder % 3 == 0) loop.settle();
        chain.mine({{kCpop, kAlice, address(holder), 1}});
    }
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(store.tables.balances.size(), 20u);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(OpeningsTest, EveryFollowedTokenIsOpenedTogether) {
    tokens.push_back(followed_token(kUsdtId, kUsdt));
    start();
    ASSERT_TRUE(catch_up());
    traffic(3);
    add_wallet(kBob);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob, kCpopId), 3);
    EXPECT_EQ(balance(kBob, kUsdtId), 6);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(OpeningsTest, AWalletThatCannotBeReadWaitsAndHoldsNobodyUp) {
    add_wallet(kAlice);
    start();
    ASSERT_TRUE(catch_up());
    rpc.unanswered_holders.insert(kBob);
    add_wallet(kBob);
    loop.settle();
    traffic(5);
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(cursor().block, chain.head().header.ref);
    EXPECT_EQ(balance(kAlice), 95);
    EXPECT_FALSE(wallet(kBob).tracked_from);
    add_wallet(kStranger);
    loop.pass(std::chrono::minutes(1));
    EXPECT_TRUE(wallet(kStranger).tracked_from);
    rpc.unanswered_holders.clear();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 5);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(OpeningsTest, ANodeThatDoesNotAnswerForBalancesHoldsNoBlockUp) {
    add_wallet(kAlice);
    start();
    ASSERT_TRUE(catch_up());
    auto gate = rpc.script.hold(Point::arriving, "balances", loop.executor());
    add_wallet(kBob);
    for (int i = 0; i < 10; ++i) {
        traffic(1);
        loop.pass(std::chrono::seconds(20));
    }
    EXPECT_EQ(cursor().block, chain.head().header.ref);
    gate->open();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(OpeningsTest, AnOpeningWhoseAnswerIsLostIsMadeOnce) {
    add_wallet(kAlice);
    start();
    ASSERT_TRUE(catch_up());
    for (const Errc code : {Errc::timed_out, Errc::unavailable}) {
        const Address holder = code == Errc::timed_out ? kBob : kStranger;
        store.script.fail(Point::answering, "open", code);
        add_wallet(holder);
        ASSERT_TRUE(catch_up());
        chain.mine({{kCpop, kAlice, holder, 5}});
        ASSERT_TRUE(catch_up());
        EXPECT_EQ(balance(holder), 5);
        EXPECT_EQ(difference_from_chain(), "");
    }
}

TEST_F(OpeningsTest, ATokenThatCannotBeReadHoldsNoWalletUp) {
    rpc.unreadable.insert(kUsdt);
    tokens.push_back(followed_token(kUsdtId, kUsdt));
    start();
    loop.pass(Millis{5'000});
    add_wallet(kAlice);
    add_wallet(kBob);
    traffic(3);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kAlice), 97);
    EXPECT_EQ(store.tables.balance(wallet(kAlice).id, kUsdtId), nullptr);
    rpc.unreadable.clear();
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(balance(kBob, kUsdtId), 6);
    traffic(1);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(OpeningsTest, ANewTokenIsOpenedForTheWalletsThatWereThereBefore) {
    add_wallet(kAlice);
    add_wallet(kBob);
    start();
    ASSERT_TRUE(catch_up());
    traffic(3);
    ASSERT_TRUE(catch_up());
    tokens.push_back(followed_token(kUsdtId, kUsdt));
    restart();
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{2'000});
    EXPECT_EQ(balance(kAlice, kUsdtId), 994);
    EXPECT_EQ(balance(kBob, kUsdtId), 6);
    traffic(2);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob, kUsdtId), 10);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(OpeningsTest, ATokenThatIsPutWhileTheChainIsFollowedIsOpenedAndFollowed) {
    add_wallet(kAlice);
    add_wallet(kBob);
    start();
    ASSERT_TRUE(catch_up());
    traffic(3);
    ASSERT_TRUE(catch_up());
    tokens.push_back(followed_token(kUsdtId, kUsdt));
    ASSERT_TRUE(run(store.token_book().put({tokens.back()}, soon())));
    registry.replace(tokens);
    listener->set_tokens(tokens);
    traffic(1);
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{2'000});
    const U256 opened = balance(kBob, kUsdtId);
    traffic(2);
    ASSERT_TRUE(catch_up());
    EXPECT_GT(balance(kBob, kUsdtId), opened);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(OpeningsTest, ATokenIsOpenedThoughAWalletWasRemovedMeanwhile) {
    rpc.unreadable.insert(kUsdt);
    tokens.push_back(followed_token(kUsdtId, kUsdt));
    add_wallet(kAlice);
    start();
    loop.pass(Millis{5'000});
    rpc.unreadable.clear();
    auto gate = rpc.script.hold(Point::answering, "balances", loop.executor());
    ASSERT_TRUE(loop.run_until([&] { return gate->waiting() == 1; }));
    ASSERT_TRUE(run(store.remove({"user"}, kChain, kAlice, soon())));
    gate->open();
    loop.pass(std::chrono::minutes(1));
    chain.mine({{kUsdt, kZero, kAlice, 7}});
    traffic(3);
    ASSERT_TRUE(catch_up());
    EXPECT_TRUE(alerts.raised.empty()) << alerts.raised.front();
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(OpeningsTest, OfATokenThatIsNotMadeYetAreZeroAndItsHistoryIsWhole) {
    constexpr TokenId late{3};
    const Address contract = address(0xc5);
    settings.start_block = {{1}};
    rpc.deployed_at[contract] = 6;
    tokens.push_back(followed_token(late, contract));
    chain.mine_empty(5);
    for (int i = 0; i < 4; ++i) chain.mine({{contract, kZero, kAlice, 10}});
    add_wallet(kAlice);
    start();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kAlice, late), 40);
    EXPECT_EQ(chain_row()->opened_tokens.at(late), BlockNumber{0});
    std::size_t transfers = 0;
    for (const auto& row : chain_row()->journal) transfers += row.move.token == late;
    EXPECT_EQ(transfers, 4u);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(OpeningsTest, OfATokenThatIsThereAndCannotBeReadAreNotTakenForZero) {
    rpc.unreadable.insert(kUsdt);
    tokens.push_back(followed_token(kUsdtId, kUsdt));
    chain.mine({{kUsdt, kZero, kAlice, 10}});
    add_wallet(kAlice);
    start();
    loop.pass(std::chrono::minutes(2));
    EXPECT_FALSE(store.tables.is_opened(kChain, kUsdtId));
    rpc.unreadable.clear();
    loop.pass(std::chrono::minutes(2));
    EXPECT_EQ(balance(kAlice, kUsdtId), 1'010);
}

TEST_F(OpeningsTest, WaitForTheHeadWhenTheNodeHasNoStateAtTheCursor) {
    rpc.state_depth = 8;
    settings.start_block = {{1}};
    rpc.finalized_depth = 10;
    add_wallet(kAlice);
    add_wallet(kBob);
    chain.mine({{kCpop, kZero, kAlice, 1'000}});
    traffic(200);
    start();
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{2'000});
    EXPECT_EQ(wallet(kAlice).tracked_from, cursor().block.number);
    EXPECT_EQ(balance(kBob), 200);
    traffic(3);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kBob), 203);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(OpeningsTest, WalletsThatRegisterWhileCatchingUpJoinExactly) {
    settings.start_block = {{1}};
    rpc.finalized_depth = 10;
    rpc.log_range_max = 16;
    pace.ranges_in_flight = 2;
    rpc.script.delay = [](Point, std::string_view) { return Millis{1}; };
    chain.mine({{kCpop, kZero, kAlice, 1'000}, {kCpop, kZero, kBob, 1'000}});
    for (std::uint64_t holder = 20; holder < 30; ++holder)
        chain.mine({{kCpop, kAlice, address(holder), 5}});
    traffic(80);
    for (int i = 0; i < 200; ++i) chain.mine({{kCpop, kBob, address(20 + i % 10), i % 2}});
    add_wallet(kAlice);
    start();
    for (std::uint64_t holder = 20; holder < 30; ++holder) {
        loop.pass(Millis{7});
        add_wallet(address(holder), "user" + std::to_string(holder));
    }
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(store.tables.balances.size(), 11u);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(OpeningsTest, ARemovedWalletThatComesBackIsOpenedAnew) {
    add_wallet(kBob, "first");
    start();
    ASSERT_TRUE(catch_up());
    traffic(3);
    ASSERT_TRUE(catch_up());
    ASSERT_TRUE(run(store.remove({"first"}, kChain, kBob, soon())));
    traffic(2);
    ASSERT_TRUE(catch_up());
    add_wallet(kBob, "second");
    traffic(1);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(wallet(kBob).user.value, "second");
    EXPECT_EQ(balance(kBob), 6);
    EXPECT_EQ(difference_from_chain(), "");
}

}  // namespace
}  // namespace custodialbridge::sync

// Followed tokens that refuse to tell a balance keep nobody waiting; what they had is learnt later.
#include "followed_model.hpp"

namespace custodialbridge::sync {
namespace {

class Unreadable : public ListenerTest {
  protected:
    void SetUp() override {
        chain.mine({{kCpop, kZero, kAlice, 100}, {kUsdt, kZero, kAlice, 1'000},
                    {kUsdt, kZero, kBob, 500}});
        tokens.push_back(followed_token(kUsdtId, kUsdt));
    }

    /// Both tokens are open; then USDT begins to revert.
    void follow_until_it_reverts() {
        start();
        ASSERT_TRUE(catch_up());
        rpc.unreadable.insert(kUsdt);
    }

    /// What the ledger says of the user's balance, if it does.
    std::optional<U256> told(const std::string& user, TokenId token) const {
        const auto sum = store.tables.sum({{user}, kChain, token});
        return sum.complete ? std::optional(sum.amount) : std::nullopt;
    }

    /// The sum over its labels.
    double metric(const std::string& name) {
        const std::string text = metrics.render();
        const std::string start = "\ncustodialbridge_" + name + "{";
        double sum = 0;
        for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1))
            sum += std::stod(text.substr(text.find(' ', at)));
        return sum;
    }
};

TEST_F(Unreadable, ATokenKeepsNoNewWalletWaiting) {
    follow_until_it_reverts();
    add_wallet(kAlice);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(told("user", kCpopId), U256(100));
    EXPECT_EQ(told("user", kUsdtId), std::nullopt);
    chain.mine({{kCpop, kAlice, kBob, 1}, {kUsdt, kAlice, kBob, 7}, {kUsdt, kZero, kAlice, 3}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(told("user", kCpopId), U256(99));
    EXPECT_EQ(told("user", kUsdtId), std::nullopt);
    EXPECT_EQ(metric("balances_opened_unknown_total"), 1);
    EXPECT_EQ(metric("balance_shortfalls_total"), 0);
    EXPECT_TRUE(alerts.raised.empty());
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Unreadable, ABalanceIsLearntWhenItsTokenTellsItAgain) {
    follow_until_it_reverts();
    add_wallet(kAlice, "alice");
    add_wallet(kBob, "bob");
    ASSERT_TRUE(catch_up());
    chain.mine({{kUsdt, kAlice, kBob, 700}});
    chain.mine({{kUsdt, kBob, kAlice, 300}});
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(10));
    EXPECT_EQ(told("alice", kUsdtId), std::nullopt);
    rpc.unreadable.clear();
    loop.pass(Millis{20'000});
    EXPECT_EQ(told("alice", kUsdtId), U256(600));
    EXPECT_EQ(told("bob", kUsdtId), U256(900));
    EXPECT_EQ(rows_of_kind(MoveKind::sync), 0u) << "nothing is unexplained";
    EXPECT_EQ(metric("balances_learnt_total"), 2);
    chain.mine({{kUsdt, kAlice, kBob, 1}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(told("alice", kUsdtId), U256(599));
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Unreadable, OneRefusedHolderIsNobodyElsesConcern) {
    rpc.unreadable_holders.insert(kBob);
    start();
    ASSERT_TRUE(catch_up());
    add_wallet(kAlice, "alice");
    add_wallet(kBob, "bob");
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(told("alice", kUsdtId), U256(1'000));
    EXPECT_EQ(told("bob", kUsdtId), std::nullopt);
    loop.pass(std::chrono::minutes(1));
    add_wallet(kStranger, "stranger");
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(told("stranger", kUsdtId), U256(0));
}

TEST_F(Unreadable, ATokenIsAskedLessAndLess) {
    follow_until_it_reverts();
    add_wallet(kAlice);
    ASSERT_TRUE(catch_up());
    const std::size_t before = rpc.script.calls("balances");
    loop.pass(std::chrono::minutes(10));
    const std::size_t first = rpc.script.calls("balances") - before;
    EXPECT_GT(first, 20u);
    EXPECT_LT(first, 60u);
}

TEST_F(Unreadable, ATokenThatStaysSoHoldsNoOtherUp) {
    constexpr TokenId third{3};
    tokens.push_back(followed_token(third, address(0xc5)));
    follow_until_it_reverts();
    rpc.unreadable.insert(address(0xc5));
    add_wallet(kAlice);
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(5));
    rpc.unreadable.erase(address(0xc5));
    loop.pass(Millis{20'000});
    EXPECT_EQ(told("user", third), U256(0));
    EXPECT_EQ(told("user", kUsdtId), std::nullopt);
}

TEST_F(Unreadable, EachHolderOfManyHasItsTurn) {
    follow_until_it_reverts();
    for (std::uint64_t holder = 100; holder < 170; ++holder)
        add_wallet(address(holder), "user" + std::to_string(holder));
    ASSERT_TRUE(catch_up());
    for (std::uint64_t holder = 100; holder < 169; ++holder)
        rpc.unreadable_holders.insert(address(holder));
    rpc.unreadable.clear();
    chain.mine({{kUsdt, kAlice, address(169), 4}});
    loop.pass(std::chrono::minutes(2));
    EXPECT_EQ(told("user169", kUsdtId), U256(4));
    EXPECT_EQ(told("user168", kUsdtId), std::nullopt);
    rpc.unreadable_holders.clear();
    loop.pass(std::chrono::minutes(2));
    for (std::uint64_t holder = 100; holder < 169; ++holder)
        EXPECT_EQ(told("user" + std::to_string(holder), kUsdtId), U256(0));
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Unreadable, ANodeThatDoesNotAnswerTeachesNothing) {
    follow_until_it_reverts();
    add_wallet(kAlice);
    ASSERT_TRUE(catch_up());
    rpc.unreadable.clear();
    rpc.script.fail(Point::arriving, "balances", Errc::unavailable, 3);
    rpc.unanswered_holders.insert(kAlice);
    loop.pass(std::chrono::minutes(2));
    EXPECT_EQ(told("user", kUsdtId), std::nullopt);
    chain.mine({{kCpop, kAlice, kBob, 1}});
    ASSERT_TRUE(catch_up());
    rpc.unanswered_holders.clear();
    loop.pass(Millis{20'000});
    EXPECT_EQ(told("user", kUsdtId), U256(1'000));
}

TEST_F(Unreadable, WhatIsNotKnownIsRememberedByWhoeverStartsNext) {
    follow_until_it_reverts();
    add_wallet(kAlice);
    ASSERT_TRUE(catch_up());
    restart();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(told("user", kUsdtId), std::nullopt);
    rpc.unreadable.clear();
    restart();
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{2'000});
    EXPECT_EQ(told("user", kUsdtId), U256(1'000));
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Unreadable, WhatAnOrphanedBlockTaughtIsLearntAgain) {
    follow_until_it_reverts();
    add_wallet(kAlice);
    add_wallet(kBob, "bob");
    ASSERT_TRUE(catch_up());
    chain.mine({{kUsdt, kAlice, kStranger, 5}});
    ASSERT_TRUE(catch_up());
    chain.mine({{kUsdt, kAlice, kStranger, 5}});
    rpc.unreadable.clear();
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{20'000});
    ASSERT_EQ(told("user", kUsdtId), U256(990));
    rpc.unreadable.insert(kUsdt);
    chain.drop(1);
    chain.mine({{kUsdt, kAlice, kStranger, 100}});
    chain.mine_empty(1);
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(told("user", kUsdtId), std::nullopt);
    EXPECT_EQ(told("bob", kUsdtId), std::nullopt);
    rpc.unreadable.clear();
    loop.pass(Millis{20'000});
    EXPECT_EQ(told("user", kUsdtId), U256(895));
    EXPECT_EQ(told("bob", kUsdtId), U256(500));
    EXPECT_EQ(rows_of_kind(MoveKind::sync), 0u);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Unreadable, ALostAnswerOfTheStoreDoesNotTeachTwice) {
    follow_until_it_reverts();
    add_wallet(kAlice);
    ASSERT_TRUE(catch_up());
    store.script.fail(Point::answering, "adjust", Errc::timed_out);
    rpc.unreadable.clear();
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(told("user", kUsdtId), U256(1'000));
    EXPECT_EQ(rows_of_kind(MoveKind::opening), 2u);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Unreadable, WhatIsNotKnownIsNoMismatch) {
    verify_changed = Millis{1'000};
    follow_until_it_reverts();
    add_wallet(kAlice);
    ASSERT_TRUE(catch_up());
    for (int i = 0; i < 5; ++i) {
        chain.mine({{kUsdt, kAlice, kBob, 7}});
        ASSERT_TRUE(catch_up());
        loop.pass(Millis{3'000});
    }
    EXPECT_EQ(metric("balance_mismatch_total"), 0);
    rpc.unreadable.clear();
    for (int i = 0; i < 5; ++i) {
        chain.mine({{kUsdt, kAlice, kBob, 7}});
        ASSERT_TRUE(catch_up());
        loop.pass(Millis{5'000});
    }
    EXPECT_EQ(told("user", kUsdtId), U256(930));
    EXPECT_EQ(metric("balance_mismatch_total"), 0);
    EXPECT_EQ(rows_of_kind(MoveKind::sync), 0u);
    EXPECT_TRUE(alerts.raised.empty());
}

TEST_F(Unreadable, ANewTokenIsOpenedThoughOneOfItsHoldersIsRefused) {
    tokens.pop_back();
    add_wallet(kAlice, "alice");
    add_wallet(kBob, "bob");
    start();
    ASSERT_TRUE(catch_up());
    rpc.unreadable_holders.insert(kBob);
    tokens.push_back(followed_token(kUsdtId, kUsdt));
    restart();
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{2'000});
    EXPECT_EQ(told("alice", kUsdtId), U256(1'000));
    EXPECT_EQ(told("bob", kUsdtId), std::nullopt);
    EXPECT_EQ(told("bob", kCpopId), U256(0));
    chain.mine({{kUsdt, kBob, kAlice, 500}});
    ASSERT_TRUE(catch_up());
    rpc.unreadable_holders.clear();
    loop.pass(Millis{20'000});
    EXPECT_EQ(told("bob", kUsdtId), U256(0));
    EXPECT_EQ(told("alice", kUsdtId), U256(1'500));
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(Unreadable, ANewTokenIsOpenedWhenItTellsOthersThanItsHolders) {
    tokens.pop_back();
    add_wallet(kBob, "bob");
    start();
    ASSERT_TRUE(catch_up());
    rpc.unreadable_holders.insert(kBob);
    tokens.push_back(followed_token(kUsdtId, kUsdt));
    restart();
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{2'000});
    EXPECT_TRUE(store.tables.is_opened(kChain, kUsdtId));
    EXPECT_EQ(told("bob", kUsdtId), std::nullopt);
}

}  // namespace
}  // namespace custodialbridge::sync

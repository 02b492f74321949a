#include <gmock/gmock.h>

#include "followed_model.hpp"

namespace custodialbridge::sync {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Address kArt = address(0xc7);
constexpr TokenId kArtId{3};

class VerifierTest : public ListenerTest {
  protected:
    VerifierTest() {
        verify_changed = Millis{5'000};
        tokens = {followed_token(kCpopId, kCpop), followed_token(kUsdtId, kUsdt)};
        tokens[0].on_difference = OnDifference::mismatch;
        tokens[1].on_difference = OnDifference::sync;
        tokens[0].mismatch_threshold = tokens[1].mismatch_threshold = 10;
        chain.mine({{kCpop, kZero, kAlice, 10'000}, {kUsdt, kZero, kAlice, 10'000}});
        add_wallet(kAlice);
        add_wallet(kBob);
    }

    void begin() {
        start();
        ASSERT_TRUE(catch_up());
    }

    /// The balances change by more (or less) than the event says.
    void lie(const Address& contract, const U256& told, const U256& silent) {
        chain.mine({{contract, kAlice, kBob, told},
                    {contract, kAlice, kStranger, silent, Told::not_at_all}});
    }

    double counted(const std::string& name) {
        const std::string text = metrics.render();
        const auto at = text.find("custodialbridge_" + name + " ");
        if (at == std::string::npos) return -1;
        return std::stod(text.substr(text.find(' ', at)));
    }
    double verified(const std::string& outcome) {
        return counted("balances_verified_total{chain_id=\"7\",outcome=\"" + outcome + "\"}");
    }
    double mismatches() { return counted("balance_mismatch_total{chain_id=\"7\",token=\"1\"}"); }
    double differences() {
        return counted("balance_differences_total{chain_id=\"7\",token=\"2\"}");
    }
};

TEST_F(VerifierTest, ReadsWhatEventsChangedAgainWithinItsTime) {
    begin();
    chain.mine({{kCpop, kAlice, kBob, 5}, {kUsdt, kAlice, kBob, 5}});
    ASSERT_TRUE(catch_up());
    loop.pass(verify_changed);
    EXPECT_EQ(verified("agrees"), 4);
    EXPECT_EQ(changed.size(), 0u);
    EXPECT_THAT(alerts.raised, IsEmpty());
}

TEST_F(VerifierTest, AnotherPaceIsInForceAtOnceAndNoneIsOff) {
    begin();
    verifier->set_pace(Millis{0}, mismatch_alert);
    loop.pass(verify_changed);
    chain.mine({{kCpop, kAlice, kBob, 5}});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(changed.size(), 0u) << "nobody would take it";
    loop.pass(std::chrono::minutes(5));
    EXPECT_EQ(verified("agrees"), 0);
    verifier->set_pace(std::chrono::minutes(2), mismatch_alert);
    nobody.notify();
    chain.mine({{kCpop, kAlice, kBob, 5}});
    ASSERT_TRUE(catch_up());
    loop.pass(verify_changed);
    EXPECT_EQ(verified("agrees"), 0) << "there is time";
    loop.pass(std::chrono::minutes(2));
    EXPECT_EQ(verified("agrees"), 2);
}

TEST_F(VerifierTest, LeavesAloneWhatNothingChanged) {
    begin();
    const auto for_openings = rpc.script.calls("balances");
    chain.mine_empty(3);
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(verified("agrees"), 0);
    EXPECT_EQ(rpc.script.calls("balances"), for_openings);
}

TEST_F(VerifierTest, CountsAMismatchOnceAndLeavesTheLedgerAsItIs) {
    begin();
    lie(kCpop, 100, 50);
    ASSERT_TRUE(catch_up());
    loop.pass(verify_changed);
    EXPECT_EQ(mismatches(), 1);
    EXPECT_EQ(balance(kAlice), 9'900);
    EXPECT_THAT(alerts.raised, ElementsAre("balance-mismatch"));
    loop.pass(std::chrono::minutes(5));
    EXPECT_EQ(mismatches(), 1);
    EXPECT_EQ(rows_of_kind(MoveKind::sync), 0u);
}

TEST_F(VerifierTest, CountsAgainWhenTheGapIsAnotherOne) {
    begin();
    lie(kCpop, 100, 50);
    ASSERT_TRUE(catch_up());
    loop.pass(verify_changed);
    chain.mine({{kCpop, kAlice, kBob, 1}});  // the same gap
    ASSERT_TRUE(catch_up());
    loop.pass(verify_changed);
    EXPECT_EQ(mismatches(), 1);
    lie(kCpop, 1, 7);
    ASSERT_TRUE(catch_up());
    loop.pass(verify_changed);
    EXPECT_EQ(mismatches(), 2);
}

TEST_F(VerifierTest, AMismatchThatVanishesResolvesItsAlert) {
    begin();
    lie(kCpop, 100, 2'000);
    ASSERT_TRUE(catch_up());
    loop.pass(verify_changed);
    EXPECT_THAT(alerts.raised, ElementsAre("balance-mismatch-critical"));
    EXPECT_THAT(alerts.resolved, ::testing::Not(::testing::Contains("balance-mismatch-critical")));
    chain.mine({{kCpop, kStranger, kAlice, 2'000, Told::not_at_all}});
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(1));
    EXPECT_THAT(alerts.resolved, ::testing::Contains("balance-mismatch-critical"));
}

TEST_F(VerifierTest, WhoDoesNotVerifyAnyMoreDoesNotAlertEither) {
    begin();
    lie(kCpop, 100, 50);
    ASSERT_TRUE(catch_up());
    loop.pass(verify_changed);
    EXPECT_THAT(alerts.raised, ElementsAre("balance-mismatch"));
    verifier->set_pace(Millis{0}, mismatch_alert);
    EXPECT_THAT(alerts.resolved, ::testing::Contains("balance-mismatch"));
}

TEST_F(VerifierTest, ASmallMismatchIsCountedAndWakesNobody) {
    begin();
    lie(kCpop, 100, 10);
    ASSERT_TRUE(catch_up());
    loop.pass(verify_changed);
    EXPECT_EQ(mismatches(), 1);
    EXPECT_THAT(alerts.raised, IsEmpty());
}

TEST_F(VerifierTest, TrustsTheChainWhereTheTokenSaysSo) {
    begin();
    lie(kUsdt, 100, 50);
    ASSERT_TRUE(catch_up());
    loop.pass(verify_changed);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kAlice, kUsdtId), 9'850);
    EXPECT_EQ(rows_of_kind(MoveKind::sync), 1u);
    EXPECT_EQ(differences(), 1);
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_THAT(alerts.raised, IsEmpty()) << "it happened once";
}

TEST_F(VerifierTest, ASettlementThatIsGivenUpIsTriedAgain) {
    begin();
    lie(kUsdt, 100, 50);
    unsigned refused = 0;
    store.script.fault = [&](Point point, std::string_view call) -> std::optional<Error> {
        if (call != "adjust" || point != Point::arriving || refused == 3) return std::nullopt;
        ++refused;
        return Error(Errc::unavailable, "down");
    };
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(refused, 3u);
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(differences(), 1);
}

TEST_F(VerifierTest, AMismatchOfAWalletThatIsRemovedIsGone) {
    begin();
    lie(kCpop, 100, 50);
    ASSERT_TRUE(catch_up());
    loop.pass(verify_changed);
    ASSERT_EQ(mismatches(), 1);
    run(store.remove({"user"}, kChain, kAlice, soon()));
    loop.pass(std::chrono::minutes(2));
    EXPECT_THAT(alerts.resolved, ::testing::Contains("balance-mismatch"));
}

TEST_F(VerifierTest, SaysThatEventsDoNotExplainATokenThatKeepsDoingThat) {
    begin();
    for (int i = 0; i < 3; ++i) {
        lie(kUsdt, 100, 50);
        ASSERT_TRUE(catch_up());
        loop.pass(2 * verify_changed);
    }
    EXPECT_EQ(differences(), 3);
    EXPECT_THAT(alerts.raised, ElementsAre("events-do-not-explain"));
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(VerifierTest, VerifiesABalanceThatChangesInEveryBlock) {
    begin();
    for (int i = 0; i < 60; ++i) {
        chain.mine({{kCpop, kAlice, kBob, 1}});
        wakeup.notify();
        loop.pass(Millis{200});
    }
    EXPECT_GT(verified("agrees"), 10);
    EXPECT_EQ(mismatches(), 0);
}

TEST_F(VerifierTest, AReorgIsNoMismatch) {
    begin();
    for (int i = 0; i < 10; ++i) {
        chain.mine({{kCpop, kAlice, kBob, 100}});
        chain.mine({{kCpop, kAlice, kBob, 10}});
        ASSERT_TRUE(catch_up());
        loop.pass(Millis{700});
        chain.drop(2);
        chain.mine({{kCpop, kBob, kZero, 0}});
        chain.mine_empty(2);
        ASSERT_TRUE(catch_up());
        loop.pass(Millis{700});
    }
    loop.pass(verify_changed);
    EXPECT_EQ(mismatches(), 0);
    EXPECT_EQ(changed.size(), 0u);
}

TEST_F(VerifierTest, WhatCannotBeReadIsUnknownAndNotAMismatch) {
    begin();
    chain.mine({{kCpop, kAlice, kBob, 5}, {kUsdt, kAlice, kBob, 5}});
    rpc.unreadable.insert(kCpop);
    ASSERT_TRUE(catch_up());
    loop.pass(2 * verify_changed);
    EXPECT_EQ(verified("unknown"), 2);
    EXPECT_EQ(verified("agrees"), 2);
    EXPECT_EQ(mismatches(), 0);
    EXPECT_EQ(changed.size(), 0u);
}

TEST_F(VerifierTest, ANodeThatDoesNotAnswerIsAskedLater) {
    begin();
    rpc.script.fault = [](Point, std::string_view call) -> std::optional<Error> {
        if (call != "balances") return std::nullopt;
        return Error(Errc::unavailable, "down");
    };
    chain.mine({{kCpop, kAlice, kBob, 5}});
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(changed.size(), 2u);
    rpc.script.fault = nullptr;
    loop.pass(2 * verify_changed);
    EXPECT_EQ(verified("agrees"), 2);
}

TEST_F(VerifierTest, AnNftThatSilentlyLeftIsTakenFromItsHolding) {
    Token art = followed_token(kArtId, kArt);
    art.kind = TokenKind::erc721;
    art.on_difference = OnDifference::sync;
    tokens.push_back(art);
    ModelMove given{kArt, kZero, kAlice, 1, Told::by_transfer, U256(7)};
    chain.mine({given});
    begin();
    chain.mine({{kArt, kAlice, kBob, 1, Told::by_transfer, U256(7)},
                {kArt, kBob, kStranger, 1, Told::not_at_all, U256(7)}});
    ASSERT_TRUE(catch_up());
    loop.pass(2 * verify_changed);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(verified("differs"), 4);
    EXPECT_EQ(verified("agrees"), 4) << "two that were right, and two once they were settled";
    EXPECT_EQ((store.tables.holdings[{wallet(kBob).id, kArtId, 7}]), 0);
    EXPECT_EQ(balance(kBob, kArtId), 0);
    EXPECT_EQ(difference_from_chain(), "");
}

}  // namespace
}  // namespace custodialbridge::sync

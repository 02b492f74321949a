/// Many balances in real time: one piece, in which each key stands for itself.
#include <gmock/gmock.h>

#include "custodialbridge/ledger/read_all.hpp"
#include "ledger_model.hpp"

namespace custodialbridge::ledger {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr Millis kGathering{2};
constexpr std::size_t kManyUsers = 400;
constexpr TokenId kCollectionId{9};

class ManyInRealTime : public LedgerTest {
  protected:
    using Reading = testing::Running<std::vector<OneRead>>;

    void SetUp() override {
        LedgerTest::SetUp();
        add_wallet(kBobUser, kBob);
        step({{kCpop, kAlice, kBob, 1}, {kUsdt, kAlice, kBob, 30}});
    }

    Task<std::vector<OneRead>> reading(std::vector<BalanceKey> keys, Millis patience) {
        return read_all(*reader, std::move(keys), Freshness::realtime,
                        Deadline::after(loop.clock, patience));
    }
    Reading start(std::vector<BalanceKey> keys, Millis patience = Millis{10'000}) {
        return loop.start(reading(std::move(keys), patience));
    }
    std::vector<std::string> say_all(std::vector<BalanceKey> keys) {
        return texts(loop.run(reading(std::move(keys), Millis{10'000})));
    }

    std::vector<std::string> texts(const std::vector<OneRead>& reads) {
        std::vector<std::string> all;
        for (const OneRead& read : reads) {
            view = read.view;
            all.push_back(read.result ? said()
                                      : "none: " + std::to_string(
                                                       static_cast<int>(read.result.error().why)));
        }
        return all;
    }

    /// Each has a wallet with some of both polled tokens.
    std::vector<BalanceKey> keys_of_many_users() {
        std::vector<BalanceKey> keys;
        std::vector<ModelMove> moves;
        for (std::size_t i = 0; i < kManyUsers; ++i) {
            const UserId user{"user-" + std::to_string(i)};
            const Address at = address(1'000 + static_cast<unsigned>(i));
            loop.run(wallets->put(user, kChain, at, true, soon())).value();
            moves.push_back({kUsdt, kZero, at, i + 1});
            keys.push_back(key_of(user, kUsdtId));
            keys.push_back(key_of(user, kCpopId));
            keys.push_back(key_of(user, kEthId));
        }
        open_waiting();
        step(moves);
        return keys;
    }

    void hold_balances() { gate = rpc.script.hold(Point::arriving, "balances", loop.executor()); }
    void let_on() {
        gate->open();
        loop.pass(Millis{100});
    }

    std::shared_ptr<testing::Gate> gate;
};

TEST_F(ManyInRealTime, AreOneLookAtTheHeadOneCallAndOnePublication) {
    const auto keys = keys_of_many_users();
    const std::size_t heads = rpc.script.calls("header");
    const std::size_t published = redis.script.calls("publish");
    const auto all = say_all(keys);
    EXPECT_EQ(all[0], "1 chain @3");
    EXPECT_EQ(all[3 * kManyUsers - 3], std::to_string(kManyUsers) + " chain @3");
    EXPECT_EQ(rpc.script.calls("header"), heads + 1);
    EXPECT_EQ(store.script.calls("addresses_of"), 1u);
    EXPECT_EQ(rpc.script.calls("balances"), 1u);
    EXPECT_EQ(rpc.balances_asked, keys.size());
    EXPECT_EQ(redis.script.calls("publish"), published + 1);
    EXPECT_EQ(desk.size(), 2 * kManyUsers) << "polled ones are left for the syncer";
    EXPECT_EQ(say(keys[0].user, kUsdtId), "1 local @3");
    drop_local();
    EXPECT_EQ(say(keys[3].user, kUsdtId), "2 redis @3");
}

TEST_F(ManyInRealTime, SayThatTheyAre) {
    const auto reads = loop.run(reading({key_of(kAliceUser)}, Millis{10'000}));
    EXPECT_TRUE(reads[0].view.realtime);
    EXPECT_EQ(reads[0].view.confirmations, 1u);
    EXPECT_EQ(reads[0].view.sync_lag_seconds, 0u);
}

TEST_F(ManyInRealTime, AreReadAsDeepAsTheChainIsConfigured) {
    default_confirmations = 2;
    restart();
    const auto reads = loop.run(reading({key_of(kAliceUser)}, Millis{10'000}));
    EXPECT_EQ(reads[0].view.block, block(1));
    EXPECT_EQ(reads[0].view.confirmations, 2u);
}

TEST_F(ManyInRealTime, AtOnceShareTheReadsOfAKeyAndTheCall) {
    auto first = start({key_of(kAliceUser), key_of(kBobUser)});
    auto second = start({key_of(kBobUser), key_of(kAliceUser, kUsdtId)});
    auto one = loop.start(reader->read_realtime(key_of(kBobUser), 0, view, soon()));
    loop.pass(Millis{100});
    EXPECT_THAT(texts(first.take()), ElementsAre("99 chain @2", "1 chain @2"));
    EXPECT_THAT(texts(second.take()), ElementsAre("1 chain @2", "670 chain @2"));
    EXPECT_TRUE(one.take());
    EXPECT_EQ(rpc.script.calls("balances"), 1u);
    EXPECT_EQ(rpc.balances_asked, 3u);
}

TEST_F(ManyInRealTime, EachFailsForItselfAlone) {
    rpc.unreadable_holders.insert(kBob);
    BalanceKey elsewhere = key_of(kAliceUser);
    elsewhere.chain = ChainId{8};
    EXPECT_THAT(say_all({key_of(kBobUser), key_of(kAliceUser), key_of({"nobody"}),
                         key_of(kAliceUser, {8}), elsewhere, key_of(kAliceUser, kUsdtId)}),
                ElementsAre(kChainUnavailable, "99 chain @2", kUnknownUser, "none: 1", "none: 0",
                            "670 chain @2"));
}

TEST_F(ManyInRealTime, ACollectionIsReadApartAndHoldsUpNoOtherKeysCall) {
    tokens.push_back(token(kCollectionId, address(0xc9), false));
    tokens.back().kind = TokenKind::erc1155;
    registry = TokenRegistry(tokens);
    restart();
    EXPECT_THAT(say_all({key_of(kAliceUser), key_of(kAliceUser, kCollectionId),
                         key_of(kBobUser, kUsdtId)}),
                ElementsAre("99 chain @2", kChainUnavailable, "30 chain @2"));
    EXPECT_EQ(store.script.calls("addresses_of"), 2u);
    EXPECT_EQ(rpc.script.calls("balances"), 1u);
}

TEST_F(ManyInRealTime, ADeadlineFailsAllThatAreLeft) {
    hold_balances();
    auto leads = start({key_of(kAliceUser), key_of({"nobody"})});
    loop.pass(kGathering);
    ASSERT_EQ(gate->waiting(), 1u);
    auto second = start({key_of(kBobUser)});
    loop.pass(kGathering);
    auto late = start({key_of(kBobUser), key_of(kAliceUser, kUsdtId), key_of(kAliceUser, {8})},
                      Millis{50});
    loop.pass(Millis{60});
    ASSERT_TRUE(late.done());
    EXPECT_THAT(texts(late.take()), ElementsAre(kChainUnavailable, kChainUnavailable, "none: 1"));
    let_on();
    EXPECT_THAT(texts(leads.take()), ElementsAre("99 chain @2", kUnknownUser));
}

TEST_F(ManyInRealTime, AllFailWhenTheDatabaseIsAway) {
    store.script.fault = [](Point, std::string_view) { return Error(Errc::unavailable, "down"); };
    EXPECT_THAT(say_all({key_of(kAliceUser), key_of(kBobUser)}), Each(kUnavailable));
}

TEST_F(ManyInRealTime, WaitForTheLedgerToApplyTheirBlock) {
    chain.mine({{kCpop, kAlice, kBob, 1}});
    auto waiting = start({key_of(kAliceUser), key_of(kBobUser)});
    loop.pass(Millis{100});
    EXPECT_FALSE(waiting.done());
    apply();
    loop.pass(Millis{5});
    ASSERT_TRUE(waiting.done());
    EXPECT_THAT(texts(waiting.take()), ElementsAre("98 chain @3", "2 chain @3"));
}

TEST_F(ManyInRealTime, OfThoseThatRedisIsToldOnlyTheOvertakenAreForgotten) {
    auto late = redis.script.hold(Point::arriving, "publish", loop.executor());
    auto slow = start({key_of(kAliceUser, kUsdtId), key_of(kBobUser, kUsdtId)});
    loop.pass(Millis{100});
    ASSERT_EQ(late->waiting(), 1u);
    loop.run(wallets->remove(kAliceUser, kChain, kAlice, soon())).value();
    late->open();
    loop.pass(Millis{100});
    ASSERT_TRUE(slow.done());
    EXPECT_EQ(redis_says(kAliceUser, kUsdtId), "none");
    EXPECT_EQ(redis_says(kBobUser, kUsdtId), "30");
    drop_local();
    EXPECT_EQ(say(kAliceUser, kUsdtId), kUnknownUser);
    EXPECT_EQ(say(kBobUser, kUsdtId), "30 redis @2");
}

TEST_F(ManyInRealTime, RedisIsPassedOverWhenNobodyKnowsWhatItHolds) {
    redis.script.fail(Point::answering, "publish", Errc::timed_out);
    say_all({key_of(kAliceUser, kUsdtId), key_of(kBobUser, kUsdtId)});
    drop_local();
    EXPECT_THAT(say(kBobUser, kUsdtId), StartsWith("30 chain"));
}

TEST_F(ManyInRealTime, AReaderThatIsCancelledLeavesTheOthersTheirAnswers) {
    hold_balances();
    auto first = start({key_of(kAliceUser), key_of(kBobUser)});
    auto second = start({key_of(kBobUser)});
    loop.pass(kGathering);
    first.cancel();
    EXPECT_TRUE(first.done());
    loop.pass(kGathering);
    let_on();
    ASSERT_TRUE(second.done());
    EXPECT_THAT(texts(second.take()), ElementsAre("1 chain @2"));
}

}  // namespace
}  // namespace custodialbridge::ledger

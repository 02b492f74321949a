/// Two processes on one store and one Redis: what one of them changes, the other lets go of.
#include <gtest/gtest.h>

#include "custodialbridge/ledger/change_follower.hpp"
#include "ledger_model.hpp"
#include "support/fake_changes.hpp"

namespace custodialbridge::ledger {
namespace {

/// A process that stands by, beside the model's own, which writes.
struct OtherProcess {
    OtherProcess(LedgerModel& model, testing::FakeChanges& changes)
        : writes(model), local(10'000, model.settings.local_ttl), board({kChain}), feed(changes),
          redis(model.redis),
          writer(make_ledger_writer({model.registry, *board.find(kChain), local, &redis,
                                     model.store, model.loop.clock, model.settings, &feed})),
          chain(make_chain_reader({model.loop.executor(), model.rpc, model.store, model.store,
                                   *writer, desk, *board.find(kChain), 1, model.loop.clock})),
          wallets(make_wallet_registry({model.registry, model.store, local, &redis,
                                        model.loop.executor(), model.loop.clock, [](ChainId) {},
                                        [](ChainId) {}, model.settings, &feed})),
          reader(make_balance_reader({model.registry, board, local,
                                      std::make_unique<testing::FakeCache>(model.redis),
                                      model.store, {{kChain, chain.get()}}, model.loop.clock,
                                      metrics, model.settings})),
          follower(make_change_follower({model.registry, board, local, &redis, &feed,
                                         model.loop.executor(), model.loop.clock,
                                         [this](ChainId) { ++woken; },
                                         [this](ChainId) { writer->distrust_redis(); },
                                         model.settings.redis_timeout})),
          following(model.loop.start(follower->run())) {}

    void stand_by() {
        const store::ChainState state =
            *writes.loop.run(writes.store.load(kChain, writes.soon())).value();
        writer->loaded(state.cursor, state.cursor_time, Role::standby);
    }

    std::string say(const UserId& user, TokenId token = kCpopId) {
        const auto result = writes.loop.run(reader->read(key_of(user, token), view, writes.soon()));
        if (!result) return "none: " + std::to_string(static_cast<int>(result.error().why));
        return view.raw + " " + std::string(to_string(view.tier)) + " @" +
               std::to_string(view.block.number.value);
    }

    LedgerModel& writes;
    cache::LocalCache local;
    ChainBoard board;
    testing::FakeChangeFeed feed;
    testing::FakeCache redis;
    telemetry::Registry metrics;
    PollDesk desk;
    std::unique_ptr<LedgerWriter> writer;
    std::unique_ptr<ChainReader> chain;
    std::unique_ptr<WalletRegistry> wallets;
    std::unique_ptr<BalanceReader> reader;
    BalanceView view;
    int woken = 0;
    std::unique_ptr<ChangeFollower> follower;
    testing::Running<void> following;
};

class Changes : public LedgerTest {
  protected:
    void SetUp() override {
        LedgerTest::SetUp();
        feed = std::make_unique<testing::FakeChangeFeed>(told);
        writer = make_ledger_writer({registry, *board->find(kChain), *local, writer_redis.get(),
                                     store, loop.clock, settings, feed.get()});
        chain_reader = make_chain_reader({loop.executor(), rpc, store, store, *writer, desk,
                                          *board->find(kChain), default_confirmations,
                                          loop.clock});
        wallets = make_wallet_registry({registry, store, *local, writer_redis.get(),
                                        loop.executor(), loop.clock, [](ChainId) {},
                                        [this](ChainId) { writer->distrust_redis(); }, settings,
                                        feed.get()});
        reader = make_reader();
        load();
        saw_head();
        follower = make_change_follower({registry, *board, *local, writer_redis.get(), feed.get(),
                                         loop.executor(), loop.clock,
                                         [this](ChainId) { ++changes; },
                                         [this](ChainId) { writer->distrust_redis(); },
                                         settings.redis_timeout});
        following.emplace(loop.start(follower->run()));
        step({{kCpop, kAlice, kBob, 1}});
        other = std::make_unique<OtherProcess>(*this, told);
        other->stand_by();
        loop.settle();
        told.told.clear();
    }
    void TearDown() override {
        other.reset();
        following.reset();
    }

    void adjust(const U256& amount) {
        AdjustmentPlan plan{kChain, cursor(), MoveKind::sync, {{WalletId{1}, kCpopId, amount}}};
        loop.run(writer->adjust(plan, soon())).value();
    }

    void poll(std::uint64_t at, const U256& amount) {
        PollPlan plan{kChain, block(at), cursor().epoch, loop.clock.wall(), {}};
        plan.balances.push_back({kAliceUser, kUsdtId, {{WalletId{1}, kUsdtId, amount}}});
        ASSERT_EQ(loop.run(writer->poll(std::move(plan), soon())).value(), 1u);
    }

    /// Of the wallet that is not registered yet.
    void register_at_the_other() {
        loop.run(other->wallets->put(kAliceUser, kChain, kBob, true, soon())).value();
        loop.settle();
    }

    testing::FakeChanges told;
    std::unique_ptr<testing::FakeChangeFeed> feed;
    std::unique_ptr<ChangeFollower> follower;
    std::optional<testing::Running<void>> following;
    std::unique_ptr<OtherProcess> other;
};

TEST_F(Changes, OfABlockAreSeenByTheOtherAtOnce) {
    EXPECT_EQ(other->say(kAliceUser), "99 database @2");
    EXPECT_EQ(other->say(kAliceUser), "99 local @2");
    step({{kCpop, kAlice, kBob, 1}});
    EXPECT_EQ(other->say(kAliceUser), "98 database @3");
    EXPECT_EQ(other->say(kAliceUser), "98 local @3");
    EXPECT_GT(other->woken, 0);
}

TEST_F(Changes, AreToldOnceACommitWithWhatChanged) {
    step({{kCpop, kAlice, kBob, 1}});
    step();
    ASSERT_EQ(told.told.size(), 2u);
    EXPECT_EQ(told.told[0].at, (Version{0, {3}}));
    EXPECT_EQ(told.told[0].balances, std::vector<BalanceKey>{key_of(kAliceUser)});
    EXPECT_FALSE(told.told[0].everything);
    EXPECT_EQ(told.told[1].at, (Version{0, {4}}));
    EXPECT_TRUE(told.told[1].balances.empty());
}

TEST_F(Changes, LeaveAloneWhatDidNotChange) {
    add_wallet(kBobUser, kBob);
    EXPECT_EQ(other->say(kBobUser), "1 database @2");
    step({{kCpop, kAlice, kZero, 1}});
    EXPECT_EQ(other->say(kBobUser), "1 local @2");
}

TEST_F(Changes, OfABalanceThatWasReadAnewAreSeenAtTheSameBlock) {
    EXPECT_EQ(other->say(kAliceUser), "99 database @2");
    adjust(55);
    EXPECT_EQ(other->say(kAliceUser), "55 database @2");
    adjust(56);
    EXPECT_EQ(other->say(kAliceUser), "56 database @2");
    EXPECT_EQ(other->say(kAliceUser), "56 local @2");
}

TEST_F(Changes, OfPolledBalancesAreSeenByTheOther) {
    poll(2, 700);
    EXPECT_EQ(other->say(kAliceUser, kUsdtId), "700 database @2");
    EXPECT_EQ(other->say(kAliceUser, kUsdtId), "700 local @2");
    step({{kUsdt, kZero, kAlice, 1, testing::Told::not_at_all}});
    EXPECT_EQ(other->say(kAliceUser, kUsdtId), "700 local @2");
    poll(3, 701);
    EXPECT_EQ(other->say(kAliceUser, kUsdtId), "701 database @3");
}

TEST_F(Changes, ComeAfterRedisHasTheNewValues) {
    auto gate = redis.script.hold(Point::arriving, "publish", loop.executor());
    chain.mine({{kCpop, kAlice, kBob, 1}});
    auto applying_it = loop.start(applying());
    ASSERT_EQ(gate->waiting(), 1u);
    EXPECT_TRUE(told.told.empty());
    gate->open();
    loop.settle();
    EXPECT_EQ(told.told.size(), 1u);
    EXPECT_TRUE(applying_it.done());
}

TEST_F(Changes, ThatMeetAReadOnItsWayAreNotUndoneByIt) {
    auto gate = store.script.hold(Point::answering, "find", loop.executor());
    BalanceView slow_view;
    auto slow = loop.start(other->reader->read(key_of(kAliceUser), slow_view, soon()));
    ASSERT_EQ(gate->waiting(), 1u);
    adjust(55);  // of the block that the reader has seen
    gate->open();
    loop.settle();
    ASSERT_TRUE(slow.done());
    EXPECT_EQ(other->say(kAliceUser), "55 database @2");
}

/// What is held from before is worse than what the read brings, at the same block.
TEST_F(Changes, ThatMeetAReadOnItsWayDoNotMakeItGiveAnOlderAnswer) {
    EXPECT_EQ(other->say(kAliceUser), "99 database @2");
    adjust(55);
    auto gate = store.script.hold(Point::answering, "find", loop.executor());
    BalanceView slow_view;
    auto slow = loop.start(other->reader->read(key_of(kAliceUser), slow_view, soon()));
    ASSERT_EQ(gate->waiting(), 1u);
    adjust(56);
    gate->open();
    loop.settle();
    ASSERT_TRUE(slow.done());
    EXPECT_EQ(slow_view.raw, "55");
    EXPECT_EQ(other->say(kAliceUser), "56 database @2");
}

TEST_F(Changes, OfAReorgTakeTheOtherBackToo) {
    step({{kCpop, kAlice, kBob, 9}});
    EXPECT_EQ(other->say(kAliceUser), "90 database @3");
    chain.drop(1);
    unwind_to(2);
    EXPECT_EQ(other->say(kAliceUser), "99 database @2");
    EXPECT_TRUE(told.told.back().everything);
}

TEST_F(Changes, OfManyBlocksAtOnceAreEverything) {
    EXPECT_EQ(other->say(kAliceUser), "99 database @2");
    chain.mine({{kCpop, kAlice, kBob, 1}});
    apply(Pace::catching_up);
    ASSERT_FALSE(told.told.empty());
    EXPECT_TRUE(told.told.back().everything);
    EXPECT_EQ(other->say(kAliceUser), "98 database @3");
}

TEST_F(Changes, OfWalletsAreSeenByWhoWritesTheChain) {
    chain.mine({{kCpop, kZero, kBob, 5}});
    apply();
    saw_head();
    EXPECT_EQ(say(kAliceUser), "99 local @3");
    changes = 0;
    register_at_the_other();
    EXPECT_EQ(changes, 1) << "its listener looks for the wallet";
    open_waiting();
    EXPECT_EQ(say(kAliceUser), "105 local @3");
    EXPECT_EQ(other->say(kAliceUser), "105 database @3");
    loop.run(other->wallets->remove(kAliceUser, kChain, kBob, soon())).value();
    loop.settle();
    EXPECT_EQ(say(kAliceUser), "99 database @3");
    EXPECT_EQ(other->say(kAliceUser), "99 database @3");
}

TEST_F(Changes, OfWalletsAreSeenByWhoStandsBy) {
    EXPECT_EQ(other->say(kBobUser), kUnknownUser);
    EXPECT_EQ(other->say(kAliceUser), "99 database @2");
    loop.run(wallets->put(kBobUser, kChain, kBob, true, soon())).value();
    open_waiting();
    EXPECT_EQ(other->say(kBobUser), "1 database @2");
    loop.run(wallets->remove(kAliceUser, kChain, kAlice, soon())).value();
    EXPECT_EQ(other->say(kAliceUser), kUnknownUser);
}

/// A sum of before may reach Redis after the other process had made it forget.
TEST_F(Changes, OfWalletsLeaveNothingOfBeforeInRedis) {
    add_wallet(kAliceUser, kBob);
    drop_local();
    redis.entries.clear();
    auto gate = redis.script.hold(Point::arriving, "publish", loop.executor());
    auto sharing = loop.start(reader->read(key_of(kAliceUser), view, soon()));
    ASSERT_EQ(gate->waiting(), 1u);
    told.hold();
    loop.run(other->wallets->remove(kAliceUser, kChain, kBob, soon())).value();
    gate->open();
    loop.settle();
    ASSERT_TRUE(sharing.done());
    EXPECT_EQ(redis_says(kAliceUser), "100");
    told.let_go();
    loop.settle();
    EXPECT_EQ(redis_says(kAliceUser), "none");
    EXPECT_EQ(say(kAliceUser), "99 database @2");
}

TEST_F(Changes, OfWalletsThatRedisCannotForgetMakeItDoubted) {
    add_wallet(kAliceUser, kBob);
    told.hold();
    loop.run(other->wallets->remove(kAliceUser, kChain, kBob, soon())).value();
    redis.set({key_of(kAliceUser), {100, {0, {2}}, block(2).hash, {}}});
    redis.script.fail(Point::arriving, "forget", Errc::unavailable);
    told.let_go();
    loop.settle();
    EXPECT_EQ(redis_says(kAliceUser), "100");
    EXPECT_EQ(say(kAliceUser), "99 database @2");
}

TEST_F(Changes, ThatWereMissedAreLookedForWhenTheyAreHeardAgain) {
    told.end();
    loop.settle();
    EXPECT_EQ(other->say(kAliceUser), "99 database @2");
    AdjustmentPlan plan{kChain, cursor(), MoveKind::sync, {{WalletId{1}, kCpopId, 55}}};
    loop.run(store.adjust(plan, soon())).value();  // by a process that has ended since
    EXPECT_EQ(other->say(kAliceUser), "99 local @2");
    told.begin();
    EXPECT_EQ(other->say(kAliceUser), "55 database @2");
}

TEST_F(Changes, ThatAreNotToldAreSeenWithinASecond) {
    told.end();
    loop.settle();
    EXPECT_EQ(other->say(kAliceUser), "99 database @2");
    EXPECT_EQ(other->say(kAliceUser), "99 local @2");
    adjust(55);
    loop.pass(Millis{1'000});
    EXPECT_EQ(other->say(kAliceUser), "55 database @2");
    EXPECT_EQ(say(kAliceUser), "55 local @2") << "who writes knows by itself";
    loop.pass(Millis{1'000});
    EXPECT_EQ(say(kAliceUser), "55 local @2");
}

TEST_F(Changes, OfTokensThatNobodyKnowsAreHarmless) {
    cache::Change change;
    change.chain = {99};
    change.everything = true;
    other->feed.announce(change);
    change.chain = kChain;
    change.everything = false;
    change.balances = {{{"nobody"}, kChain, {77}}};
    change.users = {{"nobody"}};
    other->feed.announce(change);
    loop.settle();
    EXPECT_EQ(say(kAliceUser), "99 local @2");
}

}  // namespace
}  // namespace custodialbridge::ledger

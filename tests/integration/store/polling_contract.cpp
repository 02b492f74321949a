#include <gmock/gmock.h>

#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr TokenId kEther{0};
constexpr TokenId kUsdt{2};
const Time kNoon{std::chrono::seconds(1'700'000'000)};

Token ether() {
    Token token;
    token.chain = kChain;
    token.id = kEther;
    token.kind = TokenKind::native;
    token.sync_class = SyncClass::major;
    token.symbol = "ETH";
    token.decimals = 18;
    return token;
}

Token polled_usdt() {
    Token token = erc20(kChain, kUsdt, "USDT");
    token.realtime = false;
    return token;
}

PollPlan plan(std::vector<PolledBalance> balances, std::uint64_t block = 100,
              std::uint32_t epoch = 0) {
    return {kChain, block_ref(block), epoch, kNoon + std::chrono::seconds(block),
            std::move(balances)};
}

PolledBalance seen(std::string user, std::vector<std::pair<WalletId, U256>> amounts,
                   TokenId token = kEther) {
    PolledBalance balance{{std::move(user)}, token, {}};
    for (const auto& [wallet, amount] : amounts) balance.wallets.push_back({wallet, token, amount});
    return balance;
}

PolledTotal total(std::string user, U256 amount, bool changed, TokenId token = kEther) {
    return {{{std::move(user)}, kChain, token}, amount, changed};
}

/// A ledger at block 100 that follows CPOP and polls the native currency and USDT.
class Polls {
  public:
    explicit Polls(StoreHandle& store) : start(store.begin_at(100)), store_(store) {
        know({erc20(kChain, kCpop, "T1"), ether(), polled_usdt()});
    }

    const Cursor start;

    void know(std::vector<Token> tokens) {
        await(store_.chains().sync_tokens(std::move(tokens), store_.soon())).value();
    }
    Result<std::vector<PolledTotal>> poll(PollPlan plan) {
        return await(store_.committer().poll(std::move(plan), store_.soon()));
    }
    std::vector<DuePoll> due(Time before, std::vector<TokenId> tokens = {kEther},
                             std::size_t limit = 100) {
        std::vector<PollsBefore> asked;
        for (const TokenId token : tokens) asked.push_back({token, before, limit});
        return await(store_.polls().due(kChain, std::move(asked), store_.soon())).value();
    }
    /// Whose balances are due at once.
    std::vector<std::string> due_at_once(TokenId token = kEther) {
        std::vector<std::string> users;
        for (const DuePoll& one : due(Time(std::chrono::seconds(1)), {token}))
            users.push_back(one.user.value);
        return users;
    }

  private:
    StoreHandle& store_;
};

TEST_P(Polling, ABalanceIsUnknownUntilItIsReadAndThenTrueAsOfItsBlock) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1);
    EXPECT_FALSE(store_.find("alice", kEther).complete);
    const auto stored = polls.poll(plan({seen("alice", {{a, 70}})}));
    ASSERT_TRUE(stored) << stored.error().message();
    EXPECT_THAT(*stored, ElementsAre(total("alice", 70, true)));
    const StoredBalance found = store_.find("alice", kEther);
    EXPECT_TRUE(found.complete);
    EXPECT_EQ(found.amount, U256(70));
    ASSERT_TRUE(found.polled);
    EXPECT_EQ(*found.polled, (PolledAsOf{{0, {100}}, block_ref(100).hash,
                                         kNoon + std::chrono::seconds(100), false}));
}

TEST_P(Polling, AFollowedBalanceIsNoPolledOne) {
    Polls polls(store_);
    store_.put_open(polls.start, "alice", 1, 5);
    EXPECT_TRUE(store_.find("alice", kCpop).complete);
    EXPECT_FALSE(store_.find("alice", kCpop).polled);
}

TEST_P(Polling, TheJournalSumsToTheBalanceAndNamesOpeningsAndWhatNobodyToldOf) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1);
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 70}})})));
    store_.commit(PlanBuilder(kChain, polls.start).block(101)).value();
    EXPECT_THAT(polls.poll(plan({seen("alice", {{a, 40}})}, 101)).value(),
                ElementsAre(total("alice", 40, true)));
    EXPECT_EQ(store_.journal_sum(a, kEther), "40");
    EXPECT_EQ(store_.journal_sum(kSuspense, kEther), "0");
    std::vector<std::pair<ChangeKind, std::string>> kinds;
    ChangeQuery query;
    query.user = {"alice"};
    for (const LedgerChange& change : store_.changes(query))
        kinds.push_back({change.kind, to_string(change.delta)});
    EXPECT_THAT(kinds, ElementsAre(Pair(ChangeKind::opening, "70"), Pair(ChangeKind::sync, "-30")));
}

TEST_P(Polling, ABalanceThatIsAsBeforeIsTrueAsOfTheLaterBlock) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1);
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 70}})})));
    store_.commit(PlanBuilder(kChain, polls.start).block(101)).value();
    EXPECT_THAT(polls.poll(plan({seen("alice", {{a, 70}})}, 101)).value(),
                ElementsAre(total("alice", 70, false)));
    EXPECT_EQ(store_.find("alice", kEther).polled->version.block, BlockNumber{101});
}

TEST_P(Polling, AnEarlierBlockDoesNotTakeALaterOnesPlace) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1);
    store_.commit(PlanBuilder(kChain, polls.start).block(101)).value();
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 40}})}, 101)));
    EXPECT_THAT(polls.poll(plan({seen("alice", {{a, 70}})}, 100)).value(), IsEmpty());
    EXPECT_EQ(store_.amount("alice", kEther), U256(40));
    EXPECT_EQ(store_.journal_sum(a, kEther), "40");
}

TEST_P(Polling, WhatWasReadAtABlockThatTheLedgerDoesNotHaveIsRefused) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1);
    PollPlan other = plan({seen("alice", {{a, 70}})});
    other.at.hash.bytes[5] ^= 1;
    EXPECT_EQ(failure(polls.poll(other)), Errc::conflict);
    EXPECT_EQ(failure(polls.poll(plan({seen("alice", {{a, 70}})}, 101))), Errc::conflict);
    EXPECT_EQ(failure(polls.poll(plan({seen("alice", {{a, 70}})}, 100, 1))), Errc::conflict);
    EXPECT_FALSE(store_.find("alice", kEther).complete);
}

TEST_P(Polling, AllOfAUsersWalletsAreOneBalance) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1), b = store_.put("alice", 2);
    EXPECT_THAT(polls.poll(plan({seen("alice", {{a, 70}})})).value(), IsEmpty())
        << "one is missing";
    EXPECT_FALSE(store_.find("alice", kEther).complete);
    EXPECT_THAT(polls.poll(plan({seen("alice", {{a, 70}, {b, 7}})})).value(),
                ElementsAre(total("alice", 77, true)));
    EXPECT_EQ(store_.amount("alice", kEther), U256(77));
}

TEST_P(Polling, ASumPastTheLargestAmountIsSaidToBeThat) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1), b = store_.put("alice", 2);
    const U256 most = ~U256(0);
    EXPECT_THAT(polls.poll(plan({seen("alice", {{a, most}, {b, 2}})})).value(),
                ElementsAre(total("alice", most, true)));
    EXPECT_EQ(store_.amount("alice", kEther), most);
}

TEST_P(Polling, ANewWalletMakesTheBalanceUnknownAndDueAtOnce) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1);
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 70}})})));
    EXPECT_THAT(polls.due_at_once(), IsEmpty());
    store_.put("alice", 2);
    EXPECT_FALSE(store_.find("alice", kEther).complete);
    EXPECT_THAT(polls.due_at_once(), ElementsAre("alice"));
    EXPECT_EQ(store_.journal_sum(a, kEther), "70") << "what was read stays";
    store_.commit(PlanBuilder(kChain, polls.start).block(101)).value();
    const WalletId b = store_.put("bob", 3);
    ASSERT_TRUE(polls.poll(plan({seen("bob", {{b, 9}})}, 101)));
    const WalletId second = store_.put("bob", 4);
    EXPECT_THAT(*polls.poll(plan({seen("bob", {{b, 8}, {second, 1}})}, 100)), IsEmpty());
    EXPECT_EQ(store_.journal_sum(b, kEther), "9") << "it was changed at a later block";
    EXPECT_THAT(*polls.poll(plan({seen("bob", {{b, 9}, {second, 1}})}, 100)), IsEmpty())
        << "a reorganisation between the two would take away what is said of the earlier";
}

TEST_P(Polling, ARemovedWalletMakesTheBalanceUnknownAndDueAtOnce) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1), b = store_.put("alice", 2);
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 70}, {b, 7}})})));
    await(store_.wallets().remove({"alice"}, kChain, address_of(2), store_.soon())).value();
    EXPECT_FALSE(store_.find("alice", kEther).complete);
    EXPECT_THAT(polls.due_at_once(), ElementsAre("alice"));
    EXPECT_THAT(polls.poll(plan({seen("alice", {{a, 70}})})).value(),
                ElementsAre(total("alice", 70, false)));
}

TEST_P(Polling, AUserWithoutWalletsIsDueOnceMoreAndThenForgotten) {
    Polls polls(store_);
    store_.put("alice", 1);
    await(store_.wallets().remove({"alice"}, kChain, address_of(1), store_.soon())).value();
    const auto waiting = polls.due(kNoon);
    ASSERT_EQ(waiting.size(), 1u);
    EXPECT_THAT(waiting.front().wallets, IsEmpty());
    EXPECT_THAT(polls.poll(plan({seen("alice", {})})).value(), IsEmpty());
    EXPECT_THAT(polls.due(kNoon), IsEmpty());
}

TEST_P(Polling, ImportedWalletsAreDueAtOnce) {
    Polls polls(store_);
    const std::vector<NewWallet> given{{{"alice"}, kChain, address_of(1), {}},
                                       {{"bob"}, kChain, address_of(2), {}},
                                       {{"alice"}, kChain, address_of(3), {}}};
    await(store_.wallets().import_all(given, store_.soon())).value();
    EXPECT_THAT(polls.due_at_once(kEther), UnorderedElementsAre("alice", "bob"));
    EXPECT_THAT(polls.due_at_once(kUsdt), UnorderedElementsAre("alice", "bob"));
    EXPECT_THAT(polls.due_at_once(kCpop), IsEmpty()) << "followed";
}

TEST_P(Polling, WhatWasTriedLongestAgoIsDueFirst) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1), b = store_.put("bob", 2);
    const WalletId c = store_.put("carol", 3);
    for (const std::uint64_t block : {101, 102})
        store_.commit(PlanBuilder(kChain, {block_ref(block - 1), 0}).block(block)).value();
    ASSERT_TRUE(polls.poll(plan({seen("carol", {{c, 1}})}, 100)));
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 1}})}, 101)));
    ASSERT_TRUE(polls.poll(plan({seen("bob", {{b, 1}})}, 102)));
    std::vector<std::string> users;
    for (const DuePoll& one : polls.due(kNoon + std::chrono::seconds(102))) {
        users.push_back(one.user.value);
        EXPECT_EQ(one.wallets.size(), 1u);
    }
    EXPECT_THAT(users, ElementsAre("carol", "alice"));
    EXPECT_EQ(polls.due(kNoon + std::chrono::seconds(200), {kEther}, 2).size(), 2u);
    const auto both = polls.due(kNoon + std::chrono::seconds(102), {kEther, kUsdt}, 1);
    ASSERT_EQ(both.size(), 2u) << "one of each token";
    EXPECT_EQ(both.front().token, kUsdt) << "never read";
}

TEST_P(Polling, WhatSomebodyAsksForIsFoundByItsUser) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1);
    store_.put("bob", 2);
    store_.put("carol", 3);
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 1}})})));
    const auto found = await(store_.polls().due_of(kChain, kEther, {{"alice"}, {"carol"}},
                                                   kNoon, store_.soon()));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1u) << "alice's was read after noon";
    EXPECT_EQ(found->front().user, UserId{"carol"});
    EXPECT_EQ(found->front().wallets.front().address, address_of(3));
}

TEST_P(Polling, WhatCouldNotBeReadIsCountedAndDueWhenItSays) {
    Polls polls(store_);
    store_.put("alice", 1);
    PollPlan missed = plan({});
    missed.missed.push_back({{"alice"}, kEther, kNoon});
    ASSERT_TRUE(polls.poll(missed));
    EXPECT_THAT(polls.due_at_once(), IsEmpty());
    auto waiting = polls.due(kNoon + std::chrono::seconds(1));
    ASSERT_EQ(waiting.size(), 1u);
    EXPECT_EQ(waiting.front().failures, 1u);
    const WalletId a = waiting.front().wallets.front().id;
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 1}})})));
    waiting = polls.due(kNoon + std::chrono::seconds(1'000));
    ASSERT_EQ(waiting.size(), 1u);
    EXPECT_EQ(waiting.front().failures, 0u);
}

TEST_P(Polling, HowMuchThereIsIsCountedByToken) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1);
    store_.put("alice", 2);
    const WalletId b = store_.put("bob", 3);
    ASSERT_TRUE(polls.poll(plan({seen("bob", {{b, 1}}, kUsdt)})));
    const auto counted = await(store_.polls().tokens(kChain, store_.soon())).value();
    ASSERT_EQ(counted.size(), 2u);
    EXPECT_EQ(counted[0].token, kEther);
    EXPECT_EQ(counted[0].users, 2u);
    EXPECT_EQ(counted[0].unread, 2u);
    EXPECT_EQ(counted[0].oldest, Time{});
    EXPECT_EQ(counted[1].unread, 1u) << "alice's was never read";
    EXPECT_EQ(counted[1].oldest, kNoon + std::chrono::seconds(100));
    (void)a;
}

TEST_P(Polling, AReorganisationTakesBackWhatWasReadAboveItsAncestor) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1), b = store_.put("bob", 2);
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 70}}), seen("bob", {{b, 5}})})));
    const Cursor next = store_.commit(PlanBuilder(kChain, polls.start).block(101)).value().cursor;
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 30}})}, 101)));
    const Cursor back = store_.unwind(next, block_ref(100)).value().cursor;
    EXPECT_FALSE(store_.find("alice", kEther).polled);
    EXPECT_FALSE(store_.find("alice", kEther).complete);
    EXPECT_EQ(store_.amount("bob", kEther), U256(5)) << "read below";
    EXPECT_THAT(polls.due_at_once(), ElementsAre("alice"));
    EXPECT_EQ(store_.journal_sum(a, kEther), "70");
    EXPECT_THAT(polls.poll(plan({seen("alice", {{a, 40}})}, 100, back.epoch)).value(),
                ElementsAre(total("alice", 40, true)));
    EXPECT_EQ(store_.journal_sum(a, kEther), "40");
}

TEST_P(Polling, AnEarlierBlockDoesNotTakeALaterOnesPlaceAlsoAfterAReorganisation) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1);
    const Cursor at = store_.commit(PlanBuilder(kChain, polls.start).block(101).block(102))
                          .value()
                          .cursor;
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 40}})}, 101)));
    const Cursor back = store_.unwind(at, block_ref(101)).value().cursor;
    EXPECT_THAT(polls.poll(plan({seen("alice", {{a, 70}})}, 100, back.epoch)).value(), IsEmpty());
    EXPECT_EQ(store_.amount("alice", kEther), U256(40));
}

TEST_P(Polling, AWalletThatWasOpenedAboveTheAncestorKeepsWhatWasReadBelow) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1);
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 70}})})));
    const Cursor next = store_.commit(PlanBuilder(kChain, polls.start).block(101)).value().cursor;
    store_.open(next, a, {{kCpop, 9}}).value();
    store_.unwind(next, block_ref(100)).value();
    EXPECT_EQ(store_.amount("alice", kEther), U256(70));
    EXPECT_EQ(store_.journal_sum(a, kEther), "70");
    EXPECT_EQ(store_.journal_sum(a, kCpop), "0");
}

TEST_P(Polling, ABlockThatNamesAWalletTouchesItsNativeBalance) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1);
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 70}}), seen("alice", {{a, 6}}, kUsdt)})));
    LedgerPlan next = PlanBuilder(kChain, polls.start).block(101).build();
    next.native_touched = {a};
    await(store_.committer().commit(next, Totals::wanted, store_.soon())).value();
    EXPECT_TRUE(store_.find("alice", kEther).polled->touched);
    EXPECT_EQ(store_.amount("alice", kEther), U256(70)) << "as of its block it is still true";
    EXPECT_FALSE(store_.find("alice", kUsdt).polled->touched);
    EXPECT_THAT(polls.due_at_once(), ElementsAre("alice"));
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 70}})}, 100)));
    EXPECT_THAT(polls.due_at_once(), ElementsAre("alice")) << "read below that block";
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 69}})}, 101)));
    EXPECT_THAT(polls.due_at_once(), IsEmpty());
    EXPECT_FALSE(store_.find("alice", kEther).polled->touched);
}

TEST_P(Polling, ATokenThatIsFollowedFromNowOnGoesOnFromWhatWasPolled) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1);
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 6}}, kUsdt)})));
    polls.know({erc20(kChain, kCpop, "T1"), ether(), erc20(kChain, kUsdt, "USDT")});
    EXPECT_THAT(polls.due(kNoon, {kUsdt}), IsEmpty());
    EXPECT_FALSE(store_.find("alice", kUsdt).complete);
    const OpeningPlan none{kChain, polls.start, {}, {}};
    await(store_.committer().open_token(none, kUsdt, true, store_.soon())).value();
    store_.open(polls.start, a, {{kCpop, 1}, {kUsdt, 8}}).value();
    EXPECT_EQ(store_.amount("alice", kUsdt), U256(8));
    EXPECT_EQ(store_.journal_sum(a, kUsdt), "8");
}

TEST_P(Polling, OfATokenThatIsFollowedByNowNothingIsStored) {
    Polls polls(store_);
    const WalletId a = store_.put_open(polls.start, "alice", 1, 50);
    EXPECT_THAT(polls.poll(plan({seen("alice", {{a, 60}}, kCpop)})).value(), IsEmpty());
    EXPECT_EQ(store_.amount("alice", kCpop), U256(50));
    EXPECT_EQ(store_.journal_sum(a, kCpop), "50");
}

TEST_P(Polling, AReorganisationLeavesNothingOfAPollToBeSettled) {
    Polls polls(store_);
    const WalletId a = store_.put("alice", 1);
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 70}})})));
    const Cursor next = store_.commit(PlanBuilder(kChain, polls.start).block(101)).value().cursor;
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 30}})}, 101)));
    store_.unwind(next, block_ref(100)).value();
    EXPECT_THAT(store_.unsettled(), IsEmpty());
}

TEST_P(Polling, ATokenThatIsPolledFromNowOnIsDueOfEverybody) {
    Polls polls(store_);
    const WalletId a = store_.put_open(polls.start, "alice", 1, 50);
    Token cpop = erc20(kChain, kCpop, "T1");
    cpop.realtime = false;
    polls.know({cpop, ether(), polled_usdt()});
    EXPECT_THAT(polls.due_at_once(kCpop), ElementsAre("alice"));
    EXPECT_FALSE(store_.find("alice", kCpop).complete);
    ASSERT_TRUE(polls.poll(plan({seen("alice", {{a, 55}}, kCpop)})));
    EXPECT_EQ(store_.amount("alice", kCpop), U256(55));
    EXPECT_EQ(store_.journal_sum(a, kCpop), "55");
}

}  // namespace
}  // namespace custodialbridge::store

#include <gmock/gmock.h>

#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class Audited {
  public:
    explicit Audited(StoreHandle& store) : store_(store), cursor_(store.begin_at(100)) {}

    PlanBuilder next_block() {
        PlanBuilder plan(kChain, cursor_);
        plan.block(cursor_.block.number.value + 1);
        return plan;
    }
    /// As an endpoint claims it.
    void commit(const PlanBuilder& builder) { commit(builder.build()); }
    void commit(LedgerPlan plan) {
        plan.blocks.back().completeness = Completeness::claimed;
        auto work = store_.committer().commit(std::move(plan), Totals::wanted, store_.soon());
        cursor_ = await(std::move(work)).value().cursor;
    }

    AuditRows rows(std::vector<BlockNumber> blocks, std::vector<WalletId> wallets = {}) {
        auto asked = audit().rows(kChain, std::move(blocks), std::move(wallets), store_.soon());
        return await(std::move(asked)).value();
    }
    AuditState state() { return await(audit().state(kChain, store_.soon())).value().value(); }
    std::vector<std::uint64_t> unproven(std::uint64_t first, std::uint64_t last) {
        std::vector<std::uint64_t> numbers;
        for (const BlockNumber block :
             await(audit().unproven(kChain, {first}, {last}, store_.soon())).value())
            numbers.push_back(block.value);
        return numbers;
    }
    void audited(std::vector<BlockHeader> proven, std::uint64_t last) {
        audited(AuditedBlocks{{last}, std::move(proven), {}, {}});
    }
    void audited(AuditedBlocks blocks) {
        await(audit().audited(kChain, cursor_.epoch, std::move(blocks), store_.soon())).value();
    }

    void unwind(std::uint64_t to) {
        cursor_ = store_.unwind(cursor_, block_ref(to)).value().cursor;
    }

    void undeploy(std::string user, std::uint64_t address) {
        auto put = store_.wallets().put({std::move(user)}, kChain, address_of(address), false,
                                        store_.soon());
        await(std::move(put)).value();
    }
    bool is_deployed(std::string user) {
        auto asked = store_.wallets().of_user({std::move(user)}, kChain, std::nullopt, 1,
                                              store_.soon());
        return await(std::move(asked)).value().wallets.at(0).is_deployed;
    }

    /// Of block 101.
    CorrectionPlan correction(std::vector<Move> missing, std::vector<Move> phantom) {
        CorrectionPlan plan{kChain, cursor_, {header(101), Completeness::proven},
                            std::move(missing), std::move(phantom), {}, {}, {}, {}};
        return plan;
    }
    Result<Committed> correct(CorrectionPlan plan) {
        return await(store_.committer().correct(std::move(plan), store_.soon()));
    }
    const Cursor& cursor() const { return cursor_; }

  private:
    AuditStore& audit() { return store_.audit(); }

    StoreHandle& store_;
    Cursor cursor_;
};

Move received(WalletId wallet, const U256& amount, std::uint32_t log_index) {
    Move move;
    move.block = {101};
    move.log_index = log_index;
    move.token = kCpop;
    move.debit = kOutside;
    move.credit = wallet;
    move.amount = amount;
    move.tx_hash = keccak256(std::string_view("tx"));
    return move;
}

TEST_P(Correcting, ReadsTheRowsOfBlocksAndSinceWhenWhoIsFollowed) {
    Audited ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    ledger.commit(ledger.next_block().transfer(a, kOutside, kCpop, 10));
    ledger.commit(ledger.next_block().transfer(kOutside, a, kCpop, 3));
    const WalletId late = store_.put_open(ledger.cursor(), "bob", 2, 0);
    const AuditRows rows = ledger.rows({{102}}, {late, WalletId{99}});
    ASSERT_EQ(rows.moves.size(), 1u);
    EXPECT_EQ(rows.moves[0].amount, 3);
    EXPECT_EQ(rows.moves[0].credit, a);
    EXPECT_THAT(rows.tracked_from, ::testing::IsSupersetOf({Pair(a, BlockNumber{100}),
                                                            Pair(late, BlockNumber{102})}));
    EXPECT_THAT(rows.opened_at, ElementsAre(Pair(kCpop, BlockNumber{100})));
    EXPECT_EQ(ledger.rows({{100}}).moves.size(), 0u) << "an opening is no log's";
}

TEST_P(Correcting, KnowsHowFarTheHistoryIsProven) {
    Audited ledger(store_);
    ledger.commit(ledger.next_block());
    ledger.commit(ledger.next_block());
    EXPECT_EQ(ledger.state(), (AuditState{{100}, std::nullopt, 0}));
    EXPECT_THAT(ledger.unproven(101, 104), ElementsAre(101, 102, 103, 104));
    ledger.audited({header(101), header(102, "b")}, 103);
    EXPECT_THAT(ledger.unproven(101, 104), ElementsAre(102, 103, 104)) << "not the other branch's";
    EXPECT_EQ(ledger.state().audited, BlockNumber{103});
    ledger.audited({}, 101);
    EXPECT_EQ(ledger.state().audited, BlockNumber{103}) << "it does not go back";
}

TEST_P(Correcting, AProvenBlockIsWhatItsHeaderSays) {
    Audited ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    for (const std::uint64_t number : {101, 102}) {
        LedgerPlan forged = ledger.next_block().transfer(kOutside, a, kCpop, 10).build();
        forged.blocks.back().header.timestamp = header(number - 1).timestamp;
        ledger.commit(std::move(forged));
    }
    auto plan = ledger.correction({}, {});
    ASSERT_TRUE(ledger.correct(plan));
    ledger.audited({header(102)}, 102);
    std::vector<Time> times;
    for (const LedgerEvent& event : store_.events({})) times.push_back(event.timestamp);
    EXPECT_THAT(times, ElementsAre(header(101).timestamp, header(102).timestamp));
}

TEST_P(Correcting, AnUnwindTakesTheAuditBackWithIt) {
    Audited ledger(store_);
    ledger.commit(ledger.next_block());
    ledger.commit(ledger.next_block());
    ledger.audited({header(101), header(102)}, 102);
    ASSERT_TRUE(store_.unwind(ledger.cursor(), block_ref(101)));
    EXPECT_EQ(ledger.state().audited, BlockNumber{101});
}

TEST_P(Correcting, AMissingMoveIsJournaledWhereItBelongs) {
    Audited ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    ledger.commit(ledger.next_block().transfer(kOutside, a, kCpop, 10));
    ledger.commit(ledger.next_block());
    auto plan = ledger.correction({received(a, 7, 5)}, {});
    plan.deltas = {{a, kCpop, 7, 0, {101}}};
    plan.touched = {{a, kCpop}};
    const auto done = ledger.correct(plan);
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(store_.amount("alice"), 67);
    EXPECT_EQ(store_.journal_sum(a), "67");
    EXPECT_THAT(done->totals, ElementsAre(UserTotal{{{"alice"}, kChain, kCpop}, 67}));
    EXPECT_EQ(store_.balance_at("alice", BlockNumber{101}).amount, 67);
    EXPECT_EQ(store_.balance_at("alice", BlockNumber{100}).amount, 50);
    EXPECT_EQ(ledger.rows({{101}}).moves.size(), 2u);
    EXPECT_THAT(ledger.unproven(101, 102), ElementsAre(102));
}

TEST_P(Correcting, APhantomIsMarkedAndCountsNoMore) {
    Audited ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    ledger.commit(ledger.next_block().transfer(kOutside, a, kCpop, 10));
    auto plan = ledger.correction({}, ledger.rows({{101}}).moves);
    plan.deltas = {{a, kCpop, 0, 10, {101}}};
    ASSERT_TRUE(ledger.correct(plan));
    EXPECT_EQ(store_.amount("alice"), 50);
    EXPECT_EQ(store_.journal_sum(a), "50");
    EXPECT_THAT(ledger.rows({{101}}).moves, IsEmpty());
    EXPECT_EQ(failure(ledger.correct(plan)), Errc::conflict) << "it is not there any more";
    EXPECT_EQ(store_.amount("alice"), 50);
}

TEST_P(Correcting, ARowThatWasChangedGivesItsPlaceToTheRightOne) {
    Audited ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    ledger.commit(ledger.next_block().transfer(kOutside, a, kCpop, 10));
    const std::vector<Move> stored = ledger.rows({{101}}).moves;
    Move right = stored[0];
    right.amount = 4;
    auto plan = ledger.correction({right}, stored);
    plan.deltas = {{a, kCpop, 4, 10, {101}}};
    const auto done = ledger.correct(plan);
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(store_.amount("alice"), 54);
    EXPECT_EQ(store_.journal_sum(a), "54");
}

TEST_P(Correcting, WhatTheBalanceCannotPayForComesFromSuspense) {
    Audited ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 0);
    ledger.commit(ledger.next_block().transfer(kOutside, a, kCpop, 10));
    const std::vector<Move> phantom = ledger.rows({{101}}).moves;
    ledger.commit(ledger.next_block().transfer(a, kOutside, kCpop, 8));
    auto plan = ledger.correction({}, phantom);
    plan.deltas = {{a, kCpop, 0, 10, {101}}};
    const auto done = ledger.correct(plan);
    ASSERT_TRUE(done);
    EXPECT_THAT(done->shortfalls, ElementsAre(Shortfall{a, kCpop, 8}));
    EXPECT_EQ(store_.amount("alice"), 0);
    EXPECT_EQ(store_.journal_sum(a), "0");
}

TEST_P(Correcting, TellsTheAnnouncementsOfTheBlocksAskedFor) {
    Audited ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    const Address entry_point = address_of(0xee);
    const PlanBuilder block = ledger.next_block().announce(a, kCpop, 10).operate(a, 7, entry_point);
    ledger.commit(block);
    ledger.commit(ledger.next_block().announce(a, kCpop, 11));
    const AuditRows rows = ledger.rows({{101}});
    EXPECT_EQ(rows.events, block.build().announcements);
    EXPECT_THAT(rows.tracked_from, Contains(Pair(a, BlockNumber{100}))) << "whom they name";
}

TEST_P(Correcting, AMissingAnnouncementIsAddedWhereItBelongs) {
    Audited ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    ledger.commit(ledger.next_block());
    const Address entry_point = address_of(0xee);
    auto plan = ledger.correction({}, {});
    plan.missing_events = PlanBuilder(kChain, ledger.cursor())
                              .block(101).announce(a, kCpop, 10).operate(a, 7, entry_point)
                              .build().announcements;
    plan.touched = {{a, kCpop}};
    plan.deployed = {a};
    ledger.undeploy("alice", 1);
    const auto done = ledger.correct(plan);
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(ledger.rows({{101}}).events, plan.missing_events);
    EXPECT_THAT(store_.events({}), SizeIs(2));
    EXPECT_EQ(store_.amount("alice"), 50);
    EXPECT_THAT(store_.unsettled(), ElementsAre(BalanceName{a, kCpop}));
    EXPECT_TRUE(ledger.is_deployed("alice"));
    EXPECT_THAT(ledger.unproven(101, 101), IsEmpty());
}

TEST_P(Correcting, APhantomAnnouncementIsMarkedAndToldNoMore) {
    Audited ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    ledger.commit(ledger.next_block().announce(a, kCpop, 10).announce(a, kCpop, 20));
    const std::vector<Announcement> stored = ledger.rows({{101}}).events;
    auto plan = ledger.correction({}, {});
    plan.phantom_events = {stored.at(1)};
    ASSERT_TRUE(ledger.correct(plan));
    EXPECT_THAT(ledger.rows({{101}}).events, ElementsAre(stored[0]));
    EXPECT_THAT(store_.events({}), SizeIs(1));
    EXPECT_EQ(failure(ledger.correct(plan)), Errc::conflict) << "it is not there any more";
}

TEST_P(Correcting, AnAnnouncementThatWasChangedIsPutRightInItsPlace) {
    Audited ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    ledger.commit(ledger.next_block().announce(a, kCpop, 10));
    const std::vector<Announcement> stored = ledger.rows({{101}}).events;
    Announcement right = stored.at(0);
    right.amount = 4;
    right.event = EventType::burn;
    right.token = std::nullopt;
    right.contract = address_of(0xee);
    auto plan = ledger.correction({}, {});
    plan.phantom_events = stored;
    plan.missing_events = {right};
    const auto done = ledger.correct(plan);
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_THAT(ledger.rows({{101}}).events, ElementsAre(right));
}

TEST_P(Correcting, AnAnnouncementIsAddedBesideTheOneOfABlockThatWasUnwound) {
    Audited ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    ledger.commit(ledger.next_block().announce(a, kCpop, 10));
    ledger.unwind(100);
    ledger.commit(ledger.next_block());
    auto plan = ledger.correction({}, {});
    plan.missing_events = PlanBuilder(kChain, ledger.cursor())
                              .block(101).announce(a, kCpop, 4).build().announcements;
    ASSERT_TRUE(ledger.correct(plan));
    EXPECT_EQ(ledger.rows({{101}}).events, plan.missing_events);
}

TEST_P(Correcting, AnAuditMarksWhatWasTouchedAndDeployed) {
    Audited ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    const WalletId b = store_.put_open(ledger.cursor(), "bob", 2, 50);
    ledger.undeploy("alice", 1);
    ledger.undeploy("bob", 2);
    ledger.commit(ledger.next_block());
    ledger.audited(AuditedBlocks{{101}, {header(101)}, {{a, kCpop}, {a, kGold}}, {a}});
    EXPECT_THAT(store_.unsettled(), ElementsAre(BalanceName{a, kCpop}));
    EXPECT_TRUE(ledger.is_deployed("alice"));
    EXPECT_FALSE(ledger.is_deployed("bob"));
    EXPECT_EQ(store_.amount("alice"), 50);
    ledger.audited(AuditedBlocks{{101}, {}, {{a, kCpop}, {b, kCpop}, {b, kCpop}}, {}});
    EXPECT_THAT(store_.unsettled(),
                UnorderedElementsAre(BalanceName{a, kCpop}, BalanceName{b, kCpop}));
}

TEST_P(Correcting, AnotherBlockOfThatNumberIsNotCorrected) {
    Audited ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    ledger.commit(ledger.next_block().transfer(kOutside, a, kCpop, 10));
    auto plan = ledger.correction({received(a, 7, 5)}, {});
    plan.block.header = header(101, "b");
    plan.deltas = {{a, kCpop, 7, 0, {101}}};
    EXPECT_EQ(failure(ledger.correct(plan)), Errc::conflict);
    EXPECT_EQ(store_.amount("alice"), 60);
}

TEST_P(Correcting, AnAuditOfAnotherEpochCountsForNothing) {
    Audited ledger(store_);
    ledger.commit(ledger.next_block());
    ledger.commit(ledger.next_block());
    const Cursor now = store_.unwind(ledger.cursor(), block_ref(101)).value().cursor;
    const WalletId a = store_.put_open(now, "alice", 1, 50);
    ledger.undeploy("alice", 1);
    ledger.audited(AuditedBlocks{{102}, {header(101)}, {{a, kCpop}}, {a}});
    EXPECT_THAT(store_.unsettled(), IsEmpty());
    EXPECT_FALSE(ledger.is_deployed("alice"));
    EXPECT_EQ(ledger.state().audited, BlockNumber{100});
    EXPECT_EQ(ledger.state().epoch, 1u);
}

TEST_P(Correcting, IsFencedByTheCursor) {
    Audited ledger(store_);
    const WalletId a = store_.put_open(ledger.cursor(), "alice", 1, 50);
    ledger.commit(ledger.next_block());
    auto plan = ledger.correction({received(a, 7, 5)}, {});
    plan.deltas = {{a, kCpop, 7, 0, {101}}};
    ledger.commit(ledger.next_block());
    EXPECT_EQ(failure(ledger.correct(plan)), Errc::conflict);
    EXPECT_EQ(store_.amount("alice"), 50);
}

}  // namespace
}  // namespace custodialbridge::store

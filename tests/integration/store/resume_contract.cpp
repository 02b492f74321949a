#include <gmock/gmock.h>

#include <thread>

#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Orders {
  public:
    explicit Orders(StoreHandle& store) : store_(store) {}

    ResumeId order(std::uint64_t from, Millis patience = Millis(60'000)) {
        return await(store_.resumes().order(kChain, {from}, patience, store_.soon())).value();
    }
    std::optional<ResumeOrder> waiting() {
        return await(store_.resumes().waiting(kChain, store_.soon())).value();
    }
    void refuse(ResumeId id, std::string why) {
        await(store_.resumes().refuse(id, std::move(why), store_.soon())).value();
    }
    std::optional<ResumeOutcome> outcome(ResumeId id) {
        return await(store_.resumes().outcome(id, store_.soon())).value();
    }
    Result<Committed> unwind(ResumeId id, Cursor from, BlockRef to) {
        return await(
            store_.committer().unwind(UnwindPlan{kChain, from, to, id}, store_.soon()));
    }

  private:
    StoreHandle& store_;
};

/// Blocks 101 to 104, each of which takes one from alice's 100; 103 is finalized.
Cursor four_blocks(StoreHandle& store) {
    Cursor at = store.begin_at(100);
    const WalletId a = store.put_open(at, "alice", 1, 100);
    for (std::uint64_t block = 101; block <= 104; ++block)
        at = store.commit(PlanBuilder(kChain, at).block(block).transfer(a, kOutside, kCpop, 1))
                 .value()
                 .cursor;
    await(store.chains().set_finality(kChain, {104}, {103}, store.soon())).value();
    return at;
}

TEST_P(Resuming, AnOrderWaitsUntilItIsRefused) {
    Orders orders(store_);
    store_.begin_at(100);
    EXPECT_EQ(orders.waiting(), std::nullopt);
    const ResumeId first = orders.order(100);
    const ResumeId second = orders.order(99);
    EXPECT_EQ(orders.waiting(), (ResumeOrder{first, {100}}));
    EXPECT_EQ(orders.outcome(first), std::nullopt);
    orders.refuse(first, "not a block of ours");
    EXPECT_EQ(orders.outcome(first), (ResumeOutcome{"not a block of ours", 0}));
    EXPECT_EQ(orders.waiting(), (ResumeOrder{second, {99}}));
    orders.refuse(first, "again");
    EXPECT_EQ(orders.outcome(first)->refusal, "not a block of ours") << "it had ended";
}

TEST_P(Resuming, AnOrderOfAnotherChainDoesNotWaitHere) {
    Orders orders(store_);
    store_.begin_at(100);
    orders.order(100);
    const ChainId other{7};
    EXPECT_EQ(await(store_.resumes().waiting(other, store_.soon())).value(), std::nullopt);
    EXPECT_EQ(failure(await(store_.resumes().order(other, {1}, Millis(1'000), store_.soon()))),
              Errc::not_found)
        << "it has no ledger";
}

TEST_P(Resuming, AnOrderDoesNotWaitForEver) {
    Orders orders(store_);
    store_.begin_at(100);
    const ResumeId id = orders.order(100, Millis(1));
    std::this_thread::sleep_for(Millis(20));
    EXPECT_EQ(orders.waiting(), std::nullopt);
    EXPECT_EQ(orders.outcome(id), std::nullopt);
}

TEST_P(Resuming, AnOrderedUnwindGoesBelowTheFinalizedBlockAndTakesItAlong) {
    Orders orders(store_);
    const Cursor at = four_blocks(store_);
    EXPECT_EQ(failure(store_.unwind(at, block_ref(101))), Errc::refused);
    const ResumeId id = orders.order(101);
    const auto back = orders.unwind(id, at, block_ref(101));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(store_.amount("alice"), U256(99));
    EXPECT_EQ(store_.cursor(), (Cursor{block_ref(101), 1}));
    EXPECT_EQ(store_.state().finalized, BlockNumber{101});
    EXPECT_EQ(store_.state().safe, BlockNumber{101});
    EXPECT_EQ(orders.outcome(id), (ResumeOutcome{std::nullopt, 1}));
    EXPECT_EQ(orders.waiting(), std::nullopt);
    EXPECT_EQ(failure(store_.unwind(back->cursor, block_ref(100))), Errc::refused)
        << "only the order may go there";
}

TEST_P(Resuming, AWithdrawnOrderChangesNothing) {
    Orders orders(store_);
    const Cursor at = four_blocks(store_);
    const ResumeId id = orders.order(101);
    orders.refuse(id, "withdrawn");
    EXPECT_EQ(failure(orders.unwind(id, at, block_ref(101))), Errc::conflict);
    EXPECT_EQ(store_.cursor(), at);
    EXPECT_EQ(store_.amount("alice"), U256(96));
    EXPECT_EQ(store_.state().finalized, BlockNumber{103});
}

TEST_P(Resuming, AnOrderIsFulfilledOnlyTogetherWithItsUnwind) {
    Orders orders(store_);
    const Cursor at = four_blocks(store_);
    const ResumeId id = orders.order(101);
    Cursor elsewhere = at;
    ++elsewhere.epoch;
    EXPECT_EQ(failure(orders.unwind(id, elsewhere, block_ref(101))), Errc::conflict);
    EXPECT_EQ(failure(orders.unwind(id, at, block_ref(101, "b"))), Errc::conflict);
    EXPECT_EQ(orders.outcome(id), std::nullopt);
    EXPECT_EQ(orders.waiting(), (ResumeOrder{id, {101}}));
}

TEST_P(Resuming, BlocksAreFoundBatchByBatchFurtherBack) {
    const Cursor at = four_blocks(store_);
    EXPECT_THAT(store_.below(104, 2), ElementsAre(block_ref(104), block_ref(103)));
    EXPECT_THAT(store_.below(102, 2), ElementsAre(block_ref(102), block_ref(101)));
    EXPECT_THAT(store_.below(999, 1), ElementsAre(block_ref(104)));
    EXPECT_THAT(store_.below(100, 9), ElementsAre(block_ref(100)));
    EXPECT_THAT(store_.below(99), IsEmpty());
    ASSERT_TRUE(store_.unwind(at, block_ref(103)));
    EXPECT_THAT(store_.below(104, 1), ElementsAre(block_ref(103))) << "orphaned ones are not";
}

}  // namespace
}  // namespace custodialbridge::store

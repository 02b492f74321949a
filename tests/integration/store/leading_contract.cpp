// One daemon writes, and what a former one still sends is refused.
#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

class Daemon {
  public:
    Daemon(ChainLead& lead, runtime::Clock& clock) : lead_(lead), clock_(clock) {}
    std::optional<std::uint64_t> hold() {
        return await(lead_.hold(kChain, Deadline::after(clock_, Millis(20'000)))).value();
    }

  private:
    ChainLead& lead_;
    runtime::Clock& clock_;
};

Cursor under(Cursor cursor, std::uint64_t term) {
    cursor.term = term;
    return cursor;
}

TEST_P(Leading, NeedsALedger) {
    EXPECT_EQ(failure(await(store_.lead().hold(kChain, store_.soon()))), Errc::not_found);
}

TEST_P(Leading, IsOneDaemonsAtATimeUnderOneTerm) {
    store_.begin_at(100);
    Daemon first(store_.lead(), under_test_->clock());
    const auto other = under_test_->other_lead();
    Daemon second(*other, under_test_->clock());
    const auto term = first.hold();
    ASSERT_TRUE(term);
    EXPECT_FALSE(second.hold());
    EXPECT_EQ(first.hold(), term);
    EXPECT_FALSE(second.hold());
}

TEST_P(Leading, PassesToAnotherUnderANewTermWhenItsHolderIsGone) {
    const Cursor start = store_.begin_at(100);
    auto gone = under_test_->other_lead();
    const auto before = Daemon(*gone, under_test_->clock()).hold();
    ASSERT_TRUE(before);
    const auto plan = PlanBuilder(kChain, under(start, *before)).block(101);
    gone.reset();
    Daemon next(store_.lead(), under_test_->clock());
    std::optional<std::uint64_t> term;
    for (int i = 0; i < 200 && !term; ++i) {
        term = next.hold();
        if (!term) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ASSERT_TRUE(term);
    EXPECT_GT(*term, *before);
    EXPECT_EQ(failure(store_.commit(plan)), Errc::conflict);
    EXPECT_TRUE(store_.commit(PlanBuilder(kChain, under(start, *term)).block(101)));
}

TEST_P(Leading, RefusesEveryUnitOfWorkOfAFormerTerm) {
    const Cursor start = store_.begin_at(100);
    const WalletId wallet = store_.put_open(start, "alice", 1, 1'000);
    const WalletId late = store_.put("bob", 2);
    ASSERT_TRUE(Daemon(store_.lead(), under_test_->clock()).hold());
    EXPECT_EQ(failure(store_.commit(PlanBuilder(kChain, start).block(101))), Errc::conflict);
    EXPECT_EQ(failure(store_.open(start, late, {{kCpop, 5}})), Errc::conflict);
    EXPECT_EQ(failure(store_.adjust(start, wallet, 7)), Errc::conflict);
    EXPECT_EQ(failure(store_.unwind(start, start.block)), Errc::conflict);
    OpeningPlan token{kChain, start, {}, {{wallet, kCpop, 5}}};
    EXPECT_EQ(failure(await(store_.committer().open_token(token, kCpop, false, store_.soon()))),
              Errc::conflict);
    EXPECT_EQ(store_.amount("alice"), U256(1'000));
    EXPECT_EQ(store_.journal_sum(wallet), "1000");
}

TEST_P(Leading, EndsWhatIsUnderWayByANewTerm) {
    const Cursor start = store_.begin_at(100);
    const auto term = Daemon(store_.lead(), under_test_->clock()).hold();
    const auto renewed = await(store_.lead().renew(kChain, store_.soon())).value();
    ASSERT_TRUE(renewed);
    EXPECT_GT(*renewed, *term);
    EXPECT_EQ(Daemon(store_.lead(), under_test_->clock()).hold(), renewed);
    const auto late = PlanBuilder(kChain, under(start, *term)).block(101);
    EXPECT_EQ(failure(store_.commit(late)), Errc::conflict);
    EXPECT_TRUE(store_.commit(PlanBuilder(kChain, under(start, *renewed)).block(101)));
}

TEST_P(Leading, EndsWhenATokenIsNotFollowedAnyMore) {
    const Cursor start = store_.begin_at(100, {kCpop, kGold});
    Daemon writer(store_.lead(), under_test_->clock());
    const auto term = writer.hold();
    const std::vector<Token> fewer{erc20(kChain, kCpop, "CPOP")};
    ASSERT_TRUE(await(store_.chains().sync_tokens(fewer, store_.soon())));
    const auto late = PlanBuilder(kChain, under(start, *term)).block(101);
    EXPECT_EQ(failure(store_.commit(late)), Errc::conflict);
    writer.hold();
    EXPECT_GT(writer.hold(), term);
}

TEST_P(Leading, KeepsItsTermThroughACommit) {
    const Cursor start = store_.begin_at(100);
    const auto term = Daemon(store_.lead(), under_test_->clock()).hold();
    const auto done = store_.commit(PlanBuilder(kChain, under(start, *term)).block(101));
    ASSERT_TRUE(done);
    EXPECT_EQ(done->cursor.term, *term);
    const auto back = store_.unwind(done->cursor, start.block);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->cursor, (Cursor{start.block, 1, *term}));
}

}  // namespace
}  // namespace custodialbridge::store

#include <gtest/gtest.h>

#include "custodialbridge/core/limits.hpp"
#include "ledger_model.hpp"

namespace custodialbridge::ledger {
namespace {

constexpr Millis kGathering{2};  // for others to ask, too

class ChainReaderTest : public LedgerTest {
  protected:
    ChainReadResult read(const UserId& user, std::uint32_t confirmations = 1) {
        return loop.run(chain_reader->read(user, tokens[0], confirmations, soon()));
    }
};

TEST_F(ChainReaderTest, ReadsAtTheHead) {
    const auto seen = read(kAliceUser);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->amount, 100);
    EXPECT_EQ(seen->block, block(1));
    EXPECT_EQ(seen->head, 1u);
    EXPECT_EQ(seen->wallets, 1u);
    EXPECT_EQ(seen->epoch, 0u);
}

TEST_F(ChainReaderTest, ReadsAsDeepAsTheConfirmationsAskFor) {
    for (int i = 0; i < 5; ++i) step({{kCpop, kAlice, kBob, 1}});
    const auto seen = read(kAliceUser, 3);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->block, block(4));
    EXPECT_EQ(seen->head, 6u);
    EXPECT_EQ(seen->amount, 97);
}

TEST_F(ChainReaderTest, ReadsAsDeepAsItIsConfiguredWhenTheCallerDoesNotSay) {
    default_confirmations = 4;
    restart();
    for (int i = 0; i < 5; ++i) step();
    const auto seen = read(kAliceUser, 0);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->block, block(3));
}

TEST_F(ChainReaderTest, IsToldOfAtLeastOneConfirmation) {
    EXPECT_DEATH(make_chain_reader({loop.executor(), rpc, store, store, *writer, desk,
                                    *board->find(kChain), 0, loop.clock}),
                 "check failed");
}

TEST_F(ChainReaderTest, SaysThatTheChainIsShorterThanThat) {
    const auto seen = read(kAliceUser, 1'000);
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().why, NoBalance::too_deep);
}

TEST_F(ChainReaderTest, SaysThatAUserHasNoWallet) {
    const auto seen = read(kBobUser);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->wallets, 0u);
    EXPECT_EQ(rpc.script.calls("balances"), 0u);
}

TEST_F(ChainReaderTest, ReadsWalletsThatAreNotTrackedYet) {
    loop.run(wallets->put(kAliceUser, kChain, kBob, true, soon())).value();
    chain.mine({{kCpop, kZero, kBob, 11}});
    const auto seen = read(kAliceUser);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->amount, 111);
    EXPECT_EQ(seen->wallets, 2u);
}

TEST_F(ChainReaderTest, TakesOneUnknownBalanceForUnknown) {
    loop.run(wallets->put(kAliceUser, kChain, kBob, true, soon())).value();
    rpc.unreadable_holders.insert(kBob);
    EXPECT_FALSE(read(kAliceUser));
}

TEST_F(ChainReaderTest, LooksAgainWhenTheHeadIsReplacedMeanwhile) {
    auto gate = rpc.script.hold(Point::arriving, "balances", loop.executor());
    chain.mine({{kCpop, kAlice, kBob, 1}});
    auto reading = loop.start(chain_reader->read(kAliceUser, tokens[0], 1, soon()));
    loop.pass(kGathering);
    ASSERT_EQ(gate->waiting(), 1u);
    chain.drop(1);
    chain.mine({{kCpop, kAlice, kBob, 2}});
    gate->open();
    loop.pass(Millis{1'000});
    ASSERT_TRUE(reading.done());
    const auto seen = reading.take();
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->block, chain.head().header.ref);
    EXPECT_EQ(seen->amount, 98);
}

TEST_F(ChainReaderTest, GivesUpWhenTheHeadNeverStands) {
    rpc.script.fault = [](Point point, std::string_view call) -> std::optional<Error> {
        if (call != "balances" || point != Point::arriving) return std::nullopt;
        return Error(Errc::orphaned, "gone");
    };
    const auto seen = read(kAliceUser);
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().why, NoBalance::chain_unavailable);
    EXPECT_LE(rpc.script.calls("balances"), 5u);
}

TEST_F(ChainReaderTest, DoesNotBlameTheChainForADatabaseThatIsAway) {
    store.script.fault = [](Point, std::string_view) { return Error(Errc::unavailable, "down"); };
    const auto seen = read(kAliceUser);
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().why, NoBalance::unavailable);
}

TEST_F(ChainReaderTest, RefusesACollectionWhoseIdsTheLedgerDoesNotKnow) {
    Token collection = tokens[0];
    collection.id = kDeedId;
    collection.kind = TokenKind::erc1155;
    const auto seen = loop.run(chain_reader->read(kAliceUser, collection, 1, soon()));
    ASSERT_FALSE(seen);
    EXPECT_EQ(rpc.script.calls("balances"), 0u);
}

TEST_F(ChainReaderTest, WaitsForTheLedgerToApplyItsBlock) {
    chain.mine({{kCpop, kAlice, kBob, 1}});
    auto reading = loop.start(chain_reader->read(kAliceUser, tokens[0], 1, soon()));
    loop.pass(Millis{100});
    EXPECT_FALSE(reading.done());
    apply();
    loop.pass(Millis{5});
    EXPECT_TRUE(reading.done());
}

TEST_F(ChainReaderTest, DoesNotWaitLongForTheLedger) {
    chain.mine();
    const Instant before = loop.clock.now();
    EXPECT_TRUE(read(kAliceUser));
    EXPECT_EQ(loop.clock.now() - before, kGathering + Millis{500});
}

TEST_F(ChainReaderTest, DoesNotWaitPastItsDeadline) {
    chain.mine();
    const Instant before = loop.clock.now();
    EXPECT_TRUE(loop.run(
        chain_reader->read(kAliceUser, tokens[0], 1, Deadline::after(loop.clock, Millis{50}))));
    EXPECT_LE(loop.clock.now() - before, Millis{50});
}

TEST_F(ChainReaderTest, DoesNotWaitForALedgerThatIsFarBehind) {
    chain.mine_empty(limits::kHeadersPerStepMax + 1);
    const Instant before = loop.clock.now();
    EXPECT_TRUE(read(kAliceUser));
    EXPECT_EQ(loop.clock.now() - before, kGathering);
}

}  // namespace
}  // namespace custodialbridge::ledger

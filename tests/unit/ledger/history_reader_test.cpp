#include <gtest/gtest.h>

#include "ledger_model.hpp"

namespace custodialbridge::ledger {
namespace {

/// Alice holds 100 at block 1 and sends one each block up to 5.
class HistoryReaderTest : public LedgerTest {
  protected:
    void SetUp() override {
        LedgerTest::SetUp();
        for (int i = 0; i < 4; ++i) step({{kCpop, kAlice, kBob, 1}});
        loop.run(store.set_finality(kChain, {4}, {2}, soon())).value();
        history = make_history_reader(
            {registry, *board, store.journal(), {{kChain, chain_reader.get()}}, loop.clock});
    }

    /// As text: "amount tier @block", or why there is none.
    std::string tell(AsOf at, const UserId& user = kAliceUser, TokenId token = kCpopId) {
        const auto read = loop.run(history->read_at(key_of(user, token), at, view, soon()));
        if (!read) return "none: " + std::to_string(static_cast<int>(read.error().why));
        return said();
    }

    /// The ledger forgets the block's hash, as it does not store all while catching up.
    void forget_block(std::uint64_t number) {
        std::erase_if(store.tables.chains.at(kChain).blocks, [&](const testing::BlockRow& row) {
            return row.block.header.ref.number.value == number;
        });
    }

    static constexpr const char* kNotCovered = "none: 6";

    std::unique_ptr<HistoryReader> history;
};

TEST_F(HistoryReaderTest, TellsTheBalanceOfEachBlockThatIsCovered) {
    EXPECT_EQ(tell(BlockNumber{1}), "100 database @1");
    EXPECT_EQ(tell(BlockNumber{3}), "98 database @3");
    EXPECT_EQ(view.block, block(3));
    EXPECT_EQ(view.symbol, "CPOP");
    EXPECT_EQ(view.units, "0.98");
    EXPECT_FALSE(view.realtime);
    EXPECT_EQ(tell(BlockNumber{5}), "96 database @5");
    EXPECT_EQ(rpc.script.calls("headers_of"), 0u);
}

TEST_F(HistoryReaderTest, TellsTheSettledBalances) {
    EXPECT_EQ(tell(FinalityLevel::latest), "96 database @5");
    EXPECT_EQ(tell(FinalityLevel::safe), "97 database @4");
    EXPECT_EQ(tell(FinalityLevel::finalized), "99 database @2");
    EXPECT_EQ(view.block, block(2));
}

TEST_F(HistoryReaderTest, IsAsOldAsTheLedgerWhateverTheBlock) {
    loop.clock.advance(std::chrono::seconds(7));
    EXPECT_EQ(tell(BlockNumber{2}), "99 database @2");
    EXPECT_EQ(view.sync_lag_seconds, 7u);
    saw_head();
    EXPECT_EQ(tell(BlockNumber{2}), "99 database @2");
    EXPECT_EQ(view.sync_lag_seconds, 0u);
    EXPECT_EQ(view.last_updated, loop.clock.wall());
}

TEST_F(HistoryReaderTest, SaysWhatIsNotCovered) {
    EXPECT_EQ(tell(BlockNumber{0}), kNotCovered);
    EXPECT_EQ(tell(BlockNumber{6}), kNotCovered);
    EXPECT_EQ(tell(BlockNumber{2}, kAliceUser, kUsdtId), kNotCovered) << "polled";
    EXPECT_EQ(tell(BlockNumber{2}, kAliceUser, kDeedId), kNotCovered) << "not followed";
    loop.run(wallets->put(kAliceUser, kChain, kBob, true, soon())).value();
    EXPECT_EQ(tell(BlockNumber{5}), kNotCovered) << "a wallet that is not tracked yet";
    open_waiting();
    EXPECT_EQ(tell(BlockNumber{5}), "100 database @5");
    EXPECT_EQ(tell(BlockNumber{4}), kNotCovered);
}

TEST_F(HistoryReaderTest, KnowsNeitherStrangersNorOtherTokensAndChains) {
    EXPECT_EQ(tell(BlockNumber{2}, kBobUser), kUnknownUser);
    EXPECT_EQ(tell(BlockNumber{2}, kAliceUser, TokenId{9}), "none: 1");
    const BalanceKey elsewhere{kAliceUser, ChainId{99}, kCpopId};
    const auto read = loop.run(history->read_at(elsewhere, BlockNumber{2}, view, soon()));
    EXPECT_EQ(read.error().why, NoBalance::unknown_chain);
}

TEST_F(HistoryReaderTest, CoversNothingWhereThereIsNoLedger) {
    store.tables.chains.clear();
    EXPECT_EQ(tell(FinalityLevel::latest), kNotCovered);
}

TEST_F(HistoryReaderTest, AsksTheChainForAHashThatIsNotStored) {
    forget_block(3);
    EXPECT_EQ(tell(BlockNumber{3}), "98 database @3");
    EXPECT_EQ(view.block, block(3));
    EXPECT_EQ(rpc.script.calls("headers_of"), 1u);
    rpc.script.fail(Point::arriving, "headers_of", Errc::unavailable);
    EXPECT_EQ(tell(BlockNumber{3}), kChainUnavailable);
}

TEST_F(HistoryReaderTest, IsUnavailableWithTheDatabase) {
    for (const Errc code : {Errc::unavailable, Errc::timed_out}) {
        store.script.fail(Point::arriving, "balance_at", code);
        EXPECT_EQ(tell(BlockNumber{3}), kUnavailable);
    }
}

TEST_F(HistoryReaderTest, PassesListsOn) {
    ChangeQuery query;
    query.user = kAliceUser;
    query.limit = 2;
    const auto page = loop.run(history->changes(query, soon())).value();
    ASSERT_EQ(page.items.size(), 2u);
    EXPECT_EQ(page.items[0].kind, ChangeKind::opening);
    EXPECT_EQ(page.items[1].kind, ChangeKind::transfer_out);
    EXPECT_TRUE(page.next);
    EventQuery events;
    events.limit = 10;
    EXPECT_EQ(loop.run(history->events(events, soon())).value().items.size(), 4u);
    store.script.fail(Point::arriving, "events", Errc::unavailable);
    EXPECT_EQ(loop.run(history->events(events, soon())).error().code(), Errc::unavailable);
}

}  // namespace
}  // namespace custodialbridge::ledger

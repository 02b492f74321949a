#include <gmock/gmock.h>

#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<TokenId> to_open(StoreHandle& store) {
    return await(store.chains().tokens_to_open(kChain, store.soon())).value();
}

Result<Committed> open_token(StoreHandle& store, Cursor at, TokenId token,
                             std::vector<Observation> balances, bool last = true) {
    OpeningPlan plan{kChain, at, {}, std::move(balances)};
    return await(store.committer().open_token(std::move(plan), token, last, store.soon()));
}

TEST_P(Opening, SetsBalancesAndTracksFromTheCursor) {
    const Cursor start = store_.begin_at(100, {kCpop, kGold});
    const WalletId a = store_.put("alice", 1);
    const auto done = store_.open(start, a, {{kCpop, 500}, {kGold, 0}});
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(done->cursor, start);
    EXPECT_THAT(done->opened, ElementsAre(a));
    EXPECT_EQ(done->totals.size(), 2u);
    EXPECT_EQ(store_.amount("alice"), U256(500));
    EXPECT_EQ(store_.amount("alice", kGold), U256(0));
    EXPECT_EQ(store_.journal_sum(a), "500");
    const auto page =
        await(store_.wallets().of_user({"alice"}, kChain, std::nullopt, 9, store_.soon())).value();
    EXPECT_EQ(page.wallets.at(0).tracked_from, BlockNumber{100});
    EXPECT_EQ(await(store_.balances().count(kChain, store_.soon())).value(), 2u);
}

TEST_P(Opening, PassesOverWalletsThatWereDeletedOrOpenedMeanwhile) {
    const Cursor start = store_.begin_at(100);
    const WalletId opened = store_.put_open(start, "alice", 1, 10);
    const WalletId deleted = store_.put("bob", 2);
    const WalletId waiting = store_.put("carol", 3);
    ASSERT_TRUE(await(store_.wallets().remove({"bob"}, kChain, address_of(2), store_.soon())));
    OpeningPlan plan{kChain, start, {opened, deleted, waiting}, {}};
    for (const WalletId wallet : plan.wallets) plan.balances.push_back({wallet, kCpop, 77});
    const auto done = await(store_.committer().open(plan, store_.soon()));
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_THAT(done->opened, ElementsAre(waiting));
    EXPECT_EQ(store_.amount("alice"), U256(10));
    EXPECT_EQ(store_.amount("carol"), U256(77));
    EXPECT_EQ(store_.journal_sum(deleted), "0");
    EXPECT_EQ(await(store_.balances().count(kChain, store_.soon())).value(), 2u);
}

TEST_P(Opening, OfWalletsOfAnotherChainOpensNothing) {
    const Cursor start = store_.begin_at(100);
    const auto other =
        await(store_.wallets().put({"alice"}, ChainId{10}, address_of(1), true, store_.soon()));
    const auto done = store_.open(start, other.value().wallet.id, {{kCpop, 5}});
    ASSERT_TRUE(done);
    EXPECT_THAT(done->opened, IsEmpty());
    EXPECT_EQ(await(store_.balances().count(kChain, store_.soon())).value(), 0u);
}

TEST_P(Opening, EventsAfterTheSnapshotAreAdded) {
    const Cursor start = store_.begin_at(100);
    Cursor at = store_.commit(PlanBuilder(kChain, start).block(101)).value().cursor;
    const WalletId a = store_.put("alice", 1);
    EXPECT_EQ(failure(store_.open(start, a, {{kCpop, 1}})), Errc::conflict) << "an old snapshot";
    ASSERT_TRUE(store_.open(at, a, {{kCpop, 40}}));
    ASSERT_TRUE(store_.commit(PlanBuilder(kChain, at).block(102).transfer(kOutside, a, kCpop, 2)));
    EXPECT_EQ(store_.amount("alice"), U256(42));
}

TEST_P(OpeningTokens, ConfiguredTokensAreStoredAndKept) {
    Token gold = erc20(kChain, kGold, "GOLD");
    gold.kind = TokenKind::erc1155;
    gold.nft_id = ~U256(0) / 3;
    gold.sync_class = SyncClass::nft;
    gold.decimals = 0;
    gold.on_difference = OnDifference::sync;
    Token ether{};
    ether.chain = kChain;
    ether.id = TokenId{0};
    ether.symbol = "ETH";
    ether.decimals = 18;
    const std::vector<Token> tokens{ether, gold};
    ASSERT_TRUE(await(store_.chains().sync_tokens(tokens, store_.soon())));
    EXPECT_EQ(await(store_.chains().tokens(store_.soon())).value(), tokens);
    EXPECT_THAT(to_open(store_), ElementsAre(kGold));
}

TEST_P(OpeningTokens, SettingsMayChangeButNotTheIdentity) {
    Token token = erc20(kChain, kCpop, "OLD");
    ASSERT_TRUE(await(store_.chains().sync_tokens({token}, store_.soon())));
    token.symbol = "NEW";
    token.mismatch_threshold = 5;
    ASSERT_TRUE(await(store_.chains().sync_tokens({token}, store_.soon())));
    EXPECT_THAT(await(store_.chains().tokens(store_.soon())).value(), ElementsAre(token));
    Token moved = token;
    moved.address = address_of(9);
    Token other = token;
    other.kind = TokenKind::erc721;
    Token one = token;
    one.nft_id = 4;
    for (const Token& changed : {moved, other, one})
        EXPECT_EQ(failure(await(store_.chains().sync_tokens({changed}, store_.soon()))),
                  Errc::conflict);
    EXPECT_THAT(await(store_.chains().tokens(store_.soon())).value(), ElementsAre(token));
}

TEST_P(OpeningTokens, ANewTokenIsOpenedForTheWalletsThatAreThere) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 10);
    const WalletId b = store_.put_open(start, "bob", 2, 20);
    const std::vector<Token> both{erc20(kChain, kCpop, "CPOP"), erc20(kChain, kGold, "GOLD")};
    ASSERT_TRUE(await(store_.chains().sync_tokens(both, store_.soon())));
    EXPECT_THAT(to_open(store_), ElementsAre(kGold));
    EXPECT_FALSE(store_.find("alice", kGold).complete);
    ASSERT_TRUE(open_token(store_, start, kGold, {{a, kGold, 3}}, false));
    EXPECT_FALSE(store_.find("alice", kGold).complete) << "not all of it is there";
    EXPECT_EQ(failure(open_token(store_, start, kGold, {})), Errc::conflict) << "bob is missing";
    const auto done = open_token(store_, start, kGold, {{b, kGold, 0}});
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(done->totals, (std::vector<UserTotal>{{{{"bob"}, kChain, kGold}, 0}}));
    EXPECT_THAT(to_open(store_), IsEmpty());
    EXPECT_EQ(store_.amount("alice", kGold), U256(3));
    EXPECT_EQ(store_.amount("bob", kGold), U256(0));
    EXPECT_EQ(store_.journal_sum(a, kGold), "3");
    EXPECT_EQ(store_.amount("alice"), U256(10));
}

TEST_P(OpeningTokens, AnUnfinishedOpeningIsDoneAgainAtALaterBlock) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 10);
    const WalletId b = store_.put_open(start, "bob", 2, 20);
    const std::vector<Token> both{erc20(kChain, kCpop, "CPOP"), erc20(kChain, kGold, "GOLD")};
    ASSERT_TRUE(await(store_.chains().sync_tokens(both, store_.soon())));
    ASSERT_TRUE(open_token(store_, start, kGold, {{a, kGold, 3}}, false));
    const Cursor at = store_.commit(PlanBuilder(kChain, start).block(101)).value().cursor;
    EXPECT_EQ(failure(open_token(store_, at, kGold, {{b, kGold, 5}})), Errc::conflict)
        << "alice was read at another block";
    ASSERT_TRUE(open_token(store_, at, kGold, {{a, kGold, 1}, {b, kGold, 5}}));
    EXPECT_EQ(store_.amount("alice", kGold), U256(1));
    EXPECT_EQ(store_.journal_sum(a, kGold), "1");
    EXPECT_EQ(store_.journal_sum(b, kGold), "5");
}

TEST_P(OpeningTokens, ATokenThatIsNoLongerFollowedIsOpenedAnew) {
    const Cursor start = store_.begin_at(100, {kCpop, kGold});
    const WalletId a = store_.put("alice", 1);
    ASSERT_TRUE(store_.open(start, a, {{kCpop, 10}, {kGold, 20}}));
    Token cpop = erc20(kChain, kCpop, "CPOP");
    const Token gold = erc20(kChain, kGold, "GOLD");
    cpop.realtime = false;
    ASSERT_TRUE(await(store_.chains().sync_tokens({cpop}, store_.soon())));
    EXPECT_FALSE(store_.find("alice", kCpop).complete) << "polled now";
    EXPECT_FALSE(store_.find("alice", kGold).complete) << "no longer configured";
    cpop.realtime = true;
    ASSERT_TRUE(await(store_.chains().sync_tokens({cpop, gold}, store_.soon())));
    EXPECT_THAT(to_open(store_), ElementsAre(kCpop, kGold));
    Cursor now = start;
    now.term = await(store_.lead().hold(kChain, store_.soon())).value().value();
    ASSERT_TRUE(open_token(store_, now, kCpop, {{a, kCpop, 11}}));
    EXPECT_EQ(store_.amount("alice", kCpop), U256(11));
    EXPECT_EQ(store_.journal_sum(a, kCpop), "11");
    EXPECT_FALSE(store_.find("alice", kGold).complete);
}

TEST_P(OpeningTokens, TokensOfOtherChainsStayAsTheyAre) {
    store_.begin_at(100);
    ASSERT_TRUE(
        await(store_.chains().sync_tokens({erc20(ChainId{10}, kCpop, "X")}, store_.soon())));
    EXPECT_THAT(to_open(store_), IsEmpty());
    EXPECT_EQ(await(store_.chains().tokens(store_.soon())).value().size(), 2u);
}

}  // namespace
}  // namespace custodialbridge::store

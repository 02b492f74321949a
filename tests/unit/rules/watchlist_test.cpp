#include "custodialbridge/rules/watchlist.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_logs.hpp"

namespace custodialbridge::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

TEST(Watchlist, FollowsOnlyRealtimeErc20) {
    Token polled = followed({3}, address(0xc3));
    polled.realtime = false;
    Token nft = followed({4}, address(0xc4));
    nft.kind = TokenKind::erc721;
    Token native = followed({5}, Address{});
    native.kind = TokenKind::native;
    const std::vector<Token> tokens{polled, nft, native, followed(kCpopId, kCpop)};
    const Watchlist watchlist(tokens);
    ASSERT_EQ(watchlist.tokens().size(), 1u);
    EXPECT_EQ(watchlist.tokens()[0].token, kCpopId);
    EXPECT_EQ(watchlist.token_of(kCpop)->token, kCpopId);
    EXPECT_EQ(watchlist.token_of(address(0xc3)), nullptr);
    EXPECT_EQ(watchlist.token_of(Address{}), nullptr);
}

TEST(Watchlist, AddsATokenOnceAndForgetsIt) {
    Watchlist watchlist = alice_and_bob();
    watchlist.add_token(followed(kCpopId, kCpop));
    EXPECT_EQ(watchlist.tokens().size(), 2u);
    watchlist.remove_token(kCpopId);
    EXPECT_EQ(watchlist.token_of(kCpop), nullptr);
    EXPECT_EQ(watchlist.token_of(kUsdt)->token, kUsdtId);
}

TEST(Watchlist, NamesTheWalletOfAnAddress) {
    Watchlist watchlist = alice_and_bob();
    EXPECT_EQ(watchlist.wallet(kAlice), kAliceWallet);
    EXPECT_EQ(watchlist.wallet(kCarol), kOutside);
    EXPECT_EQ(watchlist.wallet(Address{}), kOutside);
    EXPECT_EQ(*watchlist.address_of(kBobWallet), kBob);
    EXPECT_EQ(watchlist.address_of({99}), nullptr);
    EXPECT_EQ(watchlist.wallet_count(), 2u);
}

TEST(Watchlist, GivesAnAddressToItsNewestWallet) {
    Watchlist watchlist = alice_and_bob();
    watchlist.add_wallet(kAlice, {21});
    EXPECT_EQ(watchlist.wallet(kAlice), WalletId{21});
    EXPECT_EQ(watchlist.wallet_count(), 2u);
    watchlist.remove_wallet(kAlice);
    EXPECT_EQ(watchlist.wallet(kAlice), kOutside);
    watchlist.clear_wallets();
    EXPECT_EQ(watchlist.wallet(kBob), kOutside);
    EXPECT_EQ(watchlist.wallet_count(), 0u);
}

TEST(Watchlist, AsksForItsContractsAndTheEventsItDecodes) {
    const LogFilter filter = alice_and_bob().filter();
    EXPECT_THAT(filter.addresses, ElementsAre(kCpop, kUsdt));
    EXPECT_THAT(filter.topics0, UnorderedElementsAre(transfer_topic(), mint_topic(), burn_topic()));
    EXPECT_TRUE(Watchlist(std::span<const Token>{}).filter().empty());
}

}  // namespace
}  // namespace custodialbridge::rules

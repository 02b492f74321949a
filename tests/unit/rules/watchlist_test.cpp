#include "custodialbridge/rules/watchlist.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_logs.hpp"

namespace custodialbridge::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<TokenId> ids_of(std::span<const FollowedToken> tokens) {
    std::vector<TokenId> ids;
    for (const FollowedToken& token : tokens) ids.push_back(token.token);
    return ids;
}

TEST(Watchlist, FollowsOnlyRealtimeTokensWithEvents) {
    Token polled = followed({3}, address(0xc3));
    polled.realtime = false;
    Token native = followed({5}, Address{});
    native.kind = TokenKind::native;
    const std::vector<Token> tokens{polled, native, followed(kCpopId, kCpop)};
    const Watchlist watchlist(tokens);
    EXPECT_THAT(ids_of(watchlist.tokens()), ElementsAre(kCpopId));
    EXPECT_THAT(ids_of(watchlist.tokens_of(kCpop)), ElementsAre(kCpopId));
    EXPECT_TRUE(watchlist.tokens_of(address(0xc3)).empty());
    EXPECT_TRUE(watchlist.tokens_of(Address{}).empty());
}

TEST(Watchlist, FollowsACollectionAndIdsOfItsOwnTogether) {
    Token collection = followed({4}, kGame);
    collection.kind = TokenKind::erc1155;
    Token sword = collection, shield = collection;
    sword.id = {5};
    sword.nft_id = 1;
    shield.id = {6};
    shield.nft_id = 2;
    const std::vector<Token> tokens{sword, followed(kCpopId, kCpop), collection, shield, sword};
    const Watchlist watchlist(tokens);
    EXPECT_THAT(ids_of(watchlist.tokens_of(kGame)),
                UnorderedElementsAre(TokenId{4}, TokenId{5}, TokenId{6}));
    EXPECT_THAT(watchlist.filter().addresses, UnorderedElementsAre(kCpop, kGame)) << "each once";
}

TEST(Watchlist, AddsATokenOnceAndForgetsIt) {
    Watchlist watchlist = alice_and_bob();
    watchlist.add_token(followed(kCpopId, kCpop));
    EXPECT_EQ(watchlist.tokens().size(), 2u);
    watchlist.remove_token(kCpopId);
    EXPECT_TRUE(watchlist.tokens_of(kCpop).empty());
    EXPECT_THAT(ids_of(watchlist.tokens_of(kUsdt)), ElementsAre(kUsdtId));
}

TEST(Watchlist, NamesTheWalletOfAnAddress) {
    Watchlist watchlist = alice_and_bob();
    EXPECT_EQ(watchlist.wallet(kAlice), kAliceWallet);
    EXPECT_EQ(watchlist.wallet(kCarol), kOutside);
    EXPECT_EQ(watchlist.wallet(Address{}), kOutside);
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

TEST(Watchlist, AsksForAllThatItsContractsAndEntryPointsSay) {
    const std::vector<Token> tokens{followed(kCpopId, kCpop)};
    const std::vector<Address> entry_points{address(0xee)};
    const Watchlist watchlist(tokens, entry_points);
    EXPECT_THAT(watchlist.filter().addresses, UnorderedElementsAre(kCpop, address(0xee)));
    EXPECT_EQ(watchlist.filter().topics, LogFilter().topics);
    EXPECT_TRUE(watchlist.is_entry_point(address(0xee)));
    EXPECT_FALSE(watchlist.is_entry_point(kCpop));
    EXPECT_TRUE(Watchlist(std::span<const Token>{}).filter().empty());
}

}  // namespace
}  // namespace custodialbridge::rules

#include "followed_model.hpp"

namespace custodialbridge::sync {
namespace {

const Address kArt = address(0xc7);
const Address kGame = address(0xc8);
constexpr TokenId kArtId{3};
constexpr TokenId kGameId{4};
constexpr TokenId kSwordId{5};

ModelMove art(const Address& from, const Address& to, std::uint64_t id) {
    return {kArt, from, to, 1, Told::by_transfer, U256(id)};
}

ModelMove game(const Address& from, const Address& to, std::uint64_t id, const U256& amount) {
    return {kGame, from, to, amount, Told::by_transfer, U256(id), true};
}

class NftsTest : public ListenerTest {
  protected:
    NftsTest() {
        Token token = followed_token(kArtId, kArt);
        token.kind = TokenKind::erc721;
        tokens.push_back(token);
        token = followed_token(kGameId, kGame);
        token.kind = TokenKind::erc1155;
        tokens.push_back(token);
    }

    /// Mines a block that tells of the move as early contracts do: nothing is indexed.
    void mine_unindexed(const ModelMove& move) {
        chain.seal = [&move](testing::ModelBlock& block) {
            std::vector<std::uint8_t> data;
            for (const Address& party : {move.from, move.to}) {
                const Hash32 word = to_word(party);
                data.insert(data.end(), word.bytes.begin(), word.bytes.end());
            }
            const auto id = testing::ModelChain::word(*move.nft_id);
            data.insert(data.end(), id.begin(), id.end());
            testing::ModelChain::add_log(block, move.contract, {rules::transfer_topic()}, data, 0);
        };
        ModelMove silent = move;
        silent.told = Told::not_at_all;
        chain.mine({silent});
        chain.seal = nullptr;
    }

    /// "token:id=amount …" of all that is held, ascending.
    std::string held_by(const Address& holder) const {
        std::string text;
        for (const auto& [id, amount] : store.tables.holdings) {
            const auto& [owner, token, nft_id] = id;
            if (owner != wallet(holder).id || amount == 0) continue;
            text += (text.empty() ? "" : " ") + std::to_string(token.value) + ':' +
                    to_string(nft_id) + '=' + to_string(amount);
        }
        return text;
    }
};

TEST_F(NftsTest, AWalletBeginsWithTheIdsThatItHolds) {
    chain.mine({art(kZero, kAlice, 7), art(kZero, kAlice, 8), game(kZero, kAlice, 1, 10)});
    chain.mine({art(kAlice, kBob, 8), game(kZero, kAlice, 2, 5), game(kAlice, kBob, 1, 4)});
    start();
    add_wallet(kAlice);
    add_wallet(kBob);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(held_by(kAlice), "3:7=1 4:1=6 4:2=5");
    EXPECT_EQ(held_by(kBob), "3:8=1 4:1=4");
    EXPECT_EQ(balance(kAlice, kArtId), 1);
    EXPECT_EQ(balance(kAlice, kGameId), 11);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(NftsTest, HoldingsGoOnWithTheEvents) {
    chain.mine({art(kZero, kAlice, 7), game(kZero, kAlice, 1, 10)});
    start();
    add_wallet(kAlice);
    add_wallet(kBob);
    ASSERT_TRUE(catch_up());
    chain.mine({art(kAlice, kBob, 7), game(kAlice, kBob, 1, 3), game(kZero, kBob, 9, 2)});
    chain.mine({game(kBob, kZero, 9, 1)});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(held_by(kAlice), "4:1=7");
    EXPECT_EQ(held_by(kBob), "3:7=1 4:1=3 4:9=1");
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(NftsTest, AReorgGivesThemBack) {
    start();
    chain.mine({art(kZero, kAlice, 7), game(kZero, kAlice, 1, 10)});
    add_wallet(kAlice);
    add_wallet(kBob);
    ASSERT_TRUE(catch_up());
    chain.mine({art(kAlice, kBob, 7), game(kAlice, kBob, 1, 10)});
    ASSERT_TRUE(catch_up());
    ASSERT_EQ(held_by(kBob), "3:7=1 4:1=10");
    chain.drop(1);
    chain.mine({game(kAlice, kBob, 1, 1)});
    chain.mine_empty(1);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(held_by(kAlice), "3:7=1 4:1=9");
    EXPECT_EQ(held_by(kBob), "4:1=1");
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(NftsTest, AnOpeningThatAReorgTookBackFindsWhatTheNewBranchGave) {
    chain.mine({});
    start();
    ASSERT_TRUE(catch_up());
    chain.mine({art(kZero, kAlice, 7)});
    add_wallet(kAlice);
    ASSERT_TRUE(catch_up());
    chain.drop(1);
    chain.mine({art(kZero, kAlice, 70)});
    chain.mine_empty(1);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(held_by(kAlice), "3:70=1");
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(NftsTest, ABurntIdIsNobodysAndHoldsNoWalletUp) {
    chain.mine({art(kZero, kAlice, 7), art(kZero, kAlice, 8)});
    chain.mine({art(kAlice, kZero, 7)});
    start();
    add_wallet(kAlice);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(held_by(kAlice), "3:8=1");
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(NftsTest, WhatNoEventToldOfCountsWithoutAnId) {
    ModelMove silent = art(kZero, kAlice, 7);
    silent.told = Told::not_at_all;
    chain.mine({silent, art(kZero, kAlice, 8)});
    start();
    add_wallet(kAlice);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(held_by(kAlice), "3:8=1");
    EXPECT_EQ(balance(kAlice, kArtId), 2);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(NftsTest, IdsAreFoundOfContractsThatIndexNothing) {
    mine_unindexed(art(kZero, kAlice, 7));
    mine_unindexed(art(kZero, kAlice, 8));
    mine_unindexed(art(kAlice, kBob, 8));
    mine_unindexed(art(kZero, kStranger, 6));
    chain.mine({art(kZero, kAlice, 9), game(kZero, kAlice, 1, 10)});
    start();
    add_wallet(kAlice);
    add_wallet(kBob);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(held_by(kAlice), "3:7=1 3:9=1 4:1=10");
    EXPECT_EQ(held_by(kBob), "3:8=1");
    mine_unindexed(art(kAlice, kBob, 7));
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(held_by(kAlice), "3:9=1 4:1=10");
    EXPECT_EQ(held_by(kBob), "3:7=1 3:8=1");
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(NftsTest, IdsAreFoundOfAContractThatIndexesNothingAndJoinsLater) {
    const std::vector<Token> with_nfts = std::exchange(tokens, {followed_token(kCpopId, kCpop)});
    rpc.log_range_max = 7;
    for (std::uint64_t id = 1; id <= 20; ++id) mine_unindexed(art(kZero, kAlice, id));
    start();
    add_wallet(kAlice);
    add_wallet(kBob);
    ASSERT_TRUE(catch_up());
    stop();
    tokens = with_nfts;
    start();
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(store.tables.holdings.size(), 20u);
    EXPECT_EQ(balance(kAlice, kArtId), 20);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(NftsTest, TheContractAloneIsSearchedOnceForWhatNoEventToldOf) {
    ModelMove silent = art(kZero, kAlice, 7);
    silent.told = Told::not_at_all;
    chain.mine({silent, game(kZero, kAlice, 1, 10)});
    start();
    add_wallet(kAlice);
    add_wallet(kBob);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(rpc.script.calls("logs"), 3u) << "each kind with its receivers, and one without";
    EXPECT_EQ(balance(kAlice, kArtId), 1);
}

TEST_F(NftsTest, TheSearchAsksForLessWhereANodeLimitsIt) {
    for (std::uint64_t id = 1; id <= 40; ++id)
        chain.mine({art(kZero, kAlice, id), game(kZero, kAlice, id, id)});
    rpc.log_range_max = 7;
    start();
    add_wallet(kAlice);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kAlice, kArtId), 40);
    EXPECT_EQ(store.tables.holdings.size(), 80u);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(NftsTest, TheSearchAsksForLessWhereRangesFailTwiceInWhateverWords) {
    const std::vector<Token> with_nfts = std::exchange(tokens, {followed_token(kCpopId, kCpop)});
    for (std::uint64_t id = 1; id <= 40; ++id) chain.mine({art(kZero, kAlice, id)});
    rpc.script.fault = [&](Point point, std::string_view call) -> std::optional<Error> {
        if (call != "logs" || point != Point::answering) return std::nullopt;
        const auto [first, last] = rpc.ranges.back();
        if (last - first + 1 <= 5) return std::nullopt;
        return Error(Errc::unavailable, "limit exceeded (-32005)");
    };
    start();
    add_wallet(kAlice);
    ASSERT_TRUE(catch_up());
    stop();
    tokens = with_nfts;  // for a wallet that is there, and for one that joins
    start();
    add_wallet(kBob);
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(5));
    EXPECT_EQ(balance(kAlice, kArtId), 40);
    EXPECT_EQ(store.tables.holdings.size(), 40u);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(NftsTest, ATokenThatJoinsLaterIsOpenedWithItsIdsForTheWalletsThatAreThere) {
    const std::vector<Token> with_nfts = std::exchange(tokens, {followed_token(kCpopId, kCpop)});
    chain.mine({art(kZero, kAlice, 7), game(kZero, kAlice, 1, 10)});
    start();
    add_wallet(kAlice);
    ASSERT_TRUE(catch_up());
    stop();
    tokens = with_nfts;
    start();
    chain.mine({art(kZero, kAlice, 9)});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(held_by(kAlice), "3:7=1 3:9=1 4:1=10");
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(NftsTest, AnEntryOfOneIdCountsThatIdAlone) {
    Token sword = followed_token(kSwordId, kGame);
    sword.kind = TokenKind::erc1155;
    sword.nft_id = 2;
    tokens = {sword};
    chain.mine({game(kZero, kAlice, 1, 10), game(kZero, kAlice, 2, 5)});
    start();
    add_wallet(kAlice);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(held_by(kAlice), "5:2=5");
    chain.mine({game(kZero, kAlice, 1, 1), game(kZero, kAlice, 2, 2)});
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(held_by(kAlice), "5:2=7");
    EXPECT_EQ(balance(kAlice, kSwordId), 7);
}

TEST_F(NftsTest, WalletsJoinUnderTrafficWithExactlyWhatTheyHold) {
    start();
    ASSERT_TRUE(catch_up());
    for (std::uint64_t i = 0; i < 30; ++i) {
        const Address holder = address(20 + i), other = address(20 + (i * 7) % 30);
        chain.mine({art(kZero, holder, i), game(kZero, other, i % 5, 3)});
        add_wallet(holder, "user" + std::to_string(i));
        if (i % 3 == 0) loop.settle();
        chain.mine({art(holder, other, i), game(other, holder, i % 5, 1)});
    }
    ASSERT_TRUE(catch_up());
    for (std::uint64_t i = 0; i < 30; ++i)
        for (const auto& [key, amount] : chain.head().nfts) {
            const auto& [contract, holder, id] = key;
            const TokenId token = contract == kArt ? kArtId : kGameId;
            EXPECT_EQ((store.tables.holdings[{wallet(holder).id, token, id}]), amount);
        }
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(NftsTest, ACollectionThatCannotBeReadHoldsNoWalletUp) {
    chain.mine({game(kZero, kAlice, 1, 10), {kCpop, kZero, kAlice, 5}});
    rpc.unreadable.insert(kArt);
    start();
    add_wallet(kAlice);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kAlice, kCpopId), 5);
    EXPECT_EQ(held_by(kAlice), "4:1=10");
    rpc.unreadable.clear();
    chain.mine({art(kZero, kAlice, 7)});
    loop.pass(std::chrono::minutes(1));
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(held_by(kAlice), "3:7=1 4:1=10");
    EXPECT_EQ(difference_from_chain(), "");
}

}  // namespace
}  // namespace custodialbridge::sync

#include "custodialbridge/ledger/nft_reader.hpp"

#include <gtest/gtest.h>

#include "support/fake_store.hpp"
#include "support/model_chain.hpp"
#include "support/virtual_loop.hpp"

namespace custodialbridge::ledger {
namespace {

using testing::address;

constexpr ChainId kChain{7};
constexpr TokenId kArt{3}, kGame{4}, kGone{5};
const UserId kUser{"user"};

Token collection(TokenId id, TokenKind kind) {
    Token token;
    token.chain = kChain;
    token.id = id;
    token.kind = kind;
    token.symbol = "T" + std::to_string(id.value);
    token.address = address(id.value);
    token.sync_class = SyncClass::nft;
    token.realtime = true;
    return token;
}

/// The user's wallet holds two of each collection; the last collection is not configured here.
class NftReaderTest : public ::testing::Test {
  protected:
    NftReaderTest() {
        const std::vector<Token> known{collection(kArt, TokenKind::erc721),
                                       collection(kGame, TokenKind::erc1155)};
        tokens = TokenRegistry(known);
        const WalletId wallet{1};
        Wallet held;
        held.id = wallet;
        held.user = kUser;
        held.chain = kChain;
        held.address = address(1);
        held.tracked_from = BlockNumber{5};
        store.tables.wallets[wallet] = {held, false};
        auto& chain = store.tables.chains[kChain];
        chain.state.cursor.block.number = {9};
        for (const TokenId token : {kArt, kGame, kGone}) {
            chain.opened_tokens[token] = {5};
            for (const unsigned id : {11u, 12u}) store.tables.holdings[{wallet, token, id}] = id;
        }
    }

    Result<NftList> ask(std::optional<NftPlace> after = std::nullopt, std::size_t limit = 100) {
        auto reader = make_nft_reader(tokens, store);
        const auto by = Deadline::after(loop.clock, Millis{1'000});
        return loop.run(reader->nfts(kUser, std::nullopt, after, limit, by));
    }

    testing::VirtualLoop loop;
    testing::FakeStore store{loop.clock};
    TokenRegistry tokens{std::vector<Token>{}};
};

TEST_F(NftReaderTest, SaysOfWhichContractAndStandardEachIs) {
    const auto list = ask();
    ASSERT_TRUE(list);
    ASSERT_EQ(list->items.size(), 4u) << "what is not configured is left out";
    const NftView& art = list->items[0];
    EXPECT_EQ(art.place.token, kArt);
    EXPECT_EQ(art.place.nft_id, 11);
    EXPECT_EQ(art.contract, address(kArt.value));
    EXPECT_EQ(art.kind, TokenKind::erc721);
    EXPECT_EQ(art.amount, 11);
    EXPECT_EQ(art.block, BlockNumber{9});
    EXPECT_EQ(list->items[3].kind, TokenKind::erc1155);
    EXPECT_FALSE(list->next);
}

TEST_F(NftReaderTest, GoesOnAlsoAfterAPageOfWhichNothingIsShown) {
    std::size_t seen = 0;
    std::optional<NftPlace> after;
    for (int page = 0; page < 6; ++page) {
        const auto list = ask(after, 1);
        ASSERT_TRUE(list);
        seen += list->items.size();
        ASSERT_EQ(list->next.has_value(), page < 5);
        after = list->next;
    }
    EXPECT_EQ(seen, 4u);
}

TEST_F(NftReaderTest, PassesTheStoresErrorsOn) {
    store.script.fail(testing::Point::arriving, "nfts", Errc::unavailable);
    EXPECT_EQ(ask().error().code(), Errc::unavailable);
}

}  // namespace
}  // namespace custodialbridge::ledger

#include <gmock/gmock.h>

#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr TokenId kPut{9};

class Book {
  public:
    explicit Book(StoreHandle& store) : store_(store) {}
    Result<void> put(const Token& token) { return put_all({token}); }
    Result<void> put_all(const std::vector<Token>& tokens) {
        return await(store_.token_book().put(tokens, store_.soon()));
    }
    std::vector<Token> put_before() {
        return await(store_.token_book().put_before(store_.soon())).value();
    }
    Result<void> configure(const std::vector<Token>& tokens) {
        return await(store_.chains().sync_tokens(tokens, store_.soon()));
    }
    std::vector<TokenId> to_open() {
        return await(store_.chains().tokens_to_open(kChain, store_.soon())).value();
    }

  private:
    StoreHandle& store_;
};

TEST_P(OpeningTokens, PutWhileDaemonsRunAreStoredAndWaitToBeOpened) {
    Book book(store_);
    const Token configured = erc20(kChain, kCpop, "CPOP");
    store_.begin_at(100);
    EXPECT_THAT(book.put_before(), IsEmpty());
    Token gold = erc20(kChain, kPut, "GOLD");
    ASSERT_TRUE(book.put(gold));
    EXPECT_THAT(book.put_before(), ElementsAre(gold));
    EXPECT_THAT(book.to_open(), ElementsAre(kPut));
    gold.symbol = "AU";
    gold.mismatch_threshold = 7;
    ASSERT_TRUE(book.put(gold));
    EXPECT_THAT(book.put_before(), ElementsAre(gold));
    const auto all = await(store_.chains().tokens(store_.soon())).value();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[1], gold);
}

TEST_P(OpeningTokens, PutBeforeStayFollowedWhateverIsConfigured) {
    Book book(store_);
    const Cursor at = store_.begin_at(100);
    const WalletId alice = store_.put_open(at, "alice", 1, 10);
    ASSERT_TRUE(book.put(erc20(kChain, kPut, "GOLD")));
    const OpeningPlan plan{kChain, at, {}, {{alice, kPut, 3}}};
    await(store_.committer().open_token(plan, kPut, true, store_.soon())).value();
    ASSERT_TRUE(book.configure({erc20(kChain, kCpop, "CPOP")}));
    EXPECT_EQ(store_.amount("alice", kPut), U256(3));
    EXPECT_THAT(book.to_open(), IsEmpty());
}

TEST_P(OpeningTokens, PutBeforeBecomeTheConfigurationsOnceItNamesThem) {
    Book book(store_);
    store_.begin_at(100);
    const Token gold = erc20(kChain, kPut, "GOLD");
    ASSERT_TRUE(book.put(gold));
    Token other = gold;
    other.address = address_of(5);
    EXPECT_EQ(failure(book.configure({erc20(kChain, kCpop, "CPOP"), other})), Errc::conflict);
    ASSERT_TRUE(book.configure({erc20(kChain, kCpop, "CPOP"), gold}));
    EXPECT_THAT(book.put_before(), IsEmpty());
    ASSERT_TRUE(book.configure({erc20(kChain, kCpop, "CPOP")}));
    EXPECT_THAT(book.to_open(), IsEmpty()) << "it was the configuration's to drop";
}

TEST_P(OpeningTokens, PutInAnothersPlaceAreRefused) {
    Book book(store_);
    store_.begin_at(100);
    const Token cpop = erc20(kChain, kCpop, "CPOP");
    Token moved = cpop;
    moved.address = address_of(9);
    EXPECT_EQ(failure(book.put(moved)), Errc::conflict);
    Token twin = cpop;
    twin.id = kPut;
    EXPECT_EQ(failure(book.put(twin)), Errc::conflict);
    twin.kind = TokenKind::erc721;
    EXPECT_EQ(failure(book.put(twin)), Errc::conflict);
    EXPECT_THAT(book.put_before(), IsEmpty());
    Token item = erc20(kChain, kPut, "ONE");
    item.kind = TokenKind::erc1155;
    item.nft_id = 1;
    ASSERT_TRUE(book.put(item));
    Token another = item;
    another.id = TokenId{10};
    another.nft_id = 2;
    ASSERT_TRUE(book.put(another));
    EXPECT_THAT(book.put_before(), ElementsAre(item, another));
}

TEST_P(OpeningTokens, PutTogetherAreStoredTogetherOrNotAtAll) {
    Book book(store_);
    store_.begin_at(100);
    const Token gold = erc20(kChain, kPut, "GOLD");
    Token silver = erc20(kChain, TokenId{10}, "SILVER");
    Token twin = silver;
    twin.id = TokenId{11};
    Token taken = silver;
    taken.address = erc20(kChain, kCpop, "CPOP").address;
    EXPECT_EQ(failure(book.put_all({gold, taken})), Errc::conflict) << "CPOP's contract";
    EXPECT_EQ(failure(book.put_all({gold, silver, twin})), Errc::conflict) << "each other's";
    EXPECT_EQ(failure(book.put_all({gold, silver, gold})), Errc::conflict) << "twice";
    EXPECT_THAT(book.put_before(), IsEmpty());
    ASSERT_TRUE(book.put_all({gold, silver}));
    EXPECT_THAT(book.put_before(), ElementsAre(gold, silver));
}

TEST_P(OpeningTokens, PutNotToBeFollowedAnyMoreEndTheTermOfWhoFollowsThem) {
    Book book(store_);
    const Cursor at = store_.begin_at(100);
    Token gold = erc20(kChain, kPut, "GOLD");
    ASSERT_TRUE(book.put(gold));
    ASSERT_TRUE(store_.commit(PlanBuilder(kChain, at).block(101)));
    gold.realtime = false;
    gold.sync_class = SyncClass::other;
    ASSERT_TRUE(book.put(gold));
    EXPECT_THAT(book.to_open(), IsEmpty());
    EXPECT_THAT(book.put_before(), ElementsAre(gold));
}

}  // namespace
}  // namespace custodialbridge::store

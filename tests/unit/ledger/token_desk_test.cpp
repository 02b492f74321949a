#include "custodialbridge/ledger/token_desk.hpp"

#include <gmock/gmock.h>

#include "support/fake_store.hpp"
#include "support/virtual_loop.hpp"

namespace custodialbridge::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Point;

constexpr ChainId kChain{7};

Address contract(std::uint8_t last) {
    Address address;
    address.bytes.back() = last;
    return address;
}

TokenDraft draft_of(std::uint32_t id, std::uint8_t address, ChainId chain = kChain) {
    TokenDraft draft;
    draft.chain = chain;
    draft.id = TokenId{id};
    draft.kind = TokenKind::erc20;
    draft.sync_class = SyncClass::other;
    draft.symbol = "T" + std::to_string(id);
    draft.decimals = 6;
    draft.address = contract(address);
    return draft;
}

/// Two daemons over one store; token 1 is configured.
class TokenDeskTest : public ::testing::Test {
  protected:
    struct Daemon {
        explicit Daemon(TokenDeskTest& test)
            : tokens({test.configured}),
              desk(make_token_desk({tokens, {test.configured}, {}, test.board,
                                    test.store.token_book(), test.loop.executor(),
                                    [this](ChainId chain) { changed.push_back(chain); }})) {}

        TokenRegistry tokens;
        std::vector<ChainId> changed;
        std::unique_ptr<TokenDesk> desk;
    };

    TokenDeskTest() { loop.run(store.sync_tokens({configured}, soon())).value(); }

    Deadline soon() { return Deadline::after(loop.clock, Millis{1'000}); }
    Result<Token> put(TokenDraft draft) {
        return loop.run(here.desk->put(std::move(draft), soon()));
    }

    testing::VirtualLoop loop;
    testing::FakeStore store{loop.clock};
    ChainBoard board{{kChain}};
    const Token configured = complete(draft_of(1, 1), {}).value();
    Daemon here{*this}, there{*this};
};

TEST_F(TokenDeskTest, ATokenIsKnownHereAtOnceAndElsewhereAtTheNextLook) {
    const Token token = put(draft_of(2, 2)).value();
    EXPECT_EQ(*here.tokens.find(kChain, TokenId{2}), token);
    EXPECT_THAT(here.changed, ElementsAre(kChain));
    EXPECT_EQ(there.tokens.find(kChain, TokenId{2}), nullptr);
    ASSERT_TRUE(loop.run(there.desk->refresh(soon())));
    EXPECT_EQ(*there.tokens.find(kChain, TokenId{2}), token);
    EXPECT_THAT(there.changed, ElementsAre(kChain));
    ASSERT_TRUE(loop.run(there.desk->refresh(soon())));
    EXPECT_THAT(there.changed, ElementsAre(kChain)) << "nothing is new";
    Daemon restarted(*this);
    ASSERT_TRUE(loop.run(restarted.desk->refresh(soon())));
    EXPECT_EQ(restarted.tokens.all().size(), 2u);
}

TEST_F(TokenDeskTest, ALookThatWasOvertakenTakesNothingBack) {
    auto gate = store.script.hold(Point::arriving, "put_before", loop.executor());
    auto slow = loop.start(here.desk->refresh(soon()));
    ASSERT_EQ(gate->waiting(), 1u);
    // What the slow one will see is from before.
    store.script.hold(Point::arriving, "put_before", loop.executor())->open();
    put(draft_of(2, 2)).value();
    store.tables.tokens_of_api.clear();
    gate->open();
    loop.settle();
    ASSERT_TRUE(slow.done());
    EXPECT_NE(here.tokens.find(kChain, TokenId{2}), nullptr);
}

TEST_F(TokenDeskTest, WhatMayChangeOfATokenChanges) {
    put(draft_of(2, 2)).value();
    TokenDraft renamed = draft_of(2, 2);
    renamed.symbol = "NEW";
    ASSERT_TRUE(put(renamed));
    EXPECT_EQ(here.tokens.find(kChain, TokenId{2})->symbol, "NEW");
    TokenDraft moved = draft_of(2, 3);
    EXPECT_EQ(put(moved).error().code(), Errc::conflict);
}

TEST_F(TokenDeskTest, AnotherConfigurationIsInForceFromTheNextLookOn) {
    Token other = configured;
    other.mismatch_threshold = U256(9);
    TokenDefaults defaults;
    defaults.mismatch_threshold = U256(8);
    here.desk->reconfigure({other}, defaults);
    ASSERT_TRUE(loop.run(here.desk->refresh(soon())));
    EXPECT_EQ(here.tokens.find(kChain, TokenId{1})->mismatch_threshold, U256(9));
    EXPECT_THAT(here.changed, ElementsAre(kChain));
    EXPECT_EQ(put(draft_of(2, 2)).value().mismatch_threshold, U256(8));
}

TEST_F(TokenDeskTest, WhatIsConfiguredIsChangedThere) {
    EXPECT_EQ(put(draft_of(1, 1)).value(), configured) << "it says the same";
    TokenDraft renamed = draft_of(1, 1);
    renamed.symbol = "NEW";
    const auto refused = put(renamed);
    EXPECT_EQ(refused.error().code(), Errc::conflict);
    EXPECT_THAT(refused.error().message(), HasSubstr("configuration"));
    EXPECT_EQ(put(draft_of(1, 9)).error().code(), Errc::conflict);
    EXPECT_EQ(put(draft_of(9, 1)).error().code(), Errc::conflict);
    EXPECT_THAT(here.changed, IsEmpty());
}

TEST_F(TokenDeskTest, RefusesWhatItDoesNotKnowOrUnderstand) {
    EXPECT_EQ(put(draft_of(2, 2, ChainId{8})).error().code(), Errc::not_found);
    TokenDraft bad = draft_of(2, 2);
    bad.symbol.reset();
    EXPECT_EQ(put(bad).error().code(), Errc::invalid);
    store.script.fail(Point::arriving, "put_token", Errc::unavailable);
    EXPECT_EQ(put(draft_of(2, 2)).error().code(), Errc::unavailable);
    EXPECT_EQ(here.tokens.all().size(), 1u);
}

TEST_F(TokenDeskTest, OfTheStoredOnesThoseThatStandBesideTheConfiguredAreTaken) {
    Token renamed = configured, moved = configured, twin = configured, far = configured;
    renamed.symbol = "NEW";
    moved.address = contract(5);
    twin.id = TokenId{3};
    far.chain = ChainId{8};
    const Token good = complete(draft_of(2, 2), {}).value();
    EXPECT_THAT(tokens_beside({configured}, {renamed, moved, good, twin, far}, board),
                ElementsAre(configured, good));
}

}  // namespace
}  // namespace custodialbridge::ledger

#include "custodialbridge/core/token_draft.hpp"

#include <gmock/gmock.h>

#include "custodialbridge/core/token_registry.hpp"

namespace custodialbridge {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Address contract(std::uint8_t last) {
    Address address;
    address.bytes.back() = last;
    return address;
}

TokenDraft draft_of(TokenKind kind, SyncClass sync_class = SyncClass::other) {
    TokenDraft draft;
    draft.chain = ChainId{1};
    draft.id = TokenId{7};
    draft.kind = kind;
    draft.sync_class = sync_class;
    draft.symbol = "T";
    if (kind != TokenKind::erc721 && kind != TokenKind::erc1155) draft.decimals = 6;
    if (kind != TokenKind::native) draft.address = contract(7);
    return draft;
}

std::string why(const TokenDraft& draft) {
    const auto token = complete(draft, {});
    EXPECT_FALSE(token);
    if (token) return "";
    EXPECT_EQ(token.error().code(), Errc::invalid);
    return token.error().message();
}

TEST(TokenDraft, WhatIsLeftOutHasTheConfigurationsDefault) {
    TokenDefaults defaults;
    defaults.mismatch_threshold = U256(9);
    defaults.realtime[static_cast<std::size_t>(SyncClass::major)] = true;
    const Token plain = complete(draft_of(TokenKind::erc20), defaults).value();
    EXPECT_FALSE(plain.realtime);
    EXPECT_EQ(plain.mismatch_threshold, U256(9));
    EXPECT_EQ(plain.on_difference, OnDifference::sync);
    EXPECT_TRUE(complete(draft_of(TokenKind::erc20, SyncClass::major), defaults)->realtime);
    const Token cpop = complete(draft_of(TokenKind::erc20, SyncClass::cpop), defaults).value();
    EXPECT_TRUE(cpop.realtime);
    EXPECT_EQ(cpop.on_difference, OnDifference::mismatch);
    EXPECT_TRUE(complete(draft_of(TokenKind::erc721, SyncClass::nft), defaults)->realtime);
    EXPECT_FALSE(complete(draft_of(TokenKind::native, SyncClass::major), defaults)->realtime);
}

TEST(TokenDraft, NamesTheFieldAtFault) {
    const auto with = [](TokenKind kind, auto change) {
        TokenDraft draft = draft_of(kind);
        change(draft);
        return why(draft);
    };
    using enum TokenKind;
    EXPECT_THAT(with(erc20, [](auto& d) { d.kind.reset(); }), StartsWith("kind: "));
    EXPECT_THAT(with(erc20, [](auto& d) { d.sync_class.reset(); }), StartsWith("sync_class: "));
    EXPECT_THAT(with(erc20, [](auto& d) { d.symbol = ""; }), StartsWith("symbol: "));
    EXPECT_THAT(with(erc20, [](auto& d) { d.symbol = std::string(65, 'x'); }),
                StartsWith("symbol: "));
    EXPECT_THAT(with(erc20, [](auto& d) { d.decimals.reset(); }), StartsWith("decimals: "));
    EXPECT_THAT(with(erc20, [](auto& d) { d.decimals = 78; }), StartsWith("decimals: "));
    EXPECT_THAT(with(erc721, [](auto& d) { d.decimals = 1; }), StartsWith("decimals: "));
    EXPECT_THAT(with(erc20, [](auto& d) { d.address.reset(); }), StartsWith("address: "));
    EXPECT_THAT(with(erc20, [](auto& d) { d.address = Address{}; }), StartsWith("address: "));
    EXPECT_THAT(with(native, [](auto& d) { d.address = contract(1); }), StartsWith("address: "));
    EXPECT_THAT(with(erc721, [](auto& d) { d.nft_id = U256(1); }), StartsWith("nft_id: "));
    EXPECT_THAT(with(native, [](auto& d) { d.realtime = true; }), StartsWith("realtime: "));
    TokenDraft cpop = draft_of(erc20, SyncClass::cpop);
    cpop.realtime = false;
    EXPECT_THAT(why(cpop), StartsWith("realtime: "));
}

TEST(TokenDraft, TwoTokensOfAChainShareNeitherNumberNorContract) {
    const Token one = complete(draft_of(TokenKind::erc1155), {}).value();
    const auto said = [&](auto change) {
        Token other = one;
        other.id = TokenId{8};
        change(other);
        const auto may = may_stand_beside(other, one);
        return may ? std::string("may") : may.error().message();
    };
    EXPECT_THAT(said([](Token&) {}), HasSubstr("is this one already"));
    EXPECT_EQ(said([](Token& t) { t.nft_id = U256(1); }), "may");
    EXPECT_EQ(said([](Token& t) { t.address = contract(8); }), "may");
    EXPECT_EQ(said([](Token& t) { t.chain = ChainId{2}; }), "may");
    EXPECT_THAT(said([](Token& t) { t.kind = TokenKind::erc20; }), HasSubstr("another kind"));
    EXPECT_THAT(said([](Token& t) {
                    t.id = TokenId{7};
                    t.address = contract(8);
                }),
                HasSubstr("another kind, address or nft_id"));
    EXPECT_EQ(said([](Token& t) {
                  t.id = TokenId{7};
                  t.symbol = "NEW";
              }),
              "may");
}

TEST(TokenRegistry, KeepsWhatWasFoundWhenItsTokensAreReplaced) {
    const Token one = complete(draft_of(TokenKind::erc20), {}).value();
    TokenRegistry registry({one});
    const Token* found = registry.find(one.chain, one.id);
    const auto all = registry.all();
    Token renamed = one, another = one;
    renamed.symbol = "NEW";
    another.id = TokenId{8};
    registry.replace({another, renamed});
    EXPECT_EQ(registry.find(one.chain, one.id)->symbol, "NEW");
    EXPECT_NE(registry.find(one.chain, TokenId{8}), nullptr);
    EXPECT_EQ(found->symbol, "T");
    EXPECT_EQ(all.size(), 1u);
    TokenRegistry moved;
    moved = std::move(registry);
    EXPECT_EQ(moved.all().size(), 2u);
}

}  // namespace
}  // namespace custodialbridge

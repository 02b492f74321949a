#include "custodialbridge/core/token.hpp"

#include <gtest/gtest.h>

#include <array>

#include "custodialbridge/core/ledger_plan.hpp"
#include "custodialbridge/core/token_registry.hpp"

namespace custodialbridge {
namespace {

Token token_of(std::uint64_t chain, std::uint32_t id) {
    Token token;
    token.chain = ChainId{chain};
    token.id = TokenId{id};
    token.symbol = "T" + std::to_string(chain) + "/" + std::to_string(id);
    return token;
}

TEST(TokenNames, AreThoseOfTheConfiguration) {
    EXPECT_EQ(to_string(TokenKind::native), "native");
    EXPECT_EQ(to_string(TokenKind::erc20), "erc20");
    EXPECT_EQ(to_string(TokenKind::erc721), "erc721");
    EXPECT_EQ(to_string(TokenKind::erc1155), "erc1155");
    EXPECT_EQ(to_string(SyncClass::cpop), "cpop");
    EXPECT_EQ(to_string(SyncClass::major), "major");
    EXPECT_EQ(to_string(SyncClass::other), "other");
    EXPECT_EQ(to_string(SyncClass::nft), "nft");
    EXPECT_EQ(to_string(OnDifference::mismatch), "mismatch");
    EXPECT_EQ(to_string(OnDifference::sync), "sync");
}

TEST(TokenNames, AreReadBack) {
    for (const TokenKind kind :
         {TokenKind::native, TokenKind::erc20, TokenKind::erc721, TokenKind::erc1155}) {
        EXPECT_EQ(parse_token_kind(to_string(kind)), kind);
    }
    for (const SyncClass each :
         {SyncClass::cpop, SyncClass::major, SyncClass::other, SyncClass::nft}) {
        EXPECT_EQ(parse_sync_class(to_string(each)), each);
    }
    for (const OnDifference each : {OnDifference::mismatch, OnDifference::sync}) {
        EXPECT_EQ(parse_on_difference(to_string(each)), each);
    }
}

TEST(TokenNames, ThatAreUnknownAreRefused) {
    for (const char* text : {"", "ERC20", "erc-20", "erc2", "erc200", "unknown", " cpop"}) {
        EXPECT_EQ(parse_token_kind(text), std::nullopt) << text;
        EXPECT_EQ(parse_sync_class(text), std::nullopt) << text;
        EXPECT_EQ(parse_on_difference(text), std::nullopt) << text;
    }
}

TEST(EventNames, AreThoseOfTheApi) {
    EXPECT_EQ(to_string(EventType::transfer), "Transfer");
    EXPECT_EQ(to_string(EventType::transfer_single), "TransferSingle");
    EXPECT_EQ(to_string(EventType::transfer_batch), "TransferBatch");
    EXPECT_EQ(to_string(EventType::user_operation), "UserOperationEvent");
    EXPECT_EQ(to_string(EventType::mint), "Mint");
    EXPECT_EQ(to_string(EventType::burn), "Burn");
}

TEST(TokenRegistry, FindsATokenByChainAndNumber) {
    const TokenRegistry registry({token_of(5, 1), token_of(1, 9), token_of(5, 0), token_of(1, 2)});
    for (const auto& [chain, id] : {std::pair{5u, 1u}, {1u, 9u}, {5u, 0u}, {1u, 2u}}) {
        const Token* found = registry.find(ChainId{chain}, TokenId{id});
        ASSERT_NE(found, nullptr);
        EXPECT_EQ(*found, token_of(chain, id));
    }
    EXPECT_EQ(registry.find(ChainId{1}, TokenId{1}), nullptr);
    EXPECT_EQ(registry.find(ChainId{5}, TokenId{2}), nullptr);
    EXPECT_EQ(registry.find(ChainId{9}, TokenId{0}), nullptr);
}

TEST(TokenRegistry, ListsByChainThenNumber) {
    const TokenRegistry registry({token_of(5, 1), token_of(1, 9), token_of(5, 0), token_of(1, 2)});
    const std::array expected{token_of(1, 2), token_of(1, 9), token_of(5, 0), token_of(5, 1)};
    ASSERT_EQ(registry.all().size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(registry.all()[i], expected[i]);

    ASSERT_EQ(registry.of_chain(ChainId{5}).size(), 2u);
    EXPECT_EQ(registry.of_chain(ChainId{5})[0], token_of(5, 0));
    EXPECT_TRUE(registry.has_chain(ChainId{1}));
    EXPECT_FALSE(registry.has_chain(ChainId{3}));
    EXPECT_TRUE(registry.of_chain(ChainId{3}).empty());
}

TEST(TokenRegistry, MayBeEmpty) {
    const TokenRegistry registry;
    EXPECT_TRUE(registry.all().empty());
    EXPECT_EQ(registry.find(ChainId{1}, TokenId{0}), nullptr);
    EXPECT_FALSE(registry.has_chain(ChainId{1}));
}

TEST(TokenRegistry, WithOneNumberTwiceIsOurOwnMistake) {
    EXPECT_DEATH(TokenRegistry({token_of(1, 2), token_of(1, 3), token_of(1, 2)}), "check failed");
}

}  // namespace
}  // namespace custodialbridge

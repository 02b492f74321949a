#include <gmock/gmock.h>

#include <limits>

#include "served.hpp"

namespace custodialbridge::api {
namespace {

const U256 kLargest = std::numeric_limits<U256>::max();

class NftRoutes : public Served {
  protected:
    static ledger::NftView nft(std::uint64_t chain, std::uint32_t token, const U256& id,
                               const U256& amount = 1, TokenKind kind = TokenKind::erc721) {
        ledger::NftView view;
        view.place = {ChainId{chain}, TokenId{token}, id};
        view.contract = fakes::test_address(static_cast<std::uint8_t>(token));
        view.kind = kind;
        view.amount = amount;
        view.block = {120};
        return view;
    }
};

TEST_F(NftRoutes, AnNftHasExactlyTheseFields) {
    nfts.all = {nft(31337, 3, 42), nft(31337, 4, kLargest, 7, TokenKind::erc1155)};
    serve();
    const auto response = get("/v1/users/u1/nfts");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(nfts.asked_user.value, "u1");
    EXPECT_EQ(nfts.asked_chain, std::nullopt);
    EXPECT_EQ(response.body,
              R"({"items":[{"chain_id":31337,"token_id":3,"contract":")" +
                  to_string(fakes::test_address(3)) +
                  R"(","standard":"erc721","nft_id":"42","amount":"1","block_number":120},)"
                  R"({"chain_id":31337,"token_id":4,"contract":")" +
                  to_string(fakes::test_address(4)) +
                  R"(","standard":"erc1155","nft_id":")" + to_string(kLargest) +
                  R"(","amount":"7","block_number":120}],"next_cursor":null})");
}

TEST_F(NftRoutes, ListsGoOnWhereThePageBeforeEnded) {
    nfts.all = {nft(1, 3, 1), nft(1, 3, kLargest), nft(1, 2'147'483'647, 0),
                nft(9'223'372'036'854'775'807ull, 0, 5), nft(9'223'372'036'854'775'807ull, 0, 6)};
    serve();
    std::vector<std::string> seen;
    std::string cursor;
    for (int page = 0; page < 5; ++page) {
        const std::string rest = cursor.empty() ? "" : "&cursor=" + cursor;
        const auto list = Json::parse(get("/v1/users/u1/nfts?limit=1" + rest).body);
        ASSERT_EQ(list["items"].size(), 1u);
        seen.push_back(list["items"][0]["nft_id"]);
        ASSERT_EQ(list["next_cursor"].is_null(), page == 4);
        cursor = list["next_cursor"].is_null() ? "" : list["next_cursor"].get<std::string>();
    }
    EXPECT_EQ(seen, (std::vector<std::string>{"1", to_string(kLargest), "0", "5", "6"}));
}

TEST_F(NftRoutes, ListsCanBeOfOneChain) {
    serve();
    EXPECT_EQ(get("/v1/users/u1/nfts?chain_id=31337").body, R"({"items":[],"next_cursor":null})");
    EXPECT_EQ(nfts.asked_chain, ChainId{31337});
}

TEST_F(NftRoutes, BadParametersAreRefused) {
    nfts.all = {nft(1, 3, 1), nft(1, 3, 2)};
    serve();
    const std::string list = "/v1/users/u1/nfts?";
    expect_problem(get(list + "chain_id=x"), 400, "invalid-parameter", "chain_id");
    expect_problem(get(list + "limit=0"), 400, "invalid-parameter", "limit");
    expect_problem(get(list + "limit=1001"), 400, "invalid-parameter", "limit");
    expect_problem(get(list + "cursor=abc"), 400, "invalid-parameter", "cursor");
    expect_problem(get(list + "token_id=3"), 400, "unknown-parameter", "token_id");
    expect_problem(get("/v1/users/bad%20user/nfts"), 400, "invalid-parameter", "user_id");
    const auto cursor =
        Json::parse(get(list + "limit=1").body)["next_cursor"].get<std::string>();
    expect_problem(get("/v1/users/u1/changes?cursor=" + cursor), 400, "invalid-parameter",
                   "cursor");
    EXPECT_EQ(get(list + "limit=1&cursor=" + cursor).status, 200);
}

TEST_F(NftRoutes, NeedAKeyAndTheDatabase) {
    serve();
    expect_problem(get("/v1/users/u1/nfts", ""), 401, "unauthorized");
    nfts.failing = Error(Errc::unavailable, "no connection");
    expect_problem(get("/v1/users/u1/nfts"), 503, "unavailable");
}

}  // namespace
}  // namespace custodialbridge::api

#include <gmock/gmock.h>

#include "served.hpp"

namespace custodialbridge::api {
namespace {

class TokenPut : public Served {
  protected:
    void SetUp() override { serve(); }

    Response put(const std::string& body, const std::string& key = "admin-key",
                 const std::string& path = "/v1/tokens/31337/9") {
        return ask("PUT", path, key, body);
    }

    const std::string contract = to_string(fakes::test_address(9));
    const std::string gold = R"({"kind":"erc20","symbol":"GOLD","decimals":3,)"
                             R"("sync_class":"other","address":")" +
                             contract + "\"}";
};

TEST_F(TokenPut, AnswersWithTheTokenAndItsDefaults) {
    const auto response = put(gold);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body,
              R"({"chain_id":31337,"token_id":9,"kind":"erc20","symbol":"GOLD","decimals":3,)"
              R"("sync_class":"other","address":")" +
                  contract +
                  R"(","nft_id":null,"realtime":false,"mismatch_threshold":"77",)"
                  R"("on_difference":"sync"})");
}

TEST_F(TokenPut, TakesEveryFieldOfTheConfiguration) {
    const auto response =
        put(R"({"kind":"erc1155","symbol":"GAME","decimals":0,"sync_class":"nft","nft_id":"5",)"
            R"("realtime":false,"mismatch_threshold":"3","on_difference":"mismatch","address":")" +
            contract + "\"}");
    EXPECT_EQ(response.status, 200);
    const auto token = Json::parse(response.body);
    EXPECT_EQ(token["nft_id"], "5");
    EXPECT_EQ(token["mismatch_threshold"], "3");
    EXPECT_EQ(token["on_difference"], "mismatch");
    EXPECT_EQ(token["realtime"], false);
}

TEST_F(TokenPut, TakesWhatTheListShows) {
    const auto shown = put(gold).body;
    EXPECT_EQ(put(shown).body, shown);
}

TEST_F(TokenPut, IsForAdmins) {
    expect_problem(put(gold, "write-key"), 403, "forbidden", "admin");
    expect_problem(put(gold, ""), 401, "unauthorized");
    EXPECT_FALSE(tokens.asked);
}

TEST_F(TokenPut, NamesTheFieldAtFault) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"[]", "must be a JSON object"},
        {"{}", "kind: is needed"},
        {R"({"kind":"erc21"})", "kind: is not one of its values: erc21"},
        {R"({"kind":20})", "kind: must be a text"},
        {R"({"kind":"erc20","token_id":8})", "token_id: is not the path's"},
        {R"({"kind":"erc20","chain_id":"31337"})", "chain_id: is not the path's"},
        {R"({"kind":"erc20","name":"GOLD"})", "name: no such field"},
        {R"({"kind":"erc20","symbol":"A","sync_class":"other","decimals":"3"})", "decimals: must"},
        {R"({"kind":"erc20","symbol":"A","sync_class":"other","realtime":1})", "realtime: must"},
        {R"({"kind":"erc20","symbol":"A","sync_class":"other","decimals":3})",
         "address: is needed"},
        {R"({"kind":"erc20","symbol":"A","sync_class":"other","decimals":3,"address":"0x1"})",
         "address: is not"},
        {R"({"kind":"erc20","kind":"erc20"})", "kind: given more than once"},
        {R"({"kind":"erc20","nft_id":{}})", "nft_id: must not be an object"}};
    for (const auto& [body, detail] : cases)
        expect_problem(put(body), 400, "invalid-body", detail);
    expect_problem(put(gold, "admin-key", "/v1/tokens/31337/x"), 400, "invalid-parameter",
                   "token_id");
    EXPECT_FALSE(tokens.asked && tokens.asked->symbol == "GOLD");
}

TEST_F(TokenPut, SaysWhatIsInTheWay) {
    tokens.failing = Error(Errc::conflict, "token 2 is this one already");
    expect_problem(put(gold), 409, "token-conflict", "token 2");
    tokens.failing = Error(Errc::not_found, "chain 5 is not configured");
    expect_problem(put(gold), 404, "unknown-chain", "chain 5");
    tokens.failing = Error(Errc::unavailable, "the database is away");
    expect_problem(put(gold), 503, "unavailable");
}

}  // namespace
}  // namespace custodialbridge::api

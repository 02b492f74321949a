#include <gmock/gmock.h>

#include "served.hpp"

namespace custodialbridge::api {
namespace {

const std::string kHash = "0xabababababababababababababababababababababababababababababababab";

Hash32 some_hash() {
    Hash32 hash;
    hash.bytes.fill(0xAB);
    return hash;
}

LedgerChange change_at(std::uint64_t block) {
    LedgerChange change;
    change.place = {ChainId{31337}, BlockNumber{block}, 0, 7, 0, 1};
    change.token = TokenId{2};
    change.address = fakes::test_address(1);
    change.block_hash = some_hash();
    change.timestamp = Time(Seconds(1705314600));
    change.tx_hash = some_hash();
    change.kind = ChangeKind::transfer_out;
    change.delta = {U256(5), true};
    return change;
}

LedgerEvent event_at(std::uint64_t block) {
    LedgerEvent event;
    event.place = {ChainId{31337}, BlockNumber{block}, 0, 7, 0, 1};
    event.block_hash = event.tx_hash = some_hash();
    event.timestamp = Time(Seconds(1705314600));
    event.type = EventType::mint;
    event.token = TokenId{2};
    event.contract = fakes::test_address(2);
    event.wallet = fakes::test_address(1);
    event.amount = ~U256(0);
    return event;
}

class HistoryRoutes : public Served {
  protected:
    /// The block numbers of all pages, one after the other.
    std::vector<std::uint64_t> walk(const std::string& path) {
        std::vector<std::uint64_t> blocks;
        std::string cursor;
        do {
            const auto page = Json::parse(get(path + cursor).body);
            for (const auto& item : page["items"]) blocks.push_back(item["block_number"]);
            cursor = page["next_cursor"].is_null()
                         ? ""
                         : "&cursor=" + page["next_cursor"].get<std::string>();
        } while (!cursor.empty() && blocks.size() < 100);
        return blocks;
    }
};

TEST_F(HistoryRoutes, AChangeHasExactlyTheDocumentedKeys) {
    history.all_changes = {change_at(120)};
    serve();
    const auto response = get("/v1/users/u1/changes");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, R"({"items":[{"chain_id":31337,"token_id":2,"address":")" +
                                 to_string(fakes::test_address(1)) +
                                 R"(","nft_id":null,"block_number":120,"block_hash":")" + kHash +
                                 R"(","log_index":7,"tx_hash":")" + kHash +
                                 R"(","kind":"transfer_out","delta_raw":"-5",)"
                                 R"("timestamp":"2024-01-15T10:30:00Z"}],"next_cursor":null})");
    EXPECT_EQ(history.asked_changes.user.value, "u1");
    EXPECT_EQ(history.asked_changes.limit, 100u);
    EXPECT_FALSE(history.asked_changes.include_orphaned);
    EXPECT_FALSE(history.asked_changes.chain);
    EXPECT_FALSE(history.asked_changes.token);
}

TEST_F(HistoryRoutes, AChangeWithoutALogHasNeitherIndexNorTransaction) {
    LedgerChange opening = change_at(120);
    opening.tx_hash.reset();
    opening.kind = ChangeKind::opening;
    opening.delta = {U256(0), false};
    history.all_changes = {opening};
    serve();
    const auto item = Json::parse(get("/v1/users/u1/changes").body)["items"][0];
    EXPECT_TRUE(item["log_index"].is_null());
    EXPECT_TRUE(item["tx_hash"].is_null());
    EXPECT_EQ(item["kind"], "opening");
    EXPECT_EQ(item["delta_raw"], "0");
}

TEST_F(HistoryRoutes, OnlyOrphanedChangesAreMarked) {
    history.all_changes = {change_at(119), change_at(120)};
    history.all_changes[0].orphaned = true;
    serve();
    const auto path = "/v1/users/u1/changes?include_orphaned=true&chain_id=31337&token_id=2";
    const auto items = Json::parse(get(path).body)["items"];
    EXPECT_EQ(items[0]["orphaned"], true);
    EXPECT_FALSE(items[1].contains("orphaned"));
    EXPECT_TRUE(history.asked_changes.include_orphaned);
    EXPECT_EQ(history.asked_changes.chain, ChainId{31337});
    EXPECT_EQ(history.asked_changes.token, TokenId{2});
}

TEST_F(HistoryRoutes, AnEventHasExactlyTheDocumentedKeys) {
    history.all_events = {event_at(120)};
    serve();
    const auto response = get("/v1/events");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body,
              R"({"items":[{"chain_id":31337,"block_number":120,"block_hash":")" + kHash +
                  R"(","tx_hash":")" + kHash +
                  R"(","log_index":7,"event_type":"Mint","contract_address":")" +
                  to_string(fakes::test_address(2)) + R"(","user_address":")" +
                  to_string(fakes::test_address(1)) + R"(","amount":")" + to_string(~U256(0)) +
                  R"(","token_id":2,"nft_id":null,"timestamp":"2024-01-15T10:30:00Z"}],)"
                  R"("next_cursor":null})");
    EXPECT_EQ(history.asked_events.from, BlockNumber{0});
    EXPECT_FALSE(history.asked_events.type);
}

TEST_F(HistoryRoutes, AnEventOfNoTokenSaysSo) {
    LedgerEvent event = event_at(120);
    event.token.reset();
    event.contract.reset();
    event.type = EventType::user_operation;
    event.nft_id = U256(9);
    history.all_events = {event};
    serve();
    const auto item = Json::parse(get("/v1/events").body)["items"][0];
    EXPECT_TRUE(item["token_id"].is_null());
    EXPECT_TRUE(item["contract_address"].is_null());
    EXPECT_EQ(item["event_type"], "UserOperationEvent");
    EXPECT_EQ(item["nft_id"], "9");
}

TEST_F(HistoryRoutes, EventsAreFilteredAsAsked) {
    serve();
    const std::string address = to_string(fakes::test_address(1));
    EXPECT_EQ(
        get("/v1/events?chain_id=31337&event_type=Burn&from_block=9&limit=3&address=" + address)
            .status,
        200);
    EXPECT_EQ(history.asked_events.chain, ChainId{31337});
    EXPECT_EQ(history.asked_events.type, EventType::burn);
    EXPECT_EQ(history.asked_events.from, BlockNumber{9});
    EXPECT_EQ(history.asked_events.limit, 3u);
    EXPECT_EQ(history.asked_events.address, fakes::test_address(1));
    for (const char* type :
         {"Transfer", "TransferSingle", "TransferBatch", "UserOperationEvent", "Mint"})
        EXPECT_EQ(get("/v1/events?event_type=" + std::string(type)).status, 200) << type;
}

TEST_F(HistoryRoutes, PagesGoOnWhereTheOneBeforeEnded) {
    for (std::uint64_t block = 1; block <= 5; ++block) {
        history.all_changes.push_back(change_at(block));
        history.all_events.push_back(event_at(block));
    }
    serve();
    EXPECT_THAT(walk("/v1/users/u1/changes?limit=2"), testing::ElementsAre(1, 2, 3, 4, 5));
    EXPECT_THAT(walk("/v1/events?limit=1"), testing::ElementsAre(1, 2, 3, 4, 5));
    EXPECT_EQ(history.asked_events.after, history.all_events[3].place);
    const auto page = Json::parse(get("/v1/events?limit=1").body);
    const std::string cursor = page["next_cursor"];
    expect_problem(get("/v1/users/u1/changes?cursor=" + cursor), 400, "invalid-parameter",
                   "cursor");
}

TEST_F(HistoryRoutes, BadParametersAreRefusedAndNamed) {
    serve();
    const std::string changes = "/v1/users/u1/changes?";
    const std::string events = "/v1/events?";
    const std::vector<std::pair<std::string, std::string>> cases{
        {changes + "limit=0", "limit"},
        {changes + "limit=1001", "limit"},
        {changes + "chain_id=x", "chain_id"},
        {changes + "token_id=-1", "token_id"},
        {changes + "include_orphaned=1", "include_orphaned"},
        {changes + "cursor=" + std::string(104, '0'), "cursor"},
        {"/v1/users/a%2Fb/changes", "user_id"},
        {events + "limit=1001", "limit"},
        {events + "chain_id=0", "chain_id"},
        {events + "event_type=transfer", "event_type"},
        {events + "from_block=-1", "from_block"},
        {events + "from_block=9223372036854775808", "from_block"},
        {events + "address=0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "address"},
        {events + "cursor=abc", "cursor"}};
    for (const auto& [path, about] : cases)
        expect_problem(get(path), 400, "invalid-parameter", about + ":");
    EXPECT_EQ(get(changes + "limit=1000").status, 200);
    expect_problem(get(changes + "from_block=1"), 400, "unknown-parameter", "from_block");
    expect_problem(get(events + "user_id=u1"), 400, "unknown-parameter", "user_id");
}

TEST_F(HistoryRoutes, NeedAKeyThatMayRead) {
    serve();
    for (const char* path : {"/v1/users/u1/changes", "/v1/events"})
        expect_problem(get(path, ""), 401, "unauthorized");
}

TEST_F(HistoryRoutes, AreUnavailableWithTheDatabase) {
    history.failing = Error(Errc::unavailable, "the database is away");
    serve();
    for (const char* path : {"/v1/users/u1/changes", "/v1/events"}) {
        const auto response = get(path);
        expect_problem(response, 503, "unavailable", "database");
        EXPECT_EQ(response.header("retry-after"), "1");
    }
}

}  // namespace
}  // namespace custodialbridge::api

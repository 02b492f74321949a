#include <gmock/gmock.h>

#include "custodialbridge/ledger/read_all.hpp"
#include "ledger_model.hpp"

namespace custodialbridge::ledger {
namespace {

using ::testing::ElementsAre;

class ManyReads : public LedgerTest {
  protected:
    void SetUp() override {
        LedgerTest::SetUp();
        add_wallet(kBobUser, kBob);
        step({{kCpop, kAlice, kBob, 1}, {kUsdt, kAlice, kBob, 30}});
    }

    /// Of each key what `LedgerModel::say` says.
    std::vector<std::string> say_all(const std::vector<BalanceKey>& keys,
                                     Freshness freshness = Freshness::cached) {
        std::vector<std::string> all;
        for (OneRead& read : loop.run(read_all(*reader, keys, freshness, soon()))) {
            view = read.view;
            all.push_back(read.result ? said()
                                      : "none: " + std::to_string(
                                                       static_cast<int>(read.result.error().why)));
        }
        return all;
    }

    void forget_all() {
        drop_local();
        redis.entries.clear();
    }
};

TEST_F(ManyReads, AreAnsweredInTheirPlacesFromEveryTier) {
    say(kAliceUser, kUsdtId);
    local->drop_chain(kChain);
    EXPECT_THAT(say_all({key_of(kBobUser), key_of({"nobody"}), key_of(kAliceUser),
                         key_of(kAliceUser, kUsdtId), key_of(kAliceUser, {9}), key_of(kBobUser)}),
                ElementsAre("1 redis @2", kUnknownUser, "99 redis @2", "670 redis @2", "none: 1",
                            "1 redis @2"));
    EXPECT_THAT(say_all({key_of(kBobUser), key_of(kAliceUser)}),
                ElementsAre("1 local @2", "99 local @2"));
    EXPECT_THAT(say_all({}), ElementsAre());
}

TEST_F(ManyReads, AskEachTierOnce) {
    forget_all();
    const std::size_t cached = redis.script.calls("find");
    const std::size_t published = redis.script.calls("publish");
    const std::vector<BalanceKey> keys{key_of(kAliceUser), key_of(kBobUser),
                                       key_of(kAliceUser, kUsdtId), key_of(kBobUser, kUsdtId)};
    EXPECT_THAT(say_all(keys), ElementsAre("99 database @2", "1 database @2", "670 chain @2",
                                           "30 chain @2"));
    EXPECT_EQ(redis.script.calls("find"), cached + 1);
    EXPECT_EQ(redis.script.calls("publish"), published + 2) << "the ledger's, then the chain's";
    EXPECT_EQ(store.script.calls("find"), 1u);
    EXPECT_EQ(store.script.calls("addresses_of"), 1u);
    EXPECT_EQ(rpc.script.calls("balances"), 1u);
    drop_local();
    EXPECT_THAT(say_all(keys), ElementsAre("99 redis @2", "1 redis @2", "670 redis @2",
                                           "30 redis @2"));
}

TEST_F(ManyReads, InRealTimeAreOneLookAtTheHeadAndOneCall) {
    const std::size_t heads = rpc.script.calls("header");
    EXPECT_THAT(say_all({key_of(kAliceUser), key_of(kBobUser), key_of(kAliceUser, kUsdtId),
                         key_of(kAliceUser), key_of({"nobody"})},
                        Freshness::realtime),
                ElementsAre("99 chain @2", "1 chain @2", "670 chain @2", "99 chain @2",
                            kUnknownUser));
    EXPECT_EQ(rpc.script.calls("header"), heads + 1);
    EXPECT_EQ(rpc.script.calls("balances"), 1u);
    EXPECT_EQ(rpc.balances_asked, 3u) << "what is asked twice is read once";
}

TEST_F(ManyReads, OneUnreadableBalanceFailsAlone) {
    rpc.unreadable_holders.insert(kBob);
    EXPECT_THAT(say_all({key_of(kBobUser), key_of(kAliceUser)}, Freshness::realtime),
                ElementsAre(kChainUnavailable, "99 chain @2"));
}

TEST_F(ManyReads, WithoutTheDatabaseWhatRedisHasIsStillTold) {
    drop_local();
    redis.entries.erase(key_of(kBobUser));
    store.script.fault = [](Point, std::string_view) { return Error(Errc::unavailable, "down"); };
    EXPECT_THAT(say_all({key_of(kBobUser), key_of(kAliceUser)}),
                ElementsAre(kUnavailable, "99 redis @2"));
}

TEST_F(ManyReads, OfManyKeysAreAllRead) {
    forget_all();
    std::vector<BalanceKey> keys;
    for (int i = 0; i < 1'200; ++i) keys.push_back(key_of(i % 2 ? kAliceUser : kBobUser));
    const auto all = say_all(keys);
    const auto count = [&](const char* text) { return std::count(all.begin(), all.end(), text); };
    EXPECT_EQ(count("99 database @2") + count("99 local @2"), 600);
    EXPECT_EQ(count("1 database @2") + count("1 local @2"), 600);
    EXPECT_LE(store.script.calls("find"), 3u);
}

}  // namespace
}  // namespace custodialbridge::ledger

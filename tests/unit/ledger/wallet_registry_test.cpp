#include <gtest/gtest.h>

#include "ledger_model.hpp"

namespace custodialbridge::ledger {
namespace {

class WalletRegistryTest : public LedgerTest {
  protected:
    void SetUp() override {
        LedgerTest::SetUp();
        puts_before_ = store.script.calls("put");
    }

    std::size_t puts_before_ = 0;

    Result<store::PutWallet> put(const UserId& user, const Address& at, ChainId chain_id = kChain) {
        return loop.run(wallets->put(user, chain_id, at, true, soon()));
    }
};

TEST_F(WalletRegistryTest, RegistersAWalletAndTellsTheListener) {
    const int before = changes;
    const auto first = put(kBobUser, kBob);
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->created);
    EXPECT_EQ(changes, before + 1);
    const auto second = put(kBobUser, kBob);
    ASSERT_TRUE(second);
    EXPECT_FALSE(second->created);
    EXPECT_EQ(second->wallet.id, first->wallet.id);
}

TEST_F(WalletRegistryTest, RefusesAnotherUsersAddressAChainThatIsNotThereAndTheZeroAddress) {
    EXPECT_EQ(put(kBobUser, kAlice).error().code(), Errc::conflict);
    EXPECT_EQ(put(kBobUser, kBob, {99}).error().code(), Errc::not_found);
    EXPECT_EQ(put(kBobUser, kZero).error().code(), Errc::invalid);
}

TEST_F(WalletRegistryTest, ForgetsTheUsersCachedBalances) {
    step({{kCpop, kAlice, kBob, 5}});
    ASSERT_TRUE(put(kAliceUser, kBob));
    EXPECT_EQ(say_local(kAliceUser), "none");
    EXPECT_EQ(redis_says(kAliceUser), "none");
    EXPECT_EQ(say(kAliceUser), "100 chain @2");
}

TEST_F(WalletRegistryTest, ForgetsThemAlsoWhenTheAnswerOfTheStoreIsLost) {
    step({{kCpop, kAlice, kBob, 5}});
    store.script.fail(Point::answering, "put", Errc::timed_out);
    EXPECT_FALSE(put(kAliceUser, kBob));
    EXPECT_EQ(say_local(kAliceUser), "none");
    EXPECT_EQ(say(kAliceUser), "100 chain @2");
}

TEST_F(WalletRegistryTest, DistrustsRedisWhenItDoesNotForget) {
    step({{kCpop, kAlice, kBob, 5}});
    redis.script.fail(Point::arriving, "forget", Errc::unavailable);
    ASSERT_TRUE(put(kAliceUser, kBob));
    ASSERT_NE(redis_says(kAliceUser), "none");
    EXPECT_EQ(say(kAliceUser), "100 chain @2");
}

TEST_F(WalletRegistryTest, TakesAWalletsBalanceOutOfTheSum) {
    add_wallet(kAliceUser, kBob);
    step({{kCpop, kAlice, kBob, 5}});
    EXPECT_EQ(say(kAliceUser), "100 local @2");
    ASSERT_TRUE(loop.run(wallets->remove(kAliceUser, kChain, kBob, soon())));
    EXPECT_EQ(say(kAliceUser), "95 database @2");
    EXPECT_EQ(loop.run(wallets->remove(kAliceUser, kChain, kBob, soon())).error().code(),
              Errc::not_found);
    ASSERT_TRUE(loop.run(wallets->remove(kAliceUser, kChain, kAlice, soon())));
    EXPECT_EQ(say(kAliceUser), kUnknownUser);
}

TEST_F(WalletRegistryTest, ImportsManyAndTellsTheListenerOnce) {
    const int before = changes;
    std::vector<store::NewWallet> many;
    for (std::uint64_t i = 0; i < 2'500; ++i)
        many.push_back({{"user" + std::to_string(i % 50)}, kChain, address(100 + i), {}});
    many.push_back({kBobUser, kChain, kAlice, {}});
    many.push_back({kBobUser, {99}, kBob, {}});
    many.push_back({kBobUser, kChain, kZero, {}});
    many.push_back(many.front());
    const auto said = loop.run(wallets->import_all(many, soon()));
    ASSERT_TRUE(said);
    ASSERT_EQ(said->size(), many.size());
    for (std::size_t i = 0; i < 2'500; ++i) ASSERT_EQ(*said->at(i), store::Registered::now);
    EXPECT_EQ(said->at(2'500).error().code(), Errc::conflict);
    EXPECT_EQ(said->at(2'501).error().code(), Errc::not_found);
    EXPECT_EQ(said->at(2'502).error().code(), Errc::invalid);
    EXPECT_EQ(*said->at(2'503), store::Registered::before);
    EXPECT_EQ(changes, before + 1);
    EXPECT_EQ(store.script.calls("import_all"), 3u);
    EXPECT_EQ(store.script.calls("put"), puts_before_);
}

TEST_F(WalletRegistryTest, AnImportOfWhatIsKnownTellsNobody) {
    const int before = changes;
    const auto said = loop.run(wallets->import_all({{kAliceUser, kChain, kAlice, {}}}, soon()));
    ASSERT_TRUE(said);
    EXPECT_EQ(*said->front(), store::Registered::before);
    EXPECT_EQ(changes, before);
    EXPECT_TRUE(loop.run(wallets->import_all({}, soon()))->empty());
}

TEST_F(WalletRegistryTest, AnImportForgetsTheCachedBalancesOfWhomeverItGaveWallets) {
    step({{kCpop, kAlice, kBob, 5}});
    ASSERT_TRUE(loop.run(wallets->import_all({{kAliceUser, kChain, kBob, {}}}, soon())));
    EXPECT_EQ(say_local(kAliceUser), "none");
    EXPECT_EQ(redis_says(kAliceUser), "none");
    EXPECT_EQ(say(kAliceUser), "100 chain @2");
}

TEST_F(WalletRegistryTest, AnImportForgetsThemAlsoWhenTheAnswerOfTheStoreIsLost) {
    const int before = changes;
    step({{kCpop, kAlice, kBob, 5}});
    store.script.fail(Point::answering, "import_all", Errc::timed_out);
    EXPECT_FALSE(loop.run(wallets->import_all({{kAliceUser, kChain, kBob, {}}}, soon())));
    EXPECT_EQ(say_local(kAliceUser), "none");
    EXPECT_EQ(say(kAliceUser), "100 chain @2");
    EXPECT_EQ(changes, before + 1) << "it may have been registered";
}

TEST_F(WalletRegistryTest, AnImportDistrustsRedisWhenItDoesNotForget) {
    step({{kCpop, kAlice, kBob, 5}});
    redis.script.fail(Point::arriving, "forget", Errc::unavailable);
    ASSERT_TRUE(loop.run(wallets->import_all({{kAliceUser, kChain, kBob, {}}}, soon())));
    ASSERT_NE(redis_says(kAliceUser), "none");
    EXPECT_EQ(say(kAliceUser), "100 chain @2");
}

TEST_F(WalletRegistryTest, ListsAUsersWalletsPageByPage) {
    for (std::uint64_t i = 20; i < 25; ++i) ASSERT_TRUE(put(kBobUser, address(i)));
    const auto first = loop.run(wallets->list(kBobUser, kChain, std::nullopt, 3, soon()));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->wallets.size(), 3u);
    ASSERT_TRUE(first->next);
    const auto second = loop.run(wallets->list(kBobUser, kChain, first->next, 3, soon()));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->wallets.size(), 2u);
    EXPECT_FALSE(second->next);
}

}  // namespace
}  // namespace custodialbridge::ledger

#include <gtest/gtest.h>

#include "ledger_model.hpp"

namespace custodialbridge::ledger {
namespace {

class WalletRegistryTest : public LedgerTest {
  protected:
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

#include <gmock/gmock.h>

#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr ChainId kOther{kChain.value + 1};
constexpr TokenId kUsdt{2};

TEST_P(Registering, TellsTheChainsOfAUser) {
    const auto chains = [&](const char* user) {
        return await(store_.wallets().chains_of({user}, store_.soon())).value();
    };
    EXPECT_THAT(chains("alice"), IsEmpty());
    for (const ChainId chain : {kOther, kChain})
        for (std::uint64_t address : {1u, 2u})
            await(store_.wallets().put({"alice"}, chain, address_of(address), true, store_.soon()))
                .value();
    store_.put("bob", 3);
    EXPECT_THAT(chains("alice"), ElementsAre(kChain, kOther));
    EXPECT_THAT(chains("bob"), ElementsAre(kChain));
    await(store_.wallets().remove({"bob"}, kChain, address_of(3), store_.soon())).value();
    EXPECT_THAT(chains("bob"), IsEmpty());
}

TEST_P(Registering, TellsTheAddressesOfManyUsers) {
    const auto addresses = [&](std::vector<UserId> users, std::size_t each = 10) {
        return await(store_.wallets().addresses_of(kChain, std::move(users), each, store_.soon()))
            .value();
    };
    const WalletId seven = store_.put("alice", 7), two = store_.put("bob", 2);
    const WalletId one = store_.put("alice", 1);
    await(store_.wallets().put({"alice"}, kOther, address_of(9), true, store_.soon())).value();
    EXPECT_THAT(addresses({{"bob"}, {"nobody"}, {"alice"}}),
                ElementsAre(UserAddress{0, address_of(2), two},
                            UserAddress{2, address_of(7), seven},
                            UserAddress{2, address_of(1), one}));
    EXPECT_THAT(addresses({{"alice"}, {"alice"}}, 1),
                ElementsAre(UserAddress{0, address_of(7), seven},
                            UserAddress{1, address_of(7), seven}));
    EXPECT_THAT(addresses({}), IsEmpty());
    await(store_.wallets().remove({"alice"}, kChain, address_of(7), store_.soon())).value();
    EXPECT_THAT(addresses({{"alice"}}), ElementsAre(UserAddress{0, address_of(1), one}));
}

TEST_P(Committing, FindsManyBalancesAsItFindsEachAlone) {
    const Cursor at = store_.begin_at(100, {kCpop, kUsdt});
    const WalletId alice = store_.put("alice", 1);
    store_.open(at, alice, {{kCpop, 5}, {kUsdt, 6}}).value();
    store_.put_open(at, "bob", 2, 7);
    store_.put("waiting", 3);
    const std::vector<BalanceKey> keys{{{"bob"}, kChain, kCpop},     {{"alice"}, kChain, kUsdt},
                                       {{"nobody"}, kChain, kCpop},  {{"alice"}, kOther, kCpop},
                                       {{"waiting"}, kChain, kCpop}, {{"alice"}, kChain, {99}},
                                       {{"bob"}, kChain, kCpop}};
    const auto all = await(store_.balances().find_all(keys, store_.soon())).value();
    ASSERT_EQ(all.size(), keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto alone = await(store_.balances().find(keys[i], store_.soon()));
        ASSERT_EQ(all[i].has_value(), alone.has_value()) << i;
        if (!alone) continue;
        EXPECT_EQ(*all[i], *alone) << i;
    }
    EXPECT_EQ(all[0]->amount, 7);
    EXPECT_EQ(all[1]->amount, 6);
    EXPECT_EQ(all[3], std::nullopt) << "no ledger of that chain";
    EXPECT_THAT(await(store_.balances().find_all({}, store_.soon())).value(), IsEmpty());
}

}  // namespace
}  // namespace custodialbridge::store

#include <gmock/gmock.h>

#include <thread>

#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

NewWallet item(std::string user, std::uint64_t address,
               std::optional<bool> is_deployed = std::nullopt, ChainId chain = kChain) {
    return {{std::move(user)}, chain, address_of(address), is_deployed};
}

class Importer {
  public:
    explicit Importer(StoreHandle& store) : store_(store) {}

    /// "now", "before" or the error's code, an item each.
    std::vector<std::string> import_all(std::vector<NewWallet> items) {
        return say(store_.wallets().import_all(std::move(items), store_.soon()));
    }
    std::vector<std::string> import_together(std::vector<NewWallet> items) {
        return say(store_.wallets().import_together(std::move(items), store_.soon()));
    }

    static std::vector<std::string> say(Task<Result<std::vector<Result<Registered>>>> task) {
        std::vector<std::string> said;
        for (const Result<Registered>& one : await(std::move(task)).value()) {
            if (!one)
                said.emplace_back(to_string(one.error().code()));
            else
                said.emplace_back(*one == Registered::now ? "now" : "before");
        }
        return said;
    }

    std::vector<Wallet> of(std::string user) {
        auto page = store_.wallets().of_user({std::move(user)}, std::nullopt, std::nullopt, 20'000,
                                             store_.soon());
        return await(std::move(page)).value().wallets;
    }

  private:
    StoreHandle& store_;
};

TEST_P(Importing, RegistersWhatIsNewAndKnowsWhatIsNot) {
    Importer importer(store_);
    store_.begin_at(100);
    store_.put("alice", 1);
    EXPECT_THAT(importer.import_all({item("alice", 1), item("alice", 2), item("bob", 3)}),
                ElementsAre("before", "now", "now"));
    EXPECT_THAT(importer.import_all({item("bob", 3), item("alice", 2)}),
                ElementsAre("before", "before"));
    ASSERT_EQ(importer.of("alice").size(), 2u);
    EXPECT_EQ(importer.of("alice")[1].address, address_of(2));
    EXPECT_EQ(importer.of("alice")[1].tracked_from, std::nullopt);
    EXPECT_THAT(importer.import_all({}), IsEmpty());
}

TEST_P(Importing, TogetherRegistersAllOrNone) {
    Importer importer(store_);
    store_.begin_at(100);
    store_.put("alice", 1);
    EXPECT_THAT(importer.import_together({item("bob", 2, true), item("bob", 1), item("bob", 3)}),
                ElementsAre("now", "conflict", "now"));
    EXPECT_THAT(importer.of("bob"), IsEmpty());
    EXPECT_THAT(importer.import_together({item("bob", 2, true), item("alice", 1, true)}),
                ElementsAre("now", "before"));
    ASSERT_EQ(importer.of("bob").size(), 1u);
    EXPECT_TRUE(importer.of("bob").front().is_deployed);
    EXPECT_TRUE(importer.of("alice").front().is_deployed);
    EXPECT_THAT(importer.import_together({}), IsEmpty());
}

TEST_P(Importing, RefusesOnlyTheAddressesOfOthers) {
    Importer importer(store_);
    store_.begin_at(100);
    store_.put("alice", 1);
    EXPECT_THAT(importer.import_all({item("bob", 2), item("bob", 1), item("bob", 3)}),
                ElementsAre("now", "conflict", "now"));
    EXPECT_EQ(importer.of("bob").size(), 2u);
    EXPECT_EQ(importer.of("alice").size(), 1u);
}

TEST_P(Importing, TakesTheFirstOfThoseThatNameOneAddress) {
    Importer importer(store_);
    store_.begin_at(100);
    EXPECT_THAT(importer.import_all({item("alice", 1), item("bob", 1), item("alice", 1),
                                     item("alice", 1, std::nullopt, ChainId{7})}),
                ElementsAre("now", "conflict", "before", "now"));
    EXPECT_EQ(importer.of("alice").size(), 2u);
    EXPECT_THAT(importer.of("bob"), IsEmpty());
}

TEST_P(Importing, SaysWhetherAWalletIsDeployedOnlyWhereItIsGiven) {
    Importer importer(store_);
    store_.begin_at(100);
    store_.put("alice", 1);  // deployed
    const auto deployed = [&] {
        std::vector<bool> all;
        for (const Wallet& wallet : importer.of("alice")) all.push_back(wallet.is_deployed);
        return all;
    };
    importer.import_all({item("alice", 1), item("alice", 2), item("alice", 3, true)});
    EXPECT_THAT(deployed(), ElementsAre(true, false, true));
    importer.import_all({item("alice", 1, false), item("alice", 2, true), item("alice", 3)});
    EXPECT_THAT(deployed(), ElementsAre(false, true, true));
    importer.import_all({item("alice", 1, true), item("bob", 1, false), item("alice", 1)});
    EXPECT_THAT(deployed(), ElementsAre(true, true, true)) << "another user has no say";
    importer.import_all({item("bob", 1, false), item("alice", 1, false), item("alice", 4, true),
                         item("alice", 4, false)});
    EXPECT_THAT(deployed(), ElementsAre(false, true, true, false)) << "the user's last word counts";
}

TEST_P(Importing, RegistersAnewWhatWasDeleted) {
    Importer importer(store_);
    store_.begin_at(100);
    store_.put("alice", 1);
    ASSERT_TRUE(await(store_.wallets().remove({"alice"}, kChain, address_of(1), store_.soon())));
    EXPECT_THAT(importer.import_all({item("bob", 1)}), ElementsAre("now"));
}

TEST_P(Importing, TakesThousandsAtOnce) {
    Importer importer(store_);
    store_.begin_at(100);
    std::vector<NewWallet> many;
    for (std::uint64_t i = 5'000; i > 0; --i)
        many.push_back(item("user" + std::to_string(i % 7), 10'000 + i));
    EXPECT_THAT(importer.import_all(many), ::testing::Each("now"));
    EXPECT_THAT(importer.import_all(many), ::testing::Each("before"));
    std::size_t registered = 0;
    for (int user = 0; user < 7; ++user)
        registered += importer.of("user" + std::to_string(user)).size();
    EXPECT_EQ(registered, 5'000u);
}

}  // namespace
}  // namespace custodialbridge::store

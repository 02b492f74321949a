#include <gmock/gmock.h>

#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr ChainId kOther{10};

/// "kind delta@block", with a mark when it does not count any more.
std::vector<std::string> told(const std::vector<LedgerChange>& changes) {
    std::vector<std::string> lines;
    for (const LedgerChange& change : changes)
        lines.push_back(std::string(to_string(change.kind)) + " " + to_string(change.delta) + "@" +
                        std::to_string(change.place.block.value) +
                        (change.orphaned ? " orphaned" : ""));
    return lines;
}

/// "Type amount to the wallet's last byte@block".
std::vector<std::string> told(const std::vector<LedgerEvent>& events) {
    std::vector<std::string> lines;
    for (const LedgerEvent& event : events)
        lines.push_back(std::string(to_string(event.type)) + " " + to_string(event.amount) +
                        " to " + std::to_string(event.wallet.bytes.back()) + "@" +
                        std::to_string(event.place.block.value));
    return lines;
}

ChangeQuery of_user(std::string user) {
    ChangeQuery query;
    query.user = {std::move(user)};
    return query;
}

TEST_P(Past, ABalanceIsWhatItWasAtEachBlock) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 50);
    const Cursor at = store_
                          .commit(PlanBuilder(kChain, start)
                                      .block(101)
                                      .transfer(a, kOutside, kCpop, 10)
                                      .block(102)
                                      .transfer(kOutside, a, kCpop, 5)
                                      .transfer(a, a, kCpop, 3))
                          .value()
                          .cursor;
    ASSERT_TRUE(store_.adjust(at, a, 44));
    const std::vector<std::pair<std::uint64_t, U256>> expected{{100, 50}, {101, 40}, {102, 44}};
    for (const auto& [block, amount] : expected) {
        const PastBalance past = store_.balance_at("alice", BlockNumber{block});
        EXPECT_TRUE(past.covered());
        EXPECT_EQ(past.amount, amount) << block;
        EXPECT_EQ(past.block, BlockNumber{block});
        EXPECT_EQ(past.block_hash, block_ref(block).hash);
        EXPECT_EQ(past.cursor, at);
        EXPECT_EQ(past.covered_from, BlockNumber{100});
        EXPECT_EQ(past.wallets, 1u);
    }
    for (const std::uint64_t block : {std::uint64_t{0}, std::uint64_t{99}, std::uint64_t{103}})
        EXPECT_FALSE(store_.balance_at("alice", BlockNumber{block}).covered()) << block;
}

TEST_P(Past, IsCoveredFromTheOpeningOfTheLastWalletAndToken) {
    const Cursor start = store_.begin_at(100);
    EXPECT_EQ(store_.balance_at("alice", BlockNumber{100}).wallets, 0u);
    EXPECT_FALSE(store_.balance_at("alice", BlockNumber{100}).covered());
    store_.put_open(start, "alice", 1, 50);
    const Cursor at = store_.commit(PlanBuilder(kChain, start).block(101)).value().cursor;
    const WalletId second = store_.put("alice", 2);
    EXPECT_FALSE(store_.balance_at("alice", BlockNumber{101}).covered_from) << "not tracked yet";
    ASSERT_TRUE(store_.open(at, second, {{kCpop, 7}}));
    EXPECT_EQ(store_.balance_at("alice", BlockNumber{101}).amount, U256(57));
    EXPECT_EQ(store_.balance_at("alice", BlockNumber{101}).covered_from, BlockNumber{101});
    EXPECT_FALSE(store_.balance_at("alice", BlockNumber{100}).covered());
    EXPECT_FALSE(store_.balance_at("alice", BlockNumber{101}, kGold).covered_from) << "no token";
    const std::vector<Token> both{erc20(kChain, kCpop, "CPOP"), erc20(kChain, kGold, "GOLD")};
    ASSERT_TRUE(await(store_.chains().sync_tokens(both, store_.soon())));
    EXPECT_FALSE(store_.balance_at("alice", BlockNumber{101}, kGold).covered_from) << "not opened";
}

TEST_P(Past, OfAChainWithoutALedgerIsNotFound) {
    const BalanceKey key{{"alice"}, kOther, kCpop};
    EXPECT_EQ(failure(await(store_.journal().balance_at(key, BlockNumber{1}, store_.soon()))),
              Errc::not_found);
}

TEST_P(Past, IsToldAtTheNewestSafeAndFinalizedBlocks) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 50);
    PlanBuilder plan(kChain, start);
    for (std::uint64_t n = 101; n <= 104; ++n) plan.block(n).transfer(a, kOutside, kCpop, 1);
    ASSERT_TRUE(store_.commit(plan));
    EXPECT_EQ(store_.balance_at("alice", FinalityLevel::latest).amount, U256(46));
    EXPECT_FALSE(store_.balance_at("alice", FinalityLevel::safe).block) << "not known yet";
    EXPECT_FALSE(store_.balance_at("alice", FinalityLevel::finalized).covered());
    ASSERT_TRUE(await(store_.chains().set_finality(kChain, {103}, {102}, store_.soon())));
    const PastBalance safe = store_.balance_at("alice", FinalityLevel::safe);
    EXPECT_EQ(safe.block, BlockNumber{103});
    EXPECT_EQ(safe.amount, U256(47));
    EXPECT_EQ(safe.finalized, BlockNumber{102});
    const PastBalance finalized = store_.balance_at("alice", FinalityLevel::finalized);
    EXPECT_EQ(finalized.block_hash, block_ref(102).hash);
    EXPECT_EQ(finalized.amount, U256(48));
    EXPECT_EQ(finalized.safe, BlockNumber{103});
    ASSERT_TRUE(await(store_.chains().set_finality(kChain, {120}, {110}, store_.soon())));
    EXPECT_EQ(store_.balance_at("alice", FinalityLevel::finalized).block, BlockNumber{104});
    EXPECT_EQ(store_.balance_at("alice", FinalityLevel::safe).amount, U256(46));
}

TEST_P(Past, HasNoHashOfBlocksThatWereNotStoredAndIsZeroWhereItWasShort) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 5);
    ASSERT_TRUE(store_.commit(PlanBuilder(kChain, start)
                                  .block(103)
                                  .transfer(a, kOutside, kCpop, 8)
                                  .block(106)
                                  .transfer(kOutside, a, kCpop, 10)));
    const PastBalance between = store_.balance_at("alice", BlockNumber{104});
    EXPECT_TRUE(between.covered());
    EXPECT_EQ(between.amount, U256(0));
    EXPECT_FALSE(between.block_hash);
    EXPECT_EQ(store_.balance_at("alice", BlockNumber{102}).amount, U256(5));
    EXPECT_EQ(store_.balance_at("alice", BlockNumber{106}).amount, U256(7));
}

TEST_P(Past, ChangesTellEachSideOfEachEntry) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 50);
    const WalletId b = store_.put_open(start, "alice", 2, 0);
    const WalletId c = store_.put_open(start, "carol", 3, 5);
    const Cursor at = store_
                          .commit(PlanBuilder(kChain, start)
                                      .block(101)
                                      .transfer(a, b, kCpop, 10)
                                      .transfer(a, a, kCpop, 3)
                                      .transfer(c, a, kCpop, 4)
                                      .transfer(kOutside, b, kCpop, 7, MoveKind::mint)
                                      .transfer(b, kOutside, kCpop, 1, MoveKind::burn)
                                      .transfer(a, c, kCpop, 0))
                          .value()
                          .cursor;
    ASSERT_TRUE(store_.adjust(at, b, 20));
    ASSERT_TRUE(store_.adjust(at, a, 40, MoveKind::repair));
    const auto all = store_.changes(of_user("alice"));
    EXPECT_THAT(
        told(all),
        ElementsAre("opening 50@100", "transfer_out -10@101", "transfer_in 10@101",
                    "transfer_out -3@101", "transfer_in 3@101", "transfer_in 4@101", "mint 7@101",
                    "burn -1@101", "transfer_out 0@101", "sync 4@101", "repair -4@101"));
    EXPECT_EQ(all[1].address, address_of(1));
    EXPECT_EQ(all[2].address, address_of(2));
    EXPECT_EQ(all[2].block_hash, block_ref(101).hash);
    EXPECT_EQ(all[2].timestamp, header(101).timestamp);
    EXPECT_EQ(all[2].place.log_index, 0u);
    EXPECT_TRUE(all[2].has_log());
    EXPECT_EQ(all[2].tx_hash, all[1].tx_hash);
    EXPECT_EQ(all[2].token, kCpop);
    EXPECT_FALSE(all[0].has_log());
    EXPECT_FALSE(all[9].has_log());
    for (const std::size_t limit : {1u, 2u, 3u, 10u, 11u})
        EXPECT_EQ(store_.changes(of_user("alice"), limit), all) << limit;
    EXPECT_THAT(told(store_.changes(of_user("carol"))),
                ElementsAre("opening 5@100", "transfer_out -4@101", "transfer_in 0@101"));
    EXPECT_THAT(store_.changes(of_user("nobody")), IsEmpty());
}

TEST_P(Past, OrphanedChangesAreToldWhenAskedForWithTheirOwnBlock) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 50);
    Cursor at = store_.commit(PlanBuilder(kChain, start).block(101).transfer(a, kOutside, kCpop, 1))
                    .value()
                    .cursor;
    at = store_.unwind(at, block_ref(100)).value().cursor;
    at = store_.commit(PlanBuilder(kChain, at).block(101, "b").transfer(a, kOutside, kCpop, 2))
             .value()
             .cursor;
    ChangeQuery query = of_user("alice");
    EXPECT_THAT(told(store_.changes(query)), ElementsAre("opening 50@100", "transfer_out -2@101"));
    query.include_orphaned = true;
    const auto all = store_.changes(query, 1);
    EXPECT_THAT(told(all), ElementsAre("opening 50@100", "transfer_out -1@101 orphaned",
                                       "transfer_out -2@101"));
    EXPECT_EQ(all[1].block_hash, block_ref(101, "a").hash);
    EXPECT_EQ(all[2].block_hash, block_ref(101, "b").hash);
    EXPECT_EQ(store_.balance_at("alice", BlockNumber{101}).amount, U256(48));
}

TEST_P(Past, ChangesCanBeOfOneChainOrToken) {
    const Cursor start = store_.begin_at(100, {kCpop, kGold});
    const WalletId a = store_.put("alice", 1);
    ASSERT_TRUE(store_.open(start, a, {{kCpop, 5}, {kGold, 9}}));
    ASSERT_TRUE(await(store_.chains().begin(kOther, {header(7)}, store_.soon())));
    const auto put =
        await(store_.wallets().put({"alice"}, kOther, address_of(1), true, store_.soon()));
    const Cursor there = await(store_.chains().load(kOther, store_.soon())).value()->cursor;
    ASSERT_TRUE(await(store_.chains().sync_tokens({erc20(kOther, kCpop, "X")}, store_.soon())));
    const WalletId other = put.value().wallet.id;
    const OpeningPlan plan{kOther, there, {other}, {{other, kCpop, 3}}};
    ASSERT_TRUE(await(store_.committer().open(plan, store_.soon())));
    ChangeQuery query = of_user("alice");
    for (const std::size_t limit : {1u, 2u, 9u})
        EXPECT_THAT(told(store_.changes(query, limit)),
                    ElementsAre("opening 3@7", "opening 5@100", "opening 9@100"));
    query.token = kCpop;
    EXPECT_THAT(told(store_.changes(query)), ElementsAre("opening 3@7", "opening 5@100"));
    query.chain = kChain;
    EXPECT_THAT(told(store_.changes(query)), ElementsAre("opening 5@100"));
    query.chain = ChainId{99};
    EXPECT_THAT(store_.changes(query), IsEmpty());
}

TEST_P(Past, ADeletedWalletIsNotTold) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 50);
    const WalletId b = store_.put_open(start, "alice", 2, 6);
    ASSERT_TRUE(store_.commit(PlanBuilder(kChain, start).block(101).transfer(a, b, kCpop, 1)));
    ASSERT_TRUE(await(store_.wallets().remove({"alice"}, kChain, address_of(1), store_.soon())));
    EXPECT_THAT(told(store_.changes(of_user("alice"))),
                ElementsAre("opening 6@100", "transfer_in 1@101"));
    EXPECT_THAT(told(store_.events({})), ElementsAre("Transfer 1 to 2@101"));
    EXPECT_EQ(store_.balance_at("alice", BlockNumber{100}).amount, U256(6));
}

/// Alice and Bob, with tokens and events up to block 102; a block above was taken back.
void make_events(StoreHandle& store) {
    const Cursor start = store.begin_at(100, {kCpop, kGold});
    const WalletId a = store.put("alice", 1);
    const WalletId b = store.put("bob", 2);
    for (const WalletId wallet : {a, b})
        store.open(start, wallet, {{kCpop, 50}, {kGold, 60}}).value();
    PlanBuilder first(kChain, start);
    first.block(101).transfer(a, b, kCpop, 1).transfer(kOutside, b, kCpop, 2);
    first.announce(b, kCpop, 2);
    first.block(102).transfer(a, a, kGold, 3);
    first.transfer(kOutside, a, kCpop, 4, MoveKind::mint);
    PlanBuilder second(kChain, store.commit(first).value().cursor);
    second.block(103).transfer(a, b, kCpop, 9).announce(a, kGold, 9);
    store.unwind(store.commit(second).value().cursor, block_ref(102)).value();
}

TEST_P(PastEvents, AreToldToEachWalletThatTheyName) {
    make_events(store_);
    const auto all = store_.events({});
    EXPECT_THAT(told(all),
                ElementsAre("Transfer 1 to 1@101", "Transfer 1 to 2@101", "Transfer 2 to 2@101",
                            "Mint 2 to 2@101", "Transfer 3 to 1@102",
                            "Mint 4 to 1@102"));
    EXPECT_EQ(all[3].place.log_index, 2u);
    EXPECT_EQ(all[3].token, kCpop);
    EXPECT_EQ(all[3].contract, erc20(kChain, kCpop, "").address);
    EXPECT_EQ(all[4].contract, erc20(kChain, kGold, "").address);
    EXPECT_EQ(all[4].block_hash, block_ref(102).hash);
    EXPECT_EQ(all[4].timestamp, header(102).timestamp);
    EXPECT_NE(all[4].tx_hash, all[3].tx_hash);
    EXPECT_FALSE(all[4].nft_id);
    for (const std::size_t limit : {1u, 2u, 3u, 5u, 6u})
        EXPECT_EQ(store_.events({}, limit), all) << limit;
}

TEST_P(PastEvents, CanBeOfOneTypeWalletContractChainOrFromABlockOn) {
    make_events(store_);
    EventQuery minted;
    minted.type = EventType::mint;
    EventQuery to_alice;
    to_alice.address = address_of(1);
    EventQuery of_gold;
    of_gold.address = erc20(kChain, kGold, "").address;
    EventQuery later;
    later.from = BlockNumber{102};
    EventQuery elsewhere;
    elsewhere.chain = kOther;
    EventQuery nobodys;
    nobodys.address = address_of(77);
    EventQuery alice_transfers = to_alice;
    alice_transfers.type = EventType::transfer;
    alice_transfers.chain = kChain;
    alice_transfers.from = BlockNumber{102};
    EventQuery bob_mints;
    bob_mints.type = EventType::mint;
    bob_mints.address = address_of(2);
    for (const std::size_t limit : {1u, 2u, 50u}) {
        EXPECT_THAT(told(store_.events(minted, limit)),
                    ElementsAre("Mint 2 to 2@101", "Mint 4 to 1@102"));
        EXPECT_THAT(told(store_.events(to_alice, limit)),
                    ElementsAre("Transfer 1 to 1@101", "Transfer 3 to 1@102",
                                "Mint 4 to 1@102"));
        EXPECT_THAT(told(store_.events(of_gold, limit)),
                    ElementsAre("Transfer 3 to 1@102"));
        EXPECT_THAT(told(store_.events(later, limit)),
                    ElementsAre("Transfer 3 to 1@102", "Mint 4 to 1@102"));
        EXPECT_THAT(told(store_.events(alice_transfers, limit)),
                    ElementsAre("Transfer 3 to 1@102"));
        EXPECT_THAT(told(store_.events(bob_mints, limit)), ElementsAre("Mint 2 to 2@101"));
        EXPECT_THAT(store_.events(elsewhere, limit), IsEmpty());
        EXPECT_THAT(store_.events(nobodys, limit), IsEmpty());
    }
}

TEST_P(PastEvents, NameTheEntryPointOfAUserOperation) {
    const Address entry_point = address_of(99);
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 50);
    PlanBuilder plan(kChain, start);
    plan.block(101).operate(a, 900, entry_point).transfer(kOutside, a, kCpop, 2);
    ASSERT_TRUE(store_.commit(plan));
    EventQuery told_by_it;
    told_by_it.address = entry_point;
    EventQuery to_alice;
    to_alice.address = address_of(1);
    for (const std::size_t limit : {1u, 50u}) {
        const auto told_by = store_.events(told_by_it, limit);
        ASSERT_EQ(told_by.size(), 1u);
        EXPECT_EQ(told_by[0].contract, entry_point);
        EXPECT_EQ(told_by[0].token, std::nullopt);
        EXPECT_EQ(told_by[0].amount, U256(900));
        EXPECT_EQ(told_by[0].type, EventType::user_operation);
        EXPECT_EQ(store_.events(to_alice, limit).size(), 2u);
    }
}

TEST_P(PastEvents, AndChangesNameTheNft) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 0);
    ASSERT_TRUE(store_.commit(PlanBuilder(kChain, start).block(101).nft(kOutside, a, kCpop, 42)));
    EXPECT_EQ(store_.events({}).at(0).nft_id, U256(42));
    EXPECT_EQ(store_.changes(of_user("alice")).at(0).nft_id, U256(42));
}

TEST_P(PastEvents, OfAContractThatIsAWalletItselfAreToldOnce) {
    make_events(store_);
    const Cursor at = store_.cursor();
    const Address contract = erc20(kChain, kGold, "").address;
    const auto put =
        await(store_.wallets().put({"gold"}, kChain, contract, true, store_.soon())).value();
    ASSERT_TRUE(store_.open(at, put.wallet.id, {{kCpop, 0}, {kGold, 0}}));
    const WalletId a{1};
    ASSERT_TRUE(store_.commit(PlanBuilder(kChain, at)
                                  .block(103, "b")
                                  .transfer(a, put.wallet.id, kGold, 5)
                                  .transfer(a, put.wallet.id, kCpop, 6)
                                  .announce(put.wallet.id, kGold, 7)
                                  .announce(put.wallet.id, kCpop, 8)));
    EventQuery query;
    query.address = contract;
    query.from = BlockNumber{103};
    const std::string it = " to " + std::to_string(contract.bytes.back()) + "@103";
    for (const std::size_t limit : {1u, 3u, 50u})
        EXPECT_THAT(told(store_.events(query, limit)),
                    ElementsAre("Transfer 5 to 1@103", "Transfer 5" + it, "Transfer 6" + it,
                                "Mint 7" + it, "Mint 8" + it));
}

}  // namespace
}  // namespace custodialbridge::store

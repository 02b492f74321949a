#include <gmock/gmock.h>

#include "postgres_store.hpp"

namespace custodialbridge::store {
namespace {

using ::testing::HasSubstr;

constexpr const char* k2To256 =
    "115792089237316195423570985008687907853269984665640564039457584007913129639936";
constexpr const char* kHash = "decode(repeat('ab', 32), 'hex')";
constexpr const char* kAddress = "decode(repeat('cd', 20), 'hex')";

/// What the tables refuse, whoever writes: each by the key or CHECK that is named.
class Invariants : public OnPostgres {
  protected:
    void SetUp() override {
        const Cursor start = store_.begin_at(100);
        wallet_ = std::to_string(store_.put_open(start, "alice", 1, 5).value);
    }

    /// Runs as it is.
    void allowed(const std::string& statement) {
        EXPECT_NO_THROW(postgres_.sql(statement)) << statement;
    }

    void refused(const std::string& statement, const std::string& constraint) {
        try {
            postgres_.sql(statement);
            ADD_FAILURE() << "was taken: " << statement;
        } catch (const std::runtime_error& error) {
            EXPECT_THAT(error.what(), HasSubstr('"' + constraint + '"')) << statement;
        }
    }

    /// A transfer's row but for what is given.
    std::string journal(std::string debit, std::string credit, std::string amount = "1",
                        std::string log_index = "0", std::string tx_hash = kHash,
                        std::string event = "0", std::string kind = "0", std::string epoch = "0") {
        return "INSERT INTO journal (chain_id, block_number, epoch, log_index, sub_index, token_id,"
               " debit, credit, amount, kind, event, tx_hash) VALUES (31337, 101, " +
               epoch + ", " + log_index + ", 0, 1, " + debit + ", " + credit + ", " + amount +
               ", " + kind + ", " + event + ", " + tx_hash + ")";
    }

    std::string wallet_;
};

TEST_F(Invariants, ALogIsInTheJournalOnceAnEpoch) {
    allowed(journal("0", wallet_));
    refused(journal("0", wallet_), "journal_pkey");
    allowed(journal("0", wallet_, "1", "0", kHash, "0", "0", "1"));
}

TEST_F(Invariants, AMoveHasAWalletOnOneSide) {
    refused(journal("0", "0"), "journal_sides");
    refused(journal("-1", "0"), "journal_sides");
    refused(journal("-2", wallet_), "journal_sides");
    allowed(journal("-1", wallet_));
}

TEST_F(Invariants, AMoveIsAnAmountOf256Bits) {
    refused(journal("0", wallet_, "-1"), "journal_amount");
    refused(journal("0", wallet_, k2To256), "journal_amount");
    allowed(journal("0", wallet_, std::string(k2To256) + " - 1"));
}

TEST_F(Invariants, AMoveByALogNamesItsTransactionAndOthersDoNot) {
    refused(journal("0", wallet_, "1", "5", "NULL"), "journal_log");
    refused(journal("0", wallet_, "1", "5", "'\\x01'"), "journal_log");
    refused(journal("0", wallet_, "1", "5", kHash, "NULL"), "journal_log");
    refused(journal("0", wallet_, "1", "5", kHash, "6"), "journal_log");
    refused(journal("0", wallet_, "1", "5", kHash, "0", "3"), "journal_log");
    refused(journal("0", wallet_, "1", "2147483647", kHash, "0", "3"), "journal_log");
    refused(journal("0", wallet_, "1", "2147483647", "NULL", "NULL", "0"), "journal_log");
    refused(journal("0", wallet_, "1", "2147483647", "NULL", "NULL", "6"), "journal_kind");
    refused(journal("0", wallet_, "1", "-1"), "journal_place");
    allowed(journal("0", wallet_, "1", "2147483647", "NULL", "NULL", "3"));
}

TEST_F(Invariants, ABalanceIsNeverNegativeNorPast256Bits) {
    refused("UPDATE balances SET amount = amount - 6", "balances_amount");
    refused(std::string("UPDATE balances SET amount = ") + k2To256, "balances_amount");
    allowed("UPDATE balances SET amount = amount - 5");
}

TEST_F(Invariants, ABalanceIsAKnownWalletsOfAKnownTokenOnce) {
    const auto insert = [](const std::string& wallet, const std::string& token) {
        return "INSERT INTO balances (wallet_id, chain_id, as_of_block, token_id, amount) VALUES "
               "(" +
               wallet + ", 31337, 1, " + token + ", 0)";
    };
    refused(insert(wallet_, "1"), "balances_pkey");
    refused(insert("999", "1"), "balances_wallet_id_fkey");
    refused(insert(wallet_, "99"), "balances_chain_id_token_id_fkey");
}

TEST_F(Invariants, ABalanceThatIsNotKnownIsNotUnsettled) {
    constexpr const char* unknown = "UPDATE balances SET known_from = 9223372036854775807";
    refused("UPDATE balances SET known_from = -1", "balances_known");
    refused(std::string(unknown) + ", unsettled = true", "balances_known");
    allowed(unknown);
    refused("UPDATE balances SET unsettled = true", "balances_known");
    allowed("UPDATE balances SET known_from = 100, unsettled = true");
}

TEST_F(Invariants, AChainHasOneCanonicalBlockANumber) {
    const auto insert = [](const char* epoch, const char* orphaned, const std::string& hash) {
        return std::string("INSERT INTO blocks VALUES (31337, 100, ") + epoch + ", 0, " + orphaned +
               ", now(), " + hash + ", " + hash + ")";
    };
    refused(insert("1", "false", kHash), "blocks_canonical");
    refused(insert("0", "true", kHash), "blocks_pkey");
    refused(insert("1", "true", "'\\x00'"), "blocks_hash_check");
    allowed(insert("1", "true", kHash));
}

TEST_F(Invariants, AChainStandsSomewhere) {
    refused("UPDATE chains SET cursor_hash = '\\x00'", "chains_cursor_hash_check");
    refused("UPDATE chains SET cursor_number = -1", "chains_cursor_number_check");
    refused("UPDATE chains SET epoch = -1", "chains_epoch_check");
    refused("UPDATE chains SET safe_number = 4, finalized_number = 5", "chains_finality");
    refused("UPDATE chains SET finalized_number = 5", "chains_finality");
    allowed("UPDATE chains SET safe_number = 5, finalized_number = 5");
}

TEST_F(Invariants, AnAddressIsOneLivingWallets) {
    const auto insert = [](const std::string& user, const std::string& address) {
        return "INSERT INTO wallets (user_id, chain_id, address, is_deployed) VALUES ('" + user +
               "', 31337, " + address + ", true)";
    };
    allowed(insert("a", kAddress));
    refused(insert("b", kAddress), "wallets_address");
    refused(insert("", "'\\x01'"), "wallets_address_check");
    refused(insert("", kAddress), "wallets_user_id_check");
    refused(insert(std::string(129, 'u'), kAddress), "wallets_user_id_check");
    allowed("UPDATE wallets SET deleted_at = now() WHERE user_id = 'a'");
    allowed(insert("b", kAddress));
}

TEST_F(Invariants, OnlyAFollowedTokenIsOpened) {
    refused("UPDATE tokens SET realtime = false", "tokens_opened");
    refused("UPDATE tokens SET nft_id = 1", "tokens_nft_id");
    refused("UPDATE tokens SET decimals = 78", "tokens_decimals_check");
    refused("UPDATE tokens SET address = '\\x01'", "tokens_address_check");
}

TEST_F(Invariants, AnEventIsToldOnceAWallet) {
    const std::string insert =
        "INSERT INTO events (chain_id, block_number, epoch, log_index, wallet_id, event, amount,"
        " tx_hash) VALUES (31337, 101, 0, 0, " +
        wallet_ + ", 4, 1, " + kHash + ")";
    allowed(insert);
    refused(insert, "events_pkey");
}

TEST_F(Invariants, TheOutboxCountsInOneRow) {
    EXPECT_EQ(postgres_.sql("SELECT last_id FROM outbox_counter"), "0");
    refused("INSERT INTO outbox_counter DEFAULT VALUES", "outbox_counter_pkey");
    refused("INSERT INTO outbox_counter VALUES (false, 1)", "outbox_counter_only_row_check");
    allowed("INSERT INTO outbox VALUES (1, 'balance.changed', '{}')");
    refused("INSERT INTO outbox VALUES (1, 'balance.changed', '{}')", "outbox_pkey");
}

TEST_F(Invariants, OrphanedRowsStay) {
    Cursor at = store_.cursor();
    const WalletId wallet{std::stoll(wallet_)};
    at = store_
             .commit(PlanBuilder(kChain, at)
                         .block(101)
                         .transfer(wallet, kOutside, kCpop, 1)
                         .announce(wallet, kCpop, 1))
             .value()
             .cursor;
    ASSERT_TRUE(store_.unwind(at, block_ref(100)));
    EXPECT_EQ(postgres_.sql("SELECT count(*) FROM journal WHERE orphaned"), "1");
    EXPECT_EQ(postgres_.sql("SELECT count(*) FROM events WHERE orphaned"), "1");
    EXPECT_EQ(postgres_.sql("SELECT count(*) FROM blocks WHERE orphaned"), "1");
}

TEST_F(Invariants, WhatIsWrittenIsWhatThePlanSays) {
    const WalletId wallet{std::stoll(wallet_)};
    const auto plan = PlanBuilder(kChain, store_.cursor())
                          .block(101)
                          .transfer(kOutside, wallet, kCpop, 7, MoveKind::mint)
                          .announce(wallet, kCpop, 7);
    ASSERT_TRUE(store_.commit(plan));
    const Hash32 first = plan.build().moves[0].tx_hash;
    EXPECT_EQ(postgres_.sql("SELECT block_number, epoch, log_index, sub_index, token_id, debit,"
                            " credit, amount, kind, event, '0x' || encode(tx_hash, 'hex')"
                            " FROM journal WHERE block_number = 101"),
              "101|0|0|0|1|0|" + wallet_ + "|7|1|4|" + to_string(first));
    EXPECT_EQ(postgres_.sql("SELECT log_index, wallet_id, token_id, amount, event FROM events"),
              "1|" + wallet_ + "|1|7|4");
    EXPECT_EQ(postgres_.sql("SELECT number, epoch, completeness,"
                            " extract(epoch FROM \"timestamp\")::int8 FROM blocks"
                            " WHERE number = 101"),
              "101|0|2|" + std::to_string(1'700'000'000 + 101 * 12));
    EXPECT_EQ(postgres_.sql("SELECT amount, as_of_block FROM balances"), "12|101");
}

}  // namespace
}  // namespace custodialbridge::store

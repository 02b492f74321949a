/// The store in memory, behind the same ports and with the same promises as the real one.
#pragma once

#include "custodialbridge/store/make_postgres.hpp"
#include "support/fake_audit.hpp"
#include "support/fake_journal.hpp"
#include "support/fake_polls.hpp"
#include "support/fake_resumes.hpp"
#include "support/fake_token_book.hpp"
#include "support/held_nfts.hpp"
#include "support/ledger_units.hpp"
#include "support/registration.hpp"
#include "support/script.hpp"

namespace custodialbridge::testing {

using runtime::Deadline;
using runtime::Task;

class FakeStore;

/// One daemon's connection to lead over; each daemon of a test has its own.
class FakeLead final : public store::ChainLead {
  public:
    explicit FakeLead(FakeStore& store) : store_(store) {}
    ~FakeLead() override;
    FakeLead(const FakeLead&) = delete;
    FakeLead& operator=(const FakeLead&) = delete;
    Task<Result<std::optional<std::uint64_t>>> hold(ChainId chain, Deadline by) override;
    Task<Result<std::optional<std::uint64_t>>> renew(ChainId chain, Deadline by) override;
    void lose();  ///< what the database does when the connection breaks

  private:
    Task<Result<std::optional<std::uint64_t>>> ask(std::string call, ChainId chain, bool anew,
                                                   Deadline by);

    FakeStore& store_;
    std::map<ChainId, std::uint64_t> terms_;
};

class FakeStore final : public store::Postgres,
                        public store::ChainStore,
                        public store::BalanceStore,
                        public store::WalletDirectory,
                        public store::PlanCommitter {
  public:
    explicit FakeStore(runtime::Clock& clock) : script(clock), clock_(clock) {}

    Script script;
    LedgerTables tables;

    store::ChainLead& lead() override { return lead_; }
    store::ChainStore& chains() override { return *this; }
    store::BalanceStore& balances() override { return *this; }
    store::JournalReader& journal() override { return journal_; }
    store::WalletDirectory& wallets() override { return *this; }
    store::PlanCommitter& committer() override { return *this; }
    store::AuditStore& audit() override { return audit_; }
    store::ResumeOrders& resumes() override { return resumes_; }
    store::PollSchedule& polls() override { return polls_; }
    store::TokenBook& token_book() override { return token_book_; }

    Task<Result<void>> ping(Deadline by) override;
    void end_by(Deadline) override {}  // its calls end by themselves, at their deadlines

    // ChainStore

    Task<Result<std::optional<store::ChainState>>> load(ChainId chain, Deadline by) override;

    Task<Result<store::ChainState>> begin(ChainId chain, std::vector<BlockHeader> blocks,
                                          Deadline by) override;

    Task<Result<std::vector<BlockRef>>> recent_blocks(ChainId chain, std::uint32_t count,
                                                      Deadline by) override;

    Task<Result<std::vector<BlockRef>>> blocks_below(ChainId chain, BlockNumber newest,
                                                     std::uint32_t count, Deadline by) override;

    Task<Result<void>> set_finality(ChainId chain, BlockNumber safe, BlockNumber finalized,
                                    Deadline by) override;

    Task<Result<void>> sync_tokens(std::vector<Token> given, Deadline by) override;

    Task<Result<std::vector<Token>>> tokens(Deadline by) override;

    Task<Result<std::vector<TokenId>>> tokens_to_open(ChainId chain, Deadline by) override;

    Task<Result<void>> index_journal(Deadline by) override;

    // BalanceStore

    Task<Result<store::StoredBalance>> find(BalanceKey key, Deadline by) override;

    Task<Result<StoredSums>> find_all(std::vector<BalanceKey> keys, Deadline by) override;

    Task<Result<store::NftPage>> nfts(UserId user, std::optional<ChainId> chain,
                                      std::optional<store::NftPlace> after, std::size_t limit,
                                      Deadline by) override;

    Task<Result<std::vector<store::Unsettled>>> unsettled(ChainId chain, WalletId after,
                                                          std::size_t limit, Deadline by) override;

    Task<Result<std::vector<store::Unsettled>>> unknown(ChainId chain,
                                                        std::vector<store::UnknownAfter> tokens,
                                                        std::size_t each, Deadline by) override;

    Task<Result<std::vector<store::LedgerAmount>>> at_block(ChainId chain, BlockRef at,
                                                            std::vector<store::AmountName> names,
                                                            Deadline by) override;

    Task<Result<SignedAmount>> journal_sum(WalletId wallet, TokenId token, Deadline by) override;

    Task<Result<std::uint64_t>> count(ChainId chain, Deadline by) override;

    // WalletDirectory

    Task<Result<store::PutWallet>> put(UserId user, ChainId chain, Address address,
                                       std::optional<bool> is_deployed, Deadline by) override;

    Task<Result<std::vector<Result<store::Registered>>>> import_all(
        std::vector<store::NewWallet> wallets, Deadline by) override;

    Task<Result<std::vector<Result<store::Registered>>>> import_together(
        std::vector<store::NewWallet> wallets, Deadline by) override;

    Task<Result<void>> remove(UserId user, ChainId chain, Address address, Deadline by) override;

    Task<Result<store::WalletPage>> of_user(UserId user, std::optional<ChainId> chain,
                                            std::optional<WalletId> after, std::size_t limit,
                                            Deadline by) override;

    Task<Result<std::vector<store::UserAddress>>> addresses_of(ChainId chain,
                                                               std::vector<UserId> users,
                                                               std::size_t each,
                                                               Deadline by) override;

    Task<Result<std::vector<ChainId>>> chains_of(UserId user, Deadline by) override;

    Task<Result<std::vector<Wallet>>> snapshotting(ChainId chain, std::size_t limit,
                                                   Deadline by) override;

    Task<Result<std::vector<store::TrackedWallet>>> tracked(ChainId chain, WalletId after,
                                                            std::size_t limit,
                                                            Deadline by) override;

    // PlanCommitter

    Task<Result<Committed>> commit(LedgerPlan plan, store::Totals totals, Deadline by) override;

    Task<Result<Committed>> open(OpeningPlan plan, Deadline by) override;

    Task<Result<Committed>> open_token(OpeningPlan plan, TokenId token, bool last,
                                       Deadline by) override;

    Task<Result<Committed>> adjust(AdjustmentPlan plan, Deadline by) override;

    Task<Result<Committed>> correct(CorrectionPlan plan, Deadline by) override;

    Task<Result<std::vector<store::PolledTotal>>> poll(PollPlan plan, Deadline by) override;

    Task<Result<Committed>> unwind(UnwindPlan plan, Deadline by) override;

  private:
    template <class Value, class Work>
    Task<Result<Value>> read(std::string call, Deadline by, Work work) {
        CB_CO_CHECKED(co_await script.pass(Point::arriving, call, by));
        Value value = work();
        CB_CO_CHECKED(co_await script.pass(Point::answering, call, by));
        co_return value;
    }

    /// All of it or nothing; an answer that is lost after it does not undo it.
    template <class Value, class Work>
    Task<Result<Value>> change(std::string call, Deadline by, Work work) {
        CB_CO_CHECKED(co_await script.pass(Point::arriving, call, by));
        LedgerTables changed = tables;
        Result<Value> value = work(changed);
        if (value) tables = std::move(changed);
        CB_CO_CHECKED(co_await script.pass(Point::answering, call, by));
        co_return value;
    }

    template <class Wanted>
    store::WalletPage page(std::size_t limit, Wanted wanted) const {
        store::WalletPage page;
        for (const auto& [id, row] : tables.wallets) {
            if (row.deleted || !wanted(row.wallet)) continue;
            if (page.wallets.size() == limit) {
                page.next = page.wallets.back().id;
                break;
            }
            page.wallets.push_back(row.wallet);
        }
        return page;
    }

    runtime::Clock& clock_;
    FakeLead lead_{*this};
    FakeJournal journal_{tables, script};
    FakeAudit audit_{tables, script};
    FakeResumes resumes_{tables, script, clock_};
    FakePolls polls_{tables, script};
    FakeTokenBook token_book_{tables, script};
    friend class FakeLead;
};

}  // namespace custodialbridge::testing

/// The store in memory, behind the same ports and with the same promises as the real one.
#pragma once

#include "custodialbridge/store/make_postgres.hpp"
#include "support/fake_journal.hpp"
#include "support/fake_audit.hpp"
#include "support/fake_polls.hpp"
#include "support/fake_resumes.hpp"
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
    Task<Result<std::optional<std::uint64_t>>> hold(ChainId chain, Deadline by) override {
        return ask("hold", chain, false, by);
    }
    Task<Result<std::optional<std::uint64_t>>> renew(ChainId chain, Deadline by) override {
        return ask("renew", chain, true, by);
    }
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

    Task<Result<void>> ping(Deadline by) override {
        co_return co_await script.pass(Point::arriving, "ping", by);
    }

    // ChainStore

    Task<Result<std::optional<store::ChainState>>> load(ChainId chain, Deadline by) override {
        return read<std::optional<store::ChainState>>("load", by, [this, chain] {
            const auto found = tables.chains.find(chain);
            return found == tables.chains.end() ? std::nullopt : std::optional(found->second.state);
        });
    }

    Task<Result<store::ChainState>> begin(ChainId chain, std::vector<BlockHeader> blocks,
                                          Deadline by) override {
        auto work = [chain, blocks](LedgerTables& all) -> Result<store::ChainState> {
            if (!all.chains.contains(chain)) {
                ChainRow& row = all.chains[chain];
                row.state.cursor = {blocks.back().ref, 0};
                row.state.cursor_time = blocks.back().timestamp;
                for (const BlockHeader& block : blocks)
                    row.blocks.push_back({{block, Completeness::claimed}, 0, false});
            }
            return all.chains.at(chain).state;
        };
        return change<store::ChainState>("begin", by, std::move(work));
    }

    Task<Result<std::vector<BlockRef>>> recent_blocks(ChainId chain, std::uint32_t count,
                                                      Deadline by) override {
        return read<std::vector<BlockRef>>("recent_blocks", by, [this, chain, count] {
            return newest_blocks(tables.chains.at(chain), std::nullopt, count);
        });
    }

    Task<Result<std::vector<BlockRef>>> blocks_below(ChainId chain, BlockNumber newest,
                                                     std::uint32_t count, Deadline by) override {
        return read<std::vector<BlockRef>>("blocks_below", by, [this, chain, newest, count] {
            return newest_blocks(tables.chains.at(chain), newest, count);
        });
    }

    Task<Result<void>> set_finality(ChainId chain, BlockNumber safe, BlockNumber finalized,
                                    Deadline by) override {
        auto work = [chain, safe, finalized](LedgerTables& all) -> Result<void> {
            if (safe < finalized) return Error(Errc::invalid, "safe below finalized");
            if (!all.chains.contains(chain)) return Error(Errc::not_found, "no ledger yet");
            store::ChainState& state = all.chains.at(chain).state;
            if (state.finalized && finalized < *state.finalized)
                return Error(Errc::conflict, "finality moved back");
            state.safe = safe;
            state.finalized = finalized;
            return {};
        };
        return change<void>("set_finality", by, work);
    }

    Task<Result<void>> sync_tokens(std::vector<Token> given, Deadline by) override {
        auto work = [given = std::move(given)](LedgerTables& all) {
            return store_tokens(all, given);
        };
        return change<void>("sync_tokens", by, std::move(work));
    }

    Task<Result<std::vector<Token>>> tokens(Deadline by) override {
        return read<std::vector<Token>>("tokens", by, [this] {
            std::vector<Token> all;
            for (const auto& [id, token] : tables.tokens) all.push_back(token);
            return all;
        });
    }

    Task<Result<std::vector<TokenId>>> tokens_to_open(ChainId chain, Deadline by) override {
        return read<std::vector<TokenId>>("tokens_to_open", by, [this, chain] {
            std::vector<TokenId> waiting;
            for (const auto& [id, token] : tables.tokens)
                if (token.chain == chain && token.realtime && !tables.is_opened(chain, token.id))
                    waiting.push_back(token.id);
            return waiting;
        });
    }

    Task<Result<void>> index_journal(Deadline by) override {
        co_return co_await script.pass(Point::arriving, "index_journal", by);
    }

    // BalanceStore

    Task<Result<store::StoredBalance>> find(BalanceKey key, Deadline by) override {
        CB_CO_CHECKED(co_await script.pass(Point::arriving, "find", by));
        if (!tables.chains.contains(key.chain)) co_return Error(Errc::not_found, "no ledger yet");
        const store::StoredBalance answer = tables.sum(key);
        CB_CO_CHECKED(co_await script.pass(Point::answering, "find", by));
        co_return answer;
    }

    Task<Result<StoredSums>> find_all(std::vector<BalanceKey> keys, Deadline by) override {
        return read<StoredSums>("find", by, [this, keys] { return sums_in(tables, keys); });
    }

    Task<Result<store::NftPage>> nfts(UserId user, std::optional<ChainId> chain,
                                      std::optional<store::NftPlace> after, std::size_t limit,
                                      Deadline by) override {
        auto work = [this, user, chain, after, limit] {
            return nfts_of(tables, user, chain, after, limit);
        };
        return read<store::NftPage>("nfts", by, std::move(work));
    }

    Task<Result<std::vector<store::Unsettled>>> unsettled(ChainId chain, WalletId after,
                                                          std::size_t limit,
                                                          Deadline by) override {
        return read<std::vector<store::Unsettled>>("unsettled", by, [this, chain, after, limit] {
            return unsettled_of(tables, chain, after, limit);
        });
    }

    Task<Result<std::vector<store::LedgerAmount>>> at_block(ChainId chain, BlockRef at,
                                                            std::vector<store::AmountName> names,
                                                            Deadline by) override {
        CB_CO_CHECKED(co_await script.pass(Point::arriving, "at_block", by));
        auto amounts = amounts_at(tables, chain, at, names);
        if (!amounts) co_return Error(Errc::conflict, "not a canonical block");
        co_return std::move(*amounts);
    }

    Task<Result<SignedAmount>> journal_sum(WalletId wallet, TokenId token, Deadline by) override {
        return read<SignedAmount>("journal_sum", by, [this, wallet, token] {
            boost::multiprecision::cpp_int net;
            for (const auto& [id, chain] : tables.chains)
                for (const JournalRow& row : chain.journal) {
                    if (row.orphaned || row.move.token != token) continue;
                    if (row.move.credit == wallet) net += row.move.amount;
                    if (row.move.debit == wallet) net -= row.move.amount;
                }
            return SignedAmount{U256(abs(net)), net < 0};
        });
    }

    Task<Result<std::uint64_t>> count(ChainId chain, Deadline by) override {
        return read<std::uint64_t>("count", by, [this, chain] {
            return balances_in(tables, chain);
        });
    }

    // WalletDirectory

    Task<Result<store::PutWallet>> put(UserId user, ChainId chain, Address address,
                                       std::optional<bool> is_deployed,
                                       Deadline by) override {
        const store::NewWallet given{user, chain, address, is_deployed};
        auto work = [this, given](LedgerTables& all) {
            return put_wallet(all, given, clock_.wall());
        };
        return change<store::PutWallet>("put", by, std::move(work));
    }

    Task<Result<std::vector<Result<store::Registered>>>> import_all(
        std::vector<store::NewWallet> wallets, Deadline by) override {
        auto work = [this, wallets = std::move(wallets)](LedgerTables& all) {
            return put_wallets(all, wallets, clock_.wall());
        };
        return change<std::vector<Result<store::Registered>>>("import_all", by, std::move(work));
    }

    Task<Result<std::vector<Result<store::Registered>>>> import_together(
        std::vector<store::NewWallet> wallets, Deadline by) override {
        CB_CO_CHECKED(co_await script.pass(Point::arriving, "import_together", by));
        LedgerTables changed = tables;
        auto all = put_wallets(changed, wallets, clock_.wall());
        const bool good = std::all_of(all->begin(), all->end(),
                                      [](const auto& one) { return one.has_value(); });
        if (good) tables = std::move(changed);
        co_return std::move(all);
    }

    Task<Result<void>> remove(UserId user, ChainId chain, Address address, Deadline by) override {
        auto work = [user, chain, address](LedgerTables& all) -> Result<void> {
            for (auto& [id, row] : all.wallets) {
                if (row.deleted || row.wallet.chain != chain || row.wallet.address != address ||
                    row.wallet.user != user)
                    continue;
                row.deleted = true;
                all.reset_polls(user, chain);
                return {};
            }
            return Error(Errc::not_found, "no such wallet");
        };
        return change<void>("remove", by, std::move(work));
    }

    Task<Result<store::WalletPage>> of_user(UserId user, std::optional<ChainId> chain,
                                            std::optional<WalletId> after, std::size_t limit,
                                            Deadline by) override {
        auto work = [this, user, chain, after, limit] {
            return page(limit, [&](const Wallet& wallet) {
                return wallet.user == user && (!chain || wallet.chain == *chain) &&
                       (!after || wallet.id > *after);
            });
        };
        return read<store::WalletPage>("of_user", by, std::move(work));
    }

    Task<Result<std::vector<store::UserAddress>>> addresses_of(ChainId chain,
                                                               std::vector<UserId> users,
                                                               std::size_t each,
                                                               Deadline by) override {
        return read<std::vector<store::UserAddress>>(
            "addresses_of", by,
            [this, chain, users, each] { return addresses_in(tables, chain, users, each); });
    }

    Task<Result<std::vector<ChainId>>> chains_of(UserId user, Deadline by) override {
        return read<std::vector<ChainId>>("chains_of", by,
                                          [this, user] { return chains_in(tables, user); });
    }

    Task<Result<std::vector<Wallet>>> snapshotting(ChainId chain, std::size_t limit,
                                                   Deadline by) override {
        return read<std::vector<Wallet>>("snapshotting", by, [this, chain, limit] {
            return page(limit,
                        [&](const Wallet& wallet) {
                            return wallet.chain == chain && !wallet.tracked_from;
                        })
                .wallets;
        });
    }

    Task<Result<std::vector<store::TrackedWallet>>> tracked(ChainId chain, WalletId after,
                                                            std::size_t limit,
                                                            Deadline by) override {
        return read<std::vector<store::TrackedWallet>>("tracked", by, [this, chain, after, limit] {
            std::vector<store::TrackedWallet> found;
            for (const Wallet& wallet : page(limit, [&](const Wallet& one) {
                                            return one.chain == chain && one.tracked_from &&
                                                   one.id > after;
                                        }).wallets)
                found.push_back({wallet.id, wallet.address});
            return found;
        });
    }

    // PlanCommitter

    Task<Result<Committed>> commit(LedgerPlan plan, store::Totals totals, Deadline by) override {
        auto work = [plan = std::move(plan), totals](LedgerTables& all) {
            return commit_plan(all, plan, totals);
        };
        return change<Committed>("commit", by, std::move(work));
    }

    Task<Result<Committed>> open(OpeningPlan plan, Deadline by) override {
        auto work = [plan = std::move(plan)](LedgerTables& all) { return open_wallets(all, plan); };
        return change<Committed>("open", by, std::move(work));
    }

    Task<Result<Committed>> open_token(OpeningPlan plan, TokenId token, bool last,
                                       Deadline by) override {
        auto work = [plan = std::move(plan), token, last](LedgerTables& all) {
            return testing::open_token(all, plan, token, last);
        };
        return change<Committed>("open_token", by, std::move(work));
    }

    Task<Result<Committed>> adjust(AdjustmentPlan plan, Deadline by) override {
        auto work = [plan = std::move(plan)](LedgerTables& all) {
            return adjust_balances(all, plan);
        };
        return change<Committed>("adjust", by, std::move(work));
    }

    Task<Result<Committed>> correct(CorrectionPlan plan, Deadline by) override {
        auto work = [plan = std::move(plan)](LedgerTables& all) {
            return correct_journal(all, plan);
        };
        return change<Committed>("correct", by, std::move(work));
    }

    Task<Result<std::vector<store::PolledTotal>>> poll(PollPlan plan, Deadline by) override {
        auto work = [plan = std::move(plan)](LedgerTables& all) { return store_polls(all, plan); };
        return change<std::vector<store::PolledTotal>>("poll", by, std::move(work));
    }

    Task<Result<Committed>> unwind(UnwindPlan plan, Deadline by) override {
        auto work = [plan](LedgerTables& all) { return unwind_chain(all, plan); };
        return change<Committed>("unwind", by, std::move(work));
    }

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
    friend class FakeLead;
};

}  // namespace custodialbridge::testing

#include "support/fake_lead.hpp"

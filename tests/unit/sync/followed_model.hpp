/// A listener over a model chain, a fake node and a fake store, in virtual time, on one loop.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "custodialbridge/ledger/make_ledger.hpp"
#include "custodialbridge/sync/auditor.hpp"
#include "custodialbridge/sync/event_listener.hpp"
#include "custodialbridge/sync/verifier.hpp"
#include "support/fake_rpc.hpp"
#include "support/fake_store.hpp"
#include "support/virtual_loop.hpp"

namespace custodialbridge::sync {

using testing::address;
using testing::ModelMove;
using testing::Point;
using testing::Told;

inline constexpr ChainId kChain{7};
inline const Address kCpop = address(0xc0);
inline const Address kUsdt = address(0xc1);
inline const Address kAlice = address(1);
inline const Address kBob = address(2);
inline const Address kStranger = address(9);
inline const Address kZero{};
inline constexpr TokenId kCpopId{1};
inline constexpr TokenId kUsdtId{2};

class RecordedAlerts final : public telemetry::AlertSink {
  public:
    void raise(const telemetry::Alert& alert) override {
        raised.push_back(alert.name);
        details.push_back(alert.detail);
    }
    void resolve(const std::string& name, const std::string&) override {
        resolved.push_back(name);
    }
    std::vector<std::string> raised;
    std::vector<std::string> details;  ///< of those
    std::vector<std::string> resolved;
};

inline Token followed_token(TokenId id, const Address& contract) {
    Token token;
    token.chain = kChain;
    token.id = id;
    token.kind = TokenKind::erc20;
    token.address = contract;
    token.symbol = "T" + std::to_string(id.value);
    token.decimals = 6;
    token.realtime = true;
    return token;
}

class FollowedModel {
  public:
    FollowedModel() {
        telemetry::set_log_level(telemetry::LogLevel::error);
        store.tables.checks_deltas = true;
        loop.wait_for(pool);
        settings.chain = kChain;
        settings.confirmations = 4;
        settings.reorg_depth = 16;
        pace.step_timeout = Millis{10'000};
        tokens = {followed_token(kCpopId, kCpop)};
    }

    /// A daemon comes up: everything that is in memory is new.
    void start() {
        run(store.sync_tokens(tokens, soon()));
        registry = TokenRegistry(tokens);
        local = std::make_unique<cache::LocalCache>(1'000, Millis{30'000});
        board = std::make_unique<ledger::ChainBoard>(std::vector<ChainId>{kChain});
        writer = ledger::make_ledger_writer(
            {registry, *board->find(kChain), *local, nullptr, store, loop.clock, {}});
        lead = std::make_unique<testing::FakeLead>(store);
        listener = make_event_listener({settings, pace, tokens, rpc, *lead, store, store, store,
                                        store.resumes(), *writer, pool, loop.clock, health,
                                        alerts, metrics,
                                        verify_changed > Millis{0} ? &changed : nullptr,
                                        &corrections});
        if (verify_changed > Millis{0}) start_verifier();
        if (audits) start_auditor();
        running.emplace(loop.start(keep_converging(*listener, wakeup, loop.clock, random,
                                                   {Millis{1'000}, Millis{250}, Millis{4'000}})));
    }

    /// As kill -9 does; what was under way at the store may still happen.
    void stop() {
        auditing.reset();
        auditor.reset();
        verifying.reset();
        verifier.reset();
        running.reset();
        listener.reset();
        lead.reset();
        writer.reset();
    }

    void restart() {
        stop();
        start();
    }

    /// True when the ledger comes to stand at the node's head with no wallet waiting.
    bool catch_up(Millis patience = std::chrono::minutes(10)) {
        wakeup.notify();
        return loop.run_until([this] { return is_caught_up(); }, patience);
    }

    /// For whoever waits in vain.
    std::string standing() {
        std::string text = "state " + std::string(to_string(listener->state())) + ", head " +
                           std::to_string(rpc.head()) + ", someone sleeps: " +
                           (loop.clock.next_wake() ? "yes" : "no") + ", degraded: " + degraded();
        if (const auto* row = chain_row())
            text += ", cursor " + std::to_string(row->state.cursor.block.number.value) +
                    ", board " + std::to_string(board->find(kChain)->read().cursor.number.value);
        for (const auto& [id, wallet] : store.tables.wallets)
            if (!wallet.deleted && !wallet.wallet.tracked_from)
                text += ", wallet " + std::to_string(id.value) + " waits";
        return text;
    }

    bool is_caught_up() {
        const auto* row = chain_row();
        if (row == nullptr) return false;
        for (const auto& [id, wallet] : store.tables.wallets)
            if (!wallet.deleted && !wallet.wallet.tracked_from) return false;
        return row->state.cursor.block == chain.at(rpc.head())->header.ref &&
               board->find(kChain)->read().cursor == row->state.cursor.block;
    }

    void add_wallet(const Address& at, const std::string& user = "user") {
        run(store.put({user}, kChain, at, true, soon()));
        wakeup.notify();
    }

    const Wallet& wallet(const Address& at) const {
        for (const auto& [id, row] : store.tables.wallets)
            if (!row.deleted && row.wallet.address == at) return row.wallet;
        throw std::logic_error("no such wallet");
    }

    U256 balance(const Address& holder, TokenId token = kCpopId) const {
        const auto* row = store.tables.balance(wallet(holder).id, token);
        if (row == nullptr) throw std::logic_error("no such balance");
        return row->amount;
    }

    const testing::ChainRow* chain_row() const {
        const auto found = store.tables.chains.find(kChain);
        return found == store.tables.chains.end() ? nullptr : &found->second;
    }

    Cursor cursor() const { return chain_row()->cursor(); }
    std::size_t commits() const { return store.script.calls("commit"); }
    bool is_ready() const { return health.ready(); }

    /// What is not well and yet no reason to be unready.
    std::string degraded() const {
        std::string all;
        for (const telemetry::HealthCheck& check : health.checks())
            if (!check.ok && check.weight == telemetry::Weight::helpful)
                all += (all.empty() ? "" : "; ") + check.name + ": " + check.detail;
        return all;
    }

    /// Balances, journal and blocks say what the chain says at the cursor; the empty text, or what
    /// is wrong.
    std::string difference_from_chain() const {
        const auto* row = chain_row();
        if (row == nullptr) return "the chain has no ledger";
        if (!chain.is_canonical(row->state.cursor.block)) return "the cursor is not canonical";
        for (const testing::BlockRow& block : row->blocks)
            if (!block.orphaned && !chain.is_canonical(block.block.header.ref))
                return "a stored block is not canonical";
        return difference_at_cursor();
    }

    /// The same of balances and journal, also while the cursor's block is not canonical any more.
    /// Holds at any moment, since each unit of work is whole.
    std::string difference_at_cursor() const {
        const auto* row = chain_row();
        if (row == nullptr) return "";
        const testing::ModelBlock* block = chain.ever(row->state.cursor.block.hash);
        if (block == nullptr) return "the cursor's block never was";
        for (const auto& [id, amount] : store.tables.balances) {
            const testing::WalletRow& owner = store.tables.wallets.at(id.first);
            if (owner.deleted || !store.tables.is_opened(kChain, id.second) || !amount.known)
                continue;
            const U256 expected = testing::ModelChain::balance_in(
                block->state, contract_of(id.second), owner.wallet.address);
            if (amount.amount != expected)
                return "wallet " + std::to_string(id.first.value) + ", token " +
                       std::to_string(id.second.value) + " has " + to_string(amount.amount) +
                       " at block " + std::to_string(block->header.ref.number.value) +
                       ", the chain says " + to_string(expected);
        }
        return difference_in_journal(*row);
    }

    std::size_t rows_of_kind(MoveKind kind) const {
        std::size_t rows = 0;
        for (const auto& row : chain_row()->journal) rows += !row.orphaned && row.move.kind == kind;
        return rows;
    }

    template <class T>
    T run(runtime::Task<T> task) {
        return loop.run(std::move(task));
    }
    runtime::Deadline soon() const { return runtime::Deadline::after(loop.clock, Millis{10'000}); }

    testing::VirtualLoop loop;
    testing::ModelChain chain;
    testing::FakeRpc rpc{chain, loop.clock};
    testing::FakeStore store{loop.clock};
    runtime::BlockingPool pool{"work", 1, 64};
    ListenerSettings settings;
    ListenerPace pace;
    std::vector<Token> tokens;
    U256 mismatch_alert{1'000};
    TokenRegistry registry;
    telemetry::HealthBoard health;
    RecordedAlerts alerts;
    telemetry::Registry metrics;
    runtime::SeededRandom random{1};
    runtime::Wakeup wakeup{loop.executor()};
    std::unique_ptr<cache::LocalCache> local;
    std::unique_ptr<ledger::ChainBoard> board;
    std::unique_ptr<ledger::LedgerWriter> writer;
    std::unique_ptr<testing::FakeLead> lead;
    std::unique_ptr<EventListener> listener;
    std::optional<testing::Running<void>> running;

    Millis verify_changed{0};  ///< 0: nothing is verified
    ChangedAmounts changed;
    runtime::Wakeup nobody{loop.executor()};
    std::unique_ptr<Verifier> verifier;
    std::optional<testing::Running<void>> verifying;
    bool audits = false;
    Corrections corrections;
    runtime::Wakeup nobody_else{loop.executor()};
    std::unique_ptr<runtime::Converging> auditor;
    std::optional<testing::Running<void>> auditing;

  private:
    void start_auditor() {
        corrections = {};
        auditor = make_auditor({kChain, corrections, rpc, store.audit(), loop.clock, alerts,
                                metrics, [this] { return listener->writes(); },
                                [this]() -> const rules::Watchlist& {
                                    return listener->watchlist();
                                },
                                [this] { wakeup.notify(); }});
        auditing.emplace(loop.start(keep_converging(*auditor, nobody_else, loop.clock, random,
                                                    {Millis{250}, Millis{250}, Millis{4'000}})));
    }

    void start_verifier() {
        changed = {};
        verifier = make_verifier({kChain, tokens, mismatch_alert, changed, rpc, store, store,
                                  loop.clock, alerts, metrics,
                                  [this] { return listener->state() == ListenerState::following; },
                                  [this] { wakeup.notify(); }, verify_changed});
        verifying.emplace(loop.start(keep_converging(
            *verifier, nobody, loop.clock, random,
            {verifier_interval(verify_changed), Millis{250}, Millis{4'000}})));
    }

    Address contract_of(TokenId token) const {
        return store.tables.tokens.at({kChain, token}).address;
    }

    std::string difference_in_journal(const testing::ChainRow& row) const {
        std::map<testing::BalanceId, testing::Net> sums;
        for (const testing::JournalRow& entry : row.journal) {
            if (entry.orphaned) continue;
            if (entry.move.block > row.state.cursor.block.number) return "a row above the cursor";
            sums[{entry.move.credit, entry.move.token}].credit += entry.move.amount;
            sums[{entry.move.debit, entry.move.token}].debit += entry.move.amount;
        }
        for (const auto& [id, amount] : store.tables.balances) {
            const testing::Net& sum = sums[id];
            if (difference(sum.credit, sum.debit) != difference(amount.amount, 0))
                return "the journal of wallet " + std::to_string(id.first.value) +
                       " does not sum to its balance";
        }
        return "";
    }
};

class ListenerTest : public ::testing::Test, public FollowedModel {};

class TwoWalletsFollowed : public ListenerTest {
  protected:
    void start_with_alice_and_bob() {
        chain.mine({{kCpop, kZero, kAlice, 100}, {kCpop, kZero, kStranger, 1'000}});
        add_wallet(kAlice);
        add_wallet(kBob);
        start();
        ASSERT_TRUE(catch_up());
    }
};

}  // namespace custodialbridge::sync

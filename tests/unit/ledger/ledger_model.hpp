/// The ledger's parts over fakes and the real local tier: a writer that applies a model chain's
/// blocks, and readers, all on one loop in virtual time.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "custodialbridge/ledger/make_ledger.hpp"
#include "custodialbridge/rules/plan_blocks.hpp"
#include "custodialbridge/telemetry/log.hpp"
#include "support/fake_cache.hpp"
#include "support/fake_rpc.hpp"
#include "support/fake_store.hpp"
#include "support/virtual_loop.hpp"

namespace custodialbridge::ledger {

using testing::address;
using testing::ModelMove;
using testing::Point;

inline constexpr ChainId kChain{7};
inline constexpr TokenId kCpopId{1};  // followed from events
inline constexpr TokenId kUsdtId{2};  // polled
inline constexpr TokenId kEthId{0};   // the native currency
inline const Address kNative{};
inline constexpr TokenId kDeedId{3};  // an nft that is not followed
inline const Address kCpop = address(0xc0);
inline const Address kUsdt = address(0xc1);
inline const Address kDeed = address(0xc2);
inline const Address kAlice = address(1);
inline const Address kBob = address(2);
inline const Address kZero{};
inline const UserId kAliceUser{"alice"};
inline const UserId kBobUser{"bob"};

inline BalanceKey key_of(const UserId& user, TokenId token = kCpopId) {
    return {user, kChain, token};
}

/// One process: its local tier, board, writer and readers. Several may share a store and a Redis.
class LedgerModel {
  public:
    LedgerModel() {
        store.tables.checks_deltas = true;
        telemetry::set_log_level(telemetry::LogLevel::error);
        tokens.push_back(token(kCpopId, kCpop, true));
        tokens.push_back(token(kUsdtId, kUsdt, false));
        tokens.push_back(token(kDeedId, kDeed, false));
        tokens.back().kind = TokenKind::erc721;
        tokens.push_back(token(kEthId, kNative, false));
        tokens.back().kind = TokenKind::native;
        registry = TokenRegistry(tokens);
        settings.local_ttl = Millis{30'000};
        start();
    }

    /// A process comes up: what is in memory is new.
    void start() {
        local = std::make_unique<cache::LocalCache>(local_capacity, settings.local_ttl);
        board = std::make_unique<ChainBoard>(std::vector<ChainId>{kChain});
        writer_redis = std::make_unique<testing::FakeCache>(redis);
        writer = make_ledger_writer({registry, *board->find(kChain), *local, writer_redis.get(),
                                     store, loop.clock, settings});
        chain_reader = make_chain_reader({loop.executor(), rpc, store, store, *writer, desk,
                                          *board->find(kChain), default_confirmations,
                                          loop.clock});
        wallets = make_wallet_registry({registry, store, *local, writer_redis.get(),
                                        loop.executor(), loop.clock, [this](ChainId) { ++changes; },
                                        [this](ChainId) { writer->distrust_redis(); }, settings});
        reader = make_reader();
    }

    std::unique_ptr<BalanceReader> make_reader() {
        return make_balance_reader({registry,
                                    *board,
                                    *local,
                                    std::make_unique<testing::FakeCache>(redis),
                                    store,
                                    {{kChain, chain_reader.get()}},
                                    loop.clock,
                                    metrics,
                                    settings});
    }

    /// The chain's ledger begins at the chain's head.
    void begin() {
        loop.run(store.sync_tokens(tokens, soon())).value();
        loop.run(store.begin(kChain, {chain.head().header}, soon())).value();
        load();
        OpeningPlan nobody;
        nobody.chain = kChain;
        nobody.at = cursor();
        loop.run(writer->open_token(nobody, kCpopId, true, soon())).value();
        saw_head();
    }

    /// What a listener does first.
    void load() {
        const store::ChainState state = *loop.run(store.load(kChain, soon())).value();
        writer->loaded(state.cursor, state.cursor_time);
    }

    void restart() {
        reader.reset();
        wallets.reset();
        chain_reader.reset();
        writer.reset();
        start();
        load();
        saw_head();
    }

    void add_wallet(const UserId& user, const Address& at) {
        loop.run(wallets->put(user, kChain, at, true, soon())).value();
        open_waiting();
    }

    void open_waiting() { loop.run(writer->open(opening_plan(), soon())).value(); }

    /// Of all wallets that wait, at the cursor.
    OpeningPlan opening_plan() const {
        OpeningPlan plan;
        plan.chain = kChain;
        plan.at = cursor();
        const auto& state = chain.ever(plan.at.block.hash)->state;
        for (const auto& [id, row] : store.tables.wallets) {
            if (row.deleted || row.wallet.tracked_from) continue;
            plan.wallets.push_back(id);
            plan.balances.push_back(
                {id, kCpopId, testing::ModelChain::balance_in(state, kCpop, row.wallet.address)});
        }
        return plan;
    }

    /// The plan of the chain's block after the cursor.
    LedgerPlan next_plan() const {
        rules::Watchlist watchlist(registry.of_chain(kChain));
        for (const auto& [id, row] : store.tables.wallets)
            if (!row.deleted && row.wallet.tracked_from)
                watchlist.add_wallet(row.wallet.address, id);
        const testing::ModelBlock& block = *chain.at(cursor().block.number.value + 1);
        LedgerPlan plan;
        plan.chain = kChain;
        plan.expected = cursor();
        rules::MovePlanner planner(watchlist);
        planner.read(block.logs, plan).value();
        rules::sum_deltas(plan);
        plan.blocks.push_back({block.header, Completeness::claimed});
        return plan;
    }

    Task<Result<store::Committed>> applying(Pace pace = Pace::following) {
        return writer->apply(next_plan(), pace, soon());
    }

    void apply(Pace pace = Pace::following) { loop.run(applying(pace)).value(); }

    /// Mines one block and applies it.
    void step(const std::vector<ModelMove>& moves = {}) {
        chain.mine(moves);
        apply();
        saw_head();
    }

    void unwind_to(std::uint64_t number) {
        UnwindPlan plan{kChain, cursor(), chain.at(number)->header.ref};
        loop.run(writer->unwind(plan, soon())).value();
    }

    void saw_head() {
        const BlockRef head = chain.at(rpc.head())->header.ref;
        writer->saw_head(head, head == cursor().block);
    }

    Cursor cursor() const { return store.tables.chains.at(kChain).state.cursor; }
    BlockRef block(std::uint64_t number) const { return chain.at(number)->header.ref; }
    ChainPosition position() const { return board->find(kChain)->read(); }
    Deadline soon() const { return Deadline::after(loop.clock, Millis{10'000}); }

    ReadResult read(const UserId& user, TokenId token = kCpopId) {
        return loop.run(reader->read(key_of(user, token), view, soon()));
    }

    /// As text: "amount tier @block", or why there is none.
    std::string say(const UserId& user, TokenId token = kCpopId) {
        const ReadResult result = read(user, token);
        if (!result) return "none: " + std::to_string(static_cast<int>(result.error().why));
        return said();
    }
    std::string said() const {
        return view.raw + " " + std::string(to_string(view.tier)) + " @" +
               std::to_string(view.block.number.value);
    }

    /// What Redis holds, as text: the amount, or "none".
    std::string redis_says(const UserId& user, TokenId token = kCpopId) const {
        const auto* held = redis.held(key_of(user, token));
        return held == nullptr ? "none" : to_string(held->balance.amount);
    }

    std::string say_local(const UserId& user) {
        return reader->find_local(user.value, kChain, kCpopId, view) ? said() : "none";
    }

    static Token token(TokenId id, const Address& contract, bool realtime) {
        Token made;
        made.chain = kChain;
        made.id = id;
        made.kind = TokenKind::erc20;
        made.symbol = realtime ? "CPOP" : "USDT";
        made.decimals = 2;
        made.address = contract;
        made.realtime = realtime;
        return made;
    }

    testing::VirtualLoop loop;
    testing::ModelChain chain;
    testing::FakeRpc rpc{chain, loop.clock};
    testing::FakeStore store{loop.clock};
    testing::FakeRedis redis{loop.clock};
    std::vector<Token> tokens;
    TokenRegistry registry;
    telemetry::Registry metrics;
    TierSettings settings;
    std::size_t local_capacity = 10'000;
    std::uint32_t default_confirmations = 1;
    int changes = 0;  ///< told by the wallet registry
    BalanceView view;
    std::unique_ptr<cache::LocalCache> local;
    std::unique_ptr<ChainBoard> board;
    std::unique_ptr<testing::FakeCache> writer_redis;
    PollDesk desk;
    std::unique_ptr<LedgerWriter> writer;
    std::unique_ptr<ChainReader> chain_reader;
    std::unique_ptr<WalletRegistry> wallets;
    std::unique_ptr<BalanceReader> reader;
};

/// Alice holds 100 from block 1 on; the ledger stands at block 1.
class LedgerTest : public ::testing::Test, public LedgerModel {
  protected:
    void SetUp() override {
        chain.mine({{kCpop, kZero, kAlice, 100}, {kUsdt, kZero, kAlice, 700}});
        begin();
        add_wallet(kAliceUser, kAlice);
    }

    /// The local tier forgets, as by eviction.
    void drop_local() { local->drop_chain(kChain); }
};

inline constexpr const char* kUnknownUser = "none: 2";
inline constexpr const char* kUnavailable = "none: 3";
inline constexpr const char* kChainUnavailable = "none: 4";

}  // namespace custodialbridge::ledger

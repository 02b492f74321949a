/// A balance syncer over a followed model chain.
#pragma once

#include "custodialbridge/sync/balance_syncer.hpp"
#include "followed_model.hpp"

namespace custodialbridge::sync {

inline constexpr TokenId kEtherId{0};
inline const Address kEther{};  // as the contract of the native currency

inline Token polled_token(TokenId id, const Address& contract, TokenKind kind = TokenKind::erc20) {
    Token token = followed_token(id, contract);
    token.kind = kind;
    token.realtime = false;
    token.sync_class = SyncClass::major;
    return token;
}

class BalanceSyncerTest : public ListenerTest {
  protected:
    BalanceSyncerTest() {
        tokens = {polled_token(kEtherId, kEther, TokenKind::native),
                  followed_token(kCpopId, kCpop), polled_token(kUsdtId, kUsdt)};
        intervals.major_tokens = std::chrono::minutes(5);
        chain.mine({pay(kAlice, 1'000), give(kAlice, 70)});
        add_wallet(kAlice, "alice");
        add_wallet(kBob, "bob");
    }

    static ModelMove pay(const Address& to, const U256& amount) {
        return {kEther, kZero, to, amount, Told::not_at_all};
    }
    static ModelMove give(const Address& to, const U256& amount) {
        return {kUsdt, kZero, to, amount};
    }

    void begin(bool leads = true) {
        start();
        ASSERT_TRUE(catch_up());
        syncer = make_balance_syncer({kChain, tokens, intervals, thresholds, desk, rpc, store,
                                      store.polls(), *writer, loop.clock, alerts, metrics,
                                      [leads] { return leads; },
                                      [this] { return interest; }});
        syncing.emplace(loop.start(
            keep_converging(*syncer, polling, loop.clock, random,
                            {balance_syncer_pace(tokens, intervals), Millis{250}, Millis{4'000}})));
    }
    void end() {
        const bool has_ended = syncing && syncing->done();
        EXPECT_FALSE(has_ended) << "it goes on until it is told to end";
        syncing.reset();
        syncer.reset();
    }
    void TearDown() override { end(); }

    store::StoredBalance stored(const std::string& user, TokenId token) {
        return store.tables.sum({{user}, kChain, token});
    }
    /// Of a polled balance; nothing while it is unknown.
    std::optional<U256> amount(const std::string& user, TokenId token) {
        const store::StoredBalance found = stored(user, token);
        if (!found.complete || !found.polled) return std::nullopt;
        return found.amount;
    }
    std::size_t reads() { return rpc.script.calls("balances"); }

    ChainSyncIntervals intervals;
    AlertThresholds thresholds;
    ledger::PollDesk desk;
    std::vector<BalanceKey> interest;
    runtime::Wakeup polling{loop.executor()};
    std::unique_ptr<BalanceSyncer> syncer;
    std::optional<testing::Running<void>> syncing;
};

}  // namespace custodialbridge::sync

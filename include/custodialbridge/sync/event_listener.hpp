/// The event listener of one chain: a hash-linked walk from the cursor, one commit a block.
///
/// Converge, do not react: each beat reads the cursor and the head, decides, and applies one step.
/// A newHeads notice only wakes it; losing one costs latency, never data. While far behind,
/// finalized ranges are fetched several at a time and committed strictly in order. Wallets that
/// wait for their opening snapshot get it at the cursor's block, between two blocks, so that it
/// joins the events without a race.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "custodialbridge/core/limits.hpp"
#include "custodialbridge/core/token.hpp"
#include "custodialbridge/ledger/ledger_writer.hpp"
#include "custodialbridge/rpc/rpc_client.hpp"
#include "custodialbridge/runtime/blocking_pool.hpp"
#include "custodialbridge/runtime/keep_converging.hpp"
#include "custodialbridge/store/balance_store.hpp"
#include "custodialbridge/store/chain_lead.hpp"
#include "custodialbridge/store/chain_store.hpp"
#include "custodialbridge/store/resume_orders.hpp"
#include "custodialbridge/store/wallet_directory.hpp"
#include "custodialbridge/rules/watchlist.hpp"
#include "custodialbridge/sync/auditor.hpp"
#include "custodialbridge/sync/changed_amounts.hpp"
#include "custodialbridge/sync/settings.hpp"
#include "custodialbridge/telemetry/alerts.hpp"
#include "custodialbridge/telemetry/health.hpp"
#include "custodialbridge/telemetry/registry.hpp"

namespace custodialbridge::sync {

/// How eagerly the listener works; not configured, but given by tests.
struct ListenerPace {
    Millis step_timeout{30'000};       ///< the deadline of one beat's calls
    Millis finality_interval{3'000};   ///< between looks at safe and finalized
    std::uint32_t ranges_in_flight = limits::kRangesInFlight;  ///< catching up
    std::uint32_t ranges_waiting = limits::kRangesWaitingMax;  ///< for their commit
    Millis slice{20'000};  ///< catching up: until wallets that wait, and orders, have their turn
    /// Up to so many blocks behind, a chain that proves its blocks is walked, not read in ranges.
    std::uint64_t walked_when_proven = 4'096;
};

/// Everything outlives the listener. `work` runs parsing-sized pieces of CPU work off the loop.
struct ListenerParts {
    ListenerSettings settings;
    ListenerPace pace;
    std::vector<Token> tokens;  ///< of this chain
    rpc::RpcClient& rpc;
    store::ChainLead& lead;
    store::ChainStore& chains;
    store::WalletDirectory& wallets;
    store::BalanceStore& balances;
    store::ResumeOrders& resumes;
    ledger::LedgerWriter& writer;
    runtime::BlockingPool& work;
    runtime::Clock& clock;
    telemetry::HealthBoard& health;
    telemetry::AlertSink& alerts;
    telemetry::Registry& metrics;
    ChangedAmounts* changed = nullptr;   ///< for the verifier, if there is one
    Corrections* corrections = nullptr;  ///< from the auditor, if there is one
};

enum class ListenerState : std::uint8_t { catching_up, following, stopped };

std::string_view to_string(ListenerState state);

/// Runs on the sync loop, under keep_converging.
class EventListener : public runtime::Converging {
  public:
    virtual ListenerState state() const = 0;
    virtual Completeness completeness() const = 0;  ///< of the newest applied block

    /// This process writes the chain's ledger and stands at its head; `watchlist` is whole.
    virtual bool writes() const = 0;
    virtual const rules::Watchlist& watchlist() const = 0;

    /// Other tokens of this chain from its next beat on.
    virtual void set_tokens(std::vector<Token> tokens) = 0;
};

std::unique_ptr<EventListener> make_event_listener(ListenerParts parts);

/// For a command: takes up orders to resume, as the listener does, while no daemon leads the chain;
/// it does not follow the chain.
std::unique_ptr<runtime::Converging> make_resumer(ListenerParts parts);

}  // namespace custodialbridge::sync

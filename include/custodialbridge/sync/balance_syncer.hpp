/// The balance syncer of one chain: balances that no events tell of (the native currency, tokens
/// that are not followed) are read on their class's schedule, pinned to a block that the ledger has
/// applied, many in one call, and stored as snapshots (DESIGN: rules 4 and 8).
///
/// What could not be read is unknown, never zero: it stays as it was and is tried again. The work
/// is spread over each class's interval; a class that does not come round in time raises
/// `balances-late`, one whose reads fail too often `balance-reads-fail`.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "custodialbridge/core/token.hpp"
#include "custodialbridge/ledger/ledger_writer.hpp"
#include "custodialbridge/ledger/poll_desk.hpp"
#include "custodialbridge/rpc/rpc_client.hpp"
#include "custodialbridge/runtime/keep_converging.hpp"
#include "custodialbridge/store/chain_store.hpp"
#include "custodialbridge/store/poll_schedule.hpp"
#include "custodialbridge/sync/settings.hpp"
#include "custodialbridge/telemetry/alerts.hpp"
#include "custodialbridge/telemetry/registry.hpp"

namespace custodialbridge::sync {

/// Everything outlives the syncer.
struct BalanceSyncerParts {
    ChainId chain;
    std::vector<Token> tokens;  ///< of this chain
    ChainSyncIntervals intervals;
    AlertThresholds thresholds;
    ledger::PollDesk& desk;  ///< what was read because somebody asked
    rpc::RpcClient& rpc;
    store::ChainStore& chains;
    store::PollSchedule& polls;
    ledger::LedgerWriter& writer;
    runtime::Clock& clock;
    telemetry::AlertSink& alerts;
    telemetry::Registry& metrics;

    /// Does this daemon write the chain's ledger? Others store what they were asked for, but do not
    /// poll.
    std::function<bool()> leads;

    /// Keys that somebody read lately, the newest first: when not all can be read in time, these
    /// come first.
    std::function<std::vector<BalanceKey>()> interest;
};

/// Runs on the sync loop, under keep_converging.
class BalanceSyncer : public runtime::Converging {
  public:
    /// Other tokens of this chain from its next look on.
    virtual void set_tokens(std::vector<Token> tokens) = 0;

    /// Other intervals and thresholds from its next look on.
    virtual void set_pace(const ChainSyncIntervals& intervals,
                          const AlertThresholds& thresholds) = 0;
};

std::unique_ptr<BalanceSyncer> make_balance_syncer(BalanceSyncerParts parts);

/// The idle pace for these intervals: what is new or touched is read within it.
Millis balance_syncer_pace(const std::vector<Token>& tokens, const ChainSyncIntervals& intervals);

}  // namespace custodialbridge::sync

/// The auditor of one chain: finalized blocks that were taken as an endpoint claimed them (ranges,
/// while catching up) are proven after the fact, in the background, from the ledger's first block
/// on.
///
/// A block whose rows are not what its proven logs say is corrected: missing moves and events are
/// recorded where they belong, phantom ones marked orphaned, balances moved along and read again;
/// and an alert says so. What no row would show is taken over as the logs say it, with the blocks'
/// being proven: a deployed account's wallet says so, and each balance that an event touched is
/// read again (once, however many blocks below that read touch it). What cannot be proven (no
/// endpoint gives receipts) waits; what never can (logs outside of the receipts root) is passed
/// over, and stays what an endpoint claimed.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "custodialbridge/core/correction_plan.hpp"
#include "custodialbridge/rpc/rpc_client.hpp"
#include "custodialbridge/rules/watchlist.hpp"
#include "custodialbridge/runtime/keep_converging.hpp"
#include "custodialbridge/store/audit_store.hpp"
#include "custodialbridge/telemetry/alerts.hpp"
#include "custodialbridge/telemetry/registry.hpp"

namespace custodialbridge::sync {

/// From the auditor to the listener, which alone writes. What does not come to an end is found
/// again; so nothing is added that was read while something was on its way.
struct Corrections {
    std::vector<CorrectionPlan> waiting;
    bool under_way = false;
    bool look_again = false;  ///< the store has balances to be read again
    std::uint64_t turns = 0;  ///< goes up with each that ended, however, and with each load

    bool at_rest() const { return waiting.empty() && !under_way; }
};

/// Everything outlives the auditor. All on the sync loop.
struct AuditorParts {
    ChainId chain;
    Corrections& corrections;
    rpc::RpcClient& rpc;
    store::AuditStore& audit;
    runtime::Clock& clock;
    telemetry::AlertSink& alerts;
    telemetry::Registry& metrics;
    std::function<bool()> writes;  ///< else it is not ours, or there is more urgent work
    std::function<const rules::Watchlist&()> watchlist;
    std::function<void()> wake;       ///< the listener has something to correct
};

std::unique_ptr<runtime::Converging> make_auditor(AuditorParts parts);

}  // namespace custodialbridge::sync

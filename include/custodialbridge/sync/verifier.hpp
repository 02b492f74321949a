/// The verifier of one chain: balances that events changed are read again from the chain, pinned,
/// and compared with what the ledger says of the same block (DESIGN: rule 6).
///
/// A token that does not do what its events say is found in seconds. A difference counts when it is
/// seen twice. Then the token's `on_difference` decides: the chain is trusted (the listener sets
/// the balance to a pinned read, journaled as `sync`), or it is a mismatch: counted, and alerted
/// until it is gone.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "custodialbridge/core/token.hpp"
#include "custodialbridge/rpc/rpc_client.hpp"
#include "custodialbridge/runtime/keep_converging.hpp"
#include "custodialbridge/store/balance_store.hpp"
#include "custodialbridge/store/chain_store.hpp"
#include "custodialbridge/sync/changed_amounts.hpp"
#include "custodialbridge/telemetry/alerts.hpp"
#include "custodialbridge/telemetry/registry.hpp"

namespace custodialbridge::sync {

/// Everything outlives the verifier.
struct VerifierParts {
    ChainId chain;
    std::vector<Token> tokens;  ///< of this chain
    U256 mismatch_alert{0};     ///< a larger difference is critical; smallest units
    ChangedAmounts& changed;
    rpc::RpcClient& rpc;
    store::ChainStore& chains;
    store::BalanceStore& balances;
    runtime::Clock& clock;
    telemetry::AlertSink& alerts;
    telemetry::Registry& metrics;
    std::function<bool()> following;  ///< catching up, the past is not compared
    std::function<void()> wake;       ///< the listener has something to settle
    Millis verify_changed{5'000};     ///< zero: nothing is verified
};

/// Runs on the sync loop, under keep_converging: looked at four times within `verify_changed`,
/// everything is compared within it while the chain answers.
class Verifier : public runtime::Converging {
  public:
    /// Other tokens of this chain from now on.
    virtual void set_tokens(std::vector<Token> tokens) = 0;

    /// `verify_changed` (zero: nothing is verified) and the difference that is critical, from its
    /// next look on.
    virtual void set_pace(Millis verify_changed, const U256& mismatch_alert) = 0;
};

std::unique_ptr<Verifier> make_verifier(VerifierParts parts);

/// The idle pace for that.
Millis verifier_interval(Millis verify_changed);

}  // namespace custodialbridge::sync

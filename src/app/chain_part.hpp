/// One chain, composed: client, feed, writer, listener, reader, and the tasks that run them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "custodialbridge/api/status_source.hpp"
#include "custodialbridge/config/settings.hpp"
#include "custodialbridge/ledger/make_ledger.hpp"
#include "custodialbridge/rpc/make_rpc_client.hpp"
#include "custodialbridge/rpc/replaceable.hpp"
#include "custodialbridge/runtime/wakeup.hpp"
#include "custodialbridge/store/make_postgres.hpp"
#include "custodialbridge/sync/balance_syncer.hpp"
#include "custodialbridge/sync/event_listener.hpp"
#include "custodialbridge/sync/verifier.hpp"

namespace custodialbridge::app {

/// What every chain shares; all of it outlives the chains.
struct SharedParts {
    const TokenRegistry& tokens;
    ledger::ChainBoard& board;
    cache::LocalCache& local;
    cache::BalanceCache* redis;  ///< the sync loop's
    store::Postgres& postgres;
    runtime::BlockingPool& work;
    runtime::Executor loop;
    runtime::Clock& clock;
    runtime::Random& random;
    telemetry::HealthBoard& health;
    telemetry::AlertSink& alerts;
    telemetry::Registry& metrics;
    ledger::TierSettings tiers;
    sync::BalanceSyncSettings balance_sync;
    sync::AlertThresholds thresholds;
    cache::ChangeFeed* changes;  ///< the sync loop's
};

class ChainPart {
  public:
    ChainPart(const config::ChainSettings& settings, const SharedParts& shared);

    ChainId id() const { return settings_.chain; }
    void add_tasks(std::vector<runtime::Task<void>>& tasks);
    void wake() { wakeup_.notify(); }

    /// The registry has other tokens of this chain.
    void retoken();

    /// Takes over the endpoints, intervals and thresholds.
    void reload(const config::Settings& next);
    ledger::ChainReader& reader() { return *reader_; }
    ledger::LedgerWriter& writer() { return *writer_; }
    bool following() const { return listener_->state() == sync::ListenerState::following; }
    bool catches_up() const;  ///< and can: an endpoint answers
    api::ChainReport report() const;

  private:
    void reload_endpoints(const config::Settings& next);

    config::ChainSettings settings_;
    runtime::Clock& clock_;
    runtime::Random& random_;
    const TokenRegistry& tokens_;
    ledger::ChainTip& tip_;
    runtime::Wakeup wakeup_;
    std::function<std::unique_ptr<rpc::RpcClient>(const rpc::Settings&)> make_client_;
    std::function<std::unique_ptr<rpc::HeadFeed>(const rpc::Settings&)> make_feed_;
    std::unique_ptr<rpc::ReplaceableClient> rpc_;
    std::unique_ptr<rpc::ReplaceableFeed> feed_;
    std::unique_ptr<ledger::LedgerWriter> writer_;
    ledger::PollDesk desk_;
    std::unique_ptr<ledger::ChainReader> reader_;
    sync::ChangedAmounts changed_;
    sync::Corrections corrections_;
    std::unique_ptr<sync::EventListener> listener_;
    sync::BalanceSyncSettings balance_sync_;
    runtime::Wakeup verifying_, auditing_, polling_;  ///< nobody wakes these
    std::unique_ptr<sync::Verifier> verifier_;
    std::unique_ptr<runtime::Converging> auditor_;
    std::unique_ptr<sync::BalanceSyncer> syncer_;
};

}  // namespace custodialbridge::app

/// One daemon process: the real sync side and the real rpc client, over nodes and a store that
/// others share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commit_points.hpp"
#include "custodialbridge/ledger/make_ledger.hpp"
#include "custodialbridge/rpc/settings.hpp"
#include "custodialbridge/sync/event_listener.hpp"
#include "custodialbridge/sync/verifier.hpp"
#include "node.hpp"
#include "support/virtual_loop.hpp"

namespace custodialbridge::simulation {

/// What daemons have in common; everything outlives them.
struct Site {
    testing::VirtualLoop& loop;
    testing::FakeStore& store;
    runtime::BlockingPool& work;
    std::vector<std::unique_ptr<Node>>& nodes;  ///< in order of preference
    rpc::Settings rpc;
    sync::ListenerSettings listener;
    sync::ListenerPace pace;
    bool audits = false;
    Millis verify_changed{0};  ///< 0: nothing is verified
    std::vector<Token> tokens;
    Faults& faults;
    Tally& tally;
};

class Daemon {
  public:
    Daemon(Site& site, Dice dice);

    /// A process comes up: everything that is in memory is new.
    void start();

    /// As kill -9 does; what was under way at the store may still happen.
    void kill();

    void wake() { process_->wakeup.notify(); }
    void lose_lead() { process_->lead.lose(); }

    /// It reached a commit at which it is to die.
    bool is_doomed() const { return process_->committer.doomed; }

    /// Why it is of no use any more; empty while it works.
    std::string failure();

    /// For whoever waits in vain.
    std::string standing() const;

  private:
    class Alerts final : public telemetry::AlertSink {
      public:
        void raise(const telemetry::Alert& alert) override { newest = alert.name; }
        void resolve(const std::string&, const std::string&) override {}
        std::string newest;
    };

    struct Process {
        Process(Site& site, Dice dice);
        std::unique_ptr<rpc::RpcClient> make_client(Site& site);
        sync::ListenerParts parts(Site& site);
        void start_auditor(Site& site);
        void start_verifier(Site& site);
        testing::Running<void> run(Site& site, runtime::Converging& what, runtime::Wakeup& wake,
                                   Millis idle);

        telemetry::HealthBoard health;
        telemetry::Registry metrics;
        Alerts alerts;
        runtime::SeededRandom random;
        runtime::Wakeup wakeup;
        TokenRegistry registry;
        cache::LocalCache local;
        ledger::ChainBoard board;
        CommitPoints committer;
        testing::FakeLead lead;
        std::unique_ptr<ledger::LedgerWriter> writer;
        std::unique_ptr<rpc::RpcClient> client;
        std::unique_ptr<sync::EventListener> listener;
        sync::ChangedAmounts changed;
        sync::Corrections corrections;
        runtime::Wakeup nobody, nobody_else;  ///< wake the verifier, and the auditor
        std::unique_ptr<runtime::Converging> verifier;
        std::unique_ptr<runtime::Converging> auditor;
        std::optional<testing::Running<void>> running, verifying, auditing;
    };

    Site& site_;
    Dice dice_;
    std::unique_ptr<Process> process_;
};

}  // namespace custodialbridge::simulation

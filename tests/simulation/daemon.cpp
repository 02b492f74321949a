#include "daemon.hpp"

#include "pool_rpc_client.hpp"

namespace custodialbridge::simulation {

Daemon::Daemon(Site& site, Dice dice) : site_(site), dice_(dice) {}

Daemon::Process::Process(Site& site, Dice dice)
    : random(dice.below(~std::uint64_t{0})), wakeup(site.loop.executor()), registry(site.tokens),
      local(1'000, Millis{30'000}), board({site.listener.chain}),
      committer(site.store, site.loop, site.faults, dice.more(), site.tally), lead(site.store),
      nobody(site.loop.executor()), nobody_else(site.loop.executor()) {}

std::unique_ptr<rpc::RpcClient> Daemon::Process::make_client(Site& site) {
    const rpc::Surroundings around{site.listener.chain, site.loop.clock, random, metrics, nullptr};
    std::vector<std::unique_ptr<rpc::Endpoint>> endpoints;
    for (std::size_t i = 0; i < site.nodes.size(); ++i)
        endpoints.push_back(std::make_unique<rpc::Endpoint>(
            around, site.rpc.endpoints.at(i), std::make_unique<NodeTransport>(*site.nodes[i])));
    return std::make_unique<rpc::PoolRpcClient>(std::move(endpoints), site.rpc, site.loop.clock);
}

sync::ListenerParts Daemon::Process::parts(Site& site) {
    return {site.listener, site.pace,  site.tokens,          *client, lead,
            site.store,    site.store, site.store,           site.store.resumes(),
            *writer,       site.work,  site.loop.clock,      health,  alerts,
            metrics,       site.verify_changed > Millis{0} ? &changed : nullptr,
            site.audits ? &corrections : nullptr};
}

testing::Running<void> Daemon::Process::run(Site& site, runtime::Converging& what,
                                            runtime::Wakeup& wake, Millis idle) {
    return site.loop.start(keep_converging(what, wake, site.loop.clock, random,
                                           {idle, Millis{250}, Millis{4'000}}));
}

void Daemon::Process::start_auditor(Site& site) {
    auditor = sync::make_auditor({site.listener.chain, corrections, *client, site.store.audit(),
                                  site.loop.clock, alerts, metrics,
                                  [this] { return listener->writes(); },
                                  [this]() -> const rules::Watchlist& {
                                      return listener->watchlist();
                                  },
                                  [this] { wakeup.notify(); }});
    auditing.emplace(run(site, *auditor, nobody_else, Millis{250}));
}

void Daemon::Process::start_verifier(Site& site) {
    const auto following = [this] {
        return listener->state() == sync::ListenerState::following;
    };
    verifier = sync::make_verifier({site.listener.chain, site.tokens, U256(1'000), changed,
                                    *client, site.store, site.store, site.loop.clock, alerts,
                                    metrics, following, [this] { wakeup.notify(); },
                                    site.verify_changed});
    verifying.emplace(
        run(site, *verifier, nobody, sync::verifier_interval(site.verify_changed)));
}

void Daemon::start() {
    process_ = std::make_unique<Process>(site_, dice_.more());
    Process& process = *process_;
    process.writer = ledger::make_ledger_writer({process.registry,
                                                 *process.board.find(site_.listener.chain),
                                                 process.local, nullptr, process.committer,
                                                 site_.loop.clock, {}});
    process.client = process.make_client(site_);
    process.listener = sync::make_event_listener(process.parts(site_));
    process.running.emplace(process.run(site_, *process.listener, process.wakeup, Millis{1'000}));
    if (site_.verify_changed > Millis{0}) process.start_verifier(site_);
    if (site_.audits) process.start_auditor(site_);
}

void Daemon::kill() {
    if (!process_) return;
    process_->auditing.reset();
    process_->verifying.reset();
    process_->running.reset();
    process_.reset();
}

std::string Daemon::failure() {
    for (auto* running : {&process_->running, &process_->verifying, &process_->auditing}) {
        if (!*running || !(*running)->done()) continue;
        try {
            (*running)->take();
        } catch (const std::exception& failure) {
            return failure.what();
        }
        return "a task of the daemon ended";
    }
    if (process_->listener->state() != sync::ListenerState::stopped) return "";
    std::string why = "the listener stopped";
    for (const telemetry::HealthCheck& check : process_->health.checks())
        if (!check.ok) why.append("; ").append(check.name).append(": ").append(check.detail);
    return why;
}

std::string Daemon::standing() const {
    std::string text(to_string(process_->listener->state()));
    for (const telemetry::HealthCheck& check : process_->health.checks())
        if (!check.ok) text.append("; ").append(check.name).append(": ").append(check.detail);
    for (const rpc::EndpointStatus& one : process_->client->endpoints())
        text.append("; ").append(one.name).append(one.healthy ? " healthy" : " unhealthy");
    return text;
}

}  // namespace custodialbridge::simulation

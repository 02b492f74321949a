#include "daemon.hpp"

#include "pool_rpc_client.hpp"

namespace custodialbridge::simulation {

Daemon::Daemon(Site& site, Dice dice) : site_(site), dice_(dice) {}

Daemon::Process::Process(Site& site, Dice dice)
    : random(dice.below(~std::uint64_t{0})), wakeup(site.loop.executor()), registry(site.tokens),
      local(1'000, Millis{30'000}), board({site.listener.chain}),
      committer(site.store, site.loop, site.faults, dice.more(), site.tally), lead(site.store) {}

std::unique_ptr<rpc::RpcClient> Daemon::Process::make_client(Site& site) {
    const rpc::Surroundings around{site.listener.chain, site.loop.clock, random, metrics, nullptr};
    std::vector<std::unique_ptr<rpc::Endpoint>> endpoints;
    for (std::size_t i = 0; i < site.nodes.size(); ++i)
        endpoints.push_back(std::make_unique<rpc::Endpoint>(
            around, site.rpc.endpoints.at(i), std::make_unique<NodeTransport>(*site.nodes[i])));
    return std::make_unique<rpc::PoolRpcClient>(std::move(endpoints), site.rpc, site.loop.clock);
}

sync::ListenerParts Daemon::Process::parts(Site& site) {
    sync::ListenerPace pace;
    pace.step_timeout = Millis{10'000};
    return {site.listener, pace,       site.tokens,          *client, lead,
            site.store,    site.store, site.store,           site.store.resumes(),
            *writer,       site.work,  site.loop.clock,      health,  alerts,
            metrics};
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
    const runtime::ConvergePace pace{Millis{1'000}, Millis{250}, Millis{4'000}};
    process.running.emplace(site_.loop.start(keep_converging(
        *process.listener, process.wakeup, site_.loop.clock, process.random, pace)));
}

void Daemon::kill() {
    if (!process_) return;
    process_->running.reset();
    process_.reset();
}

std::string Daemon::failure() {
    if (process_->running->done()) {
        try {
            process_->running->take();
        } catch (const std::exception& failure) {
            return failure.what();
        }
        return "the listener ended";
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

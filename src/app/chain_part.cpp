#include "chain_part.hpp"

#include <algorithm>

namespace custodialbridge::app {

namespace {

constexpr Millis kIdleWithFeed{1'000};
constexpr Millis kIdleWithoutFeed{400};
constexpr Millis kAuditPace{250};
constexpr std::size_t kInterestMost = 1'000;
constexpr Millis kRetryCap{3'000};  // a service that is back is noticed within this

std::vector<Token> tokens_of(const TokenRegistry& registry, ChainId chain) {
    const auto tokens = registry.of_chain(chain);
    return {tokens.begin(), tokens.end()};
}

bool has_feed(const rpc::Settings& rpc) {
    return std::any_of(rpc.endpoints.begin(), rpc.endpoints.end(),
                       [](const auto& endpoint) { return !endpoint.ws.empty(); });
}

std::optional<std::uint64_t> known(std::uint64_t number) {
    return number == 0 ? std::nullopt : std::optional(number);
}

const char* name_of(Completeness completeness) {
    switch (completeness) {
        case Completeness::claimed: return "claimed";
        case Completeness::checked: return "checked";
        case Completeness::proven: return "proven";
    }
    return "unknown";
}

}  // namespace

ChainPart::ChainPart(const config::ChainSettings& settings, const SharedParts& shared)
    : settings_(settings),
      clock_(shared.clock),
      random_(shared.random),
      tokens_(shared.tokens),
      tip_(*shared.board.find(settings.chain)),
      wakeup_(shared.loop),
      make_client_([shared](const rpc::Settings& rpc) {
          return rpc::make_rpc_client(rpc, shared.loop, shared.clock, shared.random,
                                      shared.metrics, &shared.work);
      }),
      make_feed_([shared](const rpc::Settings& rpc) {
          return rpc::make_head_feed(rpc, shared.loop, shared.clock, shared.random);
      }),
      rpc_(std::make_unique<rpc::ReplaceableClient>(make_client_(settings.rpc))),
      feed_(std::make_unique<rpc::ReplaceableFeed>(make_feed_(settings.rpc), shared.loop,
                                                   shared.clock)),
      writer_(ledger::make_ledger_writer({shared.tokens, tip_, shared.local, shared.redis,
                                          shared.postgres.committer(), shared.clock,
                                          shared.tiers, shared.changes})),
      reader_(ledger::make_chain_reader({shared.loop, *rpc_, shared.postgres.wallets(),
                                         shared.postgres.balances(), *writer_, desk_, tip_,
                                         settings.realtime_confirmations, shared.clock})),
      listener_(sync::make_event_listener({settings.listener,
                                           {},
                                           tokens_of(shared.tokens, settings.chain),
                                           *rpc_,
                                           shared.postgres.lead(),
                                           shared.postgres.chains(),
                                           shared.postgres.wallets(),
                                           shared.postgres.balances(),
                                           shared.postgres.resumes(),
                                           *writer_,
                                           shared.work,
                                           shared.clock,
                                           shared.health,
                                           shared.alerts,
                                           shared.metrics,
                                           &changed_,
                                           &corrections_})),
      balance_sync_(shared.balance_sync),
      verifying_(shared.loop),
      auditing_(shared.loop),
      polling_(shared.loop),
      verifier_(sync::make_verifier({settings.chain,
                                     tokens_of(shared.tokens, settings.chain),
                                     shared.thresholds.mismatch,
                                     changed_,
                                     *rpc_,
                                     shared.postgres.chains(),
                                     shared.postgres.balances(),
                                     shared.clock,
                                     shared.alerts,
                                     shared.metrics,
                                     [this] { return following(); },
                                     [this] { wake(); },
                                     shared.balance_sync.verify_changed})),
      auditor_(sync::make_auditor(
          {settings.chain, corrections_, *rpc_, shared.postgres.audit(), shared.clock,
           shared.alerts, shared.metrics, [this] { return listener_->writes(); },
           [this]() -> const rules::Watchlist& { return listener_->watchlist(); },
           [this] { wake(); }})),
      syncer_(sync::make_balance_syncer(
          {settings.chain, tokens_of(shared.tokens, settings.chain),
           shared.balance_sync.chain_sync_interval, shared.thresholds, desk_, *rpc_,
           shared.postgres.chains(), shared.postgres.polls(), *writer_, shared.clock,
           shared.alerts, shared.metrics, [this] { return listener_->writes(); },
           [chain = settings.chain, &local = shared.local] {
               return local.recently_read(chain, kInterestMost);
           }})) {}

void ChainPart::add_tasks(std::vector<runtime::Task<void>>& tasks) {
    runtime::ConvergePace pace;
    pace.idle = has_feed(settings_.rpc) ? kIdleWithFeed : kIdleWithoutFeed;
    pace.retry_cap = kRetryCap;
    tasks.push_back(runtime::keep_converging(*listener_, wakeup_, clock_, random_, pace));
    const auto keep = [&](runtime::Converging& task, runtime::Wakeup& nobody, Millis idle) {
        runtime::ConvergePace beat;
        beat.idle = idle;
        beat.retry_cap = kRetryCap;
        tasks.push_back(runtime::keep_converging(task, nobody, clock_, random_, beat));
    };
    keep(*verifier_, verifying_, sync::verifier_interval(balance_sync_.verify_changed));
    if (settings_.listener.integrity == sync::Integrity::best ||
        settings_.listener.integrity == sync::Integrity::receipts_root)
        keep(*auditor_, auditing_, kAuditPace);
    keep(*syncer_, polling_,
         sync::balance_syncer_pace(settings_.tokens, balance_sync_.chain_sync_interval));
    tasks.push_back(feed_->run([this] { wakeup_.notify(); }));
}

bool ChainPart::catches_up() const {
    const auto endpoints = rpc_->endpoints();
    const bool answered = std::any_of(endpoints.begin(), endpoints.end(),
                                      [](const auto& one) { return one.healthy; });
    return answered && listener_->state() == sync::ListenerState::catching_up;
}

void ChainPart::retoken() {
    listener_->set_tokens(tokens_of(tokens_, id()));
    verifier_->set_tokens(tokens_of(tokens_, id()));
    syncer_->set_tokens(tokens_of(tokens_, id()));
    wake();
}

void ChainPart::reload(const config::Settings& next) {
    balance_sync_ = next.balance_sync;
    verifier_->set_pace(balance_sync_.verify_changed, next.alert_thresholds.mismatch);
    syncer_->set_pace(balance_sync_.chain_sync_interval, next.alert_thresholds);
    verifying_.notify();
    polling_.notify();
    reload_endpoints(next);
}

void ChainPart::reload_endpoints(const config::Settings& next) {
    const auto found =
        std::find_if(next.chains.begin(), next.chains.end(),
                     [&](const config::ChainSettings& one) { return one.chain == id(); });
    if (found == next.chains.end() || found->rpc == settings_.rpc) return;
    settings_.rpc = found->rpc;
    rpc_->replace(make_client_(settings_.rpc));
    feed_->replace(make_feed_(settings_.rpc));
    wake();
}

api::ChainReport ChainPart::report() const {
    const ledger::ChainPosition position = tip_.read();
    api::ChainReport report;
    report.chain = settings_.chain;
    report.name = settings_.name;
    report.state = std::string(sync::to_string(listener_->state()));
    report.head = known(position.head);
    if (position.known) report.cursor = position.cursor.number.value;
    report.safe = known(position.safe);
    report.finalized = known(position.finalized);
    const auto lag = std::chrono::floor<Seconds>(clock_.wall() - position.at_head).count();
    report.lag_seconds =
        position.known ? static_cast<std::uint64_t>(std::max<std::int64_t>(0, lag)) : 0;
    report.completeness = name_of(listener_->completeness());
    for (const rpc::EndpointStatus& endpoint : rpc_->endpoints())
        report.endpoints.push_back({endpoint.name, endpoint.healthy,
                                    endpoint.head ? std::optional(endpoint.head->value)
                                                  : std::nullopt,
                                    endpoint.latency_ms, endpoint.error_rate});
    return report;
}

}  // namespace custodialbridge::app

#include "syncer_probe.hpp"

namespace custodialbridge::sync {

using telemetry::log;
using telemetry::LogLevel;

namespace {

constexpr Millis kWindow{60'000};
constexpr std::uint64_t kReadsToJudge = 20;

telemetry::Counter& outcome(const BalanceSyncerParts& parts, const std::string& chain,
                            const char* what) {
    return parts.metrics.counter("balances_polled_total",
                                 "Balances read from the chain because they were due",
                                 {{"chain_id", chain}, {"outcome", what}});
}

std::string percent(double rate) {
    return std::to_string(static_cast<int>(rate * 100)).append(" %");
}

}  // namespace

SyncerProbe::SyncerProbe(const BalanceSyncerParts& parts)
    : chain_(std::to_string(parts.chain.value)), thresholds_(parts.thresholds), clock_(parts.clock),
      alerts_(parts.alerts), stored_(outcome(parts, chain_, "stored")),
      missed_(outcome(parts, chain_, "unknown")),
      errors_(parts.metrics.counter("sync_errors_total", "Failed beats of background tasks",
                                    {{"chain_id", chain_}, {"task", "balance_syncer"}})),
      window_began_(parts.clock.now()) {
    for (const SyncClass one :
         {SyncClass::cpop, SyncClass::major, SyncClass::other, SyncClass::nft})
        ages_[one] = &parts.metrics.gauge(
            "oldest_polled_balance", "Seconds since the oldest polled balance was read",
            {{"chain_id", chain_}, {"sync_class", std::string(to_string(one))}});
}

std::string SyncerProbe::subject(SyncClass sync_class) const {
    return std::string("chain:").append(chain_).append(":").append(to_string(sync_class));
}

void SyncerProbe::polled(std::size_t stored, std::size_t missed) {
    stored_.add(static_cast<double>(stored));
    missed_.add(static_cast<double>(missed));
    window_read_ += stored + missed;
    window_missed_ += missed;
    const bool over = clock_.now() - window_began_ >= kWindow;
    const double rate = window_read_ == 0 ? 0
                                          : static_cast<double>(window_missed_) /
                                                static_cast<double>(window_read_);
    const bool fails = window_read_ >= kReadsToJudge && rate > thresholds_.failure_rate;
    const std::string chain = "chain:" + chain_;
    if (fails && !failing_)
        alerts_.raise({"balance-reads-fail", chain,
                       percent(rate).append(" of the balances that were polled could not be read: "
                                            "a contract reverts or does not answer")});
    if (!fails && failing_ && over) alerts_.resolve("balance-reads-fail", chain);
    if (fails) failing_ = true;
    if (!over) return;
    failing_ = fails;
    window_began_ = clock_.now();
    window_read_ = window_missed_ = 0;
}

void SyncerProbe::oldest(SyncClass sync_class, Millis age, Millis interval) {
    ages_.at(sync_class)->set(std::chrono::duration<double>(age).count());
    const bool late = age > interval + thresholds_.sync_lag;
    bool& was = late_[sync_class];
    if (late && !was)
        alerts_.raise({"balances-late", subject(sync_class),
                       std::string("balances of class ")
                           .append(to_string(sync_class))
                           .append(" are ")
                           .append(std::to_string(age.count() / 1'000))
                           .append(" s old, their interval is ")
                           .append(std::to_string(interval.count() / 1'000))
                           .append(" s: the endpoints do not answer as much as is to be read")});
    if (!late && was) alerts_.resolve("balances-late", subject(sync_class));
    was = late;
}

void SyncerProbe::failed(const Error& error, unsigned in_a_row, Millis pause) {
    errors_.add();
    log(in_a_row == 1 ? LogLevel::info : LogLevel::warn, "balances could not be polled",
        {{"chain", chain_}, {"error", error}, {"in_a_row", in_a_row},
         {"retry_in_ms", pause.count()}});
}

}  // namespace custodialbridge::sync

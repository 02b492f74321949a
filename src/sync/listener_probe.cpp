#include "listener_probe.hpp"

#include <utility>

namespace custodialbridge::sync {

using telemetry::log;
using telemetry::LogLevel;

namespace {

telemetry::Labels of_chain(const std::string& chain) { return {{"chain_id", chain}}; }

constexpr unsigned kStuckAfter = 2;  // beats that failed in a row

double seconds(std::chrono::duration<double> duration) { return duration.count(); }

}  // namespace

PlanSummary summary_of(const LedgerPlan& plan) {
    PlanSummary summary{plan.blocks.back().header, plan.blocks.size(), plan.moves.size(),
                        plan.deltas.size(), {}};
    for (const Move& move : plan.moves) ++summary.events[static_cast<std::size_t>(move.event)];
    for (const Announcement& notice : plan.announcements)
        ++summary.events[static_cast<std::size_t>(notice.event)];
    return summary;
}

ListenerProbe::ListenerProbe(const ListenerParts& parts)
    : settings_(parts.settings), clock_(parts.clock), health_(parts.health),
      alerts_(parts.alerts), chain_(std::to_string(parts.settings.chain.value)),
      head_(parts.metrics.gauge("chain_head_block", "Newest block seen", of_chain(chain_))),
      cursor_(parts.metrics.gauge("chain_cursor_block", "Newest applied block", of_chain(chain_))),
      wallets_(parts.metrics.gauge("tracked_wallets", "Wallets followed", of_chain(chain_))),
      balances_(parts.metrics.gauge("tracked_balances", "Balances kept", of_chain(chain_))),
      reorgs_(parts.metrics.counter("reorgs_total", "Reorgs unwound", of_chain(chain_))),
      errors_(parts.metrics.counter("sync_errors_total", "Failed beats of background tasks",
                                    {{"chain_id", chain_}, {"task", "event_listener"}})),
      malformed_(parts.metrics.counter("malformed_logs_total",
                                       "Logs of followed contracts that do not fit their event",
                                       of_chain(chain_))),
      shortfalls_(parts.metrics.counter("balance_shortfalls_total",
                                        "Deltas that would have gone below zero",
                                        of_chain(chain_))),
      unknown_(parts.metrics.counter("balances_opened_unknown_total",
                                     "Balances that could not be read when they were opened",
                                     of_chain(chain_))),
      learnt_(parts.metrics.counter("balances_learnt_total",
                                    "Such balances that were read since", of_chain(chain_))),
      lag_(parts.metrics.histogram("balance_sync_lag_seconds",
                                   "Block time to visible in the database",
                                   telemetry::lag_bounds())) {
    for (std::size_t i = 0; i < events_.size(); ++i)
        events_[i] = &parts.metrics.counter(
            "events_processed_total", "Events that name a tracked wallet",
            {{"chain_id", chain_},
             {"event_type", std::string(to_string(static_cast<EventType>(i)))}});
    health_.set({subject(), false, "not loaded yet", telemetry::Weight::required});
}

void ListenerProbe::saw_head(const BlockRef& head) {
    head_.set(static_cast<double>(head.number.value));
}

void ListenerProbe::leads(bool is_writer) {
    log(LogLevel::info,
        is_writer ? "writes this chain's ledger" : "stands by: another daemon writes this chain",
        {{"chain", settings_.chain.value}});
}

void ListenerProbe::loaded(const Cursor& cursor, std::size_t wallets) {
    cursor_.set(static_cast<double>(cursor.block.number.value));
    log(LogLevel::info, "chain loaded",
        {{"chain", settings_.chain.value}, {"cursor", cursor.block.number.value},
         {"hash", to_string(cursor.block.hash)}, {"epoch", cursor.epoch}, {"wallets", wallets}});
}

void ListenerProbe::applied(const PlanSummary& plan, const store::Committed& committed,
                            ListenerState state, std::chrono::nanoseconds took) {
    const BlockRef& block = plan.newest.ref;
    cursor_.set(static_cast<double>(block.number.value));
    for (std::size_t i = 0; i < events_.size(); ++i)
        if (plan.events[i] > 0) events_[i]->add(static_cast<double>(plan.events[i]));
    if (state == ListenerState::following)
        lag_.observe(seconds(clock_.wall() - plan.newest.timestamp));
    log(state == ListenerState::following ? LogLevel::debug : LogLevel::info, "converged",
        {{"chain", settings_.chain.value}, {"block", block.number.value},
         {"hash", to_string(block.hash)}, {"blocks", plan.blocks}, {"moves", plan.moves},
         {"balances", plan.balances}, {"epoch", committed.cursor.epoch},
         {"took_ms", std::chrono::duration_cast<Millis>(took).count()}});
}

void ListenerProbe::opened(std::size_t wallets, const Cursor& at) {
    log(LogLevel::info, "wallets opened",
        {{"chain", settings_.chain.value}, {"wallets", wallets},
         {"block", at.block.number.value}});
}

void ListenerProbe::unknown(TokenId token, const rpc::BalanceQuestion& first, const Error& why,
                            std::size_t balances) {
    unknown_.add(static_cast<double>(balances));
    if (!unreadable_.insert(token).second) return;
    log(LogLevel::warn, "a followed token's balance cannot be read and is opened as unknown",
        {{"chain", settings_.chain.value}, {"token", token.value},
         {"contract", to_string(first.contract)}, {"holder", to_string(first.holder)},
         {"error", why}});
}

void ListenerProbe::learnt(TokenId token, std::size_t balances) {
    learnt_.add(static_cast<double>(balances));
    unreadable_.erase(token);
    log(LogLevel::info, "balances that could not be read are known now",
        {{"chain", settings_.chain.value}, {"token", token.value}, {"balances", balances}});
}

void ListenerProbe::counted(std::uint64_t wallets, std::uint64_t balances) {
    wallets_.set(static_cast<double>(wallets));
    balances_.set(static_cast<double>(balances));
}

void ListenerProbe::reorged(const Cursor& from, const Cursor& to) {
    reorgs_.add();
    cursor_.set(static_cast<double>(to.block.number.value));
    log(LogLevel::warn, "reorg unwound",
        {{"chain", settings_.chain.value}, {"from", from.block.number.value},
         {"to", to.block.number.value}, {"orphaned_hash", to_string(from.block.hash)},
         {"epoch", to.epoch}});
}

void ListenerProbe::resumed(const Cursor& from, const Cursor& to) {
    cursor_.set(static_cast<double>(to.block.number.value));
    log(LogLevel::warn, "ledger reversed as an operator ordered",
        {{"chain", settings_.chain.value}, {"from", from.block.number.value},
         {"to", to.block.number.value}, {"left_hash", to_string(from.block.hash)},
         {"epoch", to.epoch}});
    last_health_ = "resumed";
    health_.set({subject(), false, "resumed from block " + std::to_string(to.block.number.value),
                 telemetry::Weight::required});
    alerts_.resolve("chain-stopped", subject());
}

void ListenerProbe::refused_to_resume(BlockNumber from, const std::string& why) {
    log(LogLevel::warn, "an order to resume was refused",
        {{"chain", settings_.chain.value}, {"from_block", from.value}, {"why", why}});
}

void ListenerProbe::malformed(std::uint64_t logs) {
    if (logs == 0) return;
    malformed_.add(static_cast<double>(logs));
    log(LogLevel::warn, "malformed logs passed over",
        {{"chain", settings_.chain.value}, {"logs", logs}});
}

void ListenerProbe::shortfalls(const std::vector<store::Shortfall>& shortfalls, const Cursor& at) {
    for (const store::Shortfall& shortfall : shortfalls) {
        shortfalls_.add();
        log(LogLevel::error,
            shortfall.above ? "a balance would have passed 2^256-1: its events cannot be all"
                            : "a balance would have gone below zero: something was not announced",
            {{"chain", settings_.chain.value}, {"block", at.block.number.value},
             {"wallet", shortfall.wallet.value}, {"token", shortfall.token.value},
             {shortfall.above ? "too_much" : "missing", to_string(shortfall.missing)}});
    }
}

void ListenerProbe::failed(const Error& error, unsigned in_a_row, Millis pause) {
    errors_.add();
    log(in_a_row == 1 ? LogLevel::info : LogLevel::warn, "event listener could not go on",
        {{"chain", settings_.chain.value}, {"error", error}, {"in_a_row", in_a_row},
         {"retry_in_ms", pause.count()}});
    if (in_a_row < kStuckAfter) return;
    stuck_ = true;
    health_.set({"sync:" + chain_, false, error.message(), telemetry::Weight::helpful});
}

void ListenerProbe::went_on() {
    if (!std::exchange(stuck_, false)) return;
    health_.set({"sync:" + chain_, true, "goes on", telemetry::Weight::helpful});
}

void ListenerProbe::following(const Cursor& cursor) {
    alerts_.resolve("chain-stopped", subject());
    if (last_health_ == "following") return;
    last_health_ = "following";
    health_.set({subject(), true, "following since block " +
                                      std::to_string(cursor.block.number.value),
                 telemetry::Weight::required});
}

void ListenerProbe::catching_up(const Cursor& cursor, std::uint64_t behind) {
    last_health_ = "catching up";
    const Instant now = clock_.now();
    const std::uint64_t at = cursor.block.number.value;
    if (progress_ && progress_->block < at && progress_->at < now) {
        const double rate =
            static_cast<double>(at - progress_->block) / seconds(now - progress_->at);
        log(LogLevel::info, "catching up",
            {{"chain", settings_.chain.value}, {"block", at}, {"behind", behind},
             {"percent", 100 * at / (at + behind)},
             {"blocks_per_second", static_cast<std::uint64_t>(rate)},
             {"seconds_left", static_cast<std::uint64_t>(static_cast<double>(behind) / rate)}});
    }
    progress_ = Progress{now, at};
    health_.set({subject(), false, "catching up: " + std::to_string(behind) + " blocks behind",
                 telemetry::Weight::required});
}

void ListenerProbe::cannot_prove(const std::string& what) {
    alerts_.raise({"blocks-unproven", subject(), what});
}

void ListenerProbe::proves_again() { alerts_.resolve("blocks-unproven", subject()); }

void ListenerProbe::stopped(const std::string& why) {
    last_health_ = "stopped";
    health_.set({subject(), false, "stopped: " + why, telemetry::Weight::required});
    alerts_.raise({"chain-stopped", subject(), why});
}

}  // namespace custodialbridge::sync

/// What the listener says of itself: metrics, health, one log line a converged step.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>

#include "custodialbridge/core/ledger_plan.hpp"
#include "custodialbridge/sync/event_listener.hpp"

namespace custodialbridge::sync {

/// What is worth saying of a plan; the plan itself goes to the writer.
struct PlanSummary {
    BlockHeader newest;
    std::size_t blocks = 0;
    std::size_t moves = 0;
    std::size_t balances = 0;
    std::array<std::uint64_t, 6> events{};  ///< by EventType
};

PlanSummary summary_of(const LedgerPlan& plan);

class ListenerProbe {
  public:
    explicit ListenerProbe(const ListenerParts& parts);

    void saw_head(const BlockRef& head);
    void leads(bool is_writer);
    void loaded(const Cursor& cursor, std::size_t wallets);
    void applied(const PlanSummary& plan, const store::Committed& committed, ListenerState state,
                 std::chrono::nanoseconds took);
    void opened(std::size_t wallets, const Cursor& at);
    /// The first of `balances` of a token that were opened without being known, and why.
    void unknown(TokenId token, const rpc::BalanceQuestion& first, const Error& why,
                 std::size_t balances);
    void learnt(TokenId token, std::size_t balances);
    void counted(std::uint64_t wallets, std::uint64_t balances);
    void reorged(const Cursor& from, const Cursor& to);
    void resumed(const Cursor& from, const Cursor& to);  ///< as an operator ordered
    void refused_to_resume(BlockNumber from, const std::string& why);
    void malformed(std::uint64_t logs);
    void shortfalls(const std::vector<store::Shortfall>& shortfalls, const Cursor& at);
    void failed(const Error& error, unsigned in_a_row, Millis pause);
    void went_on();  ///< after what had failed
    void following(const Cursor& cursor);
    void catching_up(const Cursor& cursor, std::uint64_t behind);
    void stopped(const std::string& why);
    void cannot_prove(const std::string& what);  ///< blocks that are followed for all that
    void proves_again();

  private:
    struct Progress {
        Instant at;
        std::uint64_t block;
    };

    std::string subject() const { return "chain:" + chain_; }

    const ListenerSettings& settings_;
    runtime::Clock& clock_;
    telemetry::HealthBoard& health_;
    telemetry::AlertSink& alerts_;
    std::string chain_;
    telemetry::Gauge& head_;
    telemetry::Gauge& cursor_;
    telemetry::Gauge& wallets_;
    telemetry::Gauge& balances_;
    telemetry::Counter& reorgs_;
    telemetry::Counter& errors_;
    telemetry::Counter& malformed_;
    telemetry::Counter& shortfalls_;
    telemetry::Counter& unknown_;
    telemetry::Counter& learnt_;
    std::set<TokenId> unreadable_;  // that was told
    telemetry::Histogram& lag_;
    std::array<telemetry::Counter*, 6> events_{};  // by EventType
    std::string last_health_;
    bool stuck_ = false;
    std::optional<Progress> progress_;  // when it was told last
};

}  // namespace custodialbridge::sync

/// What the balance syncer tells the outside: metrics, alerts, log lines.
#pragma once

#include <map>
#include <string>

#include "custodialbridge/sync/balance_syncer.hpp"

namespace custodialbridge::sync {

class SyncerProbe {
  public:
    explicit SyncerProbe(const BalanceSyncerParts& parts);

    /// Of one round. When too many of the last minute's reads told nothing, somebody is told.
    void polled(std::size_t stored, std::size_t missed);

    /// The oldest balance of a class was tried so long ago.
    void oldest(SyncClass sync_class, Millis age, Millis interval);

    void judge_by(const AlertThresholds& thresholds) { thresholds_ = thresholds; }

    void failed(const Error& error, unsigned in_a_row, Millis pause);

  private:
    std::string subject(SyncClass sync_class) const;

    std::string chain_;
    AlertThresholds thresholds_;
    const runtime::Clock& clock_;
    telemetry::AlertSink& alerts_;
    telemetry::Counter& stored_;
    telemetry::Counter& missed_;
    telemetry::Counter& errors_;
    std::map<SyncClass, telemetry::Gauge*> ages_;
    std::map<SyncClass, bool> late_;
    Instant window_began_;
    std::uint64_t window_read_ = 0;
    std::uint64_t window_missed_ = 0;
    bool failing_ = false;
};

}  // namespace custodialbridge::sync

/// Alerts: what wakes a person. Raised and resolved by name; deduplicated by the sink.
#pragma once

#include <memory>
#include <string>

#include "custodialbridge/telemetry/log.hpp"

namespace custodialbridge::telemetry {

struct Alert {
    std::string name;     ///< stable slug, e.g. "chain-stopped"
    std::string subject;  ///< what it is about, e.g. "chain:31337"
    std::string detail;
};

class AlertSink {
  public:
    virtual ~AlertSink() = default;
    virtual void raise(const Alert& alert) = 0;  ///< any thread; returns at once
    virtual void resolve(const std::string& name, const std::string& subject) = 0;
};

/// Writes each alert once to the log when raised and once when resolved.
std::unique_ptr<AlertSink> make_log_alert_sink();

}  // namespace custodialbridge::telemetry

#include "custodialbridge/telemetry/alerts.hpp"

#include <mutex>
#include <set>
#include <utility>

namespace custodialbridge::telemetry {
namespace {

// Logs under the lock, so that a raise and its resolve are never written in the wrong order.
class LogAlertSink final : public AlertSink {
  public:
    void raise(const Alert& alert) override {
        std::lock_guard lock(mutex_);
        if (!raised_.emplace(alert.name, alert.subject).second) return;
        log(LogLevel::error, "alert raised",
            {{"alert", alert.name}, {"subject", alert.subject}, {"detail", alert.detail}});
    }

    void resolve(const std::string& name, const std::string& subject) override {
        std::lock_guard lock(mutex_);
        if (raised_.erase({name, subject}) == 0) return;
        log(LogLevel::info, "alert resolved", {{"alert", name}, {"subject", subject}});
    }

  private:
    std::mutex mutex_;
    std::set<std::pair<std::string, std::string>> raised_;
};

}  // namespace

std::unique_ptr<AlertSink> make_log_alert_sink() {
    return std::make_unique<LogAlertSink>();
}

}  // namespace custodialbridge::telemetry

/// The health board: what each part last said of itself. Readiness and degradation are read from
/// it.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace custodialbridge::telemetry {

enum class Weight {
    required,  ///< not ok: the daemon is not ready
    helpful    ///< not ok: the daemon is degraded, and ready
};

struct HealthCheck {
    std::string name;  ///< "database", "redis", "chain:31337"
    bool ok = false;
    std::string detail;
    Weight weight = Weight::required;
    friend bool operator==(const HealthCheck&, const HealthCheck&) = default;
};

/// Any thread.
class HealthBoard {
  public:
    void set(HealthCheck check);
    std::vector<HealthCheck> checks() const;  ///< by name
    bool ready() const;  ///< every required check is ok (and there is at least one)

  private:
    mutable std::mutex mutex_;
    std::map<std::string, HealthCheck> checks_;
};

}  // namespace custodialbridge::telemetry

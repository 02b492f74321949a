/// Gathers what /v1/admin/status says, on the sync loop; any thread reads the last picture.
#pragma once

#include <functional>
#include <mutex>

#include "custodialbridge/api/status_source.hpp"

namespace custodialbridge::app {

class StatusBoard final : public api::StatusSource {
  public:
    api::StatusReport status() const override {
        std::lock_guard lock(mutex_);
        return report_;
    }

    void set(api::StatusReport report) {
        std::lock_guard lock(mutex_);
        report_ = std::move(report);
    }

  private:
    mutable std::mutex mutex_;
    api::StatusReport report_;
};

}  // namespace custodialbridge::app

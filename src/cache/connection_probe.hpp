/// What one connection to Redis tells the metrics.
#pragma once

#include <cstddef>

#include "custodialbridge/cache/cache_metrics.hpp"

namespace custodialbridge::cache {

class ConnectionProbe {
  public:
    explicit ConnectionProbe(const ConnectionMetrics& where);

    void connected(bool again);
    void lost();
    void timed_out();
    void sent(std::size_t commands);

  private:
    telemetry::Gauge* connected_ = nullptr;
    telemetry::Counter* reconnects_ = nullptr;
    telemetry::Counter* timeouts_ = nullptr;
    telemetry::Counter* commands_ = nullptr;
};

}  // namespace custodialbridge::cache

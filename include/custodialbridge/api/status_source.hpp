/// What /v1/admin/status says (CONTRACT §4, status). Gathered by whoever composes the daemon.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "custodialbridge/core/ids.hpp"

namespace custodialbridge::api {

struct EndpointReport {
    std::string name;
    bool healthy = false;
    std::optional<std::uint64_t> head;
    double latency_ms = 0;
    double error_rate = 0;
};

struct ChainReport {
    ChainId chain;
    std::string name;
    std::string state;  ///< following | catching_up | stopped
    std::optional<std::uint64_t> head, cursor, safe, finalized;
    std::uint64_t lag_seconds = 0;
    double coverage = 0;       ///< share of balances whose last verification is recent; 0 … 1
    std::string completeness;  ///< how the newest block is known: claimed | checked | proven
    std::vector<EndpointReport> endpoints;
};

struct StatusReport {
    std::uint64_t uptime_seconds = 0;
    std::string database;  ///< "ok" or what is wrong
    std::string redis;     ///< "ok", "off" or what is wrong
    std::vector<ChainReport> chains;
    std::uint64_t retry_queue = 0, dead_letters = 0, outbox = 0;
};

/// Any thread; returns at once (what it says was gathered before).
class StatusSource {
  public:
    virtual ~StatusSource() = default;
    virtual StatusReport status() const = 0;
};

}  // namespace custodialbridge::api

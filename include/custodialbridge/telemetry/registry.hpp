/// The metrics registry (Prometheus). Metrics are made once, kept by reference, and touched without
/// a lock.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace custodialbridge::telemetry {

using Labels = std::map<std::string, std::string>;

class Counter {
  public:
    virtual ~Counter() = default;
    virtual void add(double amount = 1) = 0;  ///< any thread
};

class Gauge {
  public:
    virtual ~Gauge() = default;
    virtual void set(double value) = 0;  ///< any thread
};

class Histogram {
  public:
    virtual ~Histogram() = default;
    virtual void observe(double value) = 0;  ///< any thread; relaxed atomics, no lock
};

class Registry {
  public:
    Registry();
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    /// Names come without the prefix `custodialbridge_`. The same name and labels give the same
    /// metric. Label values come from small closed sets. References live as long as the registry.
    /// Any thread, but with a lock: not on a hot path.
    Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
    Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
    Histogram& histogram(const std::string& name, const std::string& help,
                         const std::vector<double>& bounds, const Labels& labels = {});

    /// Called before each rendering, on the rendering thread: to set gauges that are derived.
    void before_rendering(std::function<void()> refresh);

    /// The Prometheus text exposition format 0.0.4.
    std::string render();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Upper bounds in seconds, from 50 µs to 10 s, for calls and requests.
const std::vector<double>& latency_bounds();

/// Upper bounds in seconds, from 0.1 s to an hour, for lags behind a chain.
const std::vector<double>& lag_bounds();

}  // namespace custodialbridge::telemetry

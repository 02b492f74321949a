#include "custodialbridge/telemetry/registry.hpp"

#include <prometheus/check_names.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <mutex>
#include <utility>

#include "custodialbridge/core/check.hpp"

namespace custodialbridge::telemetry {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;

constexpr std::size_t kCacheLine = 64;  // metrics that differ do not share one

class Metric {
  public:
    virtual ~Metric() = default;
    virtual ClientMetric collect() const = 0;
};

class alignas(kCacheLine) AtomicCounter final : public Metric, public Counter {
  public:
    void add(double amount) override { value_.fetch_add(amount, std::memory_order_relaxed); }

    ClientMetric collect() const override {
        ClientMetric metric;
        metric.counter.value = value_.load(std::memory_order_relaxed);
        return metric;
    }

  private:
    std::atomic<double> value_{0};
};

class alignas(kCacheLine) AtomicGauge final : public Metric, public Gauge {
  public:
    void set(double value) override { value_.store(value, std::memory_order_relaxed); }

    ClientMetric collect() const override {
        ClientMetric metric;
        metric.gauge.value = value_.load(std::memory_order_relaxed);
        return metric;
    }

  private:
    std::atomic<double> value_{0};
};

class alignas(kCacheLine) AtomicHistogram final : public Metric, public Histogram {
  public:
    explicit AtomicHistogram(std::vector<double> bounds)
        : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

    void observe(double value) override {
        if (std::isnan(value)) return;  // would turn the sum into no number for good
        const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
        counts_[static_cast<std::size_t>(bound - bounds_.begin())].fetch_add(
            1, std::memory_order_relaxed);
        sum_.fetch_add(value, std::memory_order_relaxed);
    }

    ClientMetric collect() const override {
        ClientMetric metric;
        auto& histogram = metric.histogram;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            histogram.sample_count += counts_[i].load(std::memory_order_relaxed);
            const double bound =
                i < bounds_.size() ? bounds_[i] : std::numeric_limits<double>::infinity();
            histogram.bucket.push_back({histogram.sample_count, bound});
        }
        histogram.sample_sum = sum_.load(std::memory_order_relaxed);
        return metric;
    }

  private:
    const std::vector<double> bounds_;  // of the buckets but the last, which has none
    std::vector<std::atomic<std::uint64_t>> counts_;
    std::atomic<double> sum_{0};
};

struct Family {
    std::string help;
    MetricType type = MetricType::Untyped;
    std::map<Labels, std::unique_ptr<Metric>> metrics;
};

std::vector<ClientMetric::Label> to_prometheus(const Labels& labels) {
    std::vector<ClientMetric::Label> out;
    out.reserve(labels.size());
    for (const auto& [name, value] : labels) out.push_back({name, value});
    return out;
}

bool are_label_names(const Labels& labels) {
    return std::all_of(labels.begin(), labels.end(),
                       [](const auto& label) { return prometheus::CheckLabelName(label.first); });
}

}  // namespace

struct Registry::Impl {
    // The metric of that name and labels, made by `make` the first time.
    template <class Kind, class Make>
    Kind& find_or_make(const std::string& name, const std::string& help, MetricType type,
                       const Labels& labels, Make make) {
        const std::string full = "custodialbridge_" + name;
        CB_CHECK(prometheus::CheckMetricName(full) && are_label_names(labels));
        std::lock_guard lock(families_mutex);
        const auto [family, is_new] = families.try_emplace(full, Family{help, type, {}});
        CB_CHECK(family->second.type == type);
        auto& metric = family->second.metrics[labels];
        if (!metric) metric = make();
        return static_cast<Kind&>(*metric);
    }

    std::vector<prometheus::MetricFamily> collect() {
        std::lock_guard lock(families_mutex);
        std::vector<prometheus::MetricFamily> all;
        all.reserve(families.size());
        for (const auto& [name, family] : families) {
            auto& one = all.emplace_back();
            one.name = name;
            one.help = family.help;
            one.type = family.type;
            for (const auto& [labels, metric] : family.metrics) {
                one.metric.push_back(metric->collect());
                one.metric.back().label = to_prometheus(labels);
            }
        }
        return all;
    }

    std::mutex families_mutex;
    std::map<std::string, Family> families;
    std::mutex rendering_mutex;  // taken before the other; refreshes may make metrics
    std::vector<std::function<void()>> refreshes;
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}

Registry::~Registry() = default;

Counter& Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
    return impl_->find_or_make<AtomicCounter>(name, help, MetricType::Counter, labels,
                                              [] { return std::make_unique<AtomicCounter>(); });
}

Gauge& Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
    return impl_->find_or_make<AtomicGauge>(name, help, MetricType::Gauge, labels,
                                            [] { return std::make_unique<AtomicGauge>(); });
}

Histogram& Registry::histogram(const std::string& name, const std::string& help,
                               const std::vector<double>& bounds, const Labels& labels) {
    CB_CHECK(std::adjacent_find(bounds.begin(), bounds.end(), std::greater_equal<>()) ==
             bounds.end());
    return impl_->find_or_make<AtomicHistogram>(
        name, help, MetricType::Histogram, labels,
        [&bounds] { return std::make_unique<AtomicHistogram>(bounds); });
}

void Registry::before_rendering(std::function<void()> refresh) {
    std::lock_guard lock(impl_->rendering_mutex);
    impl_->refreshes.push_back(std::move(refresh));
}

std::string Registry::render() {
    std::lock_guard lock(impl_->rendering_mutex);
    for (const auto& refresh : impl_->refreshes) refresh();
    return prometheus::TextSerializer().Serialize(impl_->collect());
}

const std::vector<double>& latency_bounds() {
    static const std::vector<double> bounds{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025,
                                            0.005,   0.01,   0.025,   0.05,   0.1,   0.25,
                                            0.5,     1,      2.5,     5,      10};
    return bounds;
}

const std::vector<double>& lag_bounds() {
    static const std::vector<double> bounds{0.1, 0.25, 0.5, 1,   2,   5,    10,  15,
                                            30,  60,   120, 300, 600, 1800, 3600};
    return bounds;
}

}  // namespace custodialbridge::telemetry

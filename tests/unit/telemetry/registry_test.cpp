#include "custodialbridge/telemetry/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <thread>

namespace custodialbridge::telemetry {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Registry, RendersACounterWithItsHelpTypeAndPrefix) {
    Registry registry;
    registry.counter("reorgs_total", "Reorganisations seen", {{"chain_id", "1"}}).add(2);
    EXPECT_EQ(registry.render(),
              "# HELP custodialbridge_reorgs_total Reorganisations seen\n"
              "# TYPE custodialbridge_reorgs_total counter\n"
              "custodialbridge_reorgs_total{chain_id=\"1\"} 2\n");
}

TEST(Registry, RendersAGaugeAsLastSet) {
    Registry registry;
    auto& depth = registry.gauge("retry_queue_depth", "Waiting retries");
    depth.set(7);
    depth.set(3);
    EXPECT_THAT(registry.render(), HasSubstr("\ncustodialbridge_retry_queue_depth 3\n"));
}

TEST(Registry, GivesTheSameMetricForTheSameNameAndLabels) {
    Registry registry;
    auto& first = registry.counter("errors_total", "Errors", {{"task", "a"}, {"chain_id", "1"}});
    auto& again = registry.counter("errors_total", "Errors", {{"chain_id", "1"}, {"task", "a"}});
    auto& other = registry.counter("errors_total", "Errors", {{"chain_id", "1"}, {"task", "b"}});
    EXPECT_EQ(&first, &again);
    EXPECT_NE(&first, &other);
}

TEST(Registry, CountsAnObservationInTheFirstBucketThatHoldsIt) {
    Registry registry;
    auto& seconds = registry.histogram("api_request_seconds", "Requests", {0.1, 1});
    for (const double value : {0.05, 0.1, 0.5, 2.0}) seconds.observe(value);
    const auto text = registry.render();
    EXPECT_THAT(text, HasSubstr("custodialbridge_api_request_seconds_bucket{le=\"0.1\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("custodialbridge_api_request_seconds_bucket{le=\"1\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("custodialbridge_api_request_seconds_bucket{le=\"+Inf\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("custodialbridge_api_request_seconds_count 4\n"));
    EXPECT_THAT(text, HasSubstr("custodialbridge_api_request_seconds_sum 2.65\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE custodialbridge_api_request_seconds histogram\n"));
}

TEST(Registry, IgnoresAnObservationThatIsNoNumber) {
    Registry registry;
    auto& seconds = registry.histogram("x_seconds", "X", {1});
    seconds.observe(std::numeric_limits<double>::quiet_NaN());
    EXPECT_THAT(registry.render(), HasSubstr("custodialbridge_x_seconds_count 0\n"));
}

TEST(Registry, EscapesLabelValues) {
    Registry registry;
    registry.gauge("build_info", "Build", {{"version", "a\"b\\c\nd"}}).set(1);
    EXPECT_THAT(registry.render(), HasSubstr("{version=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(Registry, RefreshesDerivedGaugesBeforeEachRendering) {
    Registry registry;
    int renderings = 0;
    registry.before_rendering([&] { registry.gauge("derived", "Derived").set(++renderings); });
    EXPECT_THAT(registry.render(), HasSubstr("custodialbridge_derived 1\n"));
    EXPECT_THAT(registry.render(), HasSubstr("custodialbridge_derived 2\n"));
}

TEST(Registry, LosesNothingThatManyThreadsAdd) {
    constexpr int kThreads = 4;
    constexpr int kTimes = 10'000;
    Registry registry;
    auto& count = registry.counter("many_total", "Many");
    auto& seconds = registry.histogram("many_seconds", "Many", {0.5});
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < kTimes; ++i) {
                    count.add();
                    seconds.observe(1);
                    if (i % 1000 != 0) continue;
                    EXPECT_THAT(registry.render(), HasSubstr("many_total"));
                }
            });
    }
    const auto text = registry.render();
    EXPECT_THAT(text, HasSubstr("custodialbridge_many_total 40000\n"));
    EXPECT_THAT(text, HasSubstr("custodialbridge_many_seconds_sum 40000\n"));
    EXPECT_THAT(text, HasSubstr("custodialbridge_many_seconds_bucket{le=\"+Inf\"} 40000\n"));
    EXPECT_THAT(text, HasSubstr("custodialbridge_many_seconds_bucket{le=\"0.5\"} 0\n"));
}

TEST(Registry, CanBeFilledWhileItIsRendered) {
    Registry registry;
    std::jthread filler([&] {
        for (int i = 0; i < 500; ++i) registry.gauge("g" + std::to_string(i), "G").set(1);
    });
    for (int i = 0; i < 20; ++i) EXPECT_THAT(registry.render(), Not(HasSubstr("g500")));
    filler.join();
    EXPECT_THAT(registry.render(), HasSubstr("custodialbridge_g499 1\n"));
}

TEST(Bounds, AreAscendingAndSpanWhatTheyPromise) {
    for (const auto* bounds : {&latency_bounds(), &lag_bounds()})
        EXPECT_TRUE(std::is_sorted(bounds->begin(), bounds->end()));
    EXPECT_EQ(latency_bounds().front(), 0.00005);
    EXPECT_EQ(latency_bounds().back(), 10);
    EXPECT_EQ(lag_bounds().front(), 0.1);
    EXPECT_EQ(lag_bounds().back(), 3600);
}

}  // namespace
}  // namespace custodialbridge::telemetry

#include "simulation.hpp"

#include <gtest/gtest.h>

#include "support/each_seed.hpp"

namespace custodialbridge::simulation {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSeeds = 100;
#else
constexpr std::uint64_t kSeeds = 1'000;
#endif
constexpr std::uint64_t kShares = 8;
constexpr int kSteps = 40;

class EverySeed : public ::testing::TestWithParam<std::uint64_t> {
  protected:
    void SetUp() override {
        const bool wanted = std::getenv("CB_SIMULATION_LOG") != nullptr;
        telemetry::set_log_level(wanted ? telemetry::LogLevel::debug : telemetry::LogLevel::error);
    }
};

TEST_P(EverySeed, EndsWithTheChainsBalancesWhateverHappens) {
    testing::for_each_seed(kSeeds, GetParam(), kShares, [](std::uint64_t seed) {
        Simulation simulation(seed);
        const std::string wrong = simulation.run(kSteps);
        EXPECT_EQ(wrong, "") << simulation.setup();
    });
}

/// A world in which something never happens shows nothing about it.
TEST(SimulatedWorld, HoldsEveryAccident) {
    telemetry::set_log_level(telemetry::LogLevel::error);
    Tally all;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Simulation simulation(seed);
        ASSERT_EQ(simulation.run(kSteps), "") << "CB_SEED=" << seed;
        for (const auto& [name, times] : simulation.tally()) all[name] += times;
    }
    for (const char* name :
         {"connections refused", "stalls", "rate limits", "HTTP 5xx", "garbage",
          "answers of another backend", "missing answers", "batches refused", "errors",
          "null blocks", "forged headers", "receipts withheld", "lies in receipts", "lies in logs",
          "lies in ranges", "balances miscounted", "balances refused", "balances learnt",
          "blocks invented", "runs with a quorum",
          "runs with lies in ranges", "moves corrected", "events corrected", "ranges refused",
          "states pruned", "commits", "commits that land late", "kills before a commit",
          "kills after a commit", "commits refused", "commits without an answer", "reorgs unwound",
          "blocks proven", "blocks checked", "blocks claimed", "rows orphaned", "rows settled",
          "moves between own wallets", "wallets removed", "wallets tracked"}) {
        EXPECT_GT(all[name], 0u) << name;
        if (std::getenv("CB_SIMULATION_TALLY")) std::printf("%8lu %s\n", all[name], name);
    }
}

INSTANTIATE_TEST_SUITE_P(Simulation, EverySeed, ::testing::Range(std::uint64_t{0}, kShares));

}  // namespace
}  // namespace custodialbridge::simulation

/// Runs a random test with many seeds. A failure names its seed; CB_SEED=n runs that one alone,
/// CB_SEEDS=count as many as that (from CB_SEED on).
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

namespace custodialbridge::testing {

inline std::optional<std::uint64_t> number_from_environment(const char* name) {
    const char* text = std::getenv(name);
    if (text == nullptr) return std::nullopt;
    return std::strtoull(text, nullptr, 10);
}

/// One of `shares` equal parts of the seeds, so that they can run side by side. Ends at the first
/// seed whose `run(seed)` fails.
template <class Run>
void for_each_seed(std::uint64_t count, std::uint64_t share, std::uint64_t shares, Run run) {
    const auto only = number_from_environment("CB_SEED");
    const std::uint64_t first = only.value_or(1);
    count = number_from_environment("CB_SEEDS").value_or(only ? 1 : count);
    for (std::uint64_t seed = first + share; seed < first + count; seed += shares) {
        SCOPED_TRACE("CB_SEED=" + std::to_string(seed));
        run(seed);
        if (::testing::Test::HasFailure()) return;
    }
}

template <class Run>
void for_each_seed(std::uint64_t count, Run run) {
    for_each_seed(count, 0, 1, std::move(run));
}

}  // namespace custodialbridge::testing

/// Runs a random test with many seeds; CB_SEED=n runs that one alone. A failure names its seed.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace custodialbridge::testing {

/// Ends at the first seed whose `run(seed)` fails.
template <class Run>
void for_each_seed(std::uint64_t count, Run run) {
    std::uint64_t first = 1;
    if (const char* seed = std::getenv("CB_SEED")) {
        first = std::strtoull(seed, nullptr, 10);
        count = 1;
    }
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        SCOPED_TRACE("CB_SEED=" + std::to_string(seed));
        run(seed);
        if (::testing::Test::HasFailure()) return;
    }
}

}  // namespace custodialbridge::testing

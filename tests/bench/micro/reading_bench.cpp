// What a cached read does.
#include <benchmark/benchmark.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "custodialbridge/cache/local_cache.hpp"
#include "custodialbridge/core/u256.hpp"

namespace custodialbridge::bench {

namespace {

constexpr ChainId kChain{1};
constexpr TokenId kToken{1};

struct FilledCache {
    explicit FilledCache(std::size_t count)
        : cache(2 * count, std::chrono::duration_cast<Millis>(std::chrono::hours(1))) {
        cache.begin_block(kChain, {0, BlockNumber{1}});
        for (std::size_t i = 0; i < count; ++i) {
            users.push_back("user-" + std::to_string(i));
            cache::LocalBalance value;
            value.balance.amount = U256(i) << 70;
            value.balance.version = {0, BlockNumber{1}};
            value.followed = true;
            value.decimals = 18;
            value.symbol = "CPOP";
            value.units = format_units(value.balance.amount, 18);
            value.raw = to_string(value.balance.amount);
            cache.put({{users.back()}, kChain, kToken}, value, Instant{});
        }
    }

    cache::LocalCache cache;
    std::vector<std::string> users;
};

FilledCache& filled_cache() {
    static FilledCache cache(10'000);
    return cache;
}

void find_in_local_cache(benchmark::State& state) {
    FilledCache& filled = filled_cache();
    std::mt19937 dice(static_cast<unsigned>(state.thread_index()));
    cache::LocalBalance found;
    bool expired = false;
    for (auto _ : state) {
        const std::string& user = filled.users[dice() % filled.users.size()];
        if (!filled.cache.find(user, kChain, kToken, Instant{}, found, expired))
            state.SkipWithError("not found");
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(find_in_local_cache)->ThreadRange(1, 2);

void format_amount(benchmark::State& state) {
    const U256 amount = (U256(1) << static_cast<unsigned>(state.range(0))) - 12'345;
    for (auto _ : state) benchmark::DoNotOptimize(format_units(amount, 18));
}
BENCHMARK(format_amount)->Arg(63)->Arg(80)->Arg(255);

}  // namespace

}  // namespace custodialbridge::bench

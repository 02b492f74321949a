// What ten million wallets cost in the filter, and how fast it tells whose an address is, beside
// the table that it is made of and the standard library's.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstring>
#include <fstream>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <type_traits>
#include <unordered_map>

#include "custodialbridge/rules/watchlist.hpp"

namespace custodialbridge::bench {

namespace {

constexpr std::size_t kMany = 10'000'000;
constexpr double kMebibyte = 1024.0 * 1024.0;
constexpr double kBudgetMiB = 1024.0;

/// Addresses are drawn again from the same seed, so that they take no memory of their own.
Address drawn_address(std::mt19937_64& dice) {
    Address address;
    for (std::size_t i = 0; i < 20; i += 4) {
        const auto part = static_cast<std::uint32_t>(dice());
        std::memcpy(address.bytes.data() + i, &part, 4);
    }
    return address;
}

/// A line of /proc/self/status in MiB.
double memory_mib(const std::string& name) {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
        if (word != name + ":") continue;
        double kibibytes = 0;
        status >> kibibytes;
        return kibibytes / 1024.0;
    }
    return 0;
}

/// The peak is counted from here on.
void forget_peak() {
    std::ofstream("/proc/self/clear_refs") << "5";
}

struct Filter {
    rules::Watchlist list{std::span<const Token>()};

    void add(const Address& address, WalletId wallet) { list.add_wallet(address, wallet); }
    WalletId find(const Address& address) const { return list.wallet(address); }
};

template <class Map>
struct Bare {
    Map map;

    void add(const Address& address, WalletId wallet) { map[address] = wallet; }
    WalletId find(const Address& address) const {
        const auto found = map.find(address);
        return found == map.end() ? WalletId{0} : found->second;
    }
};

using FlatMap = Bare<boost::unordered_flat_map<Address, WalletId, std::hash<Address>>>;
using StandardMap = Bare<std::unordered_map<Address, WalletId>>;

std::shared_ptr<void>& kept_table() {
    static std::shared_ptr<void> kept;
    return kept;
}

/// A table filled one by one, as it is when the daemon starts; the peak includes growing.
template <class Table>
struct Filled {
    Filled() {
        malloc_trim(0);  // what was freed before would hide what is taken now
        const double before = memory_mib("VmRSS");
        forget_peak();
        std::mt19937_64 dice(1);
        for (std::size_t i = 0; i < kMany; ++i)
            table.add(drawn_address(dice), WalletId{static_cast<std::int64_t>(i) + 1});
        resident_mib = memory_mib("VmRSS") - before;
        peak_mib = memory_mib("VmHWM") - before;
    }

    Table table;
    double resident_mib = 0;
    double peak_mib = 0;
};

/// Keeps the table from run to run, until one of another kind is asked for.
template <class Table>
const Filled<Table>& the_only() {
    static std::weak_ptr<Filled<Table>> mine;
    if (mine.expired()) {
        kept_table().reset();
        auto made = std::make_shared<Filled<Table>>();
        mine = made;
        kept_table() = std::move(made);
    }
    return *mine.lock();
}

/// Argument: 1 asks for wallets that are there, 0 for addresses that are nobody's. The cost of
/// drawing an address is in both, and measured by itself below.
template <class Table>
void ten_million_wallets(benchmark::State& state) {
    const Filled<Table>& filled = the_only<Table>();
    state.counters["bytes_per_wallet"] =
        filled.resident_mib * kMebibyte / static_cast<double>(kMany);
    state.counters["resident_MiB"] = filled.resident_mib;
    state.counters["peak_MiB"] = filled.peak_mib;
    if (std::is_same_v<Table, Filter> && filled.peak_mib > kBudgetMiB)
        state.SkipWithError("more than 1 GiB");
    const bool known = state.range(0) == 1;
    const std::uint64_t seed = known ? 1 : 2;
    std::mt19937_64 again(seed);
    std::size_t asked = 0;
    for (auto _ : state) {
        if (asked++ % kMany == 0) again.seed(seed);
        if ((filled.table.find(drawn_address(again)).value != 0) != known)
            state.SkipWithError("not what was put in");
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ten_million_wallets<Filter>)->Arg(1)->Arg(0);
BENCHMARK(ten_million_wallets<FlatMap>)->Arg(1)->Arg(0);
BENCHMARK(ten_million_wallets<StandardMap>)->Arg(1)->Arg(0);

void draw_an_address(benchmark::State& state) {
    std::mt19937_64 dice(1);
    for (auto _ : state) benchmark::DoNotOptimize(drawn_address(dice));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(draw_an_address)->Name("ten_million_wallets/drawing alone");

}  // namespace

}  // namespace custodialbridge::bench

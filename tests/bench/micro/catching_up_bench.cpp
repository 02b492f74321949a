// What catching up does to each log between the socket and the database.
#include <benchmark/benchmark.h>

#include <vector>

#include "custodialbridge/rules/plan_blocks.hpp"
#include "json_rpc.hpp"
#include "numeric.hpp"
#include "parse_chain.hpp"
#include "transfers_text.hpp"

namespace custodialbridge::bench {

namespace {

void parse_logs_answer(benchmark::State& state) {
    std::string body = logs_answer();
    const LogFilter filter = watchlist().filter();
    const rpc::LogChecks checks(filter, BlockNumber{1}, BlockNumber{kBlocks});
    std::size_t logs = 0;
    const rpc::ResultReader reader = [&](std::size_t, rpc::JsonValue& value) -> Result<void> {
        CB_TRY(batch, rpc::parse_logs(value, checks, rpc::LogShare::most));
        logs += batch.logs.size();
        return {};
    };
    for (auto _ : state)
        if (!rpc::read_answers(body, 1, 1, reader)) state.SkipWithError("not parsed");
    state.SetItemsProcessed(static_cast<std::int64_t>(logs));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                            static_cast<std::int64_t>(logs_answer().size()));
}
BENCHMARK(parse_logs_answer)->Unit(benchmark::kMillisecond);

void decode_and_plan(benchmark::State& state) {
    const LogBatch& batch = logs_batch();
    for (auto _ : state) {
        LedgerPlan plan;
        rules::MovePlanner planner(watchlist());
        const bool read = planner.read(batch, plan).has_value();
        rules::sum_deltas(plan);
        if (!read || plan.moves.size() != batch.logs.size()) state.SkipWithError("not planned");
        benchmark::DoNotOptimize(plan.deltas.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch.logs.size()));
}
BENCHMARK(decode_and_plan)->Unit(benchmark::kMillisecond);

/// Of as many bits as the argument says.
void encode_numeric(benchmark::State& state) {
    const U256 amount = (U256(1) << static_cast<unsigned>(state.range(0))) - 12'345;
    char buffer[store::kNumericBytesMax];
    for (auto _ : state) {
        benchmark::DoNotOptimize(store::encode_numeric(amount, false, buffer));
        benchmark::ClobberMemory();
    }
}
BENCHMARK(encode_numeric)->Arg(63)->Arg(80)->Arg(127)->Arg(255);

void decode_numeric(benchmark::State& state) {
    const U256 amount = (U256(1) << static_cast<unsigned>(state.range(0))) - 12'345;
    char buffer[store::kNumericBytesMax];
    const std::size_t size = store::encode_numeric(amount, false, buffer);
    for (auto _ : state)
        benchmark::DoNotOptimize(store::decode_numeric(std::span<const char>(buffer, size)));
}
BENCHMARK(decode_numeric)->Arg(63)->Arg(80)->Arg(255);

}  // namespace

}  // namespace custodialbridge::bench

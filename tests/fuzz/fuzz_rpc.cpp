// Answers of nodes, each shape by turns: taken only when every check holds, and never an accident.
#include <cstdlib>
#include <string>

#include "custodialbridge/core/abi.hpp"
#include "json_rpc.hpp"
#include "json_value.hpp"
#include "parse_chain.hpp"
#include "parse_proof.hpp"

namespace {

using namespace custodialbridge;
using namespace custodialbridge::rpc;

constexpr std::size_t kShapes = 7;

Result<void> read_logs(JsonValue& result, LogShare share) {
    const LogChecks checks(LogFilter(), BlockNumber{0}, BlockNumber{1'000});
    auto logs = parse_logs(result, checks, share);
    if (!logs) return logs.error();
    const Log* previous = nullptr;
    for (const Log& log : logs->logs) {
        if (checks.complaint(log, previous) != nullptr) std::abort();
        if (log.data_offset + log.data_size > logs->data.size()) std::abort();
        previous = &log;
    }
    return {};
}

template <class T>
Result<void> outcome_of(const Result<T>& parsed) {
    if (!parsed) return parsed.error();
    return {};
}

Result<void> read(std::size_t shape, JsonValue& result) {
    const Hash32 block{};
    switch (shape) {
        case 0: return outcome_of(parse_header(result));
        case 1: return outcome_of(parse_whole_header(result));
        case 2: return outcome_of(parse_receipts(result, block));
        case 3: return outcome_of(parse_receipt(result, block, 0));
        case 4: return read_logs(result, LogShare::most);
        case 5: return read_logs(result, LogShare::some);
        default: return outcome_of(parse_text(result));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t shape = data[0] % kShapes;
    for (const std::size_t count : {1u, 3u}) {
        std::string body(reinterpret_cast<const char*>(data + 1), size - 1);
        const ResultReader reader = [&](std::size_t call, JsonValue& result) {
            if (call >= count) std::abort();
            return read(shape, result);
        };
        const auto answers = read_answers(body, count, 1, reader);
        if (answers && answers->outcomes.size() != count) std::abort();
    }
    const std::span<const std::uint8_t> bytes(data + 1, size - 1);
    (void)abi::decode_u256(bytes);
    (void)abi::decode_address(bytes);
    (void)abi::decode_aggregate3(bytes, shape);
    return 0;
}

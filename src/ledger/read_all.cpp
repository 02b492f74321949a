#include "custodialbridge/ledger/read_all.hpp"

#include <algorithm>
#include <utility>

#include "custodialbridge/runtime/run_together.hpp"

namespace custodialbridge::ledger {
namespace {

/// Of one call. As many as the tiers below take in one statement; each costs a few kilobytes.
constexpr std::size_t kReadsAtOnce = 500;

/// What the readers of one call share.
struct Reading {
    BalanceReader& reader;
    const std::vector<BalanceKey> keys;
    const Deadline by;
    std::vector<OneRead> reads;
    std::vector<std::size_t> waiting;  ///< places of keys that are to be read
    std::size_t next = 0;              ///< of `waiting`

    void take_local() {
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const BalanceKey& key = keys[i];
            if (!reader.find_local(key.user.value, key.chain, key.token, reads[i].view))
                waiting.push_back(i);
        }
    }
};

Task<void> read_one_by_one(Reading& reading) {
    while (reading.next < reading.waiting.size()) {
        const std::size_t i = reading.waiting[reading.next++];
        OneRead& read = reading.reads[i];
        read.result = co_await reading.reader.read(reading.keys[i], read.view, reading.by);
    }
}

Task<std::vector<OneRead>> read_all_cached(BalanceReader& reader, std::vector<BalanceKey> keys,
                                           Deadline by) {
    Reading reading{reader, std::move(keys), by, {}, {}, 0};
    reading.reads.resize(reading.keys.size());
    reading.take_local();
    std::vector<Task<void>> parts;
    const std::size_t count = std::min(kReadsAtOnce, reading.waiting.size());
    for (std::size_t i = 0; i < count; ++i) parts.push_back(read_one_by_one(reading));
    if (!parts.empty()) co_await runtime::run_all(std::move(parts));
    co_return std::move(reading.reads);
}

}  // namespace

Task<std::vector<OneRead>> read_all(BalanceReader& reader, std::vector<BalanceKey> keys,
                                    Freshness freshness, Deadline by) {
    if (freshness == Freshness::realtime)
        return reader.read_realtime_all(std::move(keys), 0, by);
    return read_all_cached(reader, std::move(keys), by);
}

}  // namespace custodialbridge::ledger

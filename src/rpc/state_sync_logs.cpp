#include "state_sync_logs.hpp"

#include <algorithm>

#include "chain_calls.hpp"
#include "custodialbridge/core/state_sync.hpp"

namespace custodialbridge::rpc {

namespace {

bool append_state_sync(BlockFacts& to, const BlockFacts& claimed, std::uint32_t logs_told) {
    const auto& logs = claimed.logs.logs;
    for (std::size_t i = logs.size() - claimed.outside_root; i < logs.size(); ++i) {
        Log log = logs[i];
        if (log.log_index < logs_told) return false;
        const auto data = claimed.logs.data_of(log);
        log.data_offset = static_cast<std::uint32_t>(to.logs.data.size());
        to.logs.data.insert(to.logs.data.end(), data.begin(), data.end());
        to.logs.logs.push_back(log);
    }
    to.outside_root = claimed.outside_root;
    return true;
}

}  // namespace

void count_state_sync(std::vector<BlockFacts>& facts) {
    for (BlockFacts& block : facts) {
        if (block.logs.logs.empty()) continue;
        const Hash32 transaction = state_sync_transaction(block.header.ref);
        const auto& logs = block.logs.logs;
        const auto last = std::find_if(logs.rbegin(), logs.rend(), [&](const Log& log) {
            return log.tx_hash != transaction;
        });
        block.outside_root = static_cast<std::uint32_t>(last - logs.rbegin());
        block.has_state_sync = block.outside_root > 0;
    }
}

Task<Result<void>> add_state_syncs(Endpoint& endpoint, const std::vector<UntoldStateSync>& untold,
                                   const LogFilter& filter,
                                   std::vector<std::optional<BlockFacts>>& facts, Deadline by) {
    if (untold.empty() || filter.empty()) co_return Result<void>();
    std::vector<Hash32> blocks;
    for (const UntoldStateSync& one : untold) blocks.push_back(facts[one.block]->header.ref.hash);
    LogFilter logs_alone = filter;
    logs_alone.parties = false;
    CB_CO_TRY(claimed, co_await block_facts(endpoint, blocks, logs_alone, by));
    for (std::size_t i = 0; i < untold.size(); ++i)
        if (!append_state_sync(*facts[untold[i].block], claimed[i], untold[i].logs_told))
            co_return contradiction(endpoint, "a state sync's log among those before it");
    co_return Result<void>();
}

}  // namespace custodialbridge::rpc

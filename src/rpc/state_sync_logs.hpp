/// Logs of the receipt that stands outside of a block's receipts root (core/state_sync.hpp).
#pragma once

#include <vector>

#include "custodialbridge/rpc/rpc_client.hpp"
#include "endpoint.hpp"

namespace custodialbridge::rpc {

/// Counts them among each block's logs, which are as eth_getLogs tells them.
void count_state_sync(std::vector<BlockFacts>& facts);

/// Of a proven block whose list names a state sync, though there is no such receipt: nodes are
/// known whose eth_getBlockReceipts leaves it out. Then its logs are eth_getLogs'.
struct UntoldStateSync {
    std::size_t block;        ///< its place among those asked for
    std::uint32_t logs_told;  ///< the block's logs in the root: its own are numbered from there
};

/// Adds their logs, as the endpoint claims them, to the facts of these blocks.
Task<Result<void>> add_state_syncs(Endpoint& endpoint, const std::vector<UntoldStateSync>& untold,
                                   const LogFilter& filter,
                                   std::vector<std::optional<BlockFacts>>& facts, Deadline by);

}  // namespace custodialbridge::rpc

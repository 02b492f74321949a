/// What we ask of one endpoint about blocks and logs, and what must hold for its answers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "custodialbridge/rpc/rpc_client.hpp"
#include "endpoint.hpp"

namespace custodialbridge::rpc {

/// The header that a tag names. `unsupported` when the node does not know the tag or has no such
/// block; `orphaned` while that is not sure (TagMemory). Neither is held against the endpoint,
/// since it answers `latest`.
Task<Result<BlockHeader>> tagged_header(Endpoint& endpoint, BlockTag tag, Deadline by);

/// What the endpoint said of a tag that is not `latest`.
TagMemory& memory_of(Endpoint& endpoint, BlockTag tag);

/// Headers by number, in that order; nothing for a block that the node does not have.
Task<Result<std::vector<std::optional<BlockHeader>>>> numbered_headers(
    Endpoint& endpoint, std::vector<BlockNumber> blocks, Deadline by);

/// What a node says about one of its blocks and about its newest one, asked in one batch.
struct ChainView {
    std::optional<BlockHeader> block;
    Hash32 state_root;  ///< the block's; zero when its header has none
    BlockHeader latest;
};
Task<Result<ChainView>> view_chain(Endpoint& endpoint, BlockNumber block, Deadline by);

/// The root of the state that a node uses for calls with this block parameter (eth_getProof).
Task<Result<Hash32>> state_root_behind(Endpoint& endpoint, std::string pin, Deadline by);

/// RpcClient::headers at one endpoint.
Task<Result<std::vector<BlockHeader>>> linked_headers(Endpoint& endpoint, BlockNumber first,
                                                      std::uint32_t count, Deadline by);

/// RpcClient::headers_of at one endpoint; `unavailable` when it lacks one.
Task<Result<std::vector<BlockHeader>>> all_headers(Endpoint& endpoint,
                                                   std::vector<BlockNumber> blocks, Deadline by);

/// Header and logs of each block by its hash, as the endpoint claims them; the logs by number, with
/// the hash checked before and after, where it refuses hashes. The references must stay.
Task<Result<std::vector<BlockFacts>>> block_facts(Endpoint& endpoint,
                                                  const std::vector<Hash32>& blocks,
                                                  const LogFilter& filter, Deadline by);

/// RpcClient::logs at one endpoint, in a few pieces when it takes less at once. Each asks in the
/// same batch for its last block: a node that lacks it would answer the logs of a shorter range
/// without a word.
Task<Result<LogBatch>> ranged_logs(Endpoint& endpoint, BlockNumber first, BlockNumber last,
                                   const LogFilter& filter, Deadline by);

/// Calls whose results are JSON strings: each one's text, or its own error.
Task<Result<std::vector<Result<std::string>>>> texts(Endpoint& endpoint, std::vector<Call> calls,
                                                     Deadline by);

/// An endpoint's answer that cannot be true.
Error contradiction(const Endpoint& endpoint, std::string_view what);

/// A call of eth_getBlockByHash without transactions.
Call block_by_hash(const Hash32& hash);

/// The same with its transactions.
Call whole_block_by_hash(const Hash32& hash);

/// A call of eth_getBlockByNumber without transactions; `block` is a quantity or a tag.
Call block_by(std::string_view block);

}  // namespace custodialbridge::rpc

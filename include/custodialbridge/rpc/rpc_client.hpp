/// What the sync side asks of a chain. One client a chain, over a pool of endpoints with failover.
///
/// Every answer is checked (shape, block, order) before it is returned. Null, empty and reverted
/// answers are errors or "unknown", never zero and never "not there". Lives on one loop: call from
/// there only. Sources: ethereum/execution-apis; EIP-234 (logs by block hash), EIP-1898 (calls by
/// block hash).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "custodialbridge/core/abi.hpp"
#include "custodialbridge/core/block.hpp"
#include "custodialbridge/core/log.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/token.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::rpc {

using runtime::Deadline;
using runtime::Task;

enum class BlockTag : std::uint8_t { latest, safe, finalized };

/// Why a block is not proven though there are header and receipts.
enum class Unprovable : std::uint8_t {
    no,            ///< it is proven; or no proof is wanted, or nobody gives what it is made of
    other_header,  ///< the header hashes from other fields than we know
    other_root,    ///< receipts do not give the header's root, whoever is asked, again and again
    new_fields     ///< as `other_header`, and the header has members that we do not know; but the
                   ///< receipts give its root and its bloom; taken when another endpoint says so
};

/// A block and those of its logs that a filter lets through, answered by one endpoint.
struct BlockFacts {
    BlockHeader header;
    LogBatch logs;
    /// `proven`: by the receipts, which give the receipts root of the header, which gives the
    /// block's hash. Contract, topics, data, order and index of each log are then the chain's, and
    /// none is missing; its transaction's hash is the endpoint's word. `checked`: two endpoints say
    /// so, or it is as Unprovable::new_fields tells. Else `claimed`.
    Completeness completeness = Completeness::claimed;
    /// Senders and receivers of the block's transactions, as the receipts say, or its bodies where
    /// the filter asks for them; an endpoint's word, and empty where it gives neither.
    std::vector<Address> parties{};
    /// So many of the last logs are of a receipt that stands outside of the header's root, as that
    /// of state which Polygon's validators bring in (core/state_sync.hpp): neither root nor bloom
    /// know of them. Then `checked` when two endpoints tell the same, else `claimed`, whatever is
    /// proven of the logs before them.
    std::uint32_t outside_root = 0;
    Unprovable unprovable = Unprovable::no;
    std::optional<Hash32> receipts_root{};  ///< as the header says, if it was read whole
    /// There is such a receipt, or its transaction is listed: never `proven`, also when none of its
    /// logs is wanted, for what they are is not proven either.
    bool has_state_sync = false;
    /// `proven` by one receipt at least: so the chain's roots are those that we compute. That no
    /// receipts give the root of none does not say that.
    bool has_proven_receipts = false;
};

/// A balance to be read: how much of a contract's token `holder` has (whole erc1155 collections
/// cannot be read in one call).
struct BalanceQuestion {
    Address holder;
    Address contract;            ///< zero: the native currency
    std::optional<U256> nft_id;  ///< erc1155, or erc721 by its owner
    /// erc721: 1 when the holder is the owner of `nft_id`, 0 when another one is. Of an id that
    /// nobody owns the answer is unknown: the contract reverts.
    bool by_owner = false;
    /// Instead: 1 when there is code at `contract`, 0 when there is none.
    bool of_code = false;
};

/// What a pinned read said; an error is "unknown" for that one balance and does not fail the
/// others.
using BalanceAnswer = Result<U256>;

struct EndpointStatus {
    std::string name;  ///< host:port, without credentials
    bool healthy = false;
    std::optional<BlockNumber> head;
    double latency_ms = 0;
    double error_rate = 0;  ///< 0 … 1 over recent calls
};

/// Can these be all of a block's matching logs?
using Plausible = std::function<bool(const BlockFacts&)>;

/// Of a range's logs, the blocks whose headers are wanted too, ascending. Called for each
/// endpoint's answer: the last one is what counts.
using WantedBlocks = std::function<Task<Result<std::vector<BlockRef>>>(const LogBatch& logs)>;

class RpcClient {
  public:
    virtual ~RpcClient() = default;

    /// The header that a tag names now. `unsupported` when no endpoint knows the tag.
    virtual Task<Result<BlockHeader>> header(BlockTag tag, Deadline by) = 0;

    /// Canonical headers of [first, first + count), hash-linked to each other, all from one
    /// endpoint. Fewer when the endpoint's chain ends before. Empty when it does not reach `first`.
    virtual Task<Result<std::vector<BlockHeader>>> headers(BlockNumber first, std::uint32_t count,
                                                           Deadline by) = 0;

    /// Headers of the given canonical blocks, in that order, in as few batches as the limits allow.
    virtual Task<Result<std::vector<BlockHeader>>> headers_of(std::vector<BlockNumber> blocks,
                                                              Deadline by) = 0;

    /// Header and matching logs of each block, by its hash, in one batch to one endpoint; proven as
    /// Settings::proof says. `orphaned` when an endpoint does not know a hash; `corrupt` when none
    /// has facts that all are `plausible`, if that is given; `unsupported` when a proof is required
    /// and no endpoint can give one. Facts that a proof shows to be wrong are never returned: they
    /// are that endpoint's failure, and `unavailable` when no other has better ones.
    virtual Task<Result<std::vector<BlockFacts>>> facts(std::vector<Hash32> blocks,
                                                        LogFilter filter, Deadline by,
                                                        Plausible plausible = {}) = 0;

    /// The logs of [first, last] by number; only for finalized ranges. In order; every log has its
    /// block's hash. `limited` when the range is too large for the endpoint: ask for less.
    virtual Task<Result<LogBatch>> logs(BlockNumber first, BlockNumber last, LogFilter filter,
                                        Deadline by) = 0;

    /// As `logs`, which `wanted` is given; then the headers of the blocks that it names and of
    /// `last`, ascending. Logs whose block is not the header's are that endpoint's failure: the
    /// next one is asked for both.
    virtual Task<Result<std::vector<BlockHeader>>> headers_of_logs(BlockNumber first,
                                                                   BlockNumber last,
                                                                   LogFilter filter,
                                                                   WantedBlocks wanted,
                                                                   Deadline by) = 0;

    /// Balances as of the block with `at.hash`, one answer a question, in order. Through multicall
    /// where it is deployed, else in batches. The whole call fails with `orphaned` when `at` is not
    /// canonical there, with `unsupported` when its state is pruned. A read of the newest block is
    /// repeated until the head did not move while it was made (some nodes are not atomic while a
    /// block arrives).
    virtual Task<Result<std::vector<BalanceAnswer>>> balances(
        BlockRef at, std::vector<BalanceQuestion> questions, Deadline by) = 0;

    virtual std::vector<EndpointStatus> endpoints() const = 0;
};

}  // namespace custodialbridge::rpc

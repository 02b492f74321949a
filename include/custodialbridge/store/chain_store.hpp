/// Where each chain's ledger stands, as stored. Read port; the cursor is moved by PlanCommitter
/// alone.
#pragma once

#include <optional>
#include <vector>

#include "custodialbridge/core/block.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/token.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::store {

using runtime::Deadline;
using runtime::Task;

struct ChainState {
    Cursor cursor;
    Time cursor_time;  ///< timestamp of the cursor's block
    std::optional<BlockNumber> safe;
    std::optional<BlockNumber> finalized;
    bool has_proven = false;  ///< one of the newest blocks (1,024) is stored as proven
    friend bool operator==(const ChainState&, const ChainState&) = default;
};

/// Answers `unavailable` while the database cannot be reached. Any thread's loop may await.
class ChainStore {
  public:
    virtual ~ChainStore() = default;

    virtual Task<Result<std::optional<ChainState>>> load(ChainId chain, Deadline by) = 0;

    /// Makes the chain's row unless it is there; what is stored then. `blocks` ascend, each the
    /// parent of the next: the last is the first cursor, and a reorg may go back to those before.
    virtual Task<Result<ChainState>> begin(ChainId chain, std::vector<BlockHeader> blocks,
                                           Deadline by) = 0;

    /// The newest canonical blocks at or below the cursor, newest first, at most `count`.
    virtual Task<Result<std::vector<BlockRef>>> recent_blocks(ChainId chain, std::uint32_t count,
                                                              Deadline by) = 0;

    /// The same of the blocks at or below `newest`.
    virtual Task<Result<std::vector<BlockRef>>> blocks_below(ChainId chain, BlockNumber newest,
                                                             std::uint32_t count, Deadline by) = 0;

    /// The finalized block only moves forward: a lower number than stored is `conflict`, changing
    /// nothing. The safe block may move back (it is not final), but never below the finalized one.
    virtual Task<Result<void>> set_finality(ChainId chain, BlockNumber safe, BlockNumber finalized,
                                            Deadline by) = 0;

    /// Makes the configured tokens the stored ones: new rows are added, changed settings updated. A
    /// token whose kind, address or nft_id differs from the stored one is `conflict` (it would be
    /// another token).
    virtual Task<Result<void>> sync_tokens(std::vector<Token> tokens, Deadline by) = 0;

    virtual Task<Result<std::vector<Token>>> tokens(Deadline by) = 0;

    /// Followed tokens that are not yet snapshotted for the wallets that were there before them.
    virtual Task<Result<std::vector<TokenId>>> tokens_to_open(ChainId chain, Deadline by) = 0;

    /// Builds the journal's per-wallet indexes unless they are there; they are left out until a
    /// chain first stands at its head, since they would slow the first backfill several times.
    virtual Task<Result<void>> index_journal(Deadline by) = 0;
};

}  // namespace custodialbridge::store

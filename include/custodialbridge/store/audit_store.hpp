/// How far a chain's stored history was proven after the fact. The auditor's port.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "custodialbridge/core/ledger_plan.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::store {

using runtime::Deadline;
using runtime::Task;

struct AuditState {
    BlockNumber audited;  ///< everything up to here; at first the block where the ledger begins
    std::optional<BlockNumber> finalized;
    std::uint32_t epoch = 0;
    friend bool operator==(const AuditState&, const AuditState&) = default;
};

/// What the ledger has of some blocks, and since when what it names is followed.
struct AuditRows {
    std::vector<Move> moves;  ///< canonical, of logs; in order
    std::vector<Announcement> events;  ///< canonical, in order
    std::map<WalletId, BlockNumber> tracked_from;  ///< of wallets that are registered
    std::map<TokenId, BlockNumber> opened_at;
};

/// What some blocks' proofs say, whose rows are right, and which no row would show.
struct AuditedBlocks {
    BlockNumber last;  ///< everything up to here was audited
    std::vector<BlockHeader> proven{};
    std::vector<Touch> touched{};      ///< balances to be read again
    std::vector<WalletId> deployed{};  ///< wallets whose account was deployed
};

class AuditStore {
  public:
    virtual ~AuditStore() = default;

    /// Nothing when the chain has no ledger yet.
    virtual Task<Result<std::optional<AuditState>>> state(ChainId chain, Deadline by) = 0;

    /// Those of [first, last] that are not stored as proven, ascending.
    virtual Task<Result<std::vector<BlockNumber>>> unproven(ChainId chain, BlockNumber first,
                                                            BlockNumber last, Deadline by) = 0;

    /// Of those blocks that are stored.
    virtual Task<Result<std::map<BlockNumber, Hash32>>> hashes(ChainId chain,
                                                               std::vector<BlockNumber> blocks,
                                                               Deadline by) = 0;

    /// `wallets`: others whose `tracked_from` is wanted.
    virtual Task<Result<AuditRows>> rows(ChainId chain, std::vector<BlockNumber> blocks,
                                         std::vector<WalletId> wallets, Deadline by) = 0;

    /// In one unit of work: the blocks are proven to be what these headers say, the balances want a
    /// pinned re-read, the wallets are deployed. What was audited never goes back. Changes nothing
    /// when the chain's epoch is another one: it was unwound meanwhile.
    virtual Task<Result<void>> audited(ChainId chain, std::uint32_t epoch, AuditedBlocks blocks,
                                       Deadline by) = 0;
};

}  // namespace custodialbridge::store

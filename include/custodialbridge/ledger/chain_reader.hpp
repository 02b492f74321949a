/// Reads of a user's balance from the chain itself, pinned to one block hash.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "custodialbridge/core/balance.hpp"
#include "custodialbridge/core/token.hpp"
#include "custodialbridge/ledger/chain_board.hpp"
#include "custodialbridge/ledger/poll_desk.hpp"
#include "custodialbridge/ledger/read_failure.hpp"
#include "custodialbridge/rpc/rpc_client.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/store/balance_store.hpp"
#include "custodialbridge/store/wallet_directory.hpp"

namespace custodialbridge::ledger {

using runtime::Deadline;
using runtime::Task;

struct ChainRead {
    U256 amount{0};        ///< over all of the user's wallets on the chain
    BlockRef block;        ///< as of here
    std::uint32_t epoch = 0;
    std::uint64_t head = 0;  ///< number of the head when it was read
    bool usual = true;  ///< no deeper than what nobody asked to be deeper: worth keeping
    std::size_t wallets = 0; ///< 0: the user has none there, and `amount` means nothing
};

using ChainReadResult = boost::system::result<ChainRead, ReadFailure>;

struct ChainQuestion {
    UserId user;
    const Token* token;  ///< of the registry: outlives the reader
};

/// One a chain. Lives on the sync loop; any loop may await its reads, which cross over and back.
class ChainReader {
  public:
    virtual ~ChainReader() = default;

    /// At a block with at least `confirmations` (1: the head, 0: as many as `make_chain_reader` was
    /// told). `unavailable` when the user's wallets cannot be looked up. When the ledger is about
    /// to apply that block, waits a moment for it, so that a cached read that follows does not look
    /// older than this answer. A whole erc1155 collection is read id by id, of those that the
    /// ledger knows there; `chain_unavailable` while the ledger does not know them.
    /// `token` is of the registry: it outlives the reader.
    virtual Task<ChainReadResult> read(UserId user, const Token& token,
                                       std::uint32_t confirmations, Deadline by) = 0;

    /// The same of many, in their order: all cross over together, and share their calls with each
    /// other and with other reads of that moment (whole erc1155 collections are read apart).
    virtual Task<std::vector<ChainReadResult>> read_all(std::vector<ChainQuestion> questions,
                                                        std::uint32_t confirmations,
                                                        Deadline by) = 0;

    /// Of the canonical block of this number.
    virtual Task<Result<BlockHeader>> header(BlockNumber number, Deadline by) = 0;
};

class LedgerWriter;

/// Everything outlives the reader.
struct ChainReaderParts {
    runtime::Executor sync_loop;
    rpc::RpcClient& rpc;
    store::WalletDirectory& wallets;
    store::BalanceStore& balances;  ///< knows the ids of a collection that a user holds
    LedgerWriter& writer;
    PollDesk& desk;  ///< is left what was read of polled tokens
    const ChainTip& tip;
    std::uint32_t confirmations;  ///< when the caller does not say; at least one (checked)
    runtime::Clock& clock;
};
std::unique_ptr<ChainReader> make_chain_reader(ChainReaderParts parts);

}  // namespace custodialbridge::ledger

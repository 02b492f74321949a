/// What users have, read from the chain at one block.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "custodialbridge/ledger/chain_reader.hpp"

namespace custodialbridge::ledger {

struct PinnedQuestion {
    UserId user;
    const Token* token;  ///< of the registry
    std::uint32_t confirmations = 1;
};

/// An erc1155 without an id: it is read id by id.
bool is_collection(const Token& token);

/// On the sync loop only.
class PinnedReads {
  public:
    /// `parts` outlives it.
    explicit PinnedReads(const ChainReaderParts& parts) : parts_(parts) {}

    /// In their order. Those of equal confirmations are read at one block, with one look at the
    /// head and one call for all balances; what is asked twice is read once. Collections wait for
    /// the ledger to apply that block: keep them apart from what cannot wait.
    Task<std::vector<ChainReadResult>> read(std::vector<PinnedQuestion> questions, Deadline by);

    /// When the ledger is about to apply the block, a moment for it to do so.
    Task<void> wait_for_ledger(BlockRef at, Deadline by);

  private:
    struct Round;
    struct Reader;  // a question whose user has wallets
    using Readers = std::vector<Reader*>;

    Task<Result<void>> find_holders(Round& round, Deadline by);
    Task<void> read_canonical(Readers readers, std::uint32_t confirmations, Deadline by);
    Task<Result<void>> read_once(Readers readers, std::uint32_t confirmations, Deadline by);
    void leave(const Reader& reader, const BlockRef& at,
               const std::vector<rpc::BalanceAnswer>& answers);
    Task<Result<BlockRef>> block_below(BlockRef head, std::uint32_t confirmations, Deadline by);
    Task<Result<std::vector<rpc::BalanceQuestion>>> calls_of(const Reader& reader, Deadline by);
    Task<Result<std::vector<std::optional<U256>>>> held_ids(BalanceKey key, Deadline by);

    const ChainReaderParts& parts_;
};

}  // namespace custodialbridge::ledger

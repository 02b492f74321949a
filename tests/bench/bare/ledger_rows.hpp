/// The rows that a ledger gets from transfers, as ready-made buffers: what the daemon writes,
/// without the daemon.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/block.hpp"
#include "custodialbridge/core/u256.hpp"
#include "database.hpp"

namespace custodialbridge::bench {

inline constexpr std::size_t kBlockRowsPerStatement = 2'000;
inline constexpr std::size_t kBalanceRowsPerStatement = 1'000;

struct JournalRow {
    std::int64_t block = 0;
    std::int32_t log_index = 0;
    std::int64_t debit = 0;  ///< a wallet_id, or 0
    std::int64_t credit = 0;
    U256 amount{0};
    Hash32 tx_hash;
};

struct BlockRow {
    BlockRef ref;
    Hash32 parent;
    Time timestamp;
};

/// Balances as they are after the commit.
struct BalanceRow {
    std::int64_t wallet = 0;
    std::int64_t as_of = 0;
    U256 amount{0};
};

/// One commit: blocks, journal, balances and cursor together.
struct ReadyCommit {
    std::string journal;
    std::vector<Command> commands;
};

class BareLedger {
  public:
    BareLedger(Database& database, std::int64_t chain, std::int32_t token);

    /// An empty ledger at block 0 with these wallets, whose wallet_id are 1, 2, …
    void begin(const Address& contract, const std::vector<Address>& wallets);

    ReadyCommit ready(std::span<const BlockRow> blocks, std::span<const JournalRow> journal,
                      std::span<const BalanceRow> balances) const;

    /// The two halves of one commit.
    void copy_journal(const ReadyCommit& ready);
    void upsert_and_commit(const ReadyCommit& ready);

  private:
    Database& database_;
    std::int64_t chain_;
    std::int32_t token_;
};

}  // namespace custodialbridge::bench

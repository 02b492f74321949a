/// Answers "what is this user's balance?": local LRU, then Redis, then the database, then the
/// chain.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custodialbridge/core/balance.hpp"
#include "custodialbridge/ledger/read_failure.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::ledger {

using runtime::Deadline;
using runtime::Task;

enum class Tier : std::uint8_t { local, redis, database, chain };

std::string_view to_string(Tier tier);

/// A balance as the API shows it (CONTRACT §4, balance). Reused between requests: strings keep
/// capacity.
struct BalanceView {
    std::string symbol;
    std::uint8_t decimals = 0;
    std::string units;              ///< with exactly `decimals` fraction digits
    std::string raw;                ///< smallest units
    BlockRef block;                 ///< true as of here
    Time last_updated;              ///< when it was last known equal to the chain
    std::uint64_t sync_lag_seconds = 0;
    bool realtime = false;
    std::uint64_t confirmations = 0;  ///< realtime only: head - block + 1
    Tier tier = Tier::local;
};

using ReadResult = boost::system::result<void, ReadFailure>;

/// What came of one key of many; `view` is filled when `result` is a success.
struct OneRead {
    BalanceView view;
    ReadResult result;
};

/// One object a thread; its methods are called from that thread's loop only.
class BalanceReader {
  public:
    virtual ~BalanceReader() = default;

    /// The hot path: true and `out` filled when the local tier has a live entry. No allocation in
    /// the steady state, no lock but the entry's shard, never waits.
    virtual bool find_local(std::string_view user, ChainId chain, TokenId token,
                            BalanceView& out) = 0;

    /// All tiers in order. With every lower tier failing, an expired local entry still answers,
    /// with its true lag.
    virtual Task<ReadResult> read(BalanceKey key, BalanceView& out, Deadline by) = 0;

    /// From the chain, pinned to one block that is at least `confirmations` deep: 1 is the head
    /// itself, 0 stands for what the chain is configured with.
    virtual Task<ReadResult> read_realtime(BalanceKey key, std::uint32_t confirmations,
                                           BalanceView& out, Deadline by) = 0;

    /// The same of many keys, in their order: those of one chain cross over to it together, share
    /// their calls, and are published to the caches together. One key's failure is its own.
    virtual Task<std::vector<OneRead>> read_realtime_all(std::vector<BalanceKey> keys,
                                                         std::uint32_t confirmations,
                                                         Deadline by) = 0;
};

}  // namespace custodialbridge::ledger

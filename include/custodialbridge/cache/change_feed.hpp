/// Between the processes that serve one ledger: what one of them changed, for the others to let go
/// of.
#pragma once

#include <cstddef>
#include <vector>

#include "custodialbridge/core/balance.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::cache {

/// What is perhaps not true any more of what was read of a chain before.
struct Change {
    /// More names than this are everything of the chain.
    static constexpr std::size_t kNamedMost = 2'000;

    ChainId chain;
    Version at;               ///< where the ledger stood when it was made
    bool everything = false;  ///< of the chain; else what is named
    std::vector<BalanceKey> balances;
    std::vector<UserId> users;  ///< whose wallets changed
    friend bool operator==(const Change&, const Change&) = default;
};

/// Who is told what other processes changed. Called on the feed's loop; must not end the feed.
class ChangeListener {
  public:
    virtual ~ChangeListener() = default;

    /// After the change is in the database and in Redis.
    virtual void changed(const Change& change) = 0;

    /// From now on every change is told. Those of before, too, or some were `missed`.
    virtual void hears(bool missed) = 0;

    /// Until `hears`, changes are perhaps not told. Comes within a second of the first that was
    /// not.
    virtual void deaf() = 0;
};

/// One a process, on one loop. A process is not told its own changes.
class ChangeFeed {
  public:
    virtual ~ChangeFeed() = default;

    /// To be called when the change can be read from the lower tiers. Never waits or fails: what
    /// cannot be told now is told as "everything of its chain" when it can be. Needs `run`.
    virtual void announce(Change change) = 0;

    /// Tells and listens until cancelled. Deaf at first.
    virtual runtime::Task<void> run(ChangeListener& listener) = 0;
};

}  // namespace custodialbridge::cache

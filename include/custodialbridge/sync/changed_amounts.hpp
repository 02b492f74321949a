/// What events changed and nobody has compared with the chain since (DESIGN: rule 6).
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <span>
#include <vector>

#include "custodialbridge/core/ledger_plan.hpp"
#include "custodialbridge/store/balance_store.hpp"

namespace custodialbridge::sync {

/// The blocks in which something changed: the first that was not verified, and the last.
struct ChangedIn {
    BlockNumber first;
    BlockNumber last;
};

struct ChangedAmount {
    store::AmountName name;
    ChangedIn in;
};

/// Filled by a chain's listener, emptied by its verifier; both on the sync loop. Bounded: what does
/// not find room is counted, and left to reconciliation.
class ChangedAmounts {
  public:
    static constexpr std::size_t kCapacity = 500'000;

    /// Is anybody there who verifies? While not, nothing is kept.
    void want(bool wanted);

    void add(const LedgerPlan& plan);
    void add(const ChangedAmount& changed);

    /// Everything above the block was taken back, which changed it as well.
    void unwound_to(BlockNumber ancestor);

    /// Takes at most `limit` of what changed first at or below `at`. What changed after `at` as
    /// well stays, from there on.
    std::vector<ChangedAmount> take(BlockNumber at, std::size_t limit);

    std::size_t size() const { return changed_.size(); }
    std::uint64_t without_room() const { return without_room_; }

    /// What differs from the chain and is to be set to it: from the verifier to the listener. What
    /// finds no room is found again.
    static constexpr std::size_t kUnsettledMax = 500;
    void settle(const store::LedgerAmount& amount);
    std::vector<store::LedgerAmount> take_unsettled();
    bool has_unsettled() const { return !unsettled_.empty(); }

  private:
    struct HashName {
        std::size_t operator()(const store::AmountName& name) const noexcept;
    };
    boost::unordered_flat_map<store::AmountName, ChangedIn, HashName> changed_;
    std::vector<store::LedgerAmount> unsettled_;
    std::uint64_t without_room_ = 0;
    bool wanted_ = true;
};

}  // namespace custodialbridge::sync

/// Rule 7: balances that would have gone below zero are read again, pinned to the cursor's block,
/// at a later one where the node cannot answer there.
#pragma once

#include "followed_chain.hpp"

namespace custodialbridge::sync {

class Settlements {
  public:
    explicit Settlements(FollowedChain& chain) : chain_(chain) {}

    /// Settles what can be read now; the rest waits for the next step.
    Task<Result<void>> step();

  private:
    Task<Result<void>> settle();
    void ask_for(const store::BalanceName& name, std::vector<rpc::BalanceQuestion>& questions,
                 std::vector<Observation>& observations) const;

    FollowedChain& chain_;
};

}  // namespace custodialbridge::sync

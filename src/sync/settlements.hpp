/// Rules 6 and 7: balances that would have gone below zero, that an event touched without saying
/// what became of them, or that the verifier found to differ, are read again, pinned to the
/// cursor's block; at a later one where the node cannot answer there.
#pragma once

#include "followed_chain.hpp"

namespace custodialbridge::sync {

class Settlements {
  public:
    explicit Settlements(FollowedChain& chain) : chain_(chain) {}

    /// Settles what can be read now; the rest waits for a later step.
    Task<Result<void>> step();

  private:
    Task<Result<void>> settle_differing();
    Task<Result<std::size_t>> settle(std::vector<store::Unsettled> waiting);
    void rest(bool useful);

    FollowedChain& chain_;
    WalletId after_;       ///< where the next look begins: what cannot be read holds nobody up
    Instant next_{};       ///< not before
    unsigned failed_ = 0;  ///< looks in a row that settled nothing
};

}  // namespace custodialbridge::sync

/// Which of a chain's blocks are safe and finalized (CONTRACT: finality).
#pragma once

#include "followed_chain.hpp"

namespace custodialbridge::sync {

class FinalityWatch {
  public:
    explicit FinalityWatch(FollowedChain& chain) : chain_(chain) {}

    /// By the node's tag, or by depth below `head`.
    Task<Result<BlockNumber>> finalized_block(BlockNumber head);

    /// Stores what is safe and finalized as of the cursor, now and then; to be called where the
    /// cursor stands at the head. A node's finalized block that moves back is an alarm; by depth it
    /// does whenever a shorter branch wins, and what was final stays so.
    Task<Result<void>> look();

  private:
    Task<Result<BlockNumber>> finalized_now(BlockNumber head);
    Task<Result<BlockNumber>> safe_now(BlockNumber head);
    Task<Result<bool>> cursor_is_canonical();

    FollowedChain& chain_;
    bool by_depth_ = false;  ///< at the last look
    Instant next_{};
};

}  // namespace custodialbridge::sync

/// Finding where our chain and the node's part, and going back there.
#pragma once

#include "followed_chain.hpp"
#include "openings.hpp"

namespace custodialbridge::sync {

class Reorgs {
  public:
    Reorgs(FollowedChain& chain, Openings& openings) : chain_(chain), openings_(openings) {}

    /// The node's head is at or below our cursor and is not it: is the node behind, or has the
    /// chain been reorganised? True when the cursor was moved.
    Task<Result<bool>> check_head(BlockRef head);

    /// The node's block after our cursor has another parent: goes back to the newest common block.
    /// `refused` when there is none within reorg_depth, or it is below the finalized block.
    Task<Result<void>> unwind();

  private:
    Error too_deep(std::string why);
    Task<Result<BlockRef>> newest_common(Deadline by);

    FollowedChain& chain_;
    Openings& openings_;
};

}  // namespace custodialbridge::sync

/// Taking up operators' orders: the ledger is reversed to a block that the chain still has.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "followed_chain.hpp"

namespace custodialbridge::sync {

class Resumptions {
  public:
    explicit Resumptions(FollowedChain& chain) : chain_(chain) {}

    /// Looks once a second for an order, for the one that writes the chain, whose cursor is loaded;
    /// fulfils or refuses it. True when the ledger was reversed: all that was loaded is to be
    /// loaded again.
    Task<Result<bool>> step();

  private:
    /// The block to go back to, or why not.
    struct Judgement {
        std::optional<BlockRef> ancestor;
        std::string refusal;
    };

    Task<Result<Judgement>> judge(BlockNumber from, Deadline by);
    Task<Result<bool>> reverse(ResumeId order, BlockRef ancestor);
    Task<void> show_finality();

    /// Is a block of the ledger still the chain's?
    Task<Result<bool>> is_shared(BlockRef ours, Deadline by);

    /// Of the ledger's blocks at or below `from`; none within the bounds of the search.
    Task<Result<std::optional<BlockRef>>> newest_shared(BlockNumber from, Deadline by);

    /// Of some blocks, newest first, the last of which is shared.
    Task<Result<BlockRef>> newest_shared_in(std::vector<BlockRef> ours, Deadline by);

    FollowedChain& chain_;
    Instant next_look_{};
};

}  // namespace custodialbridge::sync

/// Being the one daemon that writes a chain's ledger, or standing by for it.
#pragma once

#include <optional>

#include "followed_chain.hpp"

namespace custodialbridge::sync {

class Leadership {
  public:
    explicit Leadership(FollowedChain& chain) : chain_(chain) {}

    /// Takes the lead if it is free, and makes the chain's ledger if there is none; asks again once
    /// a second. True when it was gained or lost: what was loaded before does not count any more.
    Task<Result<bool>> look();

    /// Ours, while we are the one that writes.
    std::optional<std::uint64_t> term() const { return term_; }

    /// A unit of work was refused, or its end is not known: the next look is at once, and for a new
    /// term, so that nothing of ours lands after what is loaded then.
    void doubt() {
        doubted_ = true;
        next_look_ = {};
    }

    /// Another daemon writes: shows readers what it has committed. What is cached here is only good
    /// until its next commit is seen.
    Task<Result<Progress>> stand_by();

    Task<Result<store::ChainState>> stored_state();

  private:
    Task<Result<std::optional<std::uint64_t>>> hold();
    Task<Result<std::optional<std::uint64_t>>> ask();
    Task<Result<void>> begin();
    Task<Result<BlockNumber>> first_cursor(Deadline by);
    void show(const store::ChainState& state);
    void show_distance(const Cursor& cursor, BlockNumber head);

    FollowedChain& chain_;
    std::optional<std::uint64_t> term_;
    bool doubted_ = false;
    Instant next_look_{};
    std::optional<Cursor> shown_;  ///< the stored cursor that readers were told of
};

}  // namespace custodialbridge::sync

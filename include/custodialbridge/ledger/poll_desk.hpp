/// Polled balances that were read because somebody asked: the balance syncer stores them, too.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "custodialbridge/core/poll_plan.hpp"

namespace custodialbridge::ledger {

struct ObservedPoll {
    BlockRef at;
    Time read_at;
    PolledBalance balance;
};

/// Of one chain; on the sync loop only. Bounded: what finds no room is not kept, and read again in
/// its turn.
class PollDesk {
  public:
    static constexpr std::size_t kRoom = 10'000;

    /// Of one balance the newest block is kept.
    void leave(ObservedPoll observed);

    /// Those whose block the ledger has come to, by block.
    std::vector<ObservedPoll> take(BlockNumber up_to, std::size_t most);

    std::size_t size() const { return waiting_.size(); }

  private:
    std::map<std::pair<std::string, TokenId>, ObservedPoll> waiting_;
};

}  // namespace custodialbridge::ledger

/// TagMemory: what an endpoint said of one block tag so far. Values only; the time is given.
#pragma once

#include <optional>

#include "custodialbridge/core/time.hpp"

namespace custodialbridge::rpc {

/// Nodes without safe or finalized blocks say so in any words, and those that have them fail now
/// and then in the same. So words that we do not know must come several times in a row, and of a
/// node that answered the tag lately no words are believed: finality by depth may run ahead of the
/// tag's, and must not because of one failure.
class TagMemory {
  public:
    static constexpr unsigned kInARow = 3;
    static constexpr Seconds kPatience{120};

    void answered(Instant now) {
        answered_ = now;
        refused_ = 0;
    }

    /// Whether the node is now taken to lack the tag. `plainly`: in words that we know.
    bool refused(Instant now, bool plainly) {
        if (refused_ < kInARow) ++refused_;
        if (was_answered_lately(now)) return false;
        return plainly || refused_ == kInARow;
    }

    bool was_answered_lately(Instant now) const {
        return answered_ && now - *answered_ < kPatience;
    }

  private:
    std::optional<Instant> answered_;
    unsigned refused_ = 0;  // in a row
};

}  // namespace custodialbridge::rpc

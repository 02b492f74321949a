/// How often to ask again for a block's logs when its bloom promises some that are not there.
#pragma once

#include <optional>

#include "custodialbridge/core/hash.hpp"
#include "custodialbridge/core/time.hpp"

namespace custodialbridge::sync {

/// A bloom may promise what is not there (a few bits stand for all logs of a block), so that asking
/// must end: soon where blocks wait, later at the head, where an endpoint may need a moment.
class Doubts {
  public:
    bool may_ask_again(const Hash32& block, bool is_newest) const {
        return (block_ == block ? asked_ : 0) < (is_newest ? kAtHead : kBehind);
    }

    /// The pause before it is asked for again.
    Millis add(const Hash32& block) {
        if (block_ != block) asked_ = 0;
        block_ = block;
        return kPauseFirst * (1LL << (2 * asked_++));
    }

  private:
    static constexpr unsigned kAtHead = 3;
    static constexpr unsigned kBehind = 1;
    static constexpr Millis kPauseFirst{50};  // then four times as long each time

    std::optional<Hash32> block_;
    unsigned asked_ = 0;
};

}  // namespace custodialbridge::sync

/// What is due, read piece by piece.
#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "poll_agenda.hpp"
#include "poll_reading.hpp"

namespace custodialbridge::sync {

class PollBatches {
  public:
    explicit PollBatches(DuePolls due) : due_(std::move(due)) {}

    bool at_end() const { return !has_polls() && !has_segments(); }

    /// As many as are read at once, at least one; of single ones and of segments by turns. A
    /// user's wallets are read together, and so is a segment; one that is too much for that is
    /// taken apart.
    PollReading next(std::size_t wallets, const std::map<TokenId, const Token*>& tokens);

    /// Segments that were taken apart since this was asked last.
    std::vector<SegmentId> apart() { return std::exchange(apart_, {}); }

  private:
    bool has_polls() const { return next_poll_ < due_.polls.size(); }
    bool has_segments() const { return next_segment_ < due_.segments.size(); }
    void take_apart(std::size_t wallets);

    std::vector<SegmentId> apart_;
    DuePolls due_;
    std::size_t next_poll_ = 0;
    std::size_t next_segment_ = 0;
    bool segments_turn_ = false;
};

}  // namespace custodialbridge::sync

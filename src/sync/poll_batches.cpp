#include "poll_batches.hpp"

#include <algorithm>
#include <utility>

namespace custodialbridge::sync {

namespace {

std::size_t wallets_of(const store::DuePoll& poll) {
    return std::max<std::size_t>(poll.wallets.size(), 1);
}

std::size_t wallets_of(const store::DueSegment& segment) {
    std::size_t sum = 0;
    for (const store::DuePoll& poll : segment.polls) sum += wallets_of(poll);
    return sum;
}

/// From `next` on, while there is room.
template <class Due>
std::vector<Due> taken(std::vector<Due>& due, std::size_t& next, std::size_t& room, bool& any) {
    std::vector<Due> all;
    for (; next < due.size(); ++next) {
        const std::size_t more = wallets_of(due[next]);
        if (any && more > room) break;
        any = true;
        room -= std::min(more, room);
        all.push_back(std::move(due[next]));
    }
    return all;
}

}  // namespace

PollReading PollBatches::next(std::size_t wallets, const std::map<TokenId, const Token*>& tokens) {
    take_apart(wallets);
    std::size_t room = wallets;
    bool any = false;
    const bool of_segments = has_segments() && (segments_turn_ || !has_polls());
    segments_turn_ = !of_segments;
    std::vector<store::DuePoll> polls;
    std::vector<store::DueSegment> segments;
    if (of_segments)
        segments = taken(due_.segments, next_segment_, room, any);
    else
        polls = taken(due_.polls, next_poll_, room, any);
    return PollReading(std::move(polls), std::move(segments), tokens);
}

/// Of the next segments those that are too much, but no more than are read at once: their members
/// are polled one by one.
void PollBatches::take_apart(std::size_t wallets) {
    std::size_t apart = 0;
    for (; has_segments() && apart < wallets; ++next_segment_) {
        store::DueSegment& segment = due_.segments[next_segment_];
        const std::size_t more = wallets_of(segment);
        if (more <= wallets) return;
        apart += more;
        apart_.push_back(segment.id);
        for (store::DuePoll& poll : segment.polls) due_.polls.push_back(std::move(poll));
    }
}

}  // namespace custodialbridge::sync

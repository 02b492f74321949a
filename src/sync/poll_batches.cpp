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
    auto polls = taken(due_.polls, next_poll_, room, any);
    std::vector<store::DueSegment> segments;
    if (next_poll_ == due_.polls.size())
        segments = taken(due_.segments, next_segment_, room, any);
    return PollReading(std::move(polls), std::move(segments), tokens);
}

/// The next segments, as far as each is too much: their members are polled one by one.
void PollBatches::take_apart(std::size_t wallets) {
    if (next_poll_ < due_.polls.size()) return;
    for (; next_segment_ < due_.segments.size(); ++next_segment_) {
        store::DueSegment& segment = due_.segments[next_segment_];
        if (wallets_of(segment) <= wallets) return;
        apart_.push_back(segment.id);
        for (store::DuePoll& poll : segment.polls) due_.polls.push_back(std::move(poll));
    }
}

}  // namespace custodialbridge::sync

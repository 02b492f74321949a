#include "poll_agenda.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace custodialbridge::sync {

namespace {

constexpr std::size_t kAtOnce = 20'000;  // balances a look, of each token
constexpr double kBorrowedMost = 2'000;  // a segment is read whole, also where less is to be read

using Counts = std::map<TokenId, std::size_t>;  // balances

Counts count(const std::vector<store::DuePoll>& polls) {
    Counts counts;
    for (const store::DuePoll& poll : polls) ++counts[poll.token];
    return counts;
}

Counts count(const std::vector<store::DueSegment>& segments) {
    Counts counts;
    for (const store::DueSegment& segment : segments)
        counts[segment.polls.front().token] += segment.polls.size();
    return counts;
}

std::size_t count_of(const Counts& counts, TokenId token) {
    const auto found = counts.find(token);
    return found == counts.end() ? 0 : found->second;
}

/// By how much one is above the other.
std::size_t above(std::size_t one, std::size_t other) { return one - std::min(one, other); }

/// In this order, each once.
DuePolls merged(std::vector<store::DuePoll> first, DuePolls overdue, DuePolls early) {
    DuePolls all;
    const std::size_t first_ones = first.size();
    std::set<std::pair<TokenId, std::string>> named;
    for (auto* part : {&first, &overdue.polls, &early.polls})
        for (store::DuePoll& poll : *part)
            if (named.insert({poll.token, poll.user.value}).second)
                all.polls.push_back(std::move(poll));
    // Those of a token that are read in one go may become a segment.
    const auto begin = all.polls.begin() + static_cast<std::ptrdiff_t>(first_ones);
    std::stable_sort(begin, all.polls.end(), [](const auto& a, const auto& b) {
        return std::tie(a.tried_at, a.token) < std::tie(b.tried_at, b.token);
    });
    std::set<SegmentId> ids;
    for (auto* part : {&overdue.segments, &early.segments})
        for (store::DueSegment& segment : *part)
            if (ids.insert(segment.id).second) all.segments.push_back(std::move(segment));
    return all;
}

}  // namespace

Task<Result<DuePolls>> PollAgenda::find(const Interest& interest, Deadline by) {
    const Time now = clock_.wall();
    gather_shares();
    std::vector<store::DuePoll> first;
    if (backlog_) {
        CB_CO_TRY(asked_for, co_await due_interest(interest(), now, by));
        first = std::move(asked_for);
    }
    std::vector<store::PollsBefore> before;
    for (const auto& [token, pace] : paces_) before.push_back({token, pace.overdue(now), kAtOnce});
    CB_CO_TRY(polls, co_await polls_.due(chain_, before, by));
    CB_CO_TRY(segments, co_await polls_.due_segments(chain_, before, by));
    DuePolls overdue{std::move(polls), std::move(segments)};
    const Counts singles = count(overdue.polls), together = count(overdue.segments);
    backlog_ = std::any_of(paces_.begin(), paces_.end(), [&](const auto& pace) {
        return count_of(singles, pace.first) >= kAtOnce ||
               count_of(together, pace.first) >= kAtOnce;
    });
    CB_CO_TRY(early, co_await find_early(overdue, now, by));
    co_return merged(std::move(first), std::move(overdue), std::move(early));
}

void PollAgenda::gather_shares() {
    const Instant here = clock_.now();
    const auto elapsed =
        std::chrono::duration_cast<Millis>(here - std::exchange(looked_, here).value_or(here));
    for (const auto& [token, pace] : paces_) gathered_[token] += pace.share(users_[token], elapsed);
}

/// What may be read before its time, as far as the shares go. Those that are overdue are the first
/// of these, again.
Task<Result<DuePolls>> PollAgenda::find_early(const DuePolls& overdue, Time now, Deadline by) {
    const Counts late_singles = count(overdue.polls), late_together = count(overdue.segments);
    take_shares(late_singles);
    take_shares(late_together);
    std::vector<store::PollsBefore> singles, together;
    for (const auto& [token, pace] : paces_)
        if (const std::size_t more = rules::early_polls(gathered_[token], 0); more > 0)
            singles.push_back({token, pace.early(now), count_of(late_singles, token) + more});
    DuePolls early;
    if (singles.empty()) co_return early;
    CB_CO_TRY(polls, co_await polls_.due(chain_, singles, by));
    const Counts found = count(polls);
    for (const store::PollsBefore& asked : singles) {
        const std::size_t rest = above(asked.limit, count_of(found, asked.token));
        if (rest > 0)
            together.push_back(
                {asked.token, asked.tried_before, count_of(late_together, asked.token) + rest});
        gathered_[asked.token] -=
            static_cast<double>(above(count_of(found, asked.token),
                                      count_of(late_singles, asked.token)));
    }
    early.polls = std::move(polls);
    if (together.empty()) co_return early;
    CB_CO_TRY(segments, co_await polls_.due_segments(chain_, together, by));
    borrow_shares(together, count(segments), late_together);
    early.segments = std::move(segments);
    co_return early;
}

/// By what is overdue: no more than there are.
void PollAgenda::take_shares(const Counts& taken) {
    for (const auto& [token, count] : taken)
        if (double& gathered = gathered_[token]; gathered > 0)
            gathered = std::max(0.0, gathered - static_cast<double>(count));
}

/// By segments, which are read whole. Shares that nothing was left for are not kept.
void PollAgenda::borrow_shares(const std::vector<store::PollsBefore>& asked, const Counts& found,
                               const Counts& late) {
    for (const store::PollsBefore& one : asked) {
        const std::size_t count = count_of(found, one.token);
        double& gathered = gathered_[one.token];
        gathered -= static_cast<double>(above(count, count_of(late, one.token)));
        gathered = std::max(gathered, -kBorrowedMost);
        if (count < one.limit) gathered = std::min(gathered, 0.0);
    }
}

/// Of what is overdue, what somebody reads.
Task<Result<std::vector<store::DuePoll>>> PollAgenda::due_interest(
    std::vector<BalanceKey> interest, Time now, Deadline by) {
    std::map<TokenId, std::vector<UserId>> wanted;
    for (BalanceKey& key : interest)
        if (key.chain == chain_ && paces_.contains(key.token))
            wanted[key.token].push_back(std::move(key.user));
    std::vector<store::DuePoll> all;
    for (auto& [token, users] : wanted) {
        auto asking = polls_.due_of(chain_, token, std::move(users), pace_of(token).overdue(now),
                                    by);
        CB_CO_TRY(due, co_await std::move(asking));
        std::move(due.begin(), due.end(), std::back_inserter(all));
    }
    co_return all;
}

}  // namespace custodialbridge::sync

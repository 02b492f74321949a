/// PollAgenda: which polled balances are read at one look of the balance syncer.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "custodialbridge/core/balance.hpp"
#include "custodialbridge/core/token.hpp"
#include "custodialbridge/rules/poll_pace.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/store/poll_schedule.hpp"

namespace custodialbridge::sync {

using runtime::Deadline;
using runtime::Task;

struct DuePolls {
    std::vector<store::DuePoll> polls;        ///< in this order, each once
    std::vector<store::DueSegment> segments;  ///< after them; the same
    bool empty() const { return polls.empty() && segments.empty(); }
};

/// Of one chain; on the sync loop only.
class PollAgenda {
  public:
    PollAgenda(ChainId chain, store::PollSchedule& polls, runtime::Clock& clock)
        : chain_(chain), polls_(polls), clock_(clock) {}

    /// What is polled, and how often.
    void set_paces(std::map<TokenId, rules::PollPace> paces) { paces_ = std::move(paces); }
    const rules::PollPace& pace_of(TokenId token) const { return paces_.at(token); }

    /// How many users there are of each token, over whom the work is spread.
    void set_users(std::map<TokenId, std::uint64_t> users) { users_ = std::move(users); }

    /// What is overdue, and of what is nearly due as much as spreads the work. When not all that is
    /// overdue can be taken, what is of `interest` comes first.
    using Interest = std::function<std::vector<BalanceKey>()>;
    Task<Result<DuePolls>> find(const Interest& interest, Deadline by);

    /// More is overdue than was taken.
    bool has_backlog() const { return backlog_; }
    void not_all_was_read() { backlog_ = true; }

    /// Time that passes from now on until the next `find` counts as none.
    void pause() { looked_.reset(); }

  private:
    using Counts = std::map<TokenId, std::size_t>;

    Task<Result<std::vector<store::DuePoll>>> due_interest(std::vector<BalanceKey> interest,
                                                           Time now, Deadline by);
    Task<Result<DuePolls>> find_early(const DuePolls& overdue, Time now, Deadline by);
    void gather_shares();
    void take_shares(const Counts& taken);
    void borrow_shares(const std::vector<store::PollsBefore>& asked, const Counts& found,
                       const Counts& late);

    ChainId chain_;
    store::PollSchedule& polls_;
    runtime::Clock& clock_;
    std::map<TokenId, rules::PollPace> paces_;
    std::map<TokenId, std::uint64_t> users_;
    std::optional<Instant> looked_;       // when
    std::map<TokenId, double> gathered_;  // shares that were not used up; below zero: borrowed
    bool backlog_ = false;
};

}  // namespace custodialbridge::sync

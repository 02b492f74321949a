/// One round of polled balances: what is asked of the chain, and what its answers say.
#pragma once

#include <map>
#include <vector>

#include "custodialbridge/core/poll_plan.hpp"
#include "custodialbridge/core/token.hpp"
#include "custodialbridge/rpc/rpc_client.hpp"
#include "custodialbridge/store/poll_schedule.hpp"

namespace custodialbridge::sync {

class PollReading {
  public:
    /// Each of a polled token that is among `tokens`.
    PollReading(std::vector<store::DuePoll> polls, std::vector<store::DueSegment> segments,
                const std::map<TokenId, const Token*>& tokens);

    const std::vector<rpc::BalanceQuestion>& questions() const { return questions_; }
    bool is_of_one() const { return segments_.empty() && polls_.size() == 1; }

    /// Into a plan: a balance is known when all of the user's wallets answered; else it counts as
    /// tried at what `missed` says of it.
    template <class Missed>
    void take(const std::vector<rpc::BalanceAnswer>& answers, PollPlan& plan, Missed missed) const {
        std::size_t next = 0;
        for (const store::DuePoll& poll : polls_)
            take_one(poll, answers, next, plan.balances, plan, missed);
        for (const store::DueSegment& segment : segments_) {
            PolledSegment read{segment.id, {}};
            read.balances.reserve(segment.polls.size());
            for (const store::DuePoll& poll : segment.polls)
                take_one(poll, answers, next, read.balances, plan, missed);
            plan.segments.push_back(std::move(read));
        }
    }

  private:
    template <class Missed>
    static void take_one(const store::DuePoll& poll,
                         const std::vector<rpc::BalanceAnswer>& answers, std::size_t& next,
                         std::vector<PolledBalance>& balances, PollPlan& plan, Missed missed) {
        PolledBalance balance{poll.user, poll.token, {}};
        balance.wallets.reserve(poll.wallets.size());
        for (const store::TrackedWallet& wallet : poll.wallets) {
            const rpc::BalanceAnswer& answer = answers.at(next++);
            if (answer) balance.wallets.push_back({wallet.id, poll.token, *answer});
        }
        if (balance.wallets.size() == poll.wallets.size())
            balances.push_back(std::move(balance));
        else
            plan.missed.push_back({poll.user, poll.token, missed(poll)});
    }

    void ask_for(const store::DuePoll& poll, const std::map<TokenId, const Token*>& tokens);

    std::vector<store::DuePoll> polls_;
    std::vector<store::DueSegment> segments_;
    std::vector<rpc::BalanceQuestion> questions_;
};

}  // namespace custodialbridge::sync

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
    PollReading(std::vector<store::DuePoll> due, const std::map<TokenId, const Token*>& tokens);

    const std::vector<rpc::BalanceQuestion>& questions() const { return questions_; }
    std::size_t polls() const { return due_.size(); }

    /// Into a plan: a balance is known when all of the user's wallets answered; else it counts as
    /// tried at what `missed` says of it.
    template <class Missed>
    void take(std::vector<rpc::BalanceAnswer> answers, PollPlan& plan, Missed missed) const {
        std::size_t next = 0;
        for (const store::DuePoll& poll : due_) {
            PolledBalance balance{poll.user, poll.token, {}};
            for (const store::TrackedWallet& wallet : poll.wallets) {
                const rpc::BalanceAnswer& answer = answers.at(next++);
                if (answer) balance.wallets.push_back({wallet.id, poll.token, *answer});
            }
            if (balance.wallets.size() == poll.wallets.size())
                plan.balances.push_back(std::move(balance));
            else
                plan.missed.push_back({poll.user, poll.token, missed(poll)});
        }
    }

  private:
    std::vector<store::DuePoll> due_;
    std::vector<rpc::BalanceQuestion> questions_;
};

}  // namespace custodialbridge::sync

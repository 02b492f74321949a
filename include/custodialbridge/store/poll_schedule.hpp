/// Which polled balances are due. The balance syncer's port.
#pragma once

#include <string>
#include <vector>

#include "custodialbridge/core/ids.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/time.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"
#include "custodialbridge/store/wallet_directory.hpp"

namespace custodialbridge::store {

using runtime::Deadline;
using runtime::Task;

/// Balances of a token are due that were tried before this.
struct PollsBefore {
    TokenId token;
    Time tried_before;
    std::size_t limit = 0;
};

struct DuePoll {
    UserId user;
    TokenId token;
    Time tried_at;           ///< the epoch's beginning or earlier: at once
    unsigned failures = 0;   ///< reads in a row that told nothing
    std::vector<TrackedWallet> wallets;  ///< by id; none: the user has lost them all
};

struct PolledToken {
    TokenId token;
    std::uint64_t users = 0;
    std::uint64_t unread = 0;  ///< of them, not known
    Time oldest;  ///< tried at, of those that are not due at once; the epoch: there are none
};

class PollSchedule {
  public:
    virtual ~PollSchedule() = default;

    /// Of each token those that were tried longest ago, at most its limit.
    virtual Task<Result<std::vector<DuePoll>>> due(ChainId chain, std::vector<PollsBefore> before,
                                                   Deadline by) = 0;

    /// Of these users, those whose balance of the token was tried before. For what somebody asks
    /// for just now.
    virtual Task<Result<std::vector<DuePoll>>> due_of(ChainId chain, TokenId token,
                                                      std::vector<UserId> users, Time tried_before,
                                                      Deadline by) = 0;

    /// How much there is to poll. Looks at all of it: for now and then.
    virtual Task<Result<std::vector<PolledToken>>> tokens(ChainId chain, Deadline by) = 0;
};

}  // namespace custodialbridge::store

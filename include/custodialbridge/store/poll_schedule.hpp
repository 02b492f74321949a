/// Which polled balances are due. The balance syncer's port.
#pragma once

#include <string>
#include <vector>

#include "custodialbridge/core/ids.hpp"
#include "custodialbridge/core/poll_plan.hpp"
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

/// Balances of one token that are read, and stored, together: all that were in it when it was
/// written. Of those that have left it since, the store keeps what they are by themselves.
struct DueSegment {
    SegmentId id;
    std::vector<DuePoll> polls;  ///< in the segment's order; at least one
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

    /// Of each token those that were tried longest ago and are in no segment, at most its limit.
    virtual Task<Result<std::vector<DuePoll>>> due(ChainId chain, std::vector<PollsBefore> before,
                                                   Deadline by) = 0;

    /// Of each token the segments that were tried longest ago, until its limit is reached or
    /// passed.
    virtual Task<Result<std::vector<DueSegment>>> due_segments(ChainId chain,
                                                               std::vector<PollsBefore> before,
                                                               Deadline by) = 0;

    /// Of these users, those whose balance of the token was tried before, also in a segment. For
    /// what somebody asks for just now.
    virtual Task<Result<std::vector<DuePoll>>> due_of(ChainId chain, TokenId token,
                                                      std::vector<UserId> users, Time tried_before,
                                                      Deadline by) = 0;

    /// How much there is to poll. Looks at all of it: for now and then.
    virtual Task<Result<std::vector<PolledToken>>> tokens(ChainId chain, Deadline by) = 0;
};

}  // namespace custodialbridge::store

/// Pinned reads of balances that no events tell of.
#pragma once

#include <vector>

#include "custodialbridge/core/balance.hpp"
#include "custodialbridge/core/ledger_plan.hpp"
#include "custodialbridge/core/time.hpp"

namespace custodialbridge {

/// What the wallets of a user have of a polled token, all at one block.
struct PolledBalance {
    UserId user;
    TokenId token;
    std::vector<Observation> wallets;  ///< all that the user has on the chain, each once
    friend bool operator==(const PolledBalance&, const PolledBalance&) = default;
};

/// One that could not be read; it counts as tried at `tried_at`, so that it is due again when it
/// should be.
struct MissedPoll {
    UserId user;
    TokenId token;
    Time tried_at;
    friend bool operator==(const MissedPoll&, const MissedPoll&) = default;
};

/// The store's number of balances of one token that were read together. While they stay as they
/// were they are stored again as one.
using SegmentId = Id<struct SegmentTag, std::int64_t>;

/// Those of a segment that could be read, in its order.
struct PolledSegment {
    SegmentId id;
    std::vector<PolledBalance> balances;
    friend bool operator==(const PolledSegment&, const PolledSegment&) = default;
};

/// Snapshots at a block that the ledger has applied. A balance is passed over when a later block's
/// is stored, or when the user has got or lost a wallet since it was read.
struct PollPlan {
    ChainId chain;
    BlockRef at;
    std::uint32_t epoch = 0;  ///< of the ledger when `at` was one of its blocks
    Time read_at;
    std::vector<PolledBalance> balances;  ///< of single ones; one per user and token
    std::vector<MissedPoll> missed{};
    std::vector<PolledSegment> segments{};  ///< each once

    /// These segments are too much to be read in one go: from now on their members are polled one
    /// by one. A plan with these has nothing else.
    std::vector<SegmentId> apart{};
    friend bool operator==(const PollPlan&, const PollPlan&) = default;
};

}  // namespace custodialbridge

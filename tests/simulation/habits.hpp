/// What an endpoint does that a perfect one does not. Chances are in percent.
#pragma once

#include <cstdint>
#include <optional>

#include "custodialbridge/rpc/settings.hpp"
#include "dice.hpp"

namespace custodialbridge::simulation {

struct Habits {
    // Of a post.
    unsigned refuses = 0;       ///< no connection
    unsigned stalls = 0;        ///< until the deadline
    unsigned limits_rate = 0;   ///< HTTP 429, with Retry-After or without
    unsigned breaks = 0;        ///< HTTP 500 and the like
    unsigned garbles = 0;       ///< what is no JSON-RPC answer
    unsigned flaps = 0;         ///< another backend answers: behind, or on another branch

    // Of a call.
    unsigned leaves_out = 0;  ///< its answer is missing in the batch
    unsigned nulls = 0;       ///< a block is null
    unsigned busy = 0;        ///< an error of its own
    unsigned withholds = 0;   ///< it does not know eth_getBlockReceipts, now
    unsigned lies = 0;        ///< about logs, in receipts and in eth_getLogs of a block
    unsigned lies_in_ranges = 0;  ///< about logs, in eth_getLogs of many blocks; of each block
    unsigned forges = 0;      ///< header fields under the right hash
    unsigned miscounts = 0;   ///< balances in calls that are not so
    unsigned invents = 0;     ///< blocks by number, of a branch that it made up

    // Of the node.
    bool hides_others = false;       ///< in ranges it only leaves out what is no Transfer
    bool lies_within_bloom = true;   ///< its lies need a proof to be seen
    std::uint64_t invented = 0;      ///< so many of its newest blocks it may make up
    bool takes_hashes = true;        ///< blocks by hash in eth_call (EIP-1898)
    bool remembers_orphans = false;  ///< blocks that were reorganised away
    std::uint64_t log_range_max = 1'000;
    std::size_t batch_max = 1'000;
    std::optional<std::uint64_t> state_depth;  ///< older state is pruned
};

/// Of an honest node: it may be slow, full, or away, but what it says of the chain is so.
Habits honest_habits(Dice& dice);

/// Of one that always answers.
Habits steady_habits();

/// Of one that says anything, which others do not say.
Habits lone_liars_habits(Dice& dice);

/// Of one that lies about logs in ranges; whoever lies about what is proven is not asked for long.
Habits range_liars_habits(Dice& dice, rpc::Proof proof, bool hides_others);

/// Of one that says anything that cannot be believed without a proof of this kind.
Habits adverse_habits(Dice& dice, rpc::Proof proof);

}  // namespace custodialbridge::simulation

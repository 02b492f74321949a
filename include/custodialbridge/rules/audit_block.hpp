/// Does the ledger have of a block what the block's proven logs say? Pure.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "custodialbridge/core/correction_plan.hpp"
#include "custodialbridge/rules/watchlist.hpp"

namespace custodialbridge::rules {

/// Since when the ledger follows what: only what was followed before a block has rows of it.
struct FollowedSince {
    std::map<WalletId, BlockNumber> wallets;
    std::map<TokenId, BlockNumber> tokens;

    bool before(BlockNumber block, WalletId wallet) const;
    bool before(BlockNumber block, TokenId token) const;
};

/// What the ledger has of one block.
struct RecordedBlock {
    std::vector<Move> moves;
    std::vector<Announcement> events;
};

/// Compares the moves and announcements that a block's proven logs give (`proven`, by today's
/// watchlist) with those that are recorded of it. Nothing when they say the same, whatever their
/// order within a log, whoever is not registered any more and whichever EntryPoint is not followed
/// any more; else what puts it right and what else the logs say, `at` left open. Transaction hashes
/// are not compared: they are no part of the proof.
std::optional<CorrectionPlan> audit_block(const AppliedBlock& block, const LedgerPlan& proven,
                                          const RecordedBlock& recorded,
                                          const FollowedSince& since, const Watchlist& watchlist);

/// Of what the proven logs touch, the balances that were followed before the block: no row tells
/// whether they were read again.
std::vector<Touch> touched_then(BlockNumber block, const LedgerPlan& proven,
                                const FollowedSince& since);

/// The same of wallets whose account was deployed.
std::vector<WalletId> deployed_then(BlockNumber block, const LedgerPlan& proven,
                                    const FollowedSince& since);

}  // namespace custodialbridge::rules

/// Does the journal have of a block what the block's proven logs say? Pure.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "custodialbridge/core/correction_plan.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/rules/watchlist.hpp"

namespace custodialbridge::rules {

/// Since when the ledger follows what: only what was followed before a block has rows of it.
struct FollowedSince {
    std::map<WalletId, BlockNumber> wallets;
    std::map<TokenId, BlockNumber> tokens;
};

/// Compares the moves that a block's proven logs give (`proven`, by today's watchlist) with those
/// that the journal has of it. Nothing when they say the same, whatever their order within a log
/// and whoever is not registered any more; else what puts it right, `at` left open. `corrupt` when
/// a sum passes 2^256-1.
Result<std::optional<CorrectionPlan>> audit_block(const AppliedBlock& block,
                                                  const std::vector<Move>& proven,
                                                  const std::vector<Move>& journal,
                                                  const FollowedSince& since,
                                                  const Watchlist& watchlist);

}  // namespace custodialbridge::rules

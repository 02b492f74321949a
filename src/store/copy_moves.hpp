/// The journal's hot path: a plan's moves as one binary COPY, encoded while the server reads.
#pragma once

#include "connection.hpp"
#include "custodialbridge/core/ledger_plan.hpp"

namespace custodialbridge::store {

inline constexpr std::string_view kCopyMoves =
    "COPY journal (chain_id, block_number, sub_index, debit, credit, epoch, log_index, token_id, "
    "kind, event, amount, tx_hash, nft_id) FROM STDIN (FORMAT binary)";

/// One row as the COPY wants it.
void put_move(WireWriter& out, const LedgerPlan& plan, const Move& move);

/// Feeds the COPY that `session` has begun, and ends it.
Result<void> copy_moves(Connection& session, const LedgerPlan& plan, Deadline by);

}  // namespace custodialbridge::store

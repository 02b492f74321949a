/// The units of work of the fake store's ledger, each on a copy of the tables.
#pragma once

#include "support/ledger_tables.hpp"

namespace custodialbridge::testing {

using store::Committed;

Result<void> write_plan(LedgerTables& tables, ChainRow& chain, const LedgerPlan& plan);

/// Not the store's to check, but a plan whose deltas are not its moves' sums would never be right.
void require_deltas_sum_moves(const LedgerPlan& plan);

Result<Committed> commit_plan(LedgerTables& tables, const LedgerPlan& plan, store::Totals totals);

Result<Committed> open_wallets(LedgerTables& tables, const OpeningPlan& plan);

Result<Committed> open_token(LedgerTables& tables, const OpeningPlan& plan, TokenId token,
                             bool last);

/// Entries by id; a balance that was not named moves with them, one that was is taken back to where
/// it was seen. Of balances that are `learnt` by the plan they are openings.
Result<void> adjust_holdings(LedgerTables& tables, ChainRow& chain, const AdjustmentPlan& plan,
                             const std::set<BalanceId>& learnt, std::set<BalanceId>& changed);

Result<Committed> adjust_balances(LedgerTables& tables, const AdjustmentPlan& plan);

/// Openings above the ancestor never were: their wallets wait again, without rows.
void forget_openings(LedgerTables& tables, ChainRow& chain, ChainId id, BlockNumber ancestor);

Result<Committed> unwind_chain(LedgerTables& tables, const UnwindPlan& plan);

}  // namespace custodialbridge::testing

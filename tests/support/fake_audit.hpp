/// The audit's rows and the units of work of corrections, in the fake store's tables.
#pragma once

#include "custodialbridge/store/audit_store.hpp"
#include "support/ledger_units.hpp"
#include "support/script.hpp"

namespace custodialbridge::testing {

/// A log tells a wallet one thing: the right row takes the place of one of the same epoch.
Result<void> correct_events(ChainRow& chain, const CorrectionPlan& plan, std::uint32_t epoch);

Result<Committed> correct_journal(LedgerTables& tables, const CorrectionPlan& plan);

class FakeAudit final : public store::AuditStore {
  public:
    FakeAudit(LedgerTables& tables, Script& script) : tables_(tables), script_(script) {}

    runtime::Task<Result<std::optional<store::AuditState>>> state(ChainId chain,
                                                                  runtime::Deadline by) override;

    runtime::Task<Result<std::vector<BlockNumber>>> unproven(ChainId chain, BlockNumber first,
                                                             BlockNumber last,
                                                             runtime::Deadline by) override;

    runtime::Task<Result<store::AuditRows>> rows(ChainId chain, std::vector<BlockNumber> blocks,
                                                 std::vector<WalletId>,
                                                 runtime::Deadline by) override;

    runtime::Task<Result<std::map<BlockNumber, Hash32>>> hashes(ChainId chain,
                                                                std::vector<BlockNumber> blocks,
                                                                runtime::Deadline by) override;

    runtime::Task<Result<void>> audited(ChainId chain, std::uint32_t epoch,
                                        store::AuditedBlocks blocks, runtime::Deadline by) override;

  private:
    static BlockNumber lowest(const ChainRow& row);

    static bool is_proven(const ChainRow& row, BlockNumber number);

    LedgerTables& tables_;
    Script& script_;
};

}  // namespace custodialbridge::testing

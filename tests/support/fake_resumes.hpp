/// Orders to resume, in the fake store's tables.
#pragma once

#include "support/ledger_tables.hpp"
#include "support/script.hpp"

namespace custodialbridge::testing {

class FakeResumes final : public store::ResumeOrders {
  public:
    FakeResumes(LedgerTables& tables, Script& script, runtime::Clock& clock)
        : tables_(tables), script_(script), clock_(clock) {}

    runtime::Task<Result<ResumeId>> order(ChainId chain, BlockNumber from, Millis patience,
                                          runtime::Deadline by) override;

    runtime::Task<Result<std::optional<store::ResumeOrder>>> waiting(ChainId chain,
                                                                     runtime::Deadline by) override;

    runtime::Task<Result<void>> refuse(ResumeId id, std::string why, runtime::Deadline by) override;

    runtime::Task<Result<std::optional<store::ResumeOutcome>>> outcome(
        ResumeId id, runtime::Deadline by) override;

  private:
    LedgerTables& tables_;
    Script& script_;
    runtime::Clock& clock_;
};

}  // namespace custodialbridge::testing

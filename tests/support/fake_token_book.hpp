/// The store's book of tokens over the fake's tables.
#pragma once

#include "custodialbridge/store/token_book.hpp"
#include "support/ledger_tables.hpp"
#include "support/script.hpp"

namespace custodialbridge::testing {

class FakeTokenBook final : public store::TokenBook {
  public:
    FakeTokenBook(LedgerTables& tables, Script& script) : tables_(tables), script_(script) {}

    runtime::Task<Result<void>> put(std::vector<Token> tokens, runtime::Deadline by) override;

    runtime::Task<Result<std::vector<Token>>> put_before(runtime::Deadline by) override;

  private:
    LedgerTables& tables_;
    Script& script_;
};

}  // namespace custodialbridge::testing

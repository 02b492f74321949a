/// JournalReader over PostgreSQL.
#pragma once

#include <atomic>

#include "custodialbridge/store/journal_reader.hpp"
#include "database.hpp"

namespace custodialbridge::store {

class PostgresJournal final : public JournalReader {
  public:
    explicit PostgresJournal(Database& database) : database_(database) {}

    Task<Result<PastBalance>> balance_at(BalanceKey key, AsOf at, Deadline by) override;
    Task<Result<JournalPage<LedgerChange>>> changes(ChangeQuery query, Deadline by) override;
    Task<Result<JournalPage<LedgerEvent>>> events(EventQuery query, Deadline by) override;

  private:
    template <class Work>
    auto read(Deadline by, Work work) -> Task<std::invoke_result_t<Work&, Connection&>>;

    Database& database_;
    std::atomic<bool> indexed_{false};  ///< seen so; it stays so
};

}  // namespace custodialbridge::store

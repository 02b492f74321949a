/// The real store: PostgreSQL through libpq, on the threads of a blocking pool.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "custodialbridge/runtime/blocking_pool.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/store/audit_store.hpp"
#include "custodialbridge/store/balance_store.hpp"
#include "custodialbridge/store/chain_lead.hpp"
#include "custodialbridge/store/chain_store.hpp"
#include "custodialbridge/store/journal_reader.hpp"
#include "custodialbridge/store/plan_committer.hpp"
#include "custodialbridge/store/poll_schedule.hpp"
#include "custodialbridge/store/resume_orders.hpp"
#include "custodialbridge/store/settings.hpp"
#include "custodialbridge/store/token_book.hpp"
#include "custodialbridge/store/wallet_directory.hpp"

namespace custodialbridge::store {

/// All ports over one bounded set of connections. Connections are made on demand, dropped on
/// failure and made again; a call fails with `unavailable` when none can be had before its
/// deadline.
class Postgres {
  public:
    virtual ~Postgres() = default;
    virtual ChainLead& lead() = 0;  ///< over a connection of its own
    virtual ChainStore& chains() = 0;
    virtual BalanceStore& balances() = 0;
    virtual JournalReader& journal() = 0;
    virtual WalletDirectory& wallets() = 0;
    virtual PlanCommitter& committer() = 0;
    virtual AuditStore& audit() = 0;
    virtual ResumeOrders& resumes() = 0;
    virtual PollSchedule& polls() = 0;
    virtual TokenBook& token_book() = 0;

    /// One trivial round trip: is the database there?
    virtual Task<Result<void>> ping(Deadline by) = 0;

    /// For the end of the process: calls that still run then fail (a commit is rolled back or has
    /// happened), and so do later ones. Any thread.
    virtual void end_by(Deadline by) = 0;
};

std::unique_ptr<Postgres> make_postgres(Settings settings, runtime::BlockingPool& pool,
                                        runtime::Clock& clock);

/// Brings the schema to this binary's version, forward only, under an advisory lock. Blocks.
/// Returns the names of what was applied. `refused` when the database is newer than this binary or
/// an applied migration's text has changed since.
Result<std::vector<std::string>> migrate(const Settings& settings, runtime::Clock& clock,
                                         Deadline by);

/// Can libpq read the URL? `invalid` with what is wrong, but never with the URL: it may hold a
/// password.
Result<void> validate(const Settings& settings);

/// For `check --connect`: the server's version, or why it cannot be used. Blocks.
Result<std::string> probe(const Settings& settings, runtime::Clock& clock, Deadline by);

}  // namespace custodialbridge::store

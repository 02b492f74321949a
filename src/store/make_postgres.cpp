#include "custodialbridge/store/make_postgres.hpp"

#include <string>
#include <utility>

#include "database.hpp"
#include "hosts.hpp"
#include "postgres_audit.hpp"
#include "postgres_balances.hpp"
#include "postgres_chains.hpp"
#include "postgres_committer.hpp"
#include "postgres_journal.hpp"
#include "postgres_lead.hpp"
#include "postgres_polls.hpp"
#include "postgres_resumes.hpp"
#include "postgres_token_book.hpp"
#include "postgres_wallets.hpp"

namespace custodialbridge::store {
namespace {

constexpr Statement kPing{"ping", "SELECT 1"};

class RealPostgres final : public Postgres {
  public:
    RealPostgres(Settings settings, runtime::BlockingPool& pool, runtime::Clock& clock)
        : database_(std::move(settings), pool, clock) {}

    ChainLead& lead() override { return lead_; }
    ChainStore& chains() override { return chains_; }
    BalanceStore& balances() override { return balances_; }
    JournalReader& journal() override { return journal_; }
    WalletDirectory& wallets() override { return wallets_; }
    PlanCommitter& committer() override { return committer_; }
    AuditStore& audit() override { return audit_; }
    ResumeOrders& resumes() override { return resumes_; }
    PollSchedule& polls() override { return polls_; }
    TokenBook& token_book() override { return token_book_; }

    Task<Result<void>> ping(Deadline by) override {
        return database_.run(by, [by](Connection& session) -> Result<void> {
            CB_CHECKED(session.run(kPing, Params(), by));
            return {};
        });
    }

    void end_by(Deadline by) override { database_.end_by(by); }

  private:
    Database database_;
    PostgresLead lead_{database_};
    PostgresChains chains_{database_};
    PostgresBalances balances_{database_};
    PostgresJournal journal_{database_};
    PostgresWallets wallets_{database_};
    PostgresCommitter committer_{database_};
    PostgresAudit audit_{database_};
    PostgresResumes resumes_{database_};
    PostgresPolls polls_{database_};
    PostgresTokenBook token_book_{database_};
};

}  // namespace

std::unique_ptr<Postgres> make_postgres(Settings settings, runtime::BlockingPool& pool,
                                        runtime::Clock& clock) {
    return std::make_unique<RealPostgres>(std::move(settings), pool, clock);
}

Result<void> validate(const Settings& settings) {
    CB_TRY(hosts, hosts_of(settings.url));
    (void)hosts;
    return {};
}

Result<std::string> probe(const Settings& settings, runtime::Clock& clock, Deadline by) {
    CB_TRY(session, Connection::open(settings, clock, by));
    CB_TRY(answer, session->execute("SHOW transaction_read_only", by));
    if (answer.front().text(0, 0) != "off")
        return Error(Errc::refused, "the database is read-only (a replica?)");
    return "PostgreSQL " + std::string(session->server_version());
}

}  // namespace custodialbridge::store

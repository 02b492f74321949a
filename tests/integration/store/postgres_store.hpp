/// The real store on a fresh database of this process's private server.
#pragma once

#include <memory>
#include <string>

#include "store_contract.hpp"
#include "support/postgres.hpp"

namespace custodialbridge::store {

class PostgresStore final : public StoreUnderTest {
  public:
    PostgresStore() : PostgresStore(fresh_url()) {}
    explicit PostgresStore(std::string url, Millis connect_timeout = Millis(5'000))
        : settings_{std::move(url), 4, connect_timeout},
          store_(make_postgres(settings_, threads_, clock_)) {}

    Postgres& ports() override { return *store_; }
    runtime::Clock& clock() override { return clock_; }
    std::unique_ptr<ChainLead> other_lead() override;
    const Settings& settings() const { return settings_; }

    /// The database's name, for statements of a test's own.
    std::string database() const {
        const auto start = settings_.url.find("@/") + 2;
        return settings_.url.substr(start, settings_.url.find('?') - start);
    }
    std::string sql(std::string_view statements) const {
        return testing::PostgresServer::shared().sql(database(), statements);
    }

    /// A migrated, empty database.
    static std::string fresh_url() {
        auto& server = testing::PostgresServer::shared();
        static const bool made = [&] {
            server.create_database("migrated");
            runtime::SystemClock clock;
            const Settings settings{server.url("migrated"), 1, Millis(5'000)};
            migrate(settings, clock, Deadline::after(clock, Millis(20'000))).value();
            return true;
        }();
        return made ? server.fresh_database("migrated") : "";
    }

  private:
    runtime::SystemClock clock_;
    runtime::BlockingPool threads_{"database", 4, 64};
    Settings settings_;
    std::unique_ptr<Postgres> store_;
};

/// The lead of another daemon, with the connections that it comes with.
class OtherLead final : public ChainLead {
  public:
    explicit OtherLead(const Settings& settings)
        : store_(make_postgres(settings, threads_, clock_)) {}
    Task<Result<std::optional<std::uint64_t>>> hold(ChainId chain, Deadline by) override {
        return store_->lead().hold(chain, by);
    }
    Task<Result<std::optional<std::uint64_t>>> renew(ChainId chain, Deadline by) override {
        return store_->lead().renew(chain, by);
    }

  private:
    runtime::SystemClock clock_;
    runtime::BlockingPool threads_{"other", 1, 8};
    std::unique_ptr<Postgres> store_;
};

inline std::unique_ptr<ChainLead> PostgresStore::other_lead() {
    return std::make_unique<OtherLead>(settings_);
}

/// With a store of its own and the same short names as the contract's tests.
class OnPostgres : public ::testing::Test {
  protected:
    PostgresStore postgres_;
    StoreHandle store_{postgres_};
};

}  // namespace custodialbridge::store

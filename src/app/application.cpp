#include "application.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_future.hpp>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "chain_part.hpp"
#include "configured_tokens.hpp"
#include "custodialbridge/api/http_server.hpp"
#include "custodialbridge/cache/make_redis.hpp"
#include "custodialbridge/core/check.hpp"
#include "custodialbridge/ledger/change_follower.hpp"
#include "custodialbridge/ledger/tier_refresher.hpp"
#include "custodialbridge/runtime/run_together.hpp"
#include "custodialbridge/sync/journal_indexer.hpp"
#include "service_watch.hpp"
#include "services.hpp"
#include "status_board.hpp"

namespace custodialbridge::app {

namespace {

using runtime::Deadline;
using runtime::Task;
using telemetry::log;
using telemetry::LogLevel;

constexpr std::size_t kQueuedCallsMax = 4'096;
constexpr std::size_t kWorkThreads = 2;
constexpr Millis kMigrationPatience{60'000};
constexpr Millis kStatusInterval{500};
constexpr Millis kPingInterval{1'000};
constexpr Millis kTokensInterval{2'000};  // what another daemon was told of is known within this

std::atomic<bool> told_to_stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

std::vector<ChainId> all_chains(const config::Settings& settings) {
    std::vector<ChainId> chains;
    for (const config::ChainSettings& chain : settings.chains) chains.push_back(chain.chain);
    return chains;
}

class Daemon {
  public:
    /// `put_before`: tokens that were put through the API.
    Daemon(const config::Settings& settings, Services& services, LoadAgain load_again,
           const std::vector<Token>& put_before)
        : settings_(settings),
          reloading_(settings, std::move(load_again)),
          services_(services),
          random_(runtime::fresh_seed()),
          board_(all_chains(settings)),
          tokens_(ledger::tokens_beside(configured_tokens(settings), put_before, board_)),
          alerts_(telemetry::make_log_alert_sink()),
          local_(settings.cache.local_capacity, settings.cache.local_ttl),
          database_pool_("database", services.database().pool_size, kQueuedCallsMax),
          work_pool_("work", kWorkThreads, kQueuedCallsMax),
          postgres_(store::make_postgres(services.database(), database_pool_, clock_)) {
        tiers_.local_ttl = settings.cache.local_ttl;
        tiers_.redis_timeout = settings.cache.redis_timeout;
    }

    Result<void> run() {
        CB_CHECKED(connect_redis());
        compose();
        auto server = api::make_http_server(settings_.api, api_services());
        CB_CHECKED(server->start());
        CB_CHECKED(write_address(server->address()));
        log(LogLevel::info, "listening", {{"address", server->address()}});
        server_ = std::move(server);
        name_what_reloads();
        std::exception_ptr failure;
        std::error_code ignored;
        boost::asio::co_spawn(loop_, run_parts(), [&](std::exception_ptr ended) {
            failure = ended;
            loop_.stop();  // background reconnects would keep it running
        });
        loop_.run();
        server_.reset();  // its threads use the chains
        std::filesystem::remove(address_file(), ignored);
        if (failure) std::rethrow_exception(failure);
        log(LogLevel::info, "stopped");
        return {};
    }

  private:
    void name_what_reloads() {
        reloading_.add([](const config::Settings& next) {
            telemetry::set_log_level(next.telemetry.level);
            telemetry::set_log_format(next.telemetry.format);
        });
        reloading_.add([this](const config::Settings& next) { server_->reload(next.api); });
        reloading_.add([this](const config::Settings& next) {
            token_desk_->reconfigure(configured_tokens(next), token_defaults(next));
        });
        for (auto& chain : chains_)
            reloading_.add([&part = *chain](const config::Settings& next) { part.reload(next); });
    }

    Result<void> connect_redis() {
        if (!services_.redis()) return {};
        auto redis = cache::make_redis(*services_.redis(), loop_.get_executor(), clock_, random_,
                                       [this] { board_.distrust_redis(); },
                                       {&metrics_, "sync"});
        if (!redis) return redis.error();
        redis_ = std::move(*redis);
        CB_TRY(changes, cache::make_change_feed(*services_.redis(), all_chains(settings_),
                                                loop_.get_executor(), clock_, random_, &metrics_));
        changes_ = std::move(changes);
        return {};
    }

    void compose() {
        const SharedParts shared{tokens_,      board_,     local_,  redis_.get(), *postgres_,
                                 work_pool_,   loop_.get_executor(), clock_, random_, health_,
                                 *alerts_,     metrics_,   tiers_,
                                 settings_.balance_sync, settings_.alert_thresholds,
                                 changes_.get()};
        for (const config::ChainSettings& chain : settings_.chains)
            chains_.push_back(std::make_unique<ChainPart>(chain, shared));
        registry_ = ledger::make_wallet_registry(
            {tokens_, postgres_->wallets(), local_, redis_.get(), loop_.get_executor(), clock_,
             [this](ChainId chain) { chain_part(chain).wake(); },
             [this](ChainId chain) { chain_part(chain).writer().distrust_redis(); }, tiers_,
             changes_.get()});
        follower_ = ledger::make_change_follower(
            {tokens_, board_, local_, redis_.get(), changes_.get(), loop_.get_executor(), clock_,
             [this](ChainId chain) { chain_part(chain).wake(); },
             [this](ChainId chain) { chain_part(chain).writer().distrust_redis(); },
             tiers_.redis_timeout});
        refresher_ = ledger::make_tier_refresher(reader_parts(loop_.get_executor(), "refresh"));
        history_ = ledger::make_history_reader(
            {tokens_, board_, postgres_->journal(), chain_readers(), clock_});
        nfts_ = ledger::make_nft_reader(tokens_, postgres_->balances());
        resumes_ = ledger::make_resume_desk(
            {board_, postgres_->resumes(), loop_.get_executor(), clock_,
             [this](ChainId chain) { chain_part(chain).wake(); },
             [this](ChainId) { status_.set(gather_status()); }});
        token_desk_ = ledger::make_token_desk(
            {tokens_, configured_tokens(settings_), token_defaults(settings_), board_,
             postgres_->token_book(), loop_.get_executor(),
             [this](ChainId chain) { chain_part(chain).retoken(); }});
        indexer_ = sync::make_journal_indexer(postgres_->chains(), clock_,
                                              [this] { return nobody_catches_up(); });
        indexer_wakeup_ = std::make_unique<runtime::Wakeup>(loop_.get_executor());
        health_.set({"database", false, "not asked yet", telemetry::Weight::required});
        cache::show_local_tier(metrics_, local_);
        metrics_.gauge("build_info", "Always 1; the version is a label", {{"version", CB_VERSION}})
            .set(1);
    }

    ChainPart& chain_part(ChainId chain) {
        for (auto& part : chains_)
            if (part->id() == chain) return *part;
        CB_CHECK(false && "a chain that is not configured");
        std::abort();
    }

    /// A chain that is away for now has the others' history not wait for it.
    bool nobody_catches_up() const {
        bool one_follows = false;
        for (const auto& part : chains_) {
            if (part->catches_up()) return false;
            one_follows = one_follows || part->following();
        }
        return one_follows;
    }

    api::Services api_services() {
        return {[this](runtime::Executor loop) { return make_reader(loop); },
                *registry_, *history_, *nfts_, *resumes_, *token_desk_,
                status_, health_, metrics_, clock_};
    }

    /// On an API thread: its own Redis connection, everything else shared.
    std::unique_ptr<ledger::BalanceReader> make_reader(runtime::Executor loop) {
        return ledger::make_balance_reader(reader_parts(std::move(loop), "api-"));
    }

    ledger::ReaderParts reader_parts(runtime::Executor loop, std::string connection) {
        std::unique_ptr<cache::BalanceCache> redis;
        if (services_.redis()) {
            std::lock_guard lock(randoms_mutex_);
            if (connection.ends_with('-')) connection.append(std::to_string(randoms_.size()));
            randoms_.push_back(std::make_unique<runtime::SeededRandom>(runtime::fresh_seed()));
            auto made = cache::make_redis(*services_.redis(), loop, clock_, *randoms_.back(), {},
                                          {&metrics_, connection});
            if (made) redis = std::move(*made);
        }
        return {tokens_, board_, local_, std::move(redis), postgres_->balances(),
                chain_readers(), clock_, metrics_, tiers_};
    }

    std::map<ChainId, ledger::ChainReader*> chain_readers() const {
        std::map<ChainId, ledger::ChainReader*> readers;
        for (const auto& part : chains_) readers[part->id()] = &part->reader();
        return readers;
    }

    std::filesystem::path address_file() const { return settings_.data_dir / "api.address"; }

    Result<void> write_address(const std::string& address) {
        const auto path = address_file();
        std::ofstream file(path, std::ios::trunc);
        file << address << '\n';
        if (!file.flush())
            return Error(Errc::unavailable, path.string() + ": cannot be written");
        return {};
    }

    Task<void> run_parts() {
        runtime::ConvergePace slow;
        slow.idle = Millis{5'000};
        std::vector<Task<void>> parts;
        for (auto& chain : chains_) chain->add_tasks(parts);
        parts.push_back(
            runtime::keep_converging(*indexer_, *indexer_wakeup_, clock_, random_, slow));
        parts.push_back(watch_database(*postgres_, health_, clock_, kPingInterval));
        if (redis_) parts.push_back(watch_redis(*redis_, health_, clock_, kPingInterval));
        parts.push_back(follower_->run());
        parts.push_back(ledger::keep_tiers_fresh(
            *refresher_, local_, board_, clock_, metrics_,
            [this] { return reloading_.in_force().balance_sync.db_sync_interval; }));
        parts.push_back(services_.supervise(clock_));
        parts.push_back(keep_status());
        parts.push_back(keep_tokens());
        parts.push_back(until_told_to_stop());
        co_await runtime::run_together(std::move(parts));
    }

    /// What cannot be asked now is asked again; the database's health is watched elsewhere.
    Task<void> keep_tokens() {
        for (;;) {
            const Deadline by = Deadline::after(clock_, kTokensInterval);
            (void)co_await token_desk_->refresh(by);
            co_await clock_.sleep_until(clock_.now() + kTokensInterval);
        }
    }

    Task<void> keep_status() {
        for (;;) {
            status_.set(gather_status());
            co_await clock_.sleep_until(clock_.now() + kStatusInterval);
        }
    }

    api::StatusReport gather_status() const {
        api::StatusReport report;
        report.uptime_seconds = static_cast<std::uint64_t>(
            std::chrono::floor<Seconds>(clock_.now() - started_).count());
        report.database = report.redis = "unknown";
        if (!services_.redis()) report.redis = "off";
        for (const telemetry::HealthCheck& check : health_.checks()) {
            if (check.name == "database") report.database = check.ok ? "ok" : check.detail;
            if (check.name == "redis") report.redis = check.ok ? "ok" : check.detail;
        }
        for (const auto& chain : chains_) report.chains.push_back(chain->report());
        return report;
    }

    /// Ends on SIGTERM or SIGINT, after the API has drained.
    Task<void> until_told_to_stop() {
        boost::asio::signal_set signals(loop_, SIGTERM, SIGINT, SIGHUP);
        while (!told_to_stop) {
            const int signal = co_await signals.async_wait(boost::asio::use_awaitable);
            if (signal != SIGHUP) break;
            co_await reloading_.reload(work_pool_);
        }
        log(LogLevel::info, "stopping: draining requests and commits");
        postgres_->end_by(Deadline::after(clock_, settings_.shutdown_timeout * 3 / 4));
        (void)co_await work_pool_.run([this]() -> Result<void> {
            server_->stop(settings_.shutdown_timeout / 2);
            return {};
        });
    }

    const config::Settings& settings_;  ///< as it was started
    Reloading reloading_;
    Services& services_;
    runtime::SystemClock clock_;
    const Instant started_ = clock_.now();
    runtime::SeededRandom random_;
    boost::asio::io_context loop_{1};
    ledger::ChainBoard board_;
    TokenRegistry tokens_;
    telemetry::Registry metrics_;
    telemetry::HealthBoard health_;
    std::unique_ptr<telemetry::AlertSink> alerts_;
    StatusBoard status_;
    cache::LocalCache local_;
    ledger::TierSettings tiers_;
    std::unique_ptr<cache::BalanceCache> redis_;
    std::unique_ptr<cache::ChangeFeed> changes_;  ///< none without Redis
    std::mutex randoms_mutex_;
    std::vector<std::unique_ptr<runtime::SeededRandom>> randoms_;
    runtime::BlockingPool database_pool_;
    runtime::BlockingPool work_pool_;
    std::unique_ptr<store::Postgres> postgres_;
    std::vector<std::unique_ptr<ChainPart>> chains_;
    std::unique_ptr<ledger::WalletRegistry> registry_;
    std::unique_ptr<ledger::ChangeFollower> follower_;
    std::unique_ptr<ledger::TierRefresher> refresher_;
    std::unique_ptr<ledger::HistoryReader> history_;
    std::unique_ptr<ledger::NftReader> nfts_;
    std::unique_ptr<ledger::ResumeDesk> resumes_;
    std::unique_ptr<ledger::TokenDesk> token_desk_;
    std::unique_ptr<runtime::Converging> indexer_;
    std::unique_ptr<runtime::Wakeup> indexer_wakeup_;
    std::unique_ptr<api::HttpServer> server_;
};

/// Until the loop runs, a signal is only remembered: what was started is stopped in order.
void remember_stop(int) { told_to_stop = true; }

void watch_signals() {
    std::signal(SIGTERM, remember_stop);
    std::signal(SIGINT, remember_stop);
    std::signal(SIGHUP, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error code, not the end
}

/// Those that were put through the API, once the configured ones are stored.
Task<Result<std::vector<Token>>> store_tokens(store::Postgres& postgres, std::vector<Token> tokens,
                                              Deadline by) {
    CB_CO_CHECKED(co_await postgres.chains().sync_tokens(std::move(tokens), by));
    co_return co_await postgres.token_book().put_before(by);
}

Result<std::vector<Token>> sync_tokens(const config::Settings& settings, Services& services) {
    runtime::SystemClock clock;
    boost::asio::io_context loop(1);
    runtime::BlockingPool pool("database", 1, 4);
    auto postgres = store::make_postgres(services.database(), pool, clock);
    const Deadline by = Deadline::after(clock, kMigrationPatience);
    auto storing = store_tokens(*postgres, configured_tokens(settings), by);
    auto done = boost::asio::co_spawn(loop, std::move(storing), boost::asio::use_future);
    loop.run();
    return done.get();
}

}  // namespace

Result<void> run_daemon(const config::Settings& settings, LoadAgain load_again) {
    watch_signals();
    for (const std::string& missing : config::not_yet(settings))
        log(LogLevel::warn, "not available in this version", {{"setting", missing}});
    auto started = Services::start(settings, told_to_stop);
    if (told_to_stop) return {};
    CB_TRY(services, std::move(started));
    runtime::SystemClock clock;
    CB_TRY(applied, store::migrate(services->database(), clock,
                                   Deadline::after(clock, kMigrationPatience)));
    for (const std::string& name : applied)
        log(LogLevel::info, "migration applied", {{"name", name}});
    CB_TRY(put_before, sync_tokens(settings, *services));
    if (told_to_stop) return {};
    Daemon daemon(settings, *services, std::move(load_again), put_before);
    auto ran = daemon.run();
    services->stop(settings.shutdown_timeout);
    return ran;
}

}  // namespace custodialbridge::app

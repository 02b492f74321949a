#include "resume_command.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <iostream>
#include <optional>

#include "custodialbridge/ledger/make_ledger.hpp"
#include "custodialbridge/ledger/resume_desk.hpp"
#include "custodialbridge/rpc/make_rpc_client.hpp"
#include "custodialbridge/runtime/run_together.hpp"
#include "custodialbridge/store/make_postgres.hpp"
#include "custodialbridge/sync/event_listener.hpp"
#include "services.hpp"

namespace custodialbridge::app {

namespace {

using runtime::Deadline;
using runtime::Task;

enum ExitCode : int { kDone = 0, kFailed = 1, kWrong = 2 };

constexpr Millis kUntilTakenUp{60'000};
constexpr Millis kPatience{660'000};  // a reversal is one commit, and may be a large one
constexpr Millis kLocalTtl{1'000};

/// The order's desk, and beside it what takes the order up while no daemon writes the chain.
class Resumption {
  public:
    Resumption(const config::ChainSettings& chain, const store::Settings& database)
        : chain_(chain.chain),
          postgres_(store::make_postgres(database, database_pool_, clock_)),
          tokens_(chain.tokens),
          board_({chain.chain}),
          rpc_(rpc::make_rpc_client(chain.rpc, loop_.get_executor(), clock_, random_, metrics_,
                                    &work_pool_)),
          writer_(ledger::make_ledger_writer({tokens_, *board_.find(chain_), local_, nullptr,
                                              postgres_->committer(), clock_, {}})),
          resumer_(sync::make_resumer({chain.listener, {}, chain.tokens, *rpc_, postgres_->lead(),
                                       postgres_->chains(), postgres_->wallets(),
                                       postgres_->balances(), postgres_->resumes(), *writer_,
                                       work_pool_, clock_, health_, *alerts_, metrics_})),
          desk_(ledger::make_resume_desk({board_, postgres_->resumes(), loop_.get_executor(),
                                          clock_, [this](ChainId) { wakeup_.notify(); },
                                          [](ChainId) {}})) {}

    Result<void> run(BlockNumber from) {
        std::exception_ptr failure;
        boost::asio::co_spawn(loop_, run_parts(from), [&](std::exception_ptr ended) {
            failure = ended;
            loop_.stop();  // background reconnects would keep it running
        });
        loop_.run();
        if (failure) std::rethrow_exception(failure);
        return outcome_;
    }

  private:
    Task<void> run_parts(BlockNumber from) {
        std::vector<Task<void>> parts;
        parts.push_back(order(from));
        parts.push_back(take_up());
        co_await runtime::run_together(std::move(parts));
    }

    /// Not before the order waits: a chain without a ledger is not to be given one.
    Task<void> take_up() {
        co_await wakeup_.wait_until(clock_, clock_.now() + kPatience);
        co_await runtime::keep_converging(*resumer_, wakeup_, clock_, random_, {});
    }

    Task<void> order(BlockNumber from) {
        const Deadline taken_up_by = Deadline::after(clock_, kUntilTakenUp);
        const Deadline by = Deadline::after(clock_, kPatience);
        outcome_ = co_await desk_->resume(chain_, from, taken_up_by, by);
    }

    const ChainId chain_;
    runtime::SystemClock clock_;
    runtime::SeededRandom random_{runtime::fresh_seed()};
    boost::asio::io_context loop_{1};
    telemetry::Registry metrics_;
    telemetry::HealthBoard health_;
    std::unique_ptr<telemetry::AlertSink> alerts_ = telemetry::make_log_alert_sink();
    runtime::BlockingPool database_pool_{"database", 2, 64};
    runtime::BlockingPool work_pool_{"work", 1, 64};
    std::unique_ptr<store::Postgres> postgres_;
    TokenRegistry tokens_;
    ledger::ChainBoard board_;
    cache::LocalCache local_{1, kLocalTtl};
    std::unique_ptr<rpc::RpcClient> rpc_;
    std::unique_ptr<ledger::LedgerWriter> writer_;
    runtime::Wakeup wakeup_{loop_.get_executor()};
    std::unique_ptr<runtime::Converging> resumer_;
    std::unique_ptr<ledger::ResumeDesk> desk_;
    Result<void> outcome_;
};

int fail(const std::string& why, int code) {
    std::cerr << "custodialbridge: " << why << '\n';
    return code;
}

}  // namespace

int resume_command(const config::Settings& settings, ChainId chain, BlockNumber from) {
    const auto found =
        std::find_if(settings.chains.begin(), settings.chains.end(),
                     [&](const config::ChainSettings& one) { return one.chain == chain; });
    const std::string name = "chain " + std::to_string(chain.value);
    if (found == settings.chains.end())
        return fail("--chain: " + name + " is not configured", kWrong);
    const auto services = Services::attach(settings, "resume", Services::Wants::database);
    if (!services) return fail(services.error().message(), kFailed);
    Resumption resumption(*found, (*services)->database());
    const auto done = resumption.run(from);
    if (!done) return fail(name + ": " + done.error().message(), kFailed);
    std::cout << name << ": the ledger was reversed to block " << from.value
              << ", and is followed again from there\n";
    return kDone;
}

}  // namespace custodialbridge::app

/// The HTTP server: threads with a loop each, routes, auth, problems.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "custodialbridge/api/settings.hpp"
#include "custodialbridge/api/status_source.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/ledger/balance_reader.hpp"
#include "custodialbridge/ledger/history_reader.hpp"
#include "custodialbridge/ledger/nft_reader.hpp"
#include "custodialbridge/ledger/resume_desk.hpp"
#include "custodialbridge/ledger/token_desk.hpp"
#include "custodialbridge/ledger/wallet_registry.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/telemetry/health.hpp"
#include "custodialbridge/telemetry/registry.hpp"

namespace custodialbridge::api {

/// What the routes talk to. All of it outlives the server.
struct Services {
    /// Called once per API thread, on that thread, with its loop's executor.
    std::function<std::unique_ptr<ledger::BalanceReader>(runtime::Executor)> make_reader;
    ledger::WalletRegistry& wallets;
    ledger::HistoryReader& history;
    ledger::NftReader& nfts;
    ledger::ResumeDesk& resumes;
    ledger::TokenDesk& tokens;
    const StatusSource& status;
    const telemetry::HealthBoard& health;
    telemetry::Registry& metrics;
    runtime::Clock& clock;
};

class HttpServer {
  public:
    virtual ~HttpServer() = default;

    /// Binds and starts the threads. `invalid` with the reason when it cannot listen or load its
    /// TLS files.
    virtual Result<void> start() = 0;

    /// host:port in use, after start.
    virtual std::string address() const = 0;

    /// New keys and limits, at once for every later request. Any thread.
    virtual void reload(const Settings& settings) = 0;

    /// Stops accepting, lets running requests finish for at most `patience`, closes, joins. Blocks.
    virtual void stop(Millis patience) = 0;
};

/// Can the TLS files be used? `invalid` with the file at fault; reads them.
Result<void> validate(const Settings& settings);

std::unique_ptr<HttpServer> make_http_server(Settings settings, Services services);

}  // namespace custodialbridge::api

/// PostgreSQL and Redis as the configuration asks for them: embedded, somebody else's, or none.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "custodialbridge/cache/settings.hpp"
#include "custodialbridge/config/settings.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/store/settings.hpp"

namespace custodialbridge::app {

class EmbeddedServices;

class Services {
  public:
    /// For the daemon: takes the data directory and starts (or adopts) the embedded ones; blocks,
    /// and gives up when `interrupted` becomes true. `conflict` when another daemon has the
    /// directory.
    static Result<std::unique_ptr<Services>> start(const config::Settings& settings,
                                                   const std::atomic<bool>& interrupted);

    enum class Wants : std::uint8_t { database, database_and_redis };

    /// For a command: the running daemon's, or started for the command's time.
    static Result<std::unique_ptr<Services>> attach(const config::Settings& settings,
                                                    const char* command, Wants wants);

    ~Services();  ///< stops what was started

    /// Stops what was started; PostgreSQL gets `patience` for a clean shutdown. Blocks.
    void stop(Millis patience);

    const store::Settings& database() const;
    const std::optional<cache::Settings>& redis() const;  ///< none: run without that tier

    /// Keeps the embedded ones alive until cancelled.
    runtime::Task<void> supervise(runtime::Clock& clock);

  private:
    struct Impl;
    explicit Services(std::unique_ptr<Impl> impl);
    static std::unique_ptr<Services> with(const config::Settings& settings,
                                          std::unique_ptr<EmbeddedServices> embedded, Wants wants);
    std::unique_ptr<Impl> impl_;
};

}  // namespace custodialbridge::app

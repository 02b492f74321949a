// The services that `embedded` asks for, together: for the daemon's life or for one command's.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "data_dir_lock.hpp"
#include "embedded_postgres.hpp"
#include "embedded_redis.hpp"

namespace custodialbridge::app {

struct EmbeddedOptions {
    std::filesystem::path data_dir;
    bool postgres = true;
    bool redis = true;
    std::string name = "run";  ///< of our command, for errors of others
    Millis limit{300'000};  ///< for everything to serve; a recovery after a crash may take its time

    /// Set from a signal handler or any thread to give up starting; may be null.
    const std::atomic<bool>* interrupted = nullptr;

    StatusReport on_postgres;  ///< called on the caller's thread by start, on the loop by supervise
    StatusReport on_redis;
};

/// Locks the data directory (also when nothing is embedded) and owns what runs in it.
class EmbeddedServices {
  public:
    /// For the daemon. Adopts what a killed predecessor left running. `conflict` when another
    /// daemon uses the directory. Blocks.
    static Result<std::unique_ptr<EmbeddedServices>> start(EmbeddedOptions options);

    /// For a command that is done soon: uses the services of the daemon that runs, or starts its
    /// own and stops them at the end. Blocks.
    static Result<std::unique_ptr<EmbeddedServices>> attach_or_start(EmbeddedOptions options);

    ~EmbeddedServices();  ///< `stop`
    EmbeddedServices(const EmbeddedServices&) = delete;
    EmbeddedServices& operator=(const EmbeddedServices&) = delete;

    const std::string& database_url() const { return database_url_; }  ///< empty: not asked for
    const std::string& redis_url() const { return redis_url_; }        ///< empty: not asked for
    bool attached() const { return attached_; }                        ///< they are a daemon's

    /// Runs until cancelled, on the sync loop.
    Task<void> supervise(runtime::Clock& clock);

    /// Stops what is ours, Redis first; `patience` is what PostgreSQL gets for its clean shutdown.
    /// Blocks.
    void stop(Millis patience = Millis{10'000});

    std::optional<ProcessId> postgres_process() const;
    std::optional<ProcessId> redis_process() const;

  private:
    explicit EmbeddedServices(EmbeddedOptions options) : options_(std::move(options)) {}

    Result<void> start_all();
    Result<void> attach();
    const std::atomic<bool>& interrupted() const;

    EmbeddedOptions options_;
    std::optional<DataDirLock> lock_;  // released last
    std::optional<EmbeddedPostgres> postgres_;
    std::optional<EmbeddedRedis> redis_;
    std::filesystem::path run_dir_;
    std::string database_url_;
    std::string redis_url_;
    bool attached_ = false;
};

}  // namespace custodialbridge::app

// A private PostgreSQL in data_dir/postgres: no TCP, a Unix socket that only its user and root can
// open.
#pragma once

#include <memory>
#include <string>

#include "place.hpp"
#include "service_process.hpp"

namespace custodialbridge::app {

class EmbeddedPostgres {
  public:
    /// `interrupted` outlives it: a blocking start returns `unavailable` soon after it became true.
    EmbeddedPostgres(Place place, StatusReport report, const std::atomic<bool>& interrupted);

    /// Finds the programs ($CB_POSTGRES_BIN, else the newest below /usr/lib/postgresql, else PATH;
    /// the version that made the data), makes the database cluster on the first start, then as
    /// ServiceProcess::start. Returns what libpq connects with. The caller holds the data
    /// directory's lock. Blocks.
    Result<std::string> start(Millis limit);

    Task<void> supervise(runtime::Clock& clock);

    /// Fast shutdown (SIGINT), after `patience` an immediate one. Blocks.
    void stop(Millis patience);

    std::optional<ProcessId> process() const;

    /// What libpq connects with, whoever started it.
    static std::string url(const Place& place);

    /// Does it serve now?
    static Answer ask(const Place& place, Millis limit);

  private:
    Place place_;
    StatusReport report_;
    const std::atomic<bool>& interrupted_;
    std::unique_ptr<ServiceProcess> service_;
};

}  // namespace custodialbridge::app

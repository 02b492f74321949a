// A private Redis for the cache tier: a Unix socket, no TCP, nothing written to disk.
#pragma once

#include <memory>
#include <string>

#include "place.hpp"
#include "service_process.hpp"

namespace custodialbridge::app {

class EmbeddedRedis {
  public:
    /// `interrupted` outlives it: a blocking start returns `unavailable` soon after it became true.
    EmbeddedRedis(Place place, StatusReport report, const std::atomic<bool>& interrupted);

    /// As EmbeddedPostgres::start; returns a unix:// URL.
    Result<std::string> start(Millis limit);

    Task<void> supervise(runtime::Clock& clock);
    void stop(Millis patience);
    std::optional<ProcessId> process() const;

    static std::string url(const Place& place);
    static Answer ask(const Place& place, Millis limit);

  private:
    Place place_;
    StatusReport report_;
    const std::atomic<bool>& interrupted_;
    std::unique_ptr<ServiceProcess> service_;
};

}  // namespace custodialbridge::app

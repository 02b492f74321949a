// One private service: found again or started, watched, started again when it dies, stopped.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "child_process.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/blocking_pool.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "socket_probe.hpp"

namespace custodialbridge::app {

using runtime::Task;

/// What is particular to a service.
struct ServicePlan {
    std::string name;  ///< for messages: "PostgreSQL"
    std::string mark;  ///< in the command line of each of its processes
    std::string
        program;  ///< the file name of the program, and the first word of its processes' titles
    Command command;
    std::filesystem::path socket;
    std::vector<int> stop_signals;  ///< gentlest first; SIGKILL follows by itself

    /// The one process that stops the others, told from its children.
    std::function<bool(const ProcessInfo&)> is_main;
    std::function<Answer(Millis limit)> ask;

    /// Called before a start, when no process of the service is left.
    std::function<Result<void>()> before_start;
};

/// Called when the service's state changes: ok, and why not.
using StatusReport = std::function<void(bool ok, const std::string& detail)>;

/// Blocking calls come from one thread at a time, and not while `supervise` runs.
class ServiceProcess {
  public:
    /// A blocking start returns `unavailable` soon after `interrupted` became true.
    ServiceProcess(ServicePlan plan, StatusReport report, const std::atomic<bool>& interrupted);
    ~ServiceProcess();  ///< stops it
    ServiceProcess(const ServiceProcess&) = delete;
    ServiceProcess& operator=(const ServiceProcess&) = delete;

    /// Adopts the one that runs (left by a predecessor that was killed) or starts one, and waits
    /// until it serves. A long recovery is waited for as long as `limit` allows. Blocks.
    Result<void> start(Millis limit);

    /// Runs until cancelled: looks four times a second, and brings the service back when it died
    /// (backed off from 250 ms to 30 s). Never blocks the loop.
    Task<void> supervise(runtime::Clock& clock);

    /// Stops it, with each gentler signal given up to `patience`; no process of it is left. Blocks.
    void stop(Millis patience);

    /// The main process, while there is one.
    std::optional<ProcessId> process() const { return process_; }

  private:
    using SteadyTime = std::chrono::steady_clock::time_point;

    Result<bool> advance();
    Result<void> launch();
    std::vector<ProcessInfo> processes() const;
    std::optional<ProcessId> find_main() const;
    void stop_processes(Millis patience);
    void kill_all();
    bool is_fine() const;
    Task<void> bring_back(runtime::Clock& clock);
    void report(bool ok, const std::string& detail);

    ServicePlan plan_;
    StatusReport report_;
    const std::atomic<bool>& interrupted_;
    std::optional<ProcessId> process_;
    bool launched_ = false;  ///< by us: it may take its time; an adopted one must answer soon
    std::uintmax_t log_offset_ = 0;
    SteadyTime last_answer_{};
    bool started_ = false;
    Millis pause_{0};        ///< before the next try to bring it back
    Instant ready_since_{};  ///< of the last time it was brought back

    /// Its own: the database's pool may be full of calls that wait for us. There from start to
    /// stop.
    std::optional<runtime::BlockingPool> pool_;
};

}  // namespace custodialbridge::app

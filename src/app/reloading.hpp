/// SIGHUP: the configuration is read again, and what can change while the daemon runs changes.
#pragma once

#include <functional>
#include <vector>

#include "custodialbridge/config/load_settings.hpp"
#include "custodialbridge/runtime/blocking_pool.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::app {

/// Reads the file that the daemon was started with.
using LoadAgain = std::function<config::LoadedSettings()>;

/// On the sync loop.
class Reloading {
  public:
    /// Takes over what it is there for; all of the settings are in force.
    using Reloadable = std::function<void(const config::Settings&)>;

    Reloading(config::Settings in_force, LoadAgain load)
        : in_force_(std::move(in_force)), load_(std::move(load)) {}

    const config::Settings& in_force() const { return in_force_; }

    void add(Reloadable part) { parts_.push_back(std::move(part)); }

    /// What is wrong is refused as a whole and the settings before stay in force. One line in the
    /// log tells what came of it, and which changes wait for a restart.
    runtime::Task<void> reload(runtime::BlockingPool& pool);

  private:
    void take_over(const config::Settings& next);

    config::Settings in_force_;
    LoadAgain load_;
    std::vector<Reloadable> parts_;
};

}  // namespace custodialbridge::app

/// PostgreSQL and Redis as the configuration asks for them: embedded, somebody else's, or none.
#pragma once

#include <memory>
#include <optional>

#include "custodialbridge/cache/settings.hpp"
#include "custodialbridge/config/settings.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/store/settings.hpp"

namespace custodialbridge::app {

class Services {
  public:
    /// Starts (or adopts) the embedded ones; blocks. Stopped by the destructor.
    static Result<std::unique_ptr<Services>> start(const config::Settings& settings);

    /// PostgreSQL alone, for a command: the running daemon's, or one started for the command's time.
    static Result<std::unique_ptr<Services>> attach(const config::Settings& settings);

    ~Services();

    const store::Settings& database() const;
    const std::optional<cache::Settings>& redis() const;  ///< none: run without that tier

    /// Keeps the embedded ones alive until cancelled.
    runtime::Task<void> supervise(runtime::Clock& clock);

  private:
    struct Impl;
    explicit Services(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace custodialbridge::app

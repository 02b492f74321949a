#include "embedded_services.hpp"

#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include "custodialbridge/runtime/run_together.hpp"

namespace custodialbridge::app {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr Millis kPatienceWithCommands{30'000};
constexpr Millis kAnswerLimit{250};
constexpr Millis kBetweenAttempts{50};
constexpr std::chrono::hours kLongSleep{24};

const std::atomic<bool> kNever{false};

Task<void> sleep_for_ever(runtime::Clock& clock) {
    for (;;) co_await clock.sleep_until(clock.now() + kLongSleep);
}

/// Waits for a daemon's service: it may have begun to start a moment ago.
template <class Ask>
Result<void> wait_for(const char* name, Ask ask, SteadyClock::time_point until,
                      const std::atomic<bool>& interrupted) {
    while (ask(kAnswerLimit) != Answer::ready) {
        if (interrupted) return Error{Errc::unavailable, "interrupted"};
        if (SteadyClock::now() >= until)
            return Error{Errc::unavailable,
                         std::string("a daemon uses data_dir, but its embedded ") + name +
                             " does not answer"};
        std::this_thread::sleep_for(kBetweenAttempts);
    }
    return {};
}

}  // namespace

const std::atomic<bool>& EmbeddedServices::interrupted() const {
    return options_.interrupted == nullptr ? kNever : *options_.interrupted;
}

Result<std::unique_ptr<EmbeddedServices>> EmbeddedServices::start(EmbeddedOptions options) {
    std::unique_ptr<EmbeddedServices> services(new EmbeddedServices(std::move(options)));
    CB_TRY(lock, DataDirLock::take(services->options_.data_dir, Owner::daemon,
                                   services->options_.name, kPatienceWithCommands));
    services->lock_ = std::move(lock);
    CB_CHECKED(services->start_all());
    return services;
}

Result<std::unique_ptr<EmbeddedServices>> EmbeddedServices::attach_or_start(
    EmbeddedOptions options) {
    std::unique_ptr<EmbeddedServices> services(new EmbeddedServices(std::move(options)));
    auto lock = DataDirLock::take(services->options_.data_dir, Owner::command,
                                  services->options_.name, kPatienceWithCommands);
    if (lock) {
        services->lock_ = std::move(*lock);
        CB_CHECKED(services->start_all());
    } else if (lock.error().code() == Errc::conflict) {
        CB_CHECKED(services->attach());
    } else {
        return std::move(lock).error();
    }
    return services;
}

Result<void> EmbeddedServices::start_all() {
    if (!options_.postgres && !options_.redis) return {};
    const auto until = SteadyClock::now() + options_.limit;
    CB_TRY(place, prepare_place(options_.data_dir));
    run_dir_ = place.run_dir;
    if (options_.postgres) {
        postgres_.emplace(place, options_.on_postgres, interrupted());
        CB_TRY(url, postgres_->start(options_.limit));
        database_url_ = std::move(url);
    }
    if (options_.redis) {
        const auto left = std::chrono::duration_cast<Millis>(until - SteadyClock::now());
        redis_.emplace(place, options_.on_redis, interrupted());
        CB_TRY(url, redis_->start(std::max(left, Millis{1'000})));
        redis_url_ = std::move(url);
    }
    return {};
}

Result<void> EmbeddedServices::attach() {
    attached_ = true;
    CB_TRY(place, find_place(options_.data_dir));
    const auto until = SteadyClock::now() + std::min(options_.limit, kPatienceWithCommands);
    if (options_.postgres) {
        const auto ask = [&place](Millis wait) { return EmbeddedPostgres::ask(place, wait); };
        CB_CHECKED(wait_for("PostgreSQL", ask, until, interrupted()));
        database_url_ = EmbeddedPostgres::url(place);
    }
    if (options_.redis) {
        const auto ask = [&place](Millis wait) { return EmbeddedRedis::ask(place, wait); };
        CB_CHECKED(wait_for("Redis", ask, until, interrupted()));
        redis_url_ = EmbeddedRedis::url(place);
    }
    return {};
}

EmbeddedServices::~EmbeddedServices() {
    stop();
}

Task<void> EmbeddedServices::supervise(runtime::Clock& clock) {
    std::vector<Task<void>> parts;
    if (postgres_) parts.push_back(postgres_->supervise(clock));
    if (redis_) parts.push_back(redis_->supervise(clock));
    if (parts.empty()) parts.push_back(sleep_for_ever(clock));
    co_await runtime::run_together(std::move(parts));
}

void EmbeddedServices::stop(Millis patience) {
    if (redis_) redis_->stop(patience);
    if (postgres_) postgres_->stop(patience);
    if (lock_ && !run_dir_.empty())
        rmdir(run_dir_.c_str());  // it may be in /tmp; made anew each time
}

std::optional<ProcessId> EmbeddedServices::postgres_process() const {
    return postgres_ ? postgres_->process() : std::nullopt;
}

std::optional<ProcessId> EmbeddedServices::redis_process() const {
    return redis_ ? redis_->process() : std::nullopt;
}

}  // namespace custodialbridge::app

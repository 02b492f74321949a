#include "services.hpp"

#include "embedded/embedded_services.hpp"

namespace custodialbridge::app {

using config::ServiceMode;

struct Services::Impl {
    store::Settings database;
    std::optional<cache::Settings> redis;
    std::unique_ptr<EmbeddedServices> embedded;
};

Services::Services(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Services::~Services() = default;

namespace {

StatusReport say(const char* name) {
    return [name](bool ok, const std::string& detail) {
        telemetry::log(ok ? telemetry::LogLevel::info : telemetry::LogLevel::error,
                       "embedded service", {{"service", name}, {"ok", ok}, {"detail", detail}});
    };
}

EmbeddedOptions options_of(const config::Settings& settings, const char* command,
                           const std::atomic<bool>* interrupted) {
    EmbeddedOptions options;
    options.data_dir = settings.data_dir;
    options.postgres = settings.database_mode == ServiceMode::embedded;
    options.redis = settings.redis_mode == ServiceMode::embedded;
    options.name = command;
    options.interrupted = interrupted;
    options.on_postgres = say("postgresql");
    options.on_redis = say("redis");
    return options;
}

}  // namespace

Result<std::unique_ptr<Services>> Services::start(const config::Settings& settings,
                                                  const std::atomic<bool>& interrupted) {
    CB_TRY(embedded, EmbeddedServices::start(options_of(settings, "run", &interrupted)));
    return with(settings, std::move(embedded), Wants::database_and_redis);
}

Result<std::unique_ptr<Services>> Services::attach(const config::Settings& settings,
                                                   const char* command, Wants wants) {
    EmbeddedOptions options = options_of(settings, command, nullptr);
    options.redis = options.redis && wants == Wants::database_and_redis;
    std::unique_ptr<EmbeddedServices> embedded;
    if (options.postgres || options.redis) {
        CB_TRY(found, EmbeddedServices::attach_or_start(std::move(options)));
        embedded = std::move(found);
    }
    return with(settings, std::move(embedded), wants);
}

std::unique_ptr<Services> Services::with(const config::Settings& settings,
                                         std::unique_ptr<EmbeddedServices> embedded, Wants wants) {
    auto impl = std::make_unique<Impl>();
    impl->database = settings.database;
    if (settings.database_mode == ServiceMode::embedded)
        impl->database.url = embedded->database_url();
    if (settings.redis_mode != ServiceMode::none && wants == Wants::database_and_redis) {
        impl->redis = settings.cache;
        if (settings.redis_mode == ServiceMode::embedded)
            impl->redis->redis_url = embedded->redis_url();
    }
    impl->embedded = std::move(embedded);
    return std::unique_ptr<Services>(new Services(std::move(impl)));
}

const store::Settings& Services::database() const { return impl_->database; }
const std::optional<cache::Settings>& Services::redis() const { return impl_->redis; }

runtime::Task<void> Services::supervise(runtime::Clock& clock) {
    return impl_->embedded->supervise(clock);
}

void Services::stop(Millis patience) {
    if (impl_->embedded) impl_->embedded->stop(patience);
}

}  // namespace custodialbridge::app

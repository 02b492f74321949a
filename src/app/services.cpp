#include "services.hpp"

namespace custodialbridge::app {

struct Services::Impl {
    store::Settings database;
    std::optional<cache::Settings> redis;
};

Services::Services(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Services::~Services() = default;

Result<std::unique_ptr<Services>> Services::start(const config::Settings& settings) {
    auto impl = std::make_unique<Impl>();
    impl->database = settings.database;
    if (settings.redis_mode != config::ServiceMode::none) impl->redis = settings.cache;
    return std::unique_ptr<Services>(new Services(std::move(impl)));
}

Result<std::unique_ptr<Services>> Services::attach(const config::Settings& settings) {
    return start(settings);
}

const store::Settings& Services::database() const { return impl_->database; }
const std::optional<cache::Settings>& Services::redis() const { return impl_->redis; }

runtime::Task<void> Services::supervise(runtime::Clock& clock) {
    for (;;) co_await clock.sleep_until(clock.now() + Millis{60'000});
}

}  // namespace custodialbridge::app

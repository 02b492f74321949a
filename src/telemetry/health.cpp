#include "custodialbridge/telemetry/health.hpp"

#include <algorithm>

namespace custodialbridge::telemetry {

void HealthBoard::set(HealthCheck check) {
    std::lock_guard lock(mutex_);
    auto& known = checks_[check.name];
    known = std::move(check);
}

std::vector<HealthCheck> HealthBoard::checks() const {
    std::lock_guard lock(mutex_);
    std::vector<HealthCheck> all;
    all.reserve(checks_.size());
    for (const auto& [name, check] : checks_) all.push_back(check);
    return all;
}

bool HealthBoard::ready() const {
    std::lock_guard lock(mutex_);
    const auto required = [](const auto& entry) { return entry.second.weight == Weight::required; };
    const auto fails = [&](const auto& entry) { return required(entry) && !entry.second.ok; };
    return std::any_of(checks_.begin(), checks_.end(), required) &&
           std::none_of(checks_.begin(), checks_.end(), fails);
}

}  // namespace custodialbridge::telemetry

// One function a section of the file: what its keys are, and what may stand there.
#pragma once

#include <chrono>

#include "custodialbridge/config/settings.hpp"
#include "reader.hpp"

namespace custodialbridge::config {

inline constexpr Millis kOneSecond{1'000};
inline constexpr Millis kOneDay = std::chrono::hours(24);
inline constexpr Millis kOneMonth = std::chrono::hours(24 * 31);

void read_settings(MapReader& root, Settings& settings);

void read_api(MapReader api, api::Settings& settings);
void read_balance_sync(MapReader section, Settings& settings);
void read_transaction_sync(MapReader section, sync::TransactionSyncSettings& settings);
void read_reconciliation(MapReader section, sync::ReconciliationSettings& settings);
void read_monitoring(MapReader section, Settings& settings);
void read_webhooks(ListReader hooks, std::vector<sync::WebhookSettings>& settings);

/// After the sections on which tokens depend: reconciliation and balance_sync.
void read_chains(ListReader chains, Settings& settings);
void read_tokens(ListReader tokens, const Settings& settings, ChainSettings& chain);

/// `parse` for MapReader::value, with a range.
inline auto in_range(std::uint64_t least, std::uint64_t most) {
    return [=](const Scalar& scalar) { return whole_number(scalar, least, most); };
}
inline auto lasting(Millis least, Millis most) {
    return [=](const Scalar& scalar) { return duration(scalar, least, most, false); };
}
inline auto lasting_or_zero(Millis least, Millis most) {
    return [=](const Scalar& scalar) { return duration(scalar, least, most, true); };
}
inline auto text_of(std::size_t least, std::size_t most) {
    return [=](const Scalar& scalar) { return text(scalar, least, most); };
}

}  // namespace custodialbridge::config

#include <array>

#include "schema.hpp"
#include "url_check.hpp"

namespace custodialbridge::config {
namespace {

// What an embedded server is set up for, less what people and one-shot commands use.
constexpr std::uint64_t kEmbeddedPoolMax = 48;

void read_database(MapReader section, Settings& settings) {
    std::string url;
    const bool given = section.value("url", url, [](const Scalar& scalar) -> Result<std::string> {
        if (scalar.text == "embedded") return scalar.text;
        return database_url(scalar);
    });
    if (given && url != "embedded") {
        settings.database_mode = ServiceMode::url;
        settings.database.url = url;
    }
    const bool sized = section.value("pool_size", settings.database.pool_size, in_range(1, 1000));
    if (sized && settings.database_mode == ServiceMode::embedded &&
        settings.database.pool_size > kEmbeddedPoolMax)
        section.report_at("pool_size", "the embedded database takes at most " +
                                           std::to_string(kEmbeddedPoolMax) + " connections");
    section.finish();
}

void read_redis(MapReader section, Settings& settings) {
    std::string url = "embedded";
    section.value("url", url, [](const Scalar& scalar) -> Result<std::string> {
        if (scalar.text == "embedded" || scalar.text == "none") return scalar.text;
        return redis_url(scalar);
    });
    settings.redis_mode = url == "embedded" ? ServiceMode::embedded
                          : url == "none"   ? ServiceMode::none
                                            : ServiceMode::url;
    if (url != "embedded") settings.cache.redis_url = url;
    section.finish();
}

void read_logging(MapReader section, telemetry::Settings& settings) {
    using telemetry::LogFormat;
    using telemetry::LogLevel;
    constexpr std::array kLevels{Choice{"debug", static_cast<int>(LogLevel::debug)},
                                 Choice{"info", static_cast<int>(LogLevel::info)},
                                 Choice{"warn", static_cast<int>(LogLevel::warn)},
                                 Choice{"error", static_cast<int>(LogLevel::error)}};
    constexpr std::array kFormats{Choice{"json", static_cast<int>(LogFormat::json)},
                                  Choice{"text", static_cast<int>(LogFormat::text)}};
    section.value("level", settings.level, [&kLevels](const Scalar& scalar) {
        return one_of_as<LogLevel>(scalar, kLevels);
    });
    section.value("format", settings.format, [&kFormats](const Scalar& scalar) {
        return one_of_as<LogFormat>(scalar, kFormats);
    });
    section.finish();
}

}  // namespace

void read_settings(MapReader& root, Settings& settings) {
    std::string data_dir;
    if (root.value("data_dir", data_dir, text_of(1, 4000))) settings.data_dir = data_dir;
    root.value("shutdown_timeout", settings.shutdown_timeout,
               lasting(Millis{100}, std::chrono::hours(1)));
    read_database(root.section("database"), settings);
    read_redis(root.section("redis"), settings);
    read_api(root.section("api"), settings.api);
    read_logging(root.section("logging"), settings.telemetry);
    read_balance_sync(root.section("balance_sync"), settings);
    read_transaction_sync(root.section("transaction_sync"), settings.transaction_sync);
    read_reconciliation(root.section("reconciliation"), settings.reconciliation);
    read_monitoring(root.section("monitoring"), settings);
    read_webhooks(root.list("webhooks"), settings.webhooks);
    if (root.require("chains")) {
        const ListReader chains = root.list("chains");
        if (chains.is_blank()) root.report_at("chains", "must name at least one chain");
        read_chains(chains, settings);
    }
    root.finish();
}

void read_monitoring(MapReader section, Settings& settings) {
    sync::AlertThresholds& thresholds = settings.alert_thresholds;
    section.value("sync_lag_alert_threshold", thresholds.sync_lag, lasting(kOneSecond, kOneMonth));
    section.value("mismatch_alert_threshold", thresholds.mismatch, amount);
    section.value("failure_rate_threshold", thresholds.failure_rate,
                  [](const Scalar& scalar) { return decimal_number(scalar, 0, 1); });
    section.value("alertmanager", settings.telemetry.alertmanager,
                  [](const Scalar& scalar) -> Result<std::string> {
                      if (scalar.text.empty()) return scalar.text;
                      return url(scalar, {"http", "https"});
                  });
    section.finish();
}

}  // namespace custodialbridge::config

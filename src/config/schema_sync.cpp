#include <algorithm>
#include <array>

#include "schema.hpp"
#include "url_check.hpp"

namespace custodialbridge::config {
namespace {

constexpr std::array kAutoCorrects{
    Choice{"off", static_cast<int>(sync::AutoCorrect::off)},
    Choice{"approval", static_cast<int>(sync::AutoCorrect::approval)},
    Choice{"automatic", static_cast<int>(sync::AutoCorrect::automatic)}};

constexpr std::array kEvents{Choice{"balance.changed", 0},       Choice{"balance.reverted", 1},
                             Choice{"transaction.submitted", 2}, Choice{"transaction.confirmed", 3},
                             Choice{"transaction.failed", 4},    Choice{"mismatch.detected", 5},
                             Choice{"repair.applied", 6},        Choice{"sync.failed", 7}};

void read_intervals(MapReader section, sync::ChainSyncIntervals& intervals) {
    const auto interval = lasting_or_zero(kOneSecond, kOneMonth);
    section.value("cpop", intervals.cpop, interval);
    section.value("major_tokens", intervals.major_tokens, interval);
    section.value("other_tokens", intervals.other_tokens, interval);
    section.value("nfts", intervals.nfts, interval);
    section.finish();
}

void read_events(ListReader events, std::vector<std::string>& out) {
    events.each([](const Scalar& scalar) { return one_of(scalar, kEvents); },
                [&](int event, std::size_t index) {
                    std::string name(kEvents[static_cast<std::size_t>(event)].name);
                    if (std::find(out.begin(), out.end(), name) != out.end())
                        return events.report_at(index, "this event is listed twice");
                    out.push_back(std::move(name));
                });
}

}  // namespace

void read_balance_sync(MapReader section, Settings& settings) {
    sync::BalanceSyncSettings& balances = settings.balance_sync;
    section.value("redis_ttl", settings.cache.redis_ttl, lasting(Millis{1}, kOneMonth));
    section.value("local_ttl", settings.cache.local_ttl, lasting(Millis{1}, kOneMonth));
    section.value("local_capacity", settings.cache.local_capacity, in_range(1, 100'000'000));
    section.value("db_sync_interval", balances.db_sync_interval, lasting(kOneSecond, kOneMonth));
    section.value("verify_changed", balances.verify_changed, lasting_or_zero(Millis{100}, kOneDay));
    read_intervals(section.section("chain_sync_interval"), balances.chain_sync_interval);
    section.finish();
}

void read_transaction_sync(MapReader section, sync::TransactionSyncSettings& settings) {
    const auto interval = lasting(Millis{100}, kOneMonth);
    section.value("pending_check_interval", settings.pending_check_interval, interval);
    section.value("max_pending_time", settings.max_pending_time, interval);
    section.value("retry_interval", settings.retry_interval, interval);
    section.value("max_retries", settings.max_retries, in_range(0, 1000));
    section.finish();
}

void read_reconciliation(MapReader section, sync::ReconciliationSettings& settings) {
    const auto interval = lasting(kOneSecond, kOneMonth);
    section.value("balance_check_interval", settings.balance_check_interval, interval);
    section.value("transaction_check_interval", settings.transaction_check_interval, interval);
    section.value("nft_check_interval", settings.nft_check_interval, interval);
    section.value("mismatch_threshold", settings.mismatch_threshold, amount);
    section.value("auto_correct", settings.auto_correct, [](const Scalar& scalar) {
        return one_of_as<sync::AutoCorrect>(scalar, kAutoCorrects);
    });
    section.value("auto_correct_limit", settings.auto_correct_limit, amount);
    section.finish();
}

void read_webhooks(ListReader hooks, std::vector<sync::WebhookSettings>& settings) {
    for (std::size_t i = 0; i < hooks.size(); ++i) {
        MapReader item = hooks.map(i);
        sync::WebhookSettings hook;
        item.required("url", hook.url, [](const Scalar& scalar) {
            return url(scalar, {"https", "http"});
        });
        item.required("secret", hook.secret, text_of(1, 1024));
        if (item.require("events")) {
            ListReader events = item.list("events");
            read_events(events, hook.events);
            if (events.is_blank()) item.report_at("events", "must name at least one event");
        }
        item.finish();
        settings.push_back(std::move(hook));
    }
}

}  // namespace custodialbridge::config

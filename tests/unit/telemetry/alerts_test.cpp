#include "custodialbridge/telemetry/alerts.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

namespace custodialbridge::telemetry {
namespace {

class LogAlerts : public testing::Test {
  protected:
    // "raised name subject" or "resolved name subject" for each line logged by `body`.
    template <class Body>
    std::vector<std::string> told_by(Body body) {
        testing::internal::CaptureStderr();
        body();
        std::istringstream captured(testing::internal::GetCapturedStderr());
        std::vector<std::string> told;
        for (std::string line; std::getline(captured, line);) {
            const auto entry = nlohmann::json::parse(line);
            const std::string what = entry["message"] == "alert raised" ? "raised" : "resolved";
            told.push_back(what + ' ' + entry["alert"].get<std::string>() + ' ' +
                           entry["subject"].get<std::string>());
        }
        return told;
    }

    std::unique_ptr<AlertSink> sink = make_log_alert_sink();
};

using Told = std::vector<std::string>;

TEST_F(LogAlerts, AreToldOnceWhenRaisedAgainAndAgain) {
    EXPECT_EQ(told_by([&] {
                  sink->raise({"chain-stopped", "chain:1", "deep reorg"});
                  sink->raise({"chain-stopped", "chain:1", "still"});
              }),
              Told{"raised chain-stopped chain:1"});
}

TEST_F(LogAlerts, OfOneNameAreKeptApartBySubject) {
    EXPECT_EQ(told_by([&] {
                  sink->raise({"chain-stopped", "chain:1", ""});
                  sink->raise({"chain-stopped", "chain:2", ""});
                  sink->resolve("chain-stopped", "chain:2");
              }),
              (Told{"raised chain-stopped chain:1", "raised chain-stopped chain:2",
                    "resolved chain-stopped chain:2"}));
}

TEST_F(LogAlerts, AreResolvedOnceAndMayBeRaisedAgain) {
    EXPECT_EQ(told_by([&] {
                  sink->resolve("sync-failed", "chain:1");
                  sink->raise({"sync-failed", "chain:1", ""});
                  sink->resolve("sync-failed", "chain:1");
                  sink->resolve("sync-failed", "chain:1");
                  sink->raise({"sync-failed", "chain:1", ""});
              }),
              (Told{"raised sync-failed chain:1", "resolved sync-failed chain:1",
                    "raised sync-failed chain:1"}));
}

}  // namespace
}  // namespace custodialbridge::telemetry

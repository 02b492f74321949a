#include "custodialbridge/telemetry/health.hpp"

#include <gtest/gtest.h>

namespace custodialbridge::telemetry {
namespace {

TEST(HealthBoard, IsNotReadyBeforeAnythingWasSaid) {
    EXPECT_FALSE(HealthBoard().ready());
}

TEST(HealthBoard, IsNotReadyWhenOnlyHelpfulPartsAreKnown) {
    HealthBoard board;
    board.set({"redis", true, "", Weight::helpful});
    EXPECT_FALSE(board.ready());
}

TEST(HealthBoard, IsReadyWhenEveryRequiredPartIsOk) {
    HealthBoard board;
    board.set({"database", true, "", Weight::required});
    board.set({"chain:1", false, "catching up", Weight::required});
    EXPECT_FALSE(board.ready());
    board.set({"chain:1", true, "", Weight::required});
    EXPECT_TRUE(board.ready());
}

TEST(HealthBoard, StaysReadyWhenAHelpfulPartFails) {
    HealthBoard board;
    board.set({"database", true, "", Weight::required});
    board.set({"redis", false, "connection refused", Weight::helpful});
    EXPECT_TRUE(board.ready());
}

TEST(HealthBoard, ListsTheLastWordOfEachPartByName) {
    HealthBoard board;
    board.set({"redis", true, "", Weight::helpful});
    board.set({"database", true, "", Weight::required});
    board.set({"redis", false, "gone", Weight::helpful});
    const std::vector<HealthCheck> expected{{"database", true, "", Weight::required},
                                            {"redis", false, "gone", Weight::helpful}};
    EXPECT_EQ(board.checks(), expected);
}

}  // namespace
}  // namespace custodialbridge::telemetry

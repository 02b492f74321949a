#include <algorithm>

#include "followed_model.hpp"

namespace custodialbridge::sync {
namespace {

class BackfillTest : public ListenerTest {
  protected:
    void SetUp() override {
        settings.start_block = {{1}};
        rpc.finalized_depth = 20;
        rpc.safe_depth = 20;
        add_wallet(kAlice);
        add_wallet(kBob);
    }

    void mine_traffic(std::uint64_t blocks, std::uint64_t every = 1) {
        chain.mine({{kCpop, kZero, kAlice, 1'000'000}});
        for (std::uint64_t i = 1; i < blocks; ++i)
            if (i % every == 0)
                chain.mine({{kCpop, kAlice, kBob, 1}, {kCpop, kAlice, kStranger, 1}});
            else
                chain.mine();
    }

    /// First to last, each right after the one before: nothing missing, nothing twice.
    bool ranges_are_one_line(std::uint64_t first) const {
        auto ranges = rpc.ranges;
        std::sort(ranges.begin(), ranges.end());
        for (const auto& [from, to] : ranges) {
            if (from != first) return false;
            first = to + 1;
        }
        return true;
    }
};

TEST_F(BackfillTest, CommitsRangesUpToTheFinalizedBlockAndWalksOnFromThere) {
    mine_traffic(400);
    start();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(cursor().block.number.value, 400u);
    EXPECT_EQ(balance(kBob), 399);
    ASSERT_FALSE(rpc.ranges.empty());
    EXPECT_TRUE(ranges_are_one_line(1));
    EXPECT_EQ(std::max_element(rpc.ranges.begin(), rpc.ranges.end())->second, 380u);
    EXPECT_LE(commits(), rpc.ranges.size() + 20);
    EXPECT_GT(commits(), 20u);
}

TEST_F(BackfillTest, KeepsTheBlocksWithRowsAndTheLastOfEachRange) {
    mine_traffic(400, 50);
    start();
    ASSERT_TRUE(catch_up());
    std::set<std::uint64_t> stored;
    for (const auto& row : chain_row()->blocks) stored.insert(row.block.header.ref.number.value);
    for (std::uint64_t number = 51; number < 400; number += 50)
        EXPECT_TRUE(stored.contains(number)) << number;
    for (const auto& [first, last] : rpc.ranges) EXPECT_TRUE(stored.contains(last)) << last;
    EXPECT_FALSE(stored.contains(77));
}

TEST_F(BackfillTest, IsNotReadyUntilItHasCaughtUp) {
    mine_traffic(400);
    rpc.script.delay = [](Point, std::string_view) { return Millis{20}; };
    start();
    loop.pass(Millis{100});
    EXPECT_EQ(listener->state(), ListenerState::catching_up);
    EXPECT_FALSE(is_ready());
    ASSERT_TRUE(catch_up());
    loop.pass(Millis{500});
    EXPECT_EQ(listener->state(), ListenerState::following);
    EXPECT_TRUE(is_ready());
}

TEST_F(BackfillTest, FetchesAheadWhileItCommits) {
    mine_traffic(1'000);
    pace.ranges_in_flight = 3;
    pace.ranges_waiting = 2;
    auto gate = store.script.hold(Point::arriving, "commit", loop.executor());
    start();
    loop.pass(Millis{100});
    EXPECT_EQ(gate->waiting(), 1u);
    EXPECT_GT(rpc.ranges.size(), 1u);
    // While the first is late, four may be there: they are the held commit. One more may wait and
    // three be in flight.
    EXPECT_LE(rpc.ranges.size(), 8u);
    gate->open();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(BackfillTest, JoinsTheRangesThatWaitedForACommit) {
    mine_traffic(1'000);
    auto gate = store.script.hold(Point::arriving, "commit", loop.executor());
    start();
    loop.pass(Millis{100});
    const std::size_t waited = rpc.ranges.size();
    EXPECT_GT(waited, 5u);
    gate->open();
    ASSERT_TRUE(catch_up());
    EXPECT_LE(commits(), rpc.ranges.size() - waited + 2 + 20);
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(balance(kBob), 999);
}

TEST_F(BackfillTest, AsksForLessWhenARangeIsTooLarge) {
    mine_traffic(600);
    rpc.log_range_max = 3;
    start();
    ASSERT_TRUE(catch_up(std::chrono::hours(2)));
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(balance(kBob), 599);
}

TEST_F(BackfillTest, AsksForLessWhenARangeHasTooManyLogs) {
    mine_traffic(600);
    rpc.logs_max = 9;
    start();
    ASSERT_TRUE(catch_up(std::chrono::hours(2)));
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(BackfillTest, LetsWalletsThatWaitHaveTheirTurnOnTheWay) {
    mine_traffic(600);
    rpc.log_range_max = 10;
    rpc.script.delay = [](Point at, std::string_view call) {
        return at == Point::arriving && call == "logs" ? Millis{500} : Millis{0};
    };
    pace.slice = Millis{1'000};
    start();
    loop.pass(Millis{2'000});
    add_wallet(kStranger);
    ASSERT_TRUE(catch_up());
    EXPECT_LT(*wallet(kStranger).tracked_from, BlockNumber{500});
    EXPECT_EQ(balance(kStranger), 599);
    EXPECT_EQ(difference_from_chain(), "");
}

TEST_F(BackfillTest, AsksForLessWhenRangesKeepFailingInWhateverWords) {
    mine_traffic(600);
    rpc.script.fault = [&](Point point, std::string_view call) -> std::optional<Error> {
        if (call != "logs" || point != Point::answering) return std::nullopt;
        const auto [first, last] = rpc.ranges.back();
        if (last - first + 1 <= 5) return std::nullopt;
        return Error(Errc::unavailable, "limit exceeded (-32005)");
    };
    start();
    ASSERT_TRUE(catch_up(std::chrono::minutes(30)));
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(balance(kBob), 599);
}

TEST_F(BackfillTest, AsksForAsMuchAsBeforeWhenARangeFailsOnce) {
    mine_traffic(600);
    rpc.script.fail(Point::arriving, "logs", Errc::unavailable, 1);
    start();
    ASSERT_TRUE(catch_up());
    const auto is_small = [](const auto& range) {
        return range.second < 580 && range.second - range.first + 1 < 32;
    };
    EXPECT_EQ(std::count_if(rpc.ranges.begin(), rpc.ranges.end(), is_small), 0);
    EXPECT_EQ(balance(kBob), 599);
}

TEST_F(BackfillTest, ContinuesWhereItGotToAfterAnError) {
    mine_traffic(600);
    int calls = 0;
    rpc.script.fault = [&](Point point, std::string_view call) -> std::optional<Error> {
        if (call != "logs" || point != Point::arriving || ++calls % 5 != 0) return std::nullopt;
        return Error(Errc::unavailable, "now and then");
    };
    start();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(balance(kBob), 599);
}

TEST_F(BackfillTest, LosesNothingWhenCommitsAreLost) {
    mine_traffic(600);
    int calls = 0;
    store.script.fault = [&](Point point, std::string_view call) -> std::optional<Error> {
        if (call != "commit" || ++calls % 3 != 0) return std::nullopt;
        const bool done = point == Point::answering;
        return Error(done ? Errc::timed_out : Errc::unavailable, "now and then");
    };
    start();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(difference_from_chain(), "");
    EXPECT_EQ(balance(kBob), 599);
}

TEST_F(BackfillTest, TakesSmallerRangesWhenHeadersAreTooManyToo) {
    settings.start_block = {{1}};
    rpc.finalized_depth = 10;
    for (int i = 0; i < 200; ++i) chain.mine({{kCpop, kZero, kAlice, 1}});
    add_wallet(kAlice);
    rpc.script.fail(Point::arriving, "headers_of", Errc::limited, 4);
    start();
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kAlice), 200);
}

TEST_F(BackfillTest, BacksOffWhenASingleBlocksHeadersAreRefused) {
    settings.start_block = {{1}};
    rpc.finalized_depth = 10;
    for (int i = 0; i < 200; ++i) chain.mine({{kCpop, kZero, kAlice, 1}});
    add_wallet(kAlice);
    rpc.script.fail(Point::arriving, "headers_of", Errc::limited, 1'000'000);
    start();
    loop.pass(std::chrono::minutes(2));
    EXPECT_LT(rpc.script.calls("headers_of"), 1'000u);
    rpc.script.fail(Point::arriving, "headers_of", Errc::limited, 1);
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(balance(kAlice), 200);
}

TEST_F(BackfillTest, CountsShortfallsAndSettlesThem) {
    chain.mine({{kCpop, kZero, kAlice, 10}});
    chain.mine({{kCpop, kZero, kAlice, 50, Told::not_at_all}});
    chain.mine({{kCpop, kAlice, kBob, 20}});
    chain.mine_empty(300);
    start();
    ASSERT_TRUE(catch_up());
    loop.pass(std::chrono::minutes(1));
    EXPECT_EQ(balance(kBob), 20);
    EXPECT_EQ(balance(kAlice), 40);
    EXPECT_EQ(difference_from_chain(), "");
}

/// Random sizes, delays and ranges in flight; every seed is one run.
TEST(BackfillProperty, HandsOverWithoutGapOrOverlap) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        FollowedModel model;
        runtime::SeededRandom random(seed);
        const auto below = [&](std::uint64_t bound) { return random.next() % bound; };
        model.settings.start_block = {{1 + below(30)}};
        model.settings.reorg_depth = 5 + static_cast<std::uint32_t>(below(20));
        model.rpc.finalized_depth = below(40);
        model.rpc.safe_depth = below(model.rpc.finalized_depth + 1);
        model.rpc.has_tags = below(4) != 0;
        model.rpc.log_range_max = 1 + below(100);
        model.pace.ranges_in_flight = 1 + static_cast<std::uint32_t>(below(6));
        model.pace.ranges_waiting = 1 + static_cast<std::uint32_t>(below(6));
        model.rpc.script.delay = [&](Point, std::string_view) {
            return Millis{static_cast<std::int64_t>(below(30))};
        };
        model.store.script.delay = [&](Point, std::string_view) {
            return Millis{static_cast<std::int64_t>(below(10))};
        };
        model.chain.mine({{kCpop, kZero, kAlice, 1'000'000}});
        const std::uint64_t blocks = 60 + below(400);
        for (std::uint64_t i = 0; i < blocks; ++i) {
            std::vector<ModelMove> moves;
            for (std::uint64_t moved = below(4); moved-- > 0;)
                moves.push_back({kCpop, kAlice, below(2) == 0 ? kBob : kStranger, below(5)});
            model.chain.mine(moves);
        }
        model.add_wallet(kAlice);
        model.add_wallet(kBob);
        model.start();
        for (int i = 0; i < 5; ++i) {
            model.loop.pass(Millis{static_cast<std::int64_t>(below(200))});
            model.chain.mine({{kCpop, kAlice, kBob, 1}});
        }
        ASSERT_TRUE(model.catch_up(std::chrono::hours(2)));
        ASSERT_EQ(model.difference_from_chain(), "");
        ASSERT_EQ(model.cursor().epoch, 0u);
    }
}

}  // namespace
}  // namespace custodialbridge::sync

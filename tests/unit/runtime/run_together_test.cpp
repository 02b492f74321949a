#include "custodialbridge/runtime/run_together.hpp"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <string>
#include <thread>

#include "support/virtual_loop.hpp"

namespace custodialbridge::runtime {
namespace {

using testing::run_task;
using testing::VirtualLoop;

using Story = std::vector<std::string>;

Task<void> sleep_then_end(Clock& clock, Millis time, std::string name, Story& story) {
    struct Leaving {
        Story& said;
        std::string who;
        ~Leaving() { said.push_back(who + " left"); }
    };
    const Leaving leaving{story, name};
    co_await clock.sleep_until(clock.now() + time);
    story.push_back(name + " ended");
}

Task<void> sleep_then_throw(Clock& clock, Millis time) {
    co_await clock.sleep_until(clock.now() + time);
    throw std::runtime_error("broken");
}

Task<void> wait_forever(Clock& clock) {
    for (;;) co_await clock.sleep_until(clock.now() + std::chrono::hours(24));
}

class RunTogether : public ::testing::Test {
  protected:
    VirtualLoop loop;
    Story story;
    std::vector<Task<void>> parts;
};

TEST_F(RunTogether, EndsWithTheFirstAndCancelsAndAwaitsTheRest) {
    const Instant start = loop.clock.now();
    parts.push_back(sleep_then_end(loop.clock, Millis{30}, "slow", story));
    parts.push_back(sleep_then_end(loop.clock, Millis{10}, "quick", story));
    parts.push_back(sleep_then_end(loop.clock, Millis{20}, "middle", story));
    loop.run(run_together(std::move(parts)));
    EXPECT_EQ(loop.clock.now() - start, Millis{10});
    EXPECT_EQ(loop.clock.sleepers(), 0u);
    ASSERT_EQ(story.size(), 4u);
    EXPECT_EQ(story[0], "quick ended");
    EXPECT_EQ(std::count(story.begin(), story.end(), "slow left"), 1);
    EXPECT_EQ(std::count(story.begin(), story.end(), "middle left"), 1);
}

TEST_F(RunTogether, ThrowsWhatTheFirstThrew) {
    parts.push_back(sleep_then_end(loop.clock, Millis{30}, "slow", story));
    parts.push_back(sleep_then_throw(loop.clock, Millis{10}));
    try {
        loop.run(run_together(std::move(parts)));
        ADD_FAILURE() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "broken");
    }
    EXPECT_EQ(story, Story{"slow left"});
}

TEST_F(RunTogether, RunsItsOnlyPart) {
    parts.push_back(sleep_then_end(loop.clock, Millis{10}, "only", story));
    loop.run(run_together(std::move(parts)));
    EXPECT_EQ(story, (Story{"only ended", "only left"}));
}

TEST_F(RunTogether, CancelsItsPartsWhenItIsCancelled) {
    parts.push_back(wait_forever(loop.clock));
    parts.push_back(sleep_then_end(loop.clock, Millis{10}, "part", story));
    auto running = loop.start(run_together(std::move(parts)));
    EXPECT_EQ(loop.clock.sleepers(), 2u);
    running.cancel();
    EXPECT_TRUE(running.done());
    EXPECT_EQ(loop.clock.sleepers(), 0u);
    EXPECT_EQ(story, Story{"part left"});
}

TEST_F(RunTogether, AllRunToTheirEndWhenAllAreAskedFor) {
    parts.push_back(sleep_then_end(loop.clock, Millis{30}, "slow", story));
    parts.push_back(sleep_then_end(loop.clock, Millis{10}, "quick", story));
    loop.run(run_all(std::move(parts)));
    EXPECT_EQ(story, (Story{"quick ended", "quick left", "slow ended", "slow left"}));
}

TEST_F(RunTogether, OfAllOneThatThrowsEndsTheRest) {
    parts.push_back(sleep_then_end(loop.clock, Millis{30}, "slow", story));
    parts.push_back(sleep_then_throw(loop.clock, Millis{10}));
    EXPECT_THROW(loop.run(run_all(std::move(parts))), std::runtime_error);
    EXPECT_EQ(story, Story{"slow left"});
}

Task<void> make_parts_of_parts(Clock& clock, Story& story) {
    std::vector<Task<void>> inner;
    inner.push_back(sleep_then_end(clock, Millis{50}, "inner", story));
    inner.push_back(wait_forever(clock));
    co_await run_together(std::move(inner));
}

TEST_F(RunTogether, CancelsTheChildrenOfItsParts) {
    parts.push_back(make_parts_of_parts(loop.clock, story));
    parts.push_back(sleep_then_end(loop.clock, Millis{10}, "outer", story));
    loop.run(run_together(std::move(parts)));
    EXPECT_EQ(loop.clock.sleepers(), 0u);
    EXPECT_EQ(std::count(story.begin(), story.end(), "inner left"), 1);
    EXPECT_EQ(std::count(story.begin(), story.end(), "inner ended"), 0);
}

/// A loop with a thread of its own.
class OtherLoop {
  public:
    OtherLoop() : thread_([this] { loop_.run(); }) {}
    ~OtherLoop() { work_.reset(); }
    Executor executor() { return loop_.get_executor(); }
    std::thread::id id() const { return thread_.get_id(); }

  private:
    boost::asio::io_context loop_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        loop_.get_executor()};
    std::jthread thread_;
};

Task<std::thread::id> where_am_i() {
    co_return std::this_thread::get_id();
}

Task<int> throw_there() {
    throw std::runtime_error("broken there");
    co_return 1;
}

struct Places {
    std::thread::id before, there, after;
};

Task<Places> go_there_and_back(Executor there) {
    Places places;
    places.before = std::this_thread::get_id();
    places.there = co_await on(there, where_am_i());
    places.after = std::this_thread::get_id();
    co_return places;
}

TEST(On, RunsThereAndResumesHere) {
    OtherLoop other;
    const Places places = run_task(go_there_and_back(other.executor()));
    EXPECT_EQ(places.before, std::this_thread::get_id());
    EXPECT_EQ(places.there, other.id());
    EXPECT_EQ(places.after, std::this_thread::get_id());
}

TEST(On, BringsAnExceptionBack) {
    OtherLoop other;
    EXPECT_THROW(run_task(on(other.executor(), throw_there())), std::runtime_error);
}

TEST(On, PassesCancellationToTheOtherLoop) {
    OtherLoop other;
    SystemClock clock;
    std::vector<Task<void>> parts;
    Story story;
    parts.push_back(on(other.executor(), wait_forever(clock)));
    parts.push_back(sleep_then_end(clock, Millis{1}, "here", story));
    run_task(run_together(std::move(parts)));
    EXPECT_EQ(story.front(), "here ended");
}

}  // namespace
}  // namespace custodialbridge::runtime

#include "custodialbridge/runtime/blocking_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <thread>

#include "support/virtual_loop.hpp"

namespace custodialbridge::runtime {
namespace {

using testing::run_task;
using testing::VirtualLoop;

struct Places {
    std::thread::id during, after;
};

Task<Result<Places>> ask_where(BlockingPool& pool) {
    auto call = []() -> Result<std::thread::id> { return std::this_thread::get_id(); };
    CB_CO_TRY(during, co_await pool.run(call));
    co_return Places{during, std::this_thread::get_id()};
}

TEST(BlockingPool, RunsOnItsThreadsAndResumesOnTheCallersLoop) {
    BlockingPool pool("test", 2, 8);
    const auto places = run_task(ask_where(pool));
    ASSERT_TRUE(places);
    EXPECT_NE(places->during, std::this_thread::get_id());
    EXPECT_EQ(places->after, std::this_thread::get_id());
}

Task<Result<int>> refuse(BlockingPool& pool) {
    return pool.run([]() -> Result<int> { return Error(Errc::limited, "refused"); });
}

TEST(BlockingPool, PassesErrorsOn) {
    BlockingPool pool("test", 1, 8);
    const auto refused = run_task(refuse(pool));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::limited);
}

/// Calls that stay on their thread until they are let go.
class HeldCalls {
  public:
    Task<Result<int>> call(BlockingPool& pool, int value) {
        return pool.run([this, value]() -> Result<int> {
            ++running;
            go_.acquire();
            return value;
        });
    }

    void wait_for_running(int calls) const {
        while (running.load() < calls) std::this_thread::yield();
    }

    void let_go(int calls) { go_.release(calls); }

    std::atomic<int> running{0};

  private:
    std::counting_semaphore<> go_{0};
};

TEST(BlockingPool, RefusesACallWhenItsQueueIsFull) {
    VirtualLoop loop;
    BlockingPool pool("database", 1, 2);
    HeldCalls calls;
    auto first = loop.start(calls.call(pool, 1));
    calls.wait_for_running(1);
    auto second = loop.start(calls.call(pool, 2));
    auto third = loop.start(calls.call(pool, 3));
    auto fourth = loop.start(calls.call(pool, 4));
    EXPECT_FALSE(first.done() || second.done() || third.done());
    ASSERT_TRUE(fourth.done());
    const auto refused = fourth.take();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::unavailable);
    EXPECT_NE(refused.error().message().find("database"), std::string::npos);

    calls.let_go(3);
    loop.wait_for(pool);
    loop.settle();
    EXPECT_EQ(*first.take(), 1);
    EXPECT_EQ(*second.take(), 2);
    EXPECT_EQ(*third.take(), 3);
    EXPECT_EQ(calls.running, 3);
}

TEST(BlockingPool, RunsAsManyCallsAtOnceAsItHasThreads) {
    VirtualLoop loop;
    BlockingPool pool("test", 3, 8);
    HeldCalls calls;
    std::vector<testing::Running<Result<int>>> running;
    for (int i = 0; i < 3; ++i) running.push_back(loop.start(calls.call(pool, i)));
    calls.wait_for_running(3);
    calls.let_go(3);
    for (int i = 0; i < 3; ++i) {
        while (!running[static_cast<std::size_t>(i)].done()) loop.settle();
        EXPECT_EQ(*running[static_cast<std::size_t>(i)].take(), i);
    }
}

TEST(BlockingPool, IsNotInterruptedByCancellation) {
    VirtualLoop loop;
    BlockingPool pool("test", 1, 8);
    HeldCalls calls;
    auto call = loop.start(calls.call(pool, 1));
    calls.wait_for_running(1);
    call.cancel();
    EXPECT_FALSE(call.done());
    calls.let_go(1);
    loop.wait_for(pool);
    loop.settle();
    EXPECT_TRUE(call.done());
}

TEST(BlockingPool, FinishesWhatRunsAndDropsWhatWaitsWhenItEnds) {
    HeldCalls calls;
    std::atomic<int> finished{0};
    boost::asio::io_context loop(1);
    {
        BlockingPool pool("test", 1, 8);
        for (int i = 0; i < 3; ++i)
            boost::asio::co_spawn(loop, calls.call(pool, i),
                                  [&](std::exception_ptr, Result<int>) { ++finished; });
        loop.poll();
        calls.wait_for_running(1);
        calls.let_go(3);
    }
    loop.restart();
    loop.poll();
    EXPECT_GE(calls.running, 1);
    EXPECT_EQ(finished, calls.running);
}

}  // namespace
}  // namespace custodialbridge::runtime

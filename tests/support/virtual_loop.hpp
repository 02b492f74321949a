/// One loop and one clock of its own: when everything waits, time passes to the next sleeper's
/// wish.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <vector>

#include "custodialbridge/runtime/blocking_pool.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"

namespace custodialbridge::testing {

template <class T>
class Running;

class VirtualLoop {
  public:
    VirtualLoop() = default;
    VirtualLoop(const VirtualLoop&) = delete;
    VirtualLoop& operator=(const VirtualLoop&) = delete;

    ManualClock clock;

    runtime::Executor executor() { return loop_.get_executor(); }

    /// Time stands still while a call is in this pool, which must have one thread.
    void wait_for(runtime::BlockingPool& pool) { pools_.push_back({&pool, ~std::uint64_t{0}}); }

    /// Runs everything that can run at this moment.
    void settle() {
        bool busy = true;
        while (busy) {
            busy = run_ready() > 0;
            for (Pool& pool : pools_) busy = pass_through(pool) || busy;
            busy = run_ready() > 0 || busy;
        }
    }

    /// Settles, then moves time to the next sleeper's and settles again; false when nobody sleeps.
    bool step() {
        settle();
        const auto wake = clock.next_wake();
        if (!wake) return false;
        clock.advance_to(*wake);
        settle();
        return true;
    }

    /// Lets this much time pass, waking each sleeper at its time.
    void pass(std::chrono::nanoseconds time) {
        const Instant end = clock.now() + time;
        settle();
        for (auto wake = clock.next_wake(); wake && *wake <= end; wake = clock.next_wake()) step();
        clock.advance_to(end);
        settle();
    }

    template <class T>
    Running<T> start(runtime::Task<T> task);

    /// The task's value. Time passes as needed, at most `patience`; a logic_error when it is not
    /// enough.
    template <class T>
    T run(runtime::Task<T> task, Millis patience = std::chrono::hours(48));

    /// Lets time pass until `reached()`; false when it is not within `patience`.
    bool run_until(const std::function<bool()>& reached, Millis patience = std::chrono::hours(1)) {
        const Instant end = clock.now() + patience;
        settle();
        while (!reached()) {
            const auto wake = clock.next_wake();
            if (!wake || *wake > end) return false;
            step();
        }
        return true;
    }

  private:
    struct Pool {
        runtime::BlockingPool* pool;
        std::uint64_t done;  ///< calls that were waited for
    };

    std::size_t run_ready() {
        loop_.restart();
        return loop_.poll();
    }

    /// Returns when the calls that were given to the pool before are done and have told the loop;
    /// true when it was given others meanwhile.
    bool pass_through(Pool& waited) {
        runtime::BlockingPool& pool = *waited.pool;
        const std::uint64_t before = pool.calls();
        if (before == waited.done) return false;
        for (bool refused = true; refused;) {  // a full queue refuses this call too
            auto outcome = std::make_shared<Outcome<Result<void>>>();
            boost::asio::co_spawn(loop_, keep_outcome(nothing(pool), outcome),
                                  [](std::exception_ptr) {});
            while (!outcome->done()) {
                loop_.restart();
                loop_.run_one_for(Millis{10});
            }
            refused = !outcome->take();
        }
        const std::uint64_t now = pool.calls();
        if (now == before + 1) waited.done = now;  // else somebody called meanwhile
        return now > before + 1;
    }

    static runtime::Task<Result<void>> nothing(runtime::BlockingPool& pool) {
        return pool.run([]() -> Result<void> { return {}; });
    }

    boost::asio::io_context loop_{1};
    std::vector<Pool> pools_;
};

/// A task that was started. Ending its life cancels the task and lets it end.
template <class T>
class Running {
  public:
    Running(VirtualLoop& loop, runtime::Task<T> task)
        : loop_(&loop),
          outcome_(std::make_shared<Outcome<T>>()),
          stop_(std::make_shared<boost::asio::cancellation_signal>()) {
        auto ended = [outcome = outcome_, stop = stop_](std::exception_ptr failure) {
            outcome->failure = failure;
        };
        boost::asio::co_spawn(loop.executor(), keep_outcome(std::move(task), outcome_),
                              boost::asio::bind_cancellation_slot(stop_->slot(), std::move(ended)));
        loop.settle();
    }
    Running(Running&&) = default;
    Running& operator=(Running&&) = delete;

    ~Running() {
        if (!outcome_ || done()) return;
        cancel();
        for (int steps = 0; !done() && steps < 100'000 && loop_->step(); ++steps) {
        }
    }

    bool done() const { return outcome_->done(); }
    T take() { return outcome_->take(); }

    /// As a parent does; the task may take its time to end.
    void cancel() {
        stop_->emit(boost::asio::cancellation_type::terminal);
        loop_->settle();
    }

  private:
    VirtualLoop* loop_;
    std::shared_ptr<Outcome<T>> outcome_;
    std::shared_ptr<boost::asio::cancellation_signal> stop_;
};

template <class T>
Running<T> VirtualLoop::start(runtime::Task<T> task) {
    return Running<T>(*this, std::move(task));
}

template <class T>
T VirtualLoop::run(runtime::Task<T> task, Millis patience) {
    Running<T> running = start(std::move(task));
    if (!run_until([&] { return running.done(); }, patience))
        throw std::logic_error("the task waits for what never comes");
    return running.take();
}

}  // namespace custodialbridge::testing

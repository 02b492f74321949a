#include "custodialbridge/runtime/keep_converging.hpp"

#include <algorithm>

namespace custodialbridge::runtime {

namespace {

constexpr Millis kUntilWoken = std::chrono::hours(24);

Millis back_off(const ConvergePace& pace, unsigned failures_in_a_row, Random& random) {
    const unsigned doublings = std::min(failures_in_a_row - 1, 16U);
    const Millis pause = std::min<Millis>(pace.retry_first * (1LL << doublings), pace.retry_cap);
    return std::chrono::duration_cast<Millis>(pause * (0.75 + 0.5 * random.fraction()));
}

}  // namespace

Task<void> keep_converging(Converging& task, Wakeup& wakeup, Clock& clock, Random& random,
                           ConvergePace pace) {
    unsigned failures = 0;
    for (;;) {
        const auto progress = co_await task.converge();
        if (!progress) {
            const Millis pause = back_off(pace, ++failures, random);
            task.failed(progress.error(), failures, pause);
            co_await clock.sleep_until(clock.now() + pause);
            continue;
        }
        failures = 0;
        if (*progress == Progress::more) continue;
        const Millis wait = 
            *progress == Progress::stopped ? kUntilWoken : task.idle().value_or(pace.idle);
        co_await wakeup.wait_until(clock, clock.now() + wait);
    }
}

}  // namespace custodialbridge::runtime

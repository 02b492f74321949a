/// A round of a Gathering: what is asked together, and the answers to it.
#pragma once

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::runtime {

/// Returns when the timer, which never expires, is cancelled.
inline Task<void> until_cancelled(boost::asio::steady_timer& timer) {
    boost::system::error_code ignored;
    co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
}

/// On one loop only.
template <class Question, class Answer>
struct GatheredRound {
    GatheredRound(const Executor& executor, Deadline leaders)
        : by(leaders), ended(executor, boost::asio::steady_timer::time_point::max()) {}

    void finish() {
        over = true;
        ended.cancel();
    }

    static Task<Result<void>> end_of(std::shared_ptr<GatheredRound> round) {
        while (!round->over) co_await until_cancelled(round->ended);
        co_return Result<void>();
    }

    /// The leader had no time left, but whoever has until `askers` has.
    bool cut_short(const Answer& answer, Deadline askers, const Clock& clock) const {
        return answer.has_error() && by.at < askers.at && by.passed(clock) &&
               !askers.passed(clock);
    }

    const Deadline by;  ///< its leader's
    std::vector<Question> questions;
    std::optional<std::vector<Answer>> answers;  ///< none: nobody could ask
    bool over = false;
    boost::asio::steady_timer ended;  ///< never expires: cancelling it is the signal
};

}  // namespace custodialbridge::runtime

/// Gathering: questions that come at nearly the same time are asked together.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "custodialbridge/runtime/within.hpp"

namespace custodialbridge::runtime {

struct GatheringPace {
    Millis window{0};  ///< 0: for as long as the loop brings more questions without waiting
    std::size_t questions_max = 512;  ///< in one round
    std::size_t rounds_max = 2;       ///< asked at once; later ones gather meanwhile
};

/// Lives on one loop, and outlives its calls. Who asks first leads a round: it waits out the
/// window, then asks for all that came meanwhile, within its own deadline; the others wait for it.
/// When the leader is cancelled, or its deadline was too short for the others, they ask again. So
/// no answer is older than its question.
///
/// `Answer` is a boost::system::result of some kind.
template <class Question, class Answer>
class Gathering {
  public:
    /// One answer a question, in their order.
    using Together = std::function<Task<std::vector<Answer>>(std::vector<Question>, Deadline)>;

    /// `late` is the answer to who has no time left.
    Gathering(Clock& clock, GatheringPace pace, Answer late, Together together)
        : clock_(clock), pace_(pace), late_(std::move(late)), together_(std::move(together)) {}
    Gathering(const Gathering&) = delete;
    Gathering& operator=(const Gathering&) = delete;

    Task<Answer> ask(Question question, Deadline by) {
        const Executor executor = co_await boost::asio::this_coro::executor;
        for (;;) {
            const bool leads = open_ == nullptr;
            if (leads) open_ = std::make_shared<Round>(executor, by);
            const std::shared_ptr<Round> round = open_;
            const std::size_t place = round->questions.size();
            round->questions.push_back(question);
            if (round->questions.size() >= pace_.questions_max) open_.reset();
            if (leads)
                co_await lead(round);
            else
                (void)co_await within(clock_, by, "a common answer", end_of_round(round));
            if (round->answers && !cut_short((*round->answers)[place], *round, by))
                co_return std::move((*round->answers)[place]);
            if (leads || by.passed(clock_)) co_return late_;
        }
    }

  private:
    using Timer = boost::asio::steady_timer;

    static constexpr unsigned kQuietTurns = 6;  // of the loop; `within` takes some to end

    struct Round {
        Round(const Executor& executor, Deadline leaders)
            : by(leaders), ended(executor, Timer::time_point::max()) {}

        const Deadline by;
        std::vector<Question> questions;
        std::optional<std::vector<Answer>> answers;
        bool over = false;
        Timer ended;  // never expires: cancelling it is the signal
    };

    /// However its leader comes to leave it, the round is over then.
    struct Leading {
        Leading(Gathering& of, std::shared_ptr<Round> led) : gathering(of), round(std::move(led)) {}
        Leading(const Leading&) = delete;
        Leading& operator=(const Leading&) = delete;
        ~Leading() {
            gathering.close(*round);
            if (asks) gathering.leave();
            round->over = true;
            round->ended.cancel();
        }
        void begin_to_ask() {
            gathering.close(*round);
            ++gathering.asked_;
            asks = true;
        }

        Gathering& gathering;
        const std::shared_ptr<Round> round;
        bool asks = false;
    };

    Task<void> lead(std::shared_ptr<Round> round) {
        Leading leading(*this, round);
        if (pace_.window > Millis::zero())
            co_await clock_.sleep_until(clock_.now() + pace_.window);
        else
            co_await wait_for_quiet(*round);
        while (asked_ >= pace_.rounds_max && !round->by.passed(clock_))
            (void)co_await within(clock_, round->by, "a round's turn", turn());
        if (round->by.passed(clock_)) co_return;
        leading.begin_to_ask();
        std::vector<Question> questions = std::move(round->questions);
        round->answers = co_await together_(std::move(questions), round->by);
    }

    /// Those who waited for one answer together come with their next questions some turns later.
    static Task<void> wait_for_quiet(const Round& round) {
        std::size_t seen = 0;
        while (seen != round.questions.size()) {
            seen = round.questions.size();
            for (unsigned turn = 0; turn < kQuietTurns; ++turn)
                co_await boost::asio::post(boost::asio::use_awaitable);
        }
    }

    Task<Result<void>> end_of_round(std::shared_ptr<Round> round) {
        while (!round->over) co_await signal(round->ended);
        co_return Result<void>();
    }

    Task<Result<void>> turn() {
        if (!left_) left_.emplace(co_await boost::asio::this_coro::executor);
        left_->expires_at(Timer::time_point::max());
        while (asked_ >= pace_.rounds_max) co_await signal(*left_);
        co_return Result<void>();
    }

    static Task<void> signal(Timer& timer) {
        boost::system::error_code ignored;
        co_await timer.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }

    void close(const Round& round) {
        if (open_.get() == &round) open_.reset();
    }

    void leave() {
        --asked_;
        if (left_) left_->cancel();
    }

    /// The leader had no time left, but this one has.
    bool cut_short(const Answer& answer, const Round& round, Deadline by) const {
        return answer.has_error() && round.by.at < by.at && round.by.passed(clock_) &&
               !by.passed(clock_);
    }

    Clock& clock_;
    const GatheringPace pace_;
    const Answer late_;
    const Together together_;
    std::shared_ptr<Round> open_;  // takes questions
    std::size_t asked_ = 0;        // rounds
    std::optional<Timer> left_;    // never expires: cancelling it says that a round ended
};

}  // namespace custodialbridge::runtime

/// Gathering: questions that come at nearly the same time are asked together.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "custodialbridge/runtime/gathered_round.hpp"
#include "custodialbridge/runtime/within.hpp"

namespace custodialbridge::runtime {

struct GatheringPace {
    Millis window{0};  ///< 0: for as long as the loop brings more questions without waiting
    std::size_t questions_max = 512;  ///< a round that has so many takes no more
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
            const Place place = join(executor, by);
            place.round->questions.push_back(question);
            close_if_full(*place.round);
            if (place.leads)
                co_await lead(place.round);
            else
                (void)co_await within(clock_, by, "a common answer", Round::end_of(place.round));
            if (Answer* const answer = answer_at(place, 0, by)) co_return std::move(*answer);
            if (place.leads || by.passed(clock_)) co_return late_;
        }
    }

    /// One answer a question, in their order. They stay together in one round, which may grow above
    /// its most by them; those of them that it could not answer in time are asked again.
    Task<std::vector<Answer>> ask_all(std::vector<Question> questions, Deadline by) {
        const Executor executor = co_await boost::asio::this_coro::executor;
        std::vector<Answer> answers(questions.size());
        std::vector<std::size_t> open(questions.size());
        std::iota(open.begin(), open.end(), std::size_t{0});
        while (!open.empty()) {
            const Place place = join(executor, by);
            for (const std::size_t i : open) place.round->questions.push_back(questions[i]);
            close_if_full(*place.round);
            if (place.leads)
                co_await lead(place.round);
            else
                (void)co_await within(clock_, by, "a common answer", Round::end_of(place.round));
            open = take_answers(place, std::move(open), answers, by);
            if (place.leads || by.passed(clock_)) break;
        }
        for (const std::size_t i : open) answers[i] = late_;
        co_return answers;
    }

  private:
    using Round = GatheredRound<Question, Answer>;
    using Timer = boost::asio::steady_timer;

    static constexpr unsigned kQuietTurns = 6;  // of the loop; `within` takes some to end

    /// Of the questions that one asker adds to a round.
    struct Place {
        std::shared_ptr<Round> round;
        std::size_t first;
        bool leads;
    };

    /// However its leader comes to leave it, the round is over then.
    struct Leading {
        Leading(Gathering& of, std::shared_ptr<Round> led) : gathering(of), round(std::move(led)) {}
        Leading(const Leading&) = delete;
        Leading& operator=(const Leading&) = delete;
        ~Leading() {
            gathering.close(*round);
            if (asks) gathering.leave();
            round->finish();
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

    Place join(const Executor& executor, Deadline by) {
        const bool leads = open_ == nullptr;
        if (leads) open_ = std::make_shared<Round>(executor, by);
        return {open_, open_->questions.size(), leads};
    }

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

    Task<Result<void>> turn() {
        if (!left_) left_.emplace(co_await boost::asio::this_coro::executor);
        left_->expires_at(Timer::time_point::max());
        while (asked_ >= pace_.rounds_max) co_await until_cancelled(*left_);
        co_return Result<void>();
    }

    void close_if_full(const Round& round) {
        if (round.questions.size() >= pace_.questions_max) close(round);
    }

    void close(const Round& round) {
        if (open_.get() == &round) open_.reset();
    }

    void leave() {
        --asked_;
        if (left_) left_->cancel();
    }

    /// To the asker's `i`-th question; null when it is to be asked again.
    Answer* answer_at(const Place& place, std::size_t i, Deadline by) const {
        if (!place.round->answers) return nullptr;
        Answer& answer = (*place.round->answers)[place.first + i];
        return place.round->cut_short(answer, by, clock_) ? nullptr : &answer;
    }

    /// What stays open of the questions `asked`.
    std::vector<std::size_t> take_answers(const Place& place, std::vector<std::size_t> asked,
                                          std::vector<Answer>& answers, Deadline by) const {
        std::size_t left = 0;
        for (std::size_t i = 0; i < asked.size(); ++i) {
            if (Answer* const answer = answer_at(place, i, by))
                answers[asked[i]] = std::move(*answer);
            else
                asked[left++] = asked[i];
        }
        asked.resize(left);
        return asked;
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

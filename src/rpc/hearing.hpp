/// Hearing: one question, put to several endpoints at the same time.
#pragma once

#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "custodialbridge/runtime/run_together.hpp"
#include "endpoint_pool.hpp"

namespace custodialbridge::rpc {

/// What an endpoint answered; an error when that is its answer (a block it does not know, say).
template <class T>
struct Voice {
    Endpoint* endpoint = nullptr;
    Result<T> said;
};

/// Each endpoint is asked once. Make one for each question; everything that is given to it stays
/// until then.
template <class T>
class Hearing {
  public:
    using Voices = std::vector<Voice<T>>;

    Hearing(EndpointPool& pool, runtime::Clock& clock, const std::vector<Endpoint*>& endpoints,
            const EndpointPool::Operation<T>& operation, Deadline by)
        : pool_(pool), clock_(clock), operation_(operation), by_(by),
          waiting_(endpoints.begin(), endpoints.end()) {}

    /// Until so many more have answered or there is no other to ask.
    Task<void> hear(std::size_t count) {
        open_ = std::min(count, waiting_.size());
        std::vector<Task<void>> seats;
        for (std::size_t i = 0; i < open_; ++i) seats.push_back(seat());
        if (!seats.empty()) co_await runtime::run_together(std::move(seats));
    }

    bool has_more() const { return !waiting_.empty() && !by_.passed(clock_); }
    const Voices& voices() const { return voices_; }

    /// Why others said nothing.
    const std::map<const Endpoint*, Error>& failures() const { return failures_; }

  private:
    /// Takes the next endpoint's place when one cannot answer.
    Task<void> seat() {
        while (has_more()) {
            Endpoint& endpoint = *waiting_.front();
            waiting_.pop_front();
            const Deadline part = pool_.share(endpoint, by_, waiting_.size());
            auto said = co_await pool_.attempt(endpoint, operation_, part);
            if (!said && EndpointPool::could_not_answer(said.error().code())) {
                failures_[&endpoint] = said.error();
                continue;
            }
            voices_.push_back({&endpoint, std::move(said)});
            break;
        }
        // The first to end ends all: that is to be the last to have its answer.
        if (--open_ > 0) co_await clock_.sleep_until(by_.at + kLongAfter);
    }

    static constexpr Seconds kLongAfter{3'600};

    EndpointPool& pool_;
    runtime::Clock& clock_;
    const EndpointPool::Operation<T>& operation_;
    Deadline by_;
    std::deque<Endpoint*> waiting_;
    std::size_t open_ = 0;
    Voices voices_;
    std::map<const Endpoint*, Error> failures_;
};

}  // namespace custodialbridge::rpc

/// Conversation: HTTP/1.1 with one client, without a socket: bytes in, bytes out, answers in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>

#include "auth.hpp"
#include "custodialbridge/runtime/task.hpp"
#include "desk.hpp"
#include "request_reader.hpp"

namespace custodialbridge::api {

/// What the connection shall do next.
enum class Step : std::uint8_t {
    read,   ///< nothing left to answer: receive more into `space()`
    run,    ///< run `running_call()`'s task to its end, then `answered()`
    flush,  ///< much output waits: send it before going on
    close   ///< the last answer is written: send it, then close
};

/// What a conversation waits for when it says `read`.
enum class Awaited : std::uint8_t { request, head, body };

class Conversation {
  public:
    explicit Conversation(Desk& desk);

    std::span<char> space() { return reader_.space(); }
    void received(std::size_t bytes) { reader_.received(bytes); }

    /// Forgets what was received: nothing is answered any more.
    void discard_input() { reader_.discard(); }

    /// Answers what can be answered at once, appending to `out`. Not while a call runs.
    Step advance(std::string& out);

    /// After `Step::run`: the waiting request's work. It may use the conversation until it ends.
    runtime::Task<Answer> running_task();

    /// That work ended: with an answer, or by an exception (cancelled, or a fault of ours).
    void answered(std::exception_ptr failure, Answer answer, std::string& out);

    /// The awaited rest of a request did not come in time: 408, and nothing after it.
    void give_up(std::string& out);

    Awaited awaited() const { return awaited_; }

    /// Changes with every request, so that a deadline is one request's.
    std::uint64_t requests() const { return requests_; }

  private:
    bool answer_next(std::string& out);
    bool answer_locally(std::string& out);
    Outcome begin_call();
    std::optional<Caller> caller();
    Checked<void> admit(Scope needed);
    void finish(const Answer& answer, std::string& out);
    void refuse(const Problem& problem, std::string& out);
    Connection connection();

    Desk& desk_;
    RequestReader reader_;
    AuthMemo memo_;
    std::optional<Call> call_;  // the request at hand, when it goes the long way
    std::size_t route_ = 0;
    Instant started_;
    std::uint64_t requests_ = 0;
    Awaited awaited_ = Awaited::request;
    bool waiting_ = false;  // call_ is to be run
    bool last_ = false;     // nothing is answered any more
};

}  // namespace custodialbridge::api

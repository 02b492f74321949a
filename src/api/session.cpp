#include "session.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace custodialbridge::api {
namespace {

constexpr Millis kLinger{2'000};                 // for the client to read our last answer and close
constexpr std::size_t kOutputKept = 256 * 1024;  // capacity that a connection keeps between answers

}  // namespace

Session::Session(SessionOwner& owner) : owner_(owner), desk_(owner.desk()), talk_(desk_) {}

void Session::start(Sessions::iterator place) {
    place_ = place;
    due_ = desk_.now() + desk_.settings().header_timeout;
    ++pending_;
    open();
}

void Session::on_open(boost::system::error_code error) {
    --pending_;
    if (!error && phase_ == Phase::opening) {
        phase_ = Phase::awaiting;
        await_input();
    }
    settle();
}

void Session::on_read(boost::system::error_code error, std::size_t bytes) {
    --pending_;
    reading_ = false;
    if (error) {
        kill();
    } else if (phase_ == Phase::lingering) {
        read_more();  // into the void
    } else if (phase_ == Phase::awaiting) {
        talk_.received(bytes);
        go_on();
    }
    settle();
}

// Answers until more input, a call or the connection is to be waited for.
void Session::go_on() {
    phase_ = Phase::awaiting;
    for (;;) {
        const Step step = last_ ? Step::close : talk_.advance(out_);
        if (step == Step::run) run_call();
        if (step == Step::close) last_ = true;
        flush();
        if (writing() || step == Step::run) return;
        if (step == Step::close) return linger();
        if (step == Step::read) return await_input();
    }
}

void Session::await_input() {
    const Settings& settings = desk_.settings();
    const Awaited awaited = talk_.awaited();
    if (awaited == Awaited::request) {
        if (desk_.draining() && !has_input()) return linger();
        due_ = desk_.recent() + settings.idle_timeout;
    } else if (awaited != due_for_ || talk_.requests() != due_request_) {
        // From the first byte on: one that trickles in does not get more time.
        due_ = desk_.now() +
               (awaited == Awaited::head ? settings.header_timeout : settings.request_timeout);
    }
    due_for_ = awaited;
    due_request_ = talk_.requests();
    read_more();
}

void Session::read_more() {
    reading_ = true;
    ++pending_;
    if (phase_ == Phase::lingering) talk_.discard_input();
    read_some(talk_.space());
}

void Session::run_call() {
    phase_ = Phase::running;
    due_ = desk_.recent() + 2 * desk_.settings().request_timeout;  // it should have kept its own
    ++pending_;
    auto done = [this](std::exception_ptr failure, Answer answer) {
        // Not from inside of the task's end: the next call may be ready, and so on.
        boost::asio::post(owner_.executor(), [this, failure = std::move(failure),
                                              answer = std::move(answer)]() mutable {
            on_answered(std::move(failure), std::move(answer));
        });
    };
    boost::asio::co_spawn(owner_.executor(), talk_.running_task(),
                          boost::asio::bind_cancellation_slot(cancel_.slot(), std::move(done)));
}

void Session::on_answered(std::exception_ptr failure, Answer answer) {
    --pending_;
    if (phase_ == Phase::running) {
        talk_.answered(std::move(failure), std::move(answer), out_);
        phase_ = Phase::awaiting;
        if (!writing()) go_on();  // else when that is written
    }
    settle();
}

void Session::flush() {
    if (writing() || out_.empty()) return;
    const std::size_t sent = write_now(out_);
    if (sent == out_.size()) {
        if (out_.capacity() > kOutputKept) out_ = {};
        out_.clear();
        return;
    }
    in_flight_.swap(out_);
    written_ = sent;
    write_more();
}

void Session::write_more() {
    ++pending_;
    write_due_ = desk_.now() + desk_.settings().request_timeout;
    write_some(std::string_view(in_flight_).substr(written_));
}

void Session::on_written(boost::system::error_code error, std::size_t bytes) {
    --pending_;
    written_ += bytes;
    if (error || phase_ == Phase::closed) {
        kill();
    } else if (written_ < in_flight_.size()) {
        write_more();
    } else {
        in_flight_.clear();
        if (in_flight_.capacity() > kOutputKept) in_flight_ = {};
        if (phase_ == Phase::running)
            flush();
        else
            go_on();
    }
    settle();
}

// All is said. The client may still be sending: it is read and thrown away for a while, because
// closing with unread input would reset the connection and could take our last answer with it.
void Session::linger() {
    phase_ = Phase::lingering;
    due_ = desk_.now() + kLinger;
    if (end_output()) ++pending_;
    if (!reading_ && phase_ == Phase::lingering) read_more();
}

void Session::on_output_ended() {
    --pending_;
    settle();
}

void Session::check(Instant now) {
    if (writing() && now >= write_due_) return kill();
    if (now < due_ || writing()) return;
    switch (phase_) {
        case Phase::running:
            due_ = now + desk_.settings().request_timeout;
            cancel_.emit(boost::asio::cancellation_type::terminal);
            return;
        case Phase::awaiting:
            if (talk_.awaited() == Awaited::request) return kill();
            talk_.give_up(out_);
            last_ = true;
            flush();
            if (!writing()) linger();
            return;
        case Phase::opening:
        case Phase::lingering: return kill();
        case Phase::closed: return;
    }
}

void Session::drain() {
    if (phase_ == Phase::opening) return kill();
    const bool idle = phase_ == Phase::awaiting && !writing() &&
                      talk_.awaited() == Awaited::request && !has_input();
    if (idle) linger();
}

void Session::kill() {
    if (phase_ == Phase::closed) return;
    const bool was_running = phase_ == Phase::running;
    phase_ = Phase::closed;
    close();
    if (was_running) cancel_.emit(boost::asio::cancellation_type::terminal);
}

// The last thing that a handler does: the session may be gone after it.
void Session::settle() {
    if (pending_ > 0) return;
    kill();
    owner_.forget(place_);
}

}  // namespace custodialbridge::api

/// Session: one connection. Reads, lets the conversation answer, writes; keeps the deadlines.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "conversation.hpp"

namespace custodialbridge::api {

class Session;

/// The open connections of one thread.
using Sessions = std::list<std::unique_ptr<Session>>;

/// Who owns sessions: one per thread.
class SessionOwner {
  public:
    virtual ~SessionOwner() = default;
    virtual Desk& desk() = 0;
    virtual runtime::Executor executor() = 0;

    /// Destroys the session; nothing of it is pending.
    virtual void forget(Sessions::iterator place) = 0;
};

/// On its owner's thread only. At any time outside of its handlers at least one operation is
/// pending; when the last one ends and starts no other, the session is over. It stops reading while
/// it writes or a call runs, so that a client that does not read, or sends faster than we answer,
/// waits.
class Session {
  public:
    explicit Session(SessionOwner& owner);
    virtual ~Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void start(Sessions::iterator place);

    /// Ends the connection if its deadline has passed.
    void check(Instant now);

    /// No request after those that are here already; an idle connection is closed.
    void drain();

    /// Closes now and cancels what runs.
    void kill();

  protected:
    // What a kind of connection does. Each started operation calls back exactly once.
    virtual void open() = 0;                           // ends in on_open
    virtual void read_some(std::span<char> into) = 0;  // ends in on_read

    // What goes without waiting; may be none.
    virtual std::size_t write_now(std::string_view bytes) = 0;
    virtual void write_some(std::string_view bytes) = 0;  // ends in on_written

    // Says that no more comes; true: ends in on_output_ended.
    virtual bool end_output() = 0;
    virtual bool has_input() = 0;  // received and not read
    virtual void close() = 0;      // pending operations end with an error

    void on_open(boost::system::error_code error);
    void on_read(boost::system::error_code error, std::size_t bytes);
    void on_written(boost::system::error_code error, std::size_t bytes);
    void on_output_ended();

  private:
    enum class Phase : std::uint8_t { opening, awaiting, running, lingering, closed };

    void go_on();
    void await_input();
    void read_more();
    void run_call();
    void on_answered(std::exception_ptr failure, Answer answer);
    void flush();
    void write_more();
    void linger();
    void settle();
    bool writing() const { return !in_flight_.empty(); }

    SessionOwner& owner_;
    Desk& desk_;
    Conversation talk_;
    Sessions::iterator place_;
    boost::asio::cancellation_signal cancel_;
    std::string out_;        // answers not yet handed to the connection
    std::string in_flight_;  // being written
    std::size_t written_ = 0;
    Instant due_, write_due_;
    std::uint64_t due_request_ = 0;
    Awaited due_for_ = Awaited::request;
    Phase phase_ = Phase::opening;
    bool reading_ = false;
    bool last_ = false;  // no answer comes after out_
    unsigned pending_ = 0;
};

}  // namespace custodialbridge::api

/// One connection to Redis that makes itself again: pipelined commands with a deadline, never a
/// queue behind a connection that is not there.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connection_probe.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/random.hpp"
#include "custodialbridge/runtime/task.hpp"
#include "redis_address.hpp"

struct redisAsyncContext;

namespace custodialbridge::cache {

using RedisCommand = std::vector<std::string>;

/// What a connection listens to. Called on its loop; must not end it.
struct RedisSubscription {
    std::vector<std::string> channels;
    std::function<void()> begun;  ///< to all of them; from now on nothing is missed …
    std::function<void()> ended;  ///< … until now
    std::function<void(std::string_view channel, std::string_view text)> heard;
};

struct RedisReply {
    enum class Kind : std::uint8_t { nil, text, error, other };
    Kind kind = Kind::other;
    std::string text;  ///< of a string, a status or an error
    bool is_error(std::string_view code) const {
        return kind == Kind::error && text.starts_with(code);
    }
};

/// Lives on one loop: everything from there, but construction and (with the loop at rest)
/// destruction. Its waits count as work of the loop. No call of `run` may be under way at its end.
///
/// Timers are the loop's; of the clock it is only asked how much time is left.
class RedisConnection {
  public:
    static constexpr std::size_t kInFlightMax = 4096;

    struct Options {
        RedisAddress address;
        Millis
            round_trip{};  ///< a Redis that needs longer for a batch is dropped and connected again
        std::string script;  ///< loaded whenever connected; may be empty
        std::function<void()> returned;  ///< told when it is, but for the first time; may be empty
        RedisSubscription subscription;  ///< with channels, nothing else is asked of it
        ConnectionMetrics metrics;
    };

    RedisConnection(runtime::Executor executor, runtime::Clock& clock, runtime::Random& random,
                    Options options);
    ~RedisConnection();
    RedisConnection(const RedisConnection&) = delete;
    RedisConnection& operator=(const RedisConnection&) = delete;

    /// One reply a command, in order; a reply may be an error of Redis. `unavailable` at once when
    /// there is no connection or more than `kInFlightMax` commands would be in flight;
    /// `unavailable` when the connection breaks, `timed_out` at the deadline or after one round
    /// trip: what was sent may have happened.
    runtime::Task<Result<std::vector<RedisReply>>> run(std::vector<RedisCommand> commands,
                                                       runtime::Deadline by);

    /// Ends the connection, if there is one; another is made after a pause.
    void reconnect(const std::string& reason);

    /// The script's name for EVALSHA; empty until first connected.
    const std::string& script_id() const { return script_id_; }

  private:
    struct Batch;
    struct Hooks;  // what hiredis calls

    /// `handler`, unless `this` has ended or gone on to another attempt by then.
    template <class Handler>
    auto in_this_attempt(Handler handler) {
        return [attempt = std::weak_ptr<int>(attempt_), handler](auto&&... news) {
            if (!attempt.expired()) handler(std::forward<decltype(news)>(news)...);
        };
    }

    void next_attempt() { attempt_ = std::make_shared<int>(); }
    void connect();
    void connect_to(const std::string& ip);
    void adopt(redisAsyncContext* context);
    void connected();
    void greeted(const Batch& batch);
    void subscribe();
    void hear(const std::vector<std::string_view>& words);
    void established();
    void send(const std::shared_ptr<Batch>& batch, const std::vector<RedisCommand>& commands);
    void take(RedisReply reply);
    void watch_stragglers();
    void drop(const std::string& reason);
    void failed(const std::string& reason);
    Error not_connected() const;
    Millis pause_before_retry();

    runtime::Executor executor_;
    runtime::Clock& clock_;
    runtime::Random& random_;
    Options options_;
    ConnectionProbe probe_;
    std::shared_ptr<int> attempt_ = std::make_shared<int>();  // handlers look whether it still is

    redisAsyncContext* context_ = nullptr;
    bool ready_ = false;                          // greeted: commands may be sent
    bool was_ready_ = false;
    std::size_t subscribed_ = 0;  // channels
    std::deque<std::shared_ptr<Batch>> batches_;  // sent, in order; the front one is being answered
    std::size_t commands_in_flight_ = 0;
    std::string script_id_;

    boost::asio::ip::tcp::resolver resolver_;
    boost::asio::steady_timer
        timer_;  // until connected: the deadline or the pause; then: stragglers
    bool watching_stragglers_ = false;
    unsigned failures_ = 0;  // in a row, since Redis last answered a command
    bool said_lost_ = false;
    std::string reason_ = "connecting";
};

}  // namespace custodialbridge::cache

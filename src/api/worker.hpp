/// Worker: one API thread: its loop, its desk, its connections.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>

#include "connections.hpp"

namespace custodialbridge::api {

/// Open connections of all workers; whoever stops the server waits here for the last one.
class ConnectionCount {
  public:
    /// False when there are `max` already.
    bool try_add(std::size_t max);
    void remove();
    bool wait_for_none(Millis patience);
    void wait_for_none();

  private:
    std::mutex mutex_;
    std::condition_variable none_;
    std::size_t open_ = 0;
};

/// What the workers of a server share.
struct Common {
    const Services& services;
    const PolicyBoard& policies;
    ApiMetrics& metrics;
    std::shared_ptr<boost::asio::ssl::context> tls;  ///< none: plain
    ConnectionCount connections;
    std::atomic<bool> draining{false};
};

class Worker final : public SessionOwner {
  public:
    Worker(Common& common, std::size_t number);

    /// The thread's body: until `stop`.
    void run();

    boost::asio::io_context& loop() { return loop_; }

    // From any thread; done on the worker's own.

    /// Takes over a connected, counted, non-blocking socket.
    void adopt(int socket);
    void drain();
    void kill_all();
    void stop();

    std::size_t load() const { return load_.load(std::memory_order_relaxed); }

    Desk& desk() override { return *desk_; }
    runtime::Executor executor() override { return loop_.get_executor(); }
    void forget(Sessions::iterator place) override;

  private:
    void open_session(int socket);
    void sweep();
    void drop(int socket);

    Common& common_;
    const std::size_t number_;
    boost::asio::io_context loop_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::steady_timer sweep_timer_;
    std::unique_ptr<ledger::BalanceReader> reader_;
    std::optional<Desk> desk_;
    Sessions sessions_;
    std::atomic<std::size_t> load_{0};
};

}  // namespace custodialbridge::api

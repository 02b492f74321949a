/// ConnectionPool: a bounded set of sessions, made on demand, made again when lost.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "connection.hpp"

namespace custodialbridge::store {

/// Any thread.
class ConnectionPool {
  public:
    ConnectionPool(Settings settings, const runtime::Clock& clock);

    const Settings& settings() const { return settings_; }

    /// A session for one call; goes back when this does, unless it was lost or left in a
    /// transaction.
    class Lease {
      public:
        Lease(ConnectionPool& pool, std::unique_ptr<Connection> session)
            : pool_(&pool), session_(std::move(session)) {}
        Lease(Lease&&) = default;
        ~Lease() {
            if (session_) pool_->take_back(std::move(session_));
        }
        Connection& operator*() const { return *session_; }

      private:
        ConnectionPool* pool_;
        std::unique_ptr<Connection> session_;
    };

    /// Waits for a free place, then for the connection. `unavailable` when there is none in time.
    Result<Lease> acquire(Deadline by);

    /// Calls that still run then fail, and so do later ones.
    void end_by(Deadline by) { latest_ = by.at; }
    const std::atomic<Instant>& latest() const { return latest_; }

  private:
    Result<std::unique_ptr<Connection>> take_place(Deadline by);
    void take_back(std::unique_ptr<Connection> session);
    void give_up_place();

    const Settings settings_;
    const runtime::Clock& clock_;
    std::atomic<Instant> latest_{Instant{std::chrono::nanoseconds::max()}};
    std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<std::unique_ptr<Connection>> idle_;  // the last used one is used first
    std::size_t in_use_ = 0;
};

}  // namespace custodialbridge::store

#include "connection_pool.hpp"

#include <algorithm>
#include <utility>

namespace custodialbridge::store {

ConnectionPool::ConnectionPool(Settings settings, const runtime::Clock& clock)
    : settings_(std::move(settings)), clock_(clock) {}

/// A place, with an idle session if there is one.
Result<std::unique_ptr<Connection>> ConnectionPool::take_place(Deadline by) {
    std::unique_lock lock(mutex_);
    const auto has_room = [this] {
        return in_use_ < std::max<std::size_t>(settings_.pool_size, 1);
    };
    if (!freed_.wait_for(lock, by.left(clock_), has_room))
        return Error(Errc::unavailable, "database: all connections are busy");
    ++in_use_;
    if (idle_.empty()) return std::unique_ptr<Connection>();
    auto session = std::move(idle_.back());
    idle_.pop_back();
    return session;
}

Result<ConnectionPool::Lease> ConnectionPool::acquire(Deadline by) {
    by.at = std::min(by.at, latest_.load());
    CB_TRY(session, take_place(by));
    by.at = std::min(by.at, latest_.load());  // while it waited, perhaps
    if (session && !session->still_there()) session.reset();
    if (!session) {
        auto made = by.passed(clock_)
                        ? Error(Errc::unavailable, "database: no time left to connect")
                        : Connection::open(settings_, clock_, by, &latest_);
        if (!made) {
            give_up_place();
            return made.error();
        }
        session = std::move(*made);
    }
    return Lease(*this, std::move(session));
}

void ConnectionPool::take_back(std::unique_ptr<Connection> session) {
    if (!session->idle()) session.reset();  // ends it, and with it what it had begun
    {
        std::lock_guard lock(mutex_);
        --in_use_;
        if (session) idle_.push_back(std::move(session));
    }
    freed_.notify_one();
}

void ConnectionPool::give_up_place() {
    {
        std::lock_guard lock(mutex_);
        --in_use_;
    }
    freed_.notify_one();
}

}  // namespace custodialbridge::store

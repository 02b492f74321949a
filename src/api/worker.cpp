#include "worker.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>

namespace custodialbridge::api {
namespace {

constexpr Millis kSweepMin{5};
constexpr Millis kSweepMax{500};

// Often enough that a deadline is passed by a quarter at most.
Millis sweep_interval(const Settings& settings) {
    const auto shortest =
        std::min({settings.header_timeout, settings.idle_timeout, settings.request_timeout});
    return std::clamp(shortest / 4, kSweepMin, kSweepMax);
}

}  // namespace

bool ConnectionCount::try_add(std::size_t max) {
    const std::lock_guard lock(mutex_);
    if (open_ >= max) return false;
    ++open_;
    return true;
}

void ConnectionCount::remove() {
    const std::lock_guard lock(mutex_);
    if (--open_ == 0) none_.notify_all();
}

bool ConnectionCount::wait_for_none(Millis patience) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, patience, [this] { return open_ == 0; });
}

void ConnectionCount::wait_for_none() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return open_ == 0; });
}

Worker::Worker(Common& common, std::size_t number)
    : common_(common),
      number_(number),
      loop_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),  // its sockets are touched by its thread alone
      work_(loop_.get_executor()),
      sweep_timer_(loop_) {}

void Worker::run() {
    reader_ = common_.services.make_reader(executor());
    desk_.emplace(common_.services, *reader_, common_.policies, common_.metrics, number_,
                  common_.draining);
    sweep();
    loop_.run();
    desk_.reset();
    reader_.reset();
}

void Worker::adopt(int socket) {
    load_.fetch_add(1, std::memory_order_relaxed);
    boost::asio::post(loop_, [this, socket] { open_session(socket); });
}

void Worker::drop(int socket) {
    ::close(socket);
    load_.fetch_sub(1, std::memory_order_relaxed);
    common_.connections.remove();
}

void Worker::open_session(int native) {
    boost::system::error_code error;
    Socket socket(loop_.get_executor());
    const auto local = Socket::native_handle_type(native);
    socket.assign(Tcp::v4(), local, error);
    if (error || common_.draining.load()) {
        if (!error) socket.release(error);
        return drop(native);
    }
    socket.non_blocking(true, error);
    if (!error) socket.set_option(Tcp::no_delay(true), error);
    // An error shows again, and is handled, at the first read.
    sessions_.push_front(common_.tls ? make_tls_session(*this, std::move(socket), *common_.tls)
                                     : make_plain_session(*this, std::move(socket)));
    sessions_.front()->start(sessions_.begin());
}

void Worker::forget(Sessions::iterator place) {
    sessions_.erase(place);
    load_.fetch_sub(1, std::memory_order_relaxed);
    common_.connections.remove();
}

void Worker::sweep() {
    desk_->refresh_date();
    const Instant now = desk_->now();
    for (auto it = sessions_.begin(); it != sessions_.end();) (*it++)->check(now);
    sweep_timer_.expires_after(sweep_interval(desk_->settings()));
    sweep_timer_.async_wait([this](boost::system::error_code error) {
        if (!error) sweep();
    });
}

void Worker::drain() {
    boost::asio::post(loop_, [this] {
        for (auto it = sessions_.begin(); it != sessions_.end();) (*it++)->drain();
    });
}

void Worker::kill_all() {
    boost::asio::post(loop_, [this] {
        for (auto it = sessions_.begin(); it != sessions_.end();) (*it++)->kill();
    });
}

void Worker::stop() {
    boost::asio::post(loop_, [this] {
        sweep_timer_.cancel();
        work_.reset();
        loop_.stop();
    });
}

}  // namespace custodialbridge::api

#include "listening.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "custodialbridge/telemetry/log.hpp"

namespace custodialbridge::api {
namespace {

constexpr Millis kAcceptPause{100};  // when the process has no more descriptors
constexpr int kAcceptBatch = 64;     // then the loop serves others again

Error cannot_listen(const std::string& host, std::uint16_t port, const std::string& why) {
    return {Errc::unavailable,
            "cannot listen on " + host + ":" + std::to_string(port) + ": " + why};
}

bool is_transient(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Result<Acceptor> listen_on(boost::asio::io_context& loop, const std::string& host,
                           std::uint16_t port) {
    boost::system::error_code error;
    Tcp::resolver resolver(loop);
    const auto found = resolver.resolve(host, std::to_string(port), Tcp::resolver::passive, error);
    if (error || found.empty()) return cannot_listen(host, port, error.message());
    const Tcp::endpoint endpoint = found.begin()->endpoint();
    Acceptor acceptor(loop.get_executor());
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(Acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(Acceptor::max_listen_connections, error);
    if (!error) acceptor.non_blocking(true, error);
    if (error) return cannot_listen(host, port, error.message());
    ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);  // not for programs that we start
    return acceptor;
}

std::string address_of(const Acceptor& acceptor) {
    const Tcp::endpoint endpoint = acceptor.local_endpoint();
    const std::string host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
           std::to_string(endpoint.port());
}

Reception::Reception(Acceptor acceptor, Common& common,
                     std::vector<std::unique_ptr<Worker>>& workers)
    : acceptor_(std::move(acceptor)),
      pause_(acceptor_.get_executor()),
      common_(common),
      workers_(workers) {}

void Reception::open() { wait(); }

void Reception::close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
}

void Reception::wait() {
    acceptor_.async_wait(Acceptor::wait_read, [this](boost::system::error_code error) {
        if (!error) accept_all();
    });
}

void Reception::accept_all() {
    for (int i = 0; i < kAcceptBatch; ++i) {
        const int socket =
            ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket >= 0) {
            admit(socket);
            continue;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) break;
        if (is_transient(errno)) return pause();
        // Anything else is that one connection's trouble (accept(2)): it is gone.
    }
    wait();
}

void Reception::pause() {
    telemetry::log(telemetry::LogLevel::warn, "cannot accept connections for a moment",
                   {{"error", std::generic_category().message(errno)}});
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](boost::system::error_code error) {
        if (!error) accept_all();
    });
}

void Reception::admit(int socket) {
    if (!common_.connections.try_add(common_.policies.current()->settings.max_connections))
        return shed(socket);
    least_loaded().adopt(socket);
}

// A word to the client if it goes at once; with TLS there is none.
void Reception::shed(int socket) {
    if (!common_.tls) {
        std::string out;
        const Problem full(problems::kOverloaded, "the server has as many connections as it may");
        append_answer(out, answer_of(full), Connection::close, false,
                      date_line(common_.services.clock.wall()));
        [[maybe_unused]] const auto sent =
            ::send(socket, out.data(), out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        ::shutdown(socket, SHUT_WR);
    }
    ::close(socket);
}

Worker& Reception::least_loaded() {
    std::size_t best = next_;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        const std::size_t candidate = (next_ + i) % workers_.size();
        if (workers_[candidate]->load() < workers_[best]->load()) best = candidate;
    }
    next_ = (best + 1) % workers_.size();
    return *workers_[best];
}

}  // namespace custodialbridge::api

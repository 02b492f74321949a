/// The listening socket, and who takes the connections.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "worker.hpp"

namespace custodialbridge::api {

using Acceptor = boost::asio::basic_socket_acceptor<Tcp, boost::asio::io_context::executor_type>;

/// Binds `host` (an address or a name) and listens; `invalid` with the reason.
Result<Acceptor> listen_on(boost::asio::io_context& loop, const std::string& host,
                           std::uint16_t port);

/// host:port, IPv6 in brackets.
std::string address_of(const Acceptor& acceptor);

/// Accepts on the first worker's thread and hands each connection to the worker that has the
/// fewest. One socket for all, so that a second daemon on the same port is refused, and none is
/// idle beside a busy one.
class Reception {
  public:
    Reception(Acceptor acceptor, Common& common, std::vector<std::unique_ptr<Worker>>& workers);

    // Both on the first worker's thread.
    void open();
    void close();

  private:
    void wait();
    void accept_all();
    void admit(int socket);
    void shed(int socket);
    void pause();
    Worker& least_loaded();

    Acceptor acceptor_;
    boost::asio::steady_timer pause_;
    Common& common_;
    std::vector<std::unique_ptr<Worker>>& workers_;
    std::size_t next_ = 0;
};

}  // namespace custodialbridge::api

/// A client that waits: one keep-alive connection, one request at a time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <string>

namespace custodialbridge::bench {

/// Connects to "host:port" without delaying small segments; throws boost::system::system_error.
boost::asio::ip::tcp::socket connect(boost::asio::io_context& loop, const std::string& address);

class HttpClient {
  public:
    HttpClient(boost::asio::io_context& loop, std::string address);

    std::string get(const std::string& target);
    std::string post(const std::string& body);

    /// The two halves of `post`, for whoever has something better to do than to wait.
    void send(const std::string& body);
    std::string receive();
    int descriptor() { return socket_.native_handle(); }

  private:
    std::string address_;
    boost::asio::ip::tcp::socket socket_;
    boost::beast::flat_buffer buffer_;
};

}  // namespace custodialbridge::bench

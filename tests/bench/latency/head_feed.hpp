/// The node's newHeads, one after the other.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstdint>
#include <string>

#include "custodialbridge/core/block.hpp"

namespace custodialbridge::bench {

class HeadFeed {
  public:
    HeadFeed(boost::asio::io_context& loop, const std::string& address);

    /// Waits for the next head.
    BlockRef next();

    int descriptor() { return stream_.next_layer().native_handle(); }

  private:
    std::string read();

    boost::beast::websocket::stream<boost::asio::ip::tcp::socket> stream_;
};

}  // namespace custodialbridge::bench

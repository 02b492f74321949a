#include "head_feed.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <nlohmann/json.hpp>

#include "custodialbridge/core/hex.hpp"
#include "http_client.hpp"

namespace custodialbridge::bench {

HeadFeed::HeadFeed(boost::asio::io_context& loop, const std::string& address)
    : stream_(connect(loop, address)) {
    stream_.handshake(address, "/");
    stream_.write(boost::asio::buffer(std::string(
        R"({"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]})")));
    read();
}

std::string HeadFeed::read() {
    boost::beast::flat_buffer buffer;
    stream_.read(buffer);
    return boost::beast::buffers_to_string(buffer.data());
}

BlockRef HeadFeed::next() {
    const auto message = nlohmann::json::parse(read());
    const auto& head = message.at("params").at("result");
    return {{parse_quantity(head.at("number").get<std::string>()).value()},
            parse_hash(head.at("hash").get<std::string>()).value()};
}

}  // namespace custodialbridge::bench

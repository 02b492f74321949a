#include "http_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/beast/http.hpp>
#include <limits>
#include <stdexcept>
#include <utility>

namespace custodialbridge::bench {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;

tcp::socket connect(boost::asio::io_context& loop, const std::string& address) {
    const auto colon = address.rfind(':');
    tcp::resolver resolver(loop);
    tcp::socket socket(loop);
    boost::asio::connect(socket,
                         resolver.resolve(address.substr(0, colon), address.substr(colon + 1)));
    socket.set_option(tcp::no_delay(true));
    return socket;
}

HttpClient::HttpClient(boost::asio::io_context& loop, std::string address)
    : address_(std::move(address)), socket_(connect(loop, address_)) {}

std::string HttpClient::get(const std::string& target) {
    http::request<http::empty_body> request(http::verb::get, target, 11);
    request.set(http::field::host, address_);
    http::write(socket_, request);
    return receive();
}

std::string HttpClient::post(const std::string& body) {
    send(body);
    return receive();
}

void HttpClient::send(const std::string& body) {
    http::request<http::string_body> request(http::verb::post, "/", 11, body);
    request.set(http::field::host, address_);
    request.set(http::field::content_type, "application/json");
    request.prepare_payload();
    http::write(socket_, request);
}

std::string HttpClient::receive() {
    http::response_parser<http::string_body> parser;
    parser.body_limit(std::numeric_limits<std::uint32_t>::max());
    http::read(socket_, buffer_, parser);
    if (parser.get().result() != http::status::ok)
        throw std::runtime_error(address_ + ": " + parser.get().body());
    return std::move(parser.get().body());
}

}  // namespace custodialbridge::bench

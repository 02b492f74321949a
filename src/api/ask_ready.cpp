#include "custodialbridge/api/ask_ready.hpp"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace custodialbridge::api {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

struct Place {
    std::string host;
    std::string port;
};

/// http://host, http://host:port, http://[v6]:port, with or without a path.
Result<Place> parse(const std::string& url) {
    constexpr std::string_view kScheme = "http://";
    const Error wrong(Errc::invalid, "--url " + url + ": not an http://host:port URL");
    if (!url.starts_with(kScheme)) return wrong;
    std::string authority = url.substr(kScheme.size());
    authority.resize(std::min(authority.size(), authority.find('/')));
    Place place{authority, "80"};
    const auto colon = authority.rfind(':');
    if (colon != std::string::npos && authority.find(']', colon) == std::string::npos)
        place = {authority.substr(0, colon), authority.substr(colon + 1)};
    if (place.host.size() > 2 && place.host.front() == '[' && place.host.back() == ']')
        place.host = place.host.substr(1, place.host.size() - 2);
    const bool digits = place.port.find_first_not_of("0123456789") == std::string::npos;
    if (place.host.empty() || place.port.empty() || place.port.size() > 5 || !digits) return wrong;
    return place;
}

struct Question {
    explicit Question(const Place& place)
        : stream(loop), resolver(loop), request(http::verb::get, "/readyz", 11) {
        request.set(http::field::host, place.host);
        request.set(http::field::connection, "close");
    }

    asio::io_context loop;
    beast::tcp_stream stream;
    asio::ip::tcp::resolver resolver;
    http::request<http::empty_body> request;
    http::response<http::string_body> response;
    beast::flat_buffer buffer;
    beast::error_code failure = asio::error::timed_out;
};

asio::awaitable<void> ask(Question& question, const Place& place, Millis patience) {
    try {
        question.stream.expires_after(patience);
        const auto found = co_await question.resolver.async_resolve(place.host, place.port,
                                                                    asio::use_awaitable);
        co_await question.stream.async_connect(found, asio::use_awaitable);
        co_await http::async_write(question.stream, question.request, asio::use_awaitable);
        co_await http::async_read(question.stream, question.buffer, question.response,
                                  asio::use_awaitable);
        question.failure = {};
    } catch (const boost::system::system_error& error) {
        question.failure = error.code();
    }
}

}  // namespace

Result<void> ask_ready(const std::string& base_url, Millis patience) {
    CB_TRY(place, parse(base_url));
    Question question(place);
    asio::co_spawn(question.loop, ask(question, place, patience), [](std::exception_ptr) {});
    question.loop.run_for(patience + Millis{200});
    if (question.failure)
        return Error(Errc::unavailable, base_url + ": " + question.failure.message());
    if (question.response.result() != http::status::ok)
        return Error(Errc::unavailable, base_url + ": not ready: " + question.response.body());
    return {};
}

}  // namespace custodialbridge::api

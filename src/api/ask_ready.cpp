#include "custodialbridge/api/ask_ready.hpp"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
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
    bool tls = false;
};

bool is_port(const std::string& text) {
    const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
    return digits && !text.empty() && text.size() <= 5 && std::stoi(text) >= 1 &&
           std::stoi(text) <= 65'535;
}

/// http://host, https://host:port, http://[v6]:port, with or without a path.
Result<Place> parse(const std::string& url) {
    const Error wrong(Errc::invalid,
                      "--url " + url + ": not an http://host:port or https://host:port URL");
    const bool tls = url.starts_with("https://");
    if (!tls && !url.starts_with("http://")) return wrong;
    std::string authority = url.substr(url.find("//") + 2);
    authority.resize(std::min(authority.size(), authority.find('/')));
    Place place{authority, tls ? "443" : "80", tls};
    const auto colon = authority.rfind(':');
    if (colon != std::string::npos && authority.find(']', colon) == std::string::npos)
        place = {authority.substr(0, colon), authority.substr(colon + 1), tls};
    if (place.host.size() > 2 && place.host.front() == '[' && place.host.back() == ']')
        place.host = place.host.substr(1, place.host.size() - 2);
    if (place.host.empty() || !is_port(place.port)) return wrong;
    return place;
}

struct Question {
    explicit Question(const Place& place)
        : resolver(loop), request(http::verb::get, "/readyz", 11) {
        request.set(http::field::host, place.host);
        request.set(http::field::connection, "close");
    }

    asio::io_context loop;
    asio::ip::tcp::resolver resolver;
    http::request<http::empty_body> request;
    http::response<http::string_body> response;
    beast::flat_buffer buffer;
    beast::error_code failure = asio::error::timed_out;
};

asio::awaitable<void> connect(Question& question, const Place& place, beast::tcp_stream& stream,
                              Millis patience) {
    stream.expires_after(patience);
    const auto found =
        co_await question.resolver.async_resolve(place.host, place.port, asio::use_awaitable);
    co_await stream.async_connect(found, asio::use_awaitable);
}

template <class Stream>
asio::awaitable<void> exchange(Question& question, Stream& stream) {
    co_await http::async_write(stream, question.request, asio::use_awaitable);
    co_await http::async_read(stream, question.buffer, question.response, asio::use_awaitable);
}

/// The certificate is not looked at: nothing is told but that we ask, and a container asks by an
/// address that its certificate does not name.
asio::awaitable<void> ask_over_tls(Question& question, const Place& place, Millis patience) {
    asio::ssl::context tls(asio::ssl::context::tls_client);
    tls.set_verify_mode(asio::ssl::verify_none);
    asio::ssl::stream<beast::tcp_stream> stream(question.loop, tls);
    co_await connect(question, place, stream.next_layer(), patience);
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    co_await exchange(question, stream);
}

asio::awaitable<void> ask_plainly(Question& question, const Place& place, Millis patience) {
    beast::tcp_stream stream(question.loop);
    co_await connect(question, place, stream, patience);
    co_await exchange(question, stream);
}

asio::awaitable<void> ask(Question& question, const Place& place, Millis patience) {
    try {
        auto asking = place.tls ? ask_over_tls(question, place, patience)
                                : ask_plainly(question, place, patience);
        co_await std::move(asking);
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

#include "http_connection.hpp"

#include <simdjson.h>

#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>

#include "custodialbridge/core/limits.hpp"
#include "dial.hpp"
#include "without_slot.hpp"

namespace custodialbridge::rpc {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 128 * 1024;
constexpr std::string_view kUserAgent = "custodialbridge/" CB_VERSION;

using Request = http::request<http::span_body<const char>>;
using Parser = http::response_parser<http::string_body>;

Request make_request(const Url& url, const std::string& body) {
    Request request(http::verb::post, url.target, 11);
    request.set(http::field::host, url.name());
    request.set(http::field::user_agent, kUserAgent);
    request.set(http::field::content_type, "application/json");
    request.set(http::field::accept, "application/json");
    if (!url.authorization.empty()) request.set(http::field::authorization, url.authorization);
    request.body() = boost::beast::span<const char>(body.data(), body.size());
    request.prepare_payload();
    return request;
}

std::optional<Seconds> retry_after_of(const Parser& parser) {
    const auto text = parser.get()[http::field::retry_after];
    unsigned seconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return Seconds(seconds);
}

TlsSocket* tls_of(Socket&) {
    return nullptr;
}
TlsSocket* tls_of(TlsSocket& socket) {
    return &socket;
}

template <class Stream>
class Connection final : public HttpConnection {
  public:
    Connection(const Url& url, Stream stream) : url_(url), stream_(std::move(stream)) {
        buffer_.reserve(kReadBytes);
    }

    runtime::Task<Result<HttpAnswer>> exchange(const std::string& body) override {
        reusable_ = stale_ = false;
        const Request request = make_request(url_, body);
        error_code failure;
        cancel_with(co_await asio::this_coro::cancellation_state, stream_);
        co_await http::async_write(stream_, request, without_slot(failure));
        pass_on_cancellation(failure);
        if (failure) {
            stale_ = true;
            co_return broken("sending", failure);
        }
        co_return co_await read_answer();
    }

    bool reusable() const override { return reusable_; }
    bool was_stale() const override { return stale_; }
    Stream& stream() { return stream_; }

  private:
    runtime::Task<Result<HttpAnswer>> read_answer() {
        Parser parser;
        parser.body_limit(limits::kRpcAnswerBytesMax);
        error_code failure;
        cancel_with(co_await asio::this_coro::cancellation_state, stream_);
        co_await http::async_read_header(stream_, buffer_, parser, without_slot(failure));
        pass_on_cancellation(failure);
        if (failure) {
            stale_ = !parser.got_some();
            co_return broken("reading", failure);
        }
        if (const auto length = parser.content_length())
            parser.get().body().reserve(static_cast<std::size_t>(*length) +
                                        simdjson::SIMDJSON_PADDING);
        cancel_with(co_await asio::this_coro::cancellation_state, stream_);
        co_await http::async_read(stream_, buffer_, parser, without_slot(failure));
        pass_on_cancellation(failure);
        if (failure) co_return broken("reading", failure);
        reusable_ = parser.keep_alive();
        HttpAnswer answer;
        answer.status = parser.get().result_int();
        answer.retry_after = retry_after_of(parser);
        answer.body = std::move(parser.get().body());
        co_return std::move(answer);
    }

    Error broken(std::string_view doing, const error_code& failure) {
        if (failure == http::error::body_limit)
            return {Errc::limited, "the answer is larger than " +
                                       std::to_string(limits::kRpcAnswerBytesMax) + " bytes"};
        return {Errc::unavailable, std::string(doing) + ": " + describe(failure, tls_of(stream_))};
    }

    const Url& url_;
    Stream stream_;
    boost::beast::flat_buffer buffer_;
    bool reusable_ = false;
    bool stale_ = false;
};

}  // namespace

runtime::Task<Result<std::unique_ptr<HttpConnection>>> connect_http(const Url& url,
                                                                    asio::ssl::context* tls) {
    CB_CO_TRY(socket, co_await dial(url.host, url.port));
    std::unique_ptr<HttpConnection> connection;
    if (!url.tls) {
        connection = std::make_unique<Connection<Socket>>(url, std::move(socket));
        co_return std::move(connection);
    }
    auto secure = std::make_unique<Connection<TlsSocket>>(url, TlsSocket(std::move(socket), *tls));
    CB_CO_CHECKED(co_await shake_hands(secure->stream(), url.host));
    connection = std::move(secure);
    co_return std::move(connection);
}

}  // namespace custodialbridge::rpc

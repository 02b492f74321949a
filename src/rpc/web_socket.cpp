#include "web_socket.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "dial.hpp"
#include "without_slot.hpp"

namespace custodialbridge::rpc {

namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

constexpr std::size_t kMessageBytesMax = 1024 * 1024;
constexpr std::size_t kReadBytes = 16 * 1024;

template <class Stream>
class Connection final : public WebSocket {
  public:
    explicit Connection(Stream stream) : socket_(std::move(stream)) {}

    Stream& stream() { return socket_.next_layer(); }

    runtime::Task<Result<void>> open(const Url& url, Millis idle) {
        websocket::stream_base::timeout limits{};
        limits.handshake_timeout = websocket::stream_base::none();  // the caller's
        limits.idle_timeout = idle;
        limits.keep_alive_pings = true;
        socket_.set_option(limits);
        socket_.set_option(websocket::stream_base::decorator(
            [agent = std::string("custodialbridge/" CB_VERSION),
             authorization = url.authorization](websocket::request_type& request) {
                request.set(boost::beast::http::field::user_agent, agent);
                if (!authorization.empty())
                    request.set(boost::beast::http::field::authorization, authorization);
            }));
        socket_.read_message_max(kMessageBytesMax);
        error_code failure;
        cancel_with(co_await asio::this_coro::cancellation_state, stream());
        co_await socket_.async_handshake(url.name(), url.target, without_slot(failure));
        pass_on_cancellation(failure);
        if (failure) co_return Error(Errc::unavailable, "WebSocket: " + failure.message());
        co_return Result<void>();
    }

    runtime::Task<Result<void>> send(std::string text) override {
        error_code failure;
        cancel_with(co_await asio::this_coro::cancellation_state, stream());
        co_await socket_.async_write(asio::buffer(text), without_slot(failure));
        pass_on_cancellation(failure);
        if (failure) co_return Error(Errc::unavailable, "WebSocket: " + failure.message());
        co_return Result<void>();
    }

    runtime::Task<Result<std::string>> receive() override {
        buffer_.clear();
        buffer_.reserve(kReadBytes);
        error_code failure;
        cancel_with(co_await asio::this_coro::cancellation_state, stream());
        co_await socket_.async_read(buffer_, without_slot(failure));
        pass_on_cancellation(failure);
        if (failure) co_return Error(Errc::unavailable, "WebSocket: " + failure.message());
        co_return std::string(static_cast<const char*>(buffer_.data().data()),
                              buffer_.data().size());
    }

  private:
    websocket::stream<Stream> socket_;
    boost::beast::flat_buffer buffer_;
};

}  // namespace

runtime::Task<Result<std::unique_ptr<WebSocket>>> connect_web_socket(const Url& url,
                                                                     asio::ssl::context* tls,
                                                                     Millis idle) {
    CB_CO_TRY(socket, co_await dial(url.host, url.port));
    std::unique_ptr<WebSocket> connection;
    if (!url.tls) {
        auto plain = std::make_unique<Connection<Socket>>(std::move(socket));
        CB_CO_CHECKED(co_await plain->open(url, idle));
        connection = std::move(plain);
        co_return std::move(connection);
    }
    auto secure = std::make_unique<Connection<TlsSocket>>(TlsSocket(std::move(socket), *tls));
    CB_CO_CHECKED(co_await shake_hands(secure->stream(), url.host));
    CB_CO_CHECKED(co_await secure->open(url, idle));
    connection = std::move(secure);
    co_return std::move(connection);
}

}  // namespace custodialbridge::rpc

/// FaultServer: an HTTP server on a free loopback port that answers as badly as a test wants it to.
#pragma once

#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace custodialbridge::rpc {

using nlohmann::json;

/// What the server does with one request: waits, writes these bytes as they are, and perhaps
/// closes.
struct Reply {
    std::vector<std::string> pieces;  ///< each one written by itself, `between` apart
    std::chrono::milliseconds before{0}, between{0};
    bool close = false;
};

struct Received {
    std::size_t number;  ///< from 0, over all connections
    std::string head;    ///< request line and header
    json body;
};

inline std::string http_ok(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline json result_of(const json& call, const json& result) {
    return {{"jsonrpc", "2.0"}, {"id", call.at("id")}, {"result", result}};
}

/// Answers each call of the request with `result(method, parameters)`.
inline json answer_all(const json& body, const std::function<json(const json& call)>& result) {
    if (!body.is_array()) return result_of(body, result(body));
    json answers = json::array();
    for (const json& call : body) answers.push_back(result_of(call, result(call)));
    return answers;
}

class FaultServer {
  public:
    using Script = std::function<Reply(const Received&)>;
    using Tcp = boost::asio::ip::tcp;
    template <class T>
    using Task = boost::asio::awaitable<T>;

    /// `script` runs on the server's thread. With `tls` it speaks TLS.
    explicit FaultServer(Script script, boost::asio::ssl::context* tls = nullptr)
        : script_(std::move(script)),
          tls_(tls),
          acceptor_(loop_, {boost::asio::ip::address_v4::loopback(), 0}) {
        boost::asio::co_spawn(loop_, accept(), boost::asio::detached);
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~FaultServer() {
        loop_.stop();
        thread_.join();
    }
    FaultServer(const FaultServer&) = delete;
    FaultServer& operator=(const FaultServer&) = delete;

    std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
    std::string url() const { return "http://127.0.0.1:" + port(); }

    std::atomic<std::size_t> connections{0};
    std::atomic<std::size_t> requests{0};
    std::atomic<std::size_t> open_at_once{0};  ///< the most exchanges at the same time

  private:
    Task<void> accept() {
        for (;;) {
            auto socket = co_await acceptor_.async_accept(boost::asio::use_awaitable);
            ++connections;
            boost::asio::co_spawn(loop_, serve(std::move(socket)), boost::asio::detached);
        }
    }

    Task<void> serve(Tcp::socket socket) {
        if (!tls_) {
            co_await talk(socket);
            co_return;
        }
        boost::asio::ssl::stream<Tcp::socket> secure(std::move(socket), *tls_);
        boost::system::error_code failure;
        co_await secure.async_handshake(
            boost::asio::ssl::stream_base::server,
            boost::asio::redirect_error(boost::asio::use_awaitable, failure));
        if (!failure) co_await talk(secure);
    }

    template <class Stream>
    Task<void> talk(Stream& stream) {
        std::string buffer;
        boost::system::error_code failure;
        auto token = boost::asio::redirect_error(boost::asio::use_awaitable, failure);
        for (;;) {
            const std::size_t head = co_await boost::asio::async_read_until(
                stream, boost::asio::dynamic_buffer(buffer), "\r\n\r\n", token);
            if (failure) co_return;
            const std::size_t whole = head + content_length(buffer.substr(0, head));
            if (buffer.size() < whole) {
                const std::size_t had = buffer.size();
                buffer.resize(whole);
                co_await boost::asio::async_read(
                    stream, boost::asio::buffer(buffer.data() + had, whole - had), token);
                if (failure) co_return;
            }
            const Received received{requests++, buffer.substr(0, head),
                                    json::parse(buffer.substr(head, whole - head))};
            buffer.erase(0, whole);
            if (!co_await reply(stream, script_(received))) co_return;
        }
    }

    template <class Stream>
    Task<bool> reply(Stream& stream, Reply reply) {
        struct Open {
            explicit Open(FaultServer& of) : server(of) {
                server.open_at_once = std::max(server.open_at_once.load(), ++server.open_);
            }
            ~Open() { --server.open_; }
            FaultServer& server;
        };
        const Open open(*this);
        boost::system::error_code failure;
        co_await pause(reply.before);
        for (const std::string& piece : reply.pieces) {
            co_await boost::asio::async_write(
                stream, boost::asio::buffer(piece),
                boost::asio::redirect_error(boost::asio::use_awaitable, failure));
            if (failure) co_return false;
            co_await pause(reply.between);
        }
        co_return !reply.close;
    }

    Task<void> pause(std::chrono::milliseconds time) {
        if (time.count() == 0) co_return;
        boost::asio::steady_timer timer(loop_, time);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }

    static std::size_t content_length(const std::string& head) {
        constexpr std::string_view kName = "Content-Length: ";
        const auto at = head.find(kName);
        std::size_t length = 0;
        if (at != std::string::npos)
            std::from_chars(head.data() + at + kName.size(), head.data() + head.size(), length);
        return length;
    }

    Script script_;
    boost::asio::ssl::context* tls_;
    boost::asio::io_context loop_{1};
    Tcp::acceptor acceptor_;
    std::size_t open_ = 0;
    std::thread thread_;
};

}  // namespace custodialbridge::rpc

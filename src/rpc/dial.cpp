#include "dial.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "without_slot.hpp"

namespace custodialbridge::rpc {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// One look-up of a name. It may outlive the task that asked: getaddrinfo cannot be interrupted.
struct Resolution {
    explicit Resolution(const runtime::Executor& executor) : resolver(executor), done(executor) {
        done.expires_at(asio::steady_timer::time_point::max());
    }
    Tcp::resolver resolver;
    asio::steady_timer done;
    error_code failure = asio::error::operation_aborted;  // until it is done
    Tcp::resolver::results_type found;
};

runtime::Task<std::shared_ptr<Resolution>> resolve(std::string host, std::string port) {
    const auto state = std::make_shared<Resolution>(co_await asio::this_coro::executor);
    state->resolver.async_resolve(host, port, [state](error_code failure, auto found) {
        state->failure = failure;
        state->found = std::move(found);
        state->done.cancel();
    });
    error_code ignored;
    co_await state->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    co_return state;
}

}  // namespace

std::shared_ptr<asio::ssl::context> make_tls_context() {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    context->set_default_verify_paths();
    context->set_verify_mode(asio::ssl::verify_peer);
    return context;
}

runtime::Task<Result<Socket>> dial(std::string host, std::string port) {
    const auto resolution = co_await resolve(host, port);
    pass_on_cancellation(resolution->failure);
    if (resolution->failure)
        co_return Error(Errc::unavailable, "cannot resolve: " + resolution->failure.message());
    Socket socket(co_await asio::this_coro::executor);
    error_code failure;
    co_await asio::async_connect(socket, resolution->found,
                                 asio::redirect_error(asio::use_awaitable, failure));
    pass_on_cancellation(failure);
    if (failure) co_return Error(Errc::unavailable, "cannot connect: " + failure.message());
    error_code ignored;  // options that a socket may lack without harm
    socket.set_option(Tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    co_return std::move(socket);
}

runtime::Task<Result<void>> shake_hands(TlsSocket& socket, std::string host) {
    error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (not_an_address && SSL_set_tlsext_host_name(socket.native_handle(), host.c_str()) != 1)
        co_return Error(Errc::invalid, "the host's name does not fit TLS");
    socket.set_verify_callback(asio::ssl::host_name_verification(host));
    error_code failure;
    co_await socket.async_handshake(asio::ssl::stream_base::client,
                                    asio::redirect_error(asio::use_awaitable, failure));
    pass_on_cancellation(failure);
    if (failure) co_return Error(Errc::unavailable, "TLS: " + describe(failure, &socket));
    co_return Result<void>();
}

std::string describe(const error_code& code, TlsSocket* tls) {
    std::string text = code.message();
    if (!tls || code.category() != asio::error::get_ssl_category()) return text;
    const long verdict = SSL_get_verify_result(tls->native_handle());
    if (verdict == X509_V_ERR_UNSPECIFIED) return text + ": it is another host's";  // name check
    if (verdict != X509_V_OK) text += std::string(": ") + X509_verify_cert_error_string(verdict);
    return text;
}

}  // namespace custodialbridge::rpc

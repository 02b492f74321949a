/// Connecting: names, TCP, TLS. For sources of rpc only.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <string>

#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/task.hpp"
#include "url.hpp"

namespace custodialbridge::rpc {

using Tcp = boost::asio::ip::tcp;
using Socket = Tcp::socket;
using TlsSocket = boost::asio::ssl::stream<Socket>;

/// Certificates are verified against the system's authorities (or SSL_CERT_FILE, SSL_CERT_DIR).
std::shared_ptr<boost::asio::ssl::context> make_tls_context();

/// A TCP connection to the first address of the host that answers. Has no time limit of its own.
runtime::Task<Result<Socket>> dial(std::string host, std::string port);

/// Our side of a TLS handshake, with the host's name sent and verified.
runtime::Task<Result<void>> shake_hands(TlsSocket& socket, std::string host);

/// What a transport error says, with the reason when a certificate was refused.
std::string describe(const boost::system::error_code& code, TlsSocket* tls = nullptr);

}  // namespace custodialbridge::rpc

/// The kinds of connections: plain and TLS. Each in a source of its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "custodialbridge/core/result.hpp"
#include "session.hpp"

namespace boost::asio::ssl {
class context;
}

namespace custodialbridge::api {

using Tcp = boost::asio::ip::tcp;
using Socket = boost::asio::basic_stream_socket<Tcp, boost::asio::io_context::executor_type>;

/// The socket does not block.
std::unique_ptr<Session> make_plain_session(SessionOwner& owner, Socket socket);

/// `tls` outlives the session.
std::unique_ptr<Session> make_tls_session(SessionOwner& owner, Socket socket,
                                          boost::asio::ssl::context& tls);

/// A server's context, TLS 1.2 and up; `invalid` names the file at fault.
Result<std::shared_ptr<boost::asio::ssl::context>> load_tls(const std::string& certificate,
                                                            const std::string& key);

}  // namespace custodialbridge::api

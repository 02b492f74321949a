/// One HTTP/1.1 connection to an endpoint, plain or TLS.
#pragma once

#include <memory>
#include <string>

#include "transport.hpp"
#include "url.hpp"

namespace boost::asio::ssl {
class context;
}

namespace custodialbridge::rpc {

class HttpConnection {
  public:
    virtual ~HttpConnection() = default;

    /// Sends `body` and reads the answer. `body` must stay until then. No time limit of its own.
    virtual runtime::Task<Result<HttpAnswer>> exchange(const std::string& body) = 0;

    /// Whether another exchange may follow the last one.
    virtual bool reusable() const = 0;

    /// Whether the last exchange failed before the peer said anything: it had closed an idle
    /// connection.
    virtual bool was_stale() const = 0;
};

/// Connects; TLS when the URL says so, then `tls` must not be null. No time limit of its own.
runtime::Task<Result<std::unique_ptr<HttpConnection>>> connect_http(const Url& url,
                                                                    boost::asio::ssl::context* tls);

}  // namespace custodialbridge::rpc

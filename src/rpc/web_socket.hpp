/// One WebSocket connection to an endpoint, plain or TLS, for subscriptions.
#pragma once

#include <memory>
#include <string>

#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/time.hpp"
#include "custodialbridge/runtime/task.hpp"
#include "url.hpp"

namespace boost::asio::ssl {
class context;
}

namespace custodialbridge::rpc {

class WebSocket {
  public:
    virtual ~WebSocket() = default;
    virtual runtime::Task<Result<void>> send(std::string text) = 0;

    /// The next message. No time limit of its own, but a peer that is silent for `idle` and does
    /// not answer pings either is given up as `unavailable`.
    virtual runtime::Task<Result<std::string>> receive() = 0;
};

/// Connects; TLS when the URL says so, then `tls` must not be null. No time limit of its own.
runtime::Task<Result<std::unique_ptr<WebSocket>>> connect_web_socket(const Url& url,
                                                                     boost::asio::ssl::context* tls,
                                                                     Millis idle);

}  // namespace custodialbridge::rpc

/// HttpPool: keep-alive connections to one endpoint.
#pragma once

#include <memory>
#include <vector>

#include "custodialbridge/runtime/clock.hpp"
#include "http_connection.hpp"
#include "slots.hpp"

namespace custodialbridge::rpc {

/// At most kConnectionsMax exchanges at a time; the others wait their turn. An exchange that meets
/// a connection which the peer closed while it was idle is made once more on a fresh one: what we
/// post are reads, so asking twice does no harm. Lives on one loop.
class HttpPool final : public Transport {
  public:
    static constexpr std::size_t kConnectionsMax = 8;
    static constexpr Seconds kIdleMax{
        20};  ///< older idle connections may be half-open: not used again

    HttpPool(Url url, Millis connect_timeout, runtime::Clock& clock);
    ~HttpPool() override;

    runtime::Task<Result<HttpAnswer>> post(std::string body, runtime::Deadline by) override;

  private:
    struct Idle {
        std::unique_ptr<HttpConnection> connection;
        Instant since;
    };

    runtime::Task<Result<HttpAnswer>> exchange(std::string body, runtime::Deadline by);
    runtime::Task<Result<std::unique_ptr<HttpConnection>>> connect(runtime::Deadline by);
    std::unique_ptr<HttpConnection> take_idle();
    void keep(std::unique_ptr<HttpConnection> connection);

    Url url_;
    Millis connect_timeout_;
    runtime::Clock& clock_;
    std::shared_ptr<boost::asio::ssl::context> tls_;  // made when first needed
    Slots slots_{kConnectionsMax};
    std::vector<Idle> idle_;
};

}  // namespace custodialbridge::rpc

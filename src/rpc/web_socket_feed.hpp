/// WebSocketFeed: newHeads of the first endpoint that will have us.
#pragma once

#include <memory>
#include <vector>

#include "custodialbridge/rpc/head_feed.hpp"
#include "custodialbridge/rpc/settings.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/runtime/random.hpp"
#include "web_socket.hpp"

namespace custodialbridge::rpc {

class WebSocketFeed final : public HeadFeed {
  public:
    static constexpr Millis kIdleMax{30'000};  ///< without a sign of life: pings at half of it
    static constexpr Millis kPauseFirst{500};  ///< after the first failure; doubles, ±25 %
    static constexpr Millis kPauseMax{30'000};

    WebSocketFeed(const Settings& settings, runtime::Clock& clock, runtime::Random& random,
                  Millis idle = kIdleMax);

    runtime::Task<void> run(std::function<void()> on_head) override;

  private:
    using Connected = Result<std::unique_ptr<WebSocket>>;

    runtime::Task<Connected> subscribe(const Url& url);
    runtime::Task<Result<void>> agree(WebSocket& socket);
    runtime::Task<Error> follow(const Url& url, const std::function<void()>& on_head);
    Millis pause();

    ChainId chain_;
    Millis connect_timeout_;
    Millis call_timeout_;
    Millis idle_;
    std::vector<Url> urls_;
    runtime::Clock& clock_;
    runtime::Random& random_;
    std::shared_ptr<boost::asio::ssl::context> tls_;  // made when first needed
    unsigned failures_in_a_row_ = 0;
};

}  // namespace custodialbridge::rpc

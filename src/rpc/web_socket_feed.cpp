#include "web_socket_feed.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "custodialbridge/runtime/within.hpp"
#include "custodialbridge/telemetry/log.hpp"
#include "dial.hpp"
#include "json_rpc.hpp"
#include "json_value.hpp"

namespace custodialbridge::rpc {

namespace {

using runtime::Deadline;
using runtime::Task;

constexpr std::uint64_t kChainCall = 1, kSubscribeCall = 2;

/// What one message of the node is about.
struct Message {
    bool is_notice = false;  // of a subscription
    std::uint64_t id = 0;
    bool is_error = false;
    std::optional<std::uint64_t> quantity;  // the result, when it is one
};

Result<Message> read_message(std::string text) {
    namespace json = simdjson::ondemand;
    const Error bad(Errc::unavailable, "WebSocket: a message that is not JSON-RPC");
    text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    json::parser parser;
    json::document document;
    json::object object;
    if (parser.iterate(text.data(), text.size(), text.capacity()).get(document)) return bad;
    if (document.get_object().get(object)) return bad;
    Message message;
    for (auto field : object) {
        json::value value;
        if (field.value().get(value)) return bad;
        const std::string_view key = key_text(field.key().value_unsafe());
        if (key == "method") message.is_notice = plain_string(value) == "eth_subscription";
        if (key == "error") message.is_error = !is_null(value);
        if (key == "result") message.quantity = read_quantity(value);
        if (key == "id" && !is_null(value) && value.get_uint64().get(message.id)) return bad;
    }
    return message;
}

Task<void> wait_for_ever() {
    boost::asio::steady_timer never(co_await boost::asio::this_coro::executor);
    never.expires_at(boost::asio::steady_timer::time_point::max());
    co_await never.async_wait(boost::asio::use_awaitable);
}

}  // namespace

WebSocketFeed::WebSocketFeed(const Settings& settings, runtime::Clock& clock,
                             runtime::Random& random, Millis idle)
    : chain_(settings.chain),
      connect_timeout_(settings.connect_timeout),
      call_timeout_(settings.call_timeout),
      idle_(idle),
      clock_(clock),
      random_(random) {
    for (const EndpointSettings& endpoint : settings.endpoints)
        if (auto url = parse_url(endpoint.ws); url && url->web_socket)
            urls_.push_back(std::move(*url));
}

Task<void> WebSocketFeed::run(std::function<void()> on_head) {
    if (urls_.empty()) co_await wait_for_ever();
    for (std::size_t turn = 0;; turn = (turn + 1) % urls_.size()) {
        const Error ended = co_await follow(urls_[turn], on_head);
        const Millis rest = pause();
        telemetry::log(telemetry::LogLevel::warn, "head feed lost",
                       {{"chain_id", chain_.value},
                        {"endpoint", urls_[turn].name()},
                        {"error", ended},
                        {"pause_ms", rest.count()}});
        co_await clock_.sleep_until(clock_.now() + rest);
    }
}

Task<Error> WebSocketFeed::follow(const Url& url, const std::function<void()>& on_head) {
    if (url.tls && !tls_) tls_ = make_tls_context();
    const Deadline by = Deadline::after(clock_, connect_timeout_ + call_timeout_);
    auto socket = co_await runtime::within(clock_, by, "subscribing", subscribe(url));
    if (!socket) co_return socket.error();
    on_head();  // there may have been heads while nobody listened
    for (;;) {
        auto text = co_await (*socket)->receive();
        if (!text) co_return text.error();
        const auto message = read_message(std::move(*text));
        if (!message) co_return message.error();
        if (!message->is_notice) continue;
        failures_in_a_row_ = 0;
        on_head();
    }
}

Task<WebSocketFeed::Connected> WebSocketFeed::subscribe(const Url& url) {
    auto socket = co_await connect_web_socket(url, tls_.get(), idle_);
    if (!socket) co_return std::move(socket);
    auto agreed = co_await agree(**socket);
    if (!agreed) co_return agreed.error();
    co_return std::move(socket);
}

/// Asks for the chain's id and for new heads.
Task<Result<void>> WebSocketFeed::agree(WebSocket& socket) {
    const std::vector<Call> chain_call(1, Call{"eth_chainId", "[]"});
    const std::vector<Call> subscribe_call(1, Call{"eth_subscribe", R"(["newHeads"])"});
    CB_CO_CHECKED(co_await socket.send(encode_calls(chain_call, kChainCall)));
    CB_CO_CHECKED(co_await socket.send(encode_calls(subscribe_call, kSubscribeCall)));
    for (bool on_chain = false, subscribed = false; !on_chain || !subscribed;) {
        CB_CO_TRY(text, co_await socket.receive());
        CB_CO_TRY(message, read_message(std::move(text)));
        if (message.is_error) co_return Error(Errc::unsupported, "the node refuses newHeads");
        if (message.id == kChainCall) {
            if (message.quantity != chain_.value)
                co_return Error(Errc::refused, "the node is on another chain");
            on_chain = true;
        }
        subscribed |= message.id == kSubscribeCall;
    }
    co_return Result<void>();
}

Millis WebSocketFeed::pause() {
    const unsigned doublings = std::min(failures_in_a_row_++, 16U);
    const Millis base = std::min(Millis(kPauseFirst.count() << doublings), kPauseMax);
    return std::chrono::duration_cast<Millis>(base * (0.75 + 0.5 * random_.fraction()));
}

}  // namespace custodialbridge::rpc

#include "redis_connection.hpp"

#include <hiredis/async.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "custodialbridge/core/check.hpp"
#include "custodialbridge/telemetry/log.hpp"
#include "hiredis_on_asio.hpp"

namespace custodialbridge::cache {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr Millis kConnectTimeout{2'000};
constexpr Millis kRetryFirst{50};
constexpr Millis kRetryCap{5'000};

RedisReply to_reply(const redisReply& reply) {
    using Kind = RedisReply::Kind;
    switch (reply.type) {
        case REDIS_REPLY_NIL:
            return {Kind::nil, {}};
        case REDIS_REPLY_STATUS:
        case REDIS_REPLY_STRING:
            return {Kind::text, {reply.str, reply.len}};
        case REDIS_REPLY_ERROR:
            return {Kind::error, {reply.str, reply.len}};
        default:
            return {Kind::other, {}};
    }
}

std::vector<RedisCommand> greeting(const RedisAddress& address, const std::string& script) {
    std::vector<RedisCommand> commands;
    if (!address.password.empty()) {
        auto& auth = commands.emplace_back(RedisCommand{"AUTH"});
        if (!address.user.empty()) auth.push_back(address.user);
        auth.push_back(address.password);
    }
    if (address.database != 0) commands.push_back({"SELECT", std::to_string(address.database)});
    if (script.empty())
        commands.push_back({"PING"});
    else
        commands.push_back({"SCRIPT", "LOAD", script});
    return commands;
}

}  // namespace

// Commands sent together, and who waits for their replies: a `run`, or nobody any more.
struct RedisConnection::Batch {
    Batch(const runtime::Executor& executor, std::size_t count, Instant when)
        : signal(executor), expected(count), sent(when) {}

    bool answered() const { return replies.size() == expected; }

    asio::steady_timer signal;  // expires at the waiter's deadline, is cancelled when there is news
    std::vector<RedisReply> replies;
    std::size_t expected;
    Instant sent;
    bool lost = false;
    bool is_greeting = false;
};

struct RedisConnection::Hooks {
    static RedisConnection* owner_of(const redisAsyncContext* context) {
        return static_cast<RedisConnection*>(context->data);
    }

    static void connected(const redisAsyncContext* context, int status) {
        auto* const owner = owner_of(context);
        if (owner == nullptr) return;
        if (status == REDIS_OK) return owner->connected();
        owner->context_ = nullptr;  // hiredis frees it
        owner->failed(context->c.errstr);
    }

    static void disconnected(const redisAsyncContext* context, int) {
        auto* const owner = owner_of(context);
        if (owner == nullptr) return;
        owner->context_ = nullptr;
        owner->failed(context->c.errstr);
    }

    static void replied(redisAsyncContext* context, void* reply, void*) {
        auto* const owner = owner_of(context);
        if (owner == nullptr || reply == nullptr) return;  // `disconnected` says what happened
        owner->take(to_reply(*static_cast<redisReply*>(reply)));
    }

    static void heard(redisAsyncContext* context, void* reply, void*) {
        auto* const owner = owner_of(context);
        if (owner == nullptr || reply == nullptr) return;  // `disconnected` says what happened
        const auto& said = *static_cast<redisReply*>(reply);
        std::vector<std::string_view> words;
        for (std::size_t i = 0; said.type == REDIS_REPLY_ARRAY && i < said.elements; ++i)
            words.emplace_back(said.element[i]->type == REDIS_REPLY_STRING
                                   ? std::string_view(said.element[i]->str, said.element[i]->len)
                                   : std::string_view());
        if (words.size() == 3) owner->hear(words);
    }
};

RedisConnection::RedisConnection(runtime::Executor executor, runtime::Clock& clock,
                                 runtime::Random& random, Options options)
    : executor_(executor),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      probe_(options_.metrics),
      resolver_(executor),
      timer_(executor) {
    asio::post(executor_, in_this_attempt([this] { connect(); }));
}

RedisConnection::~RedisConnection() {
    attempt_.reset();
    probe_.lost();
    if (context_ == nullptr) return;
    context_->data = nullptr;
    redisAsyncFree(context_);
}

void RedisConnection::connect() {
    next_attempt();
    timer_.expires_after(kConnectTimeout);
    timer_.async_wait(in_this_attempt([this](boost::system::error_code error) {
        if (!error) drop("no answer in time while connecting");
    }));
    const RedisAddress& address = options_.address;
    if (!address.unix_path.empty()) return adopt(redisAsyncConnectUnix(address.unix_path.c_str()));
    boost::system::error_code not_an_ip;
    asio::ip::make_address(address.host, not_an_ip);
    if (!not_an_ip) return connect_to(address.host);
    resolver_.async_resolve(
        address.host, std::to_string(address.port),
        in_this_attempt(
            [this](boost::system::error_code error, const tcp::resolver::results_type& found) {
                if (error || found.empty()) return failed("cannot resolve: " + error.message());
                // Another one of its addresses each time.
                const auto choice = static_cast<std::ptrdiff_t>(failures_ % found.size());
                connect_to(std::next(found.begin(), choice)->endpoint().address().to_string());
            }));
}

void RedisConnection::connect_to(const std::string& ip) {
    adopt(redisAsyncConnect(ip.c_str(), options_.address.port));
}

void RedisConnection::adopt(redisAsyncContext* context) {
    if (context == nullptr) return failed("out of memory");
    if (context->err != 0) {
        const std::string reason = context->errstr;
        redisAsyncFree(context);
        return failed(reason);
    }
    try {
        watch_on(executor_, context);
    } catch (const boost::system::system_error& error) {
        redisAsyncFree(context);
        return failed(error.what());
    }
    context_ = context;
    context_->data = this;
    redisAsyncSetConnectCallback(context_, Hooks::connected);
    redisAsyncSetDisconnectCallback(context_, Hooks::disconnected);
}

void RedisConnection::connected() {
    const auto commands = greeting(options_.address, options_.script);
    const auto batch = std::make_shared<Batch>(executor_, commands.size(), clock_.now());
    batch->is_greeting = true;
    send(batch, commands);
}

void RedisConnection::greeted(const Batch& batch) {
    for (const auto& reply : batch.replies)
        if (reply.kind == RedisReply::Kind::error) return drop(reply.text);
    script_id_ = batch.replies.back().text;
    if (options_.subscription.channels.empty()) return established();
    subscribe();
}

// Until Redis has said yes to every channel, this is still connecting.
void RedisConnection::subscribe() {
    subscribed_ = 0;
    std::vector<const char*> words{"SUBSCRIBE"};
    for (const auto& channel : options_.subscription.channels) words.push_back(channel.c_str());
    const int sent = redisAsyncCommandArgv(context_, Hooks::heard, nullptr,
                                           static_cast<int>(words.size()), words.data(), nullptr);
    CB_CHECK(sent == REDIS_OK);
}

void RedisConnection::hear(const std::vector<std::string_view>& words) {
    if (words[0] == "message") return options_.subscription.heard(words[1], words[2]);
    if (words[0] != "subscribe" || ++subscribed_ != options_.subscription.channels.size()) return;
    failures_ = 0;
    established();
    options_.subscription.begun();
}

void RedisConnection::established() {
    next_attempt();
    timer_.cancel();
    const bool again = std::exchange(was_ready_, true);
    probe_.connected(again);
    if (again && options_.returned) options_.returned();
    ready_ = true;
    if (said_lost_)
        telemetry::log(telemetry::LogLevel::info, "redis is back",
                       {{"redis", to_string(options_.address)}});
    said_lost_ = false;
}

void RedisConnection::send(const std::shared_ptr<Batch>& batch,
                           const std::vector<RedisCommand>& commands) {
    batches_.push_back(batch);
    commands_in_flight_ += commands.size();
    std::vector<const char*> words;
    std::vector<std::size_t> lengths;
    for (const auto& command : commands) {
        words.clear();
        lengths.clear();
        for (const auto& word : command) {
            words.push_back(word.data());
            lengths.push_back(word.size());
        }
        const int sent =
            redisAsyncCommandArgv(context_, Hooks::replied, nullptr, static_cast<int>(words.size()),
                                  words.data(), lengths.data());
        CB_CHECK(sent == REDIS_OK);  // refused only by a context that is being freed
    }
}

void RedisConnection::take(RedisReply reply) {
    CB_CHECK(!batches_.empty());
    const std::shared_ptr<Batch> batch = batches_.front();
    batch->replies.push_back(std::move(reply));
    --commands_in_flight_;
    if (!batch->answered()) return;
    batches_.pop_front();
    if (batch->is_greeting) return greeted(*batch);
    failures_ = 0;
    batch->signal.cancel();
}

runtime::Task<Result<std::vector<RedisReply>>> RedisConnection::run(
    std::vector<RedisCommand> commands, runtime::Deadline by) {
    if (by.passed(clock_)) co_return Error(Errc::timed_out, "redis: no time left");
    if (!ready_) co_return not_connected();
    if (commands_in_flight_ + commands.size() > kInFlightMax)
        co_return Error(Errc::unavailable, "redis: too many commands in flight");

    const auto batch = std::make_shared<Batch>(executor_, commands.size(), clock_.now());
    send(batch, commands);
    probe_.sent(commands.size());
    const runtime::Deadline owed{batch->sent + options_.round_trip};
    batch->signal.expires_after(std::min(by.left(clock_), owed.left(clock_)));
    boost::system::error_code ignored;  // what counts is what the batch holds
    co_await batch->signal.async_wait(asio::redirect_error(asio::use_awaitable, ignored));

    if (batch->answered()) co_return std::move(batch->replies);
    if (batch->lost) co_return not_connected();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
        watch_stragglers();
        throw boost::system::system_error(asio::error::operation_aborted);
    }
    probe_.timed_out();
    if (by.at >= owed.at)
        drop("no answer in time");
    else
        watch_stragglers();
    co_return Error(Errc::timed_out, "redis: no answer in time");
}

// Nobody waits for the front batch any more; a Redis that owes it for a whole round trip is dropped
// yet.
void RedisConnection::watch_stragglers() {
    if (!ready_ || watching_stragglers_ || batches_.empty()) return;
    watching_stragglers_ = true;
    const runtime::Deadline owed{batches_.front()->sent + options_.round_trip};
    timer_.expires_after(owed.left(clock_));
    timer_.async_wait(in_this_attempt([this](boost::system::error_code error) {
        watching_stragglers_ = false;
        if (error || batches_.empty()) return;
        if (batches_.front()->sent + options_.round_trip <= clock_.now())
            drop("no answer in time");
        else
            watch_stragglers();
    }));
}

void RedisConnection::reconnect(const std::string& reason) {
    if (ready_) drop(reason);
}

// Inside of a reply's callback hiredis frees the context when it returns; never call it while it
// connects.
void RedisConnection::drop(const std::string& reason) {
    if (redisAsyncContext* const context = std::exchange(context_, nullptr)) {
        context->data = nullptr;
        redisAsyncFree(context);
    }
    failed(reason);
}

void RedisConnection::failed(const std::string& reason) {
    next_attempt();
    probe_.lost();
    const bool listened = std::exchange(ready_, false) && options_.subscription.ended;
    watching_stragglers_ = false;
    reason_ = reason;
    resolver_.cancel();
    for (const auto& batch : std::exchange(batches_, {})) {
        batch->lost = true;
        batch->signal.cancel();
    }
    commands_in_flight_ = 0;
    const Millis pause = pause_before_retry();
    if (!std::exchange(said_lost_, true))
        telemetry::log(telemetry::LogLevel::warn, "redis is not available",
                       {{"redis", to_string(options_.address)}, {"reason", reason}});
    timer_.expires_after(pause);
    timer_.async_wait(in_this_attempt([this](boost::system::error_code error) {
        if (!error) connect();
    }));
    if (listened) options_.subscription.ended();
}

Error RedisConnection::not_connected() const {
    return {Errc::unavailable, "redis: not connected: " + reason_};
}

// Doubling, capped, jittered by ±25 %.
Millis RedisConnection::pause_before_retry() {
    const Millis pause =
        std::min<Millis>(kRetryFirst * (1LL << std::min(failures_, 16U)), kRetryCap);
    ++failures_;
    return std::chrono::duration_cast<Millis>(pause * (0.75 + 0.5 * random_.fraction()));
}

}  // namespace custodialbridge::cache

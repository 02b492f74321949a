#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <utility>

#include "change_text.hpp"
#include "custodialbridge/cache/make_redis.hpp"
#include "custodialbridge/runtime/run_together.hpp"
#include "custodialbridge/runtime/wakeup.hpp"
#include "custodialbridge/telemetry/log.hpp"
#include "ignore_broken_pipes.hpp"
#include "redis_connection.hpp"

namespace custodialbridge::cache {
namespace {

constexpr std::size_t kQueuedMost = 1'024;
constexpr std::size_t kTogetherMost = 64;
constexpr Millis kRetryPause{100};
constexpr Millis kIdle{60'000};

/// What was told within the last second is heard, or it is known not to be: a beat is told every
/// `kBeat` on a channel of our own, and none may be on its way for longer than `kSilenceMost`.
/// Redis keeps the order, so whoever hears it has heard all that was told before it.
constexpr Millis kBeat{200};
constexpr Millis kSilenceMost{600};
constexpr Millis kSilenceOfABrokenOne{3'000};

std::string hex(std::uint64_t number) {
    constexpr std::size_t kDigits = 16;
    std::string text(kDigits, '0');
    for (std::size_t i = kDigits; i-- > 0; number >>= 4) text[i] = "0123456789abcdef"[number & 15];
    return text;
}

struct Channel {
    ChainId chain;
    std::string name;
};

class ChangesProbe {
  public:
    explicit ChangesProbe(telemetry::Registry* metrics) {
        if (metrics == nullptr) return;
        sent_ = &counter(*metrics, "sent");
        received_ = &counter(*metrics, "received");
        heard_ = &metrics->gauge("cache_invalidations_heard",
                                 "1 while what other processes change is heard");
    }

    void sent(std::size_t changes) {
        if (sent_ != nullptr) sent_->add(static_cast<double>(changes));
    }
    void received() {
        if (received_ != nullptr) received_->add();
    }
    void hears(bool hears) {
        if (heard_ != nullptr) heard_->set(hears ? 1 : 0);
    }

  private:
    static telemetry::Counter& counter(telemetry::Registry& metrics, const char* direction) {
        return metrics.counter("cache_invalidations_total",
                               "Changes that processes told each other, for the caches to let go",
                               {{"direction", direction}});
    }

    telemetry::Counter* sent_ = nullptr;
    telemetry::Counter* received_ = nullptr;
    telemetry::Gauge* heard_ = nullptr;
};

class RedisChanges final : public ChangeFeed {
  public:
    RedisChanges(runtime::Executor executor, runtime::Clock& clock, runtime::Random& random,
                 const RedisAddress& address, Millis round_trip,
                 const std::vector<ChainId>& chains, telemetry::Registry* metrics)
        : clock_(clock),
          probe_(metrics),
          own_id_(hex(random.next())),
          prefix_(std::string("changes:").append(std::to_string(address.database)).append(":")),
          channels_(channels_of(chains)),
          to_send_(executor),
          publisher_(executor, clock, random,
                     {address, round_trip, {}, {}, {}, {metrics, "changes-out"}}),
          subscriber_(executor, clock, random,
                      {address, round_trip, {}, {}, subscription(), {metrics, "changes-in"}}) {}

    void announce(Change change) override {
        if (is_owed(change.chain)) return;
        if (change.everything || queue_.size() == kQueuedMost)
            owe(change.chain);
        else
            queue_.push_back(std::move(change));
        to_send_.notify();
    }

    runtime::Task<void> run(ChangeListener& listener) override {
        const Listening listening(*this, listener);
        std::vector<runtime::Task<void>> parts;
        parts.push_back(keep_sending());
        parts.push_back(keep_beating());
        co_await runtime::run_together(std::move(parts));
    }

  private:
    struct Listening {
        Listening(RedisChanges& feed, ChangeListener& listener) : feed_(feed) {
            feed_.listener_ = &listener;
            feed_.heard_up_to_ = feed_.heard_at_ = feed_.clock_.now();
            if (feed_.hears_) listener.hears(true);
        }
        ~Listening() { feed_.listener_ = nullptr; }
        Listening(const Listening&) = delete;
        Listening& operator=(const Listening&) = delete;
        RedisChanges& feed_;
    };

    std::vector<Channel> channels_of(const std::vector<ChainId>& chains) const {
        std::vector<Channel> channels;
        for (const ChainId chain : chains)
            channels.push_back({chain, prefix_ + std::to_string(chain.value)});
        return channels;
    }

    RedisSubscription subscription() {
        RedisSubscription subscription;
        for (const Channel& channel : channels_) subscription.channels.push_back(channel.name);
        subscription.channels.push_back(prefix_ + own_id_);
        subscription.begun = [this] {
            subscribed_ = true;
            begin_to_hear(clock_.now());
        };
        subscription.ended = [this] {
            subscribed_ = false;
            missed_ = true;
            stop_hearing("not connected");
        };
        subscription.heard = [this](std::string_view channel, std::string_view text) {
            hear(channel, text);
        };
        return subscription;
    }

    // Hearing.

    void begin_to_hear(Instant up_to) {
        heard_up_to_ = up_to;
        heard_at_ = clock_.now();
        if (std::exchange(hears_, true)) return;
        probe_.hears(true);
        if (std::exchange(said_deaf_, false))
            telemetry::log(telemetry::LogLevel::info, "changes of other processes are heard again",
                           {});
        if (listener_ != nullptr) listener_->hears(std::exchange(missed_, false));
    }

    void stop_hearing(const char* why) {
        if (!std::exchange(hears_, false)) return;
        said_deaf_ = true;
        probe_.hears(false);
        telemetry::log(telemetry::LogLevel::warn, "changes of other processes are not heard",
                       {{"reason", std::string(why)}});
        if (listener_ != nullptr) listener_->deaf();
    }

    void hear(std::string_view channel, std::string_view text) {
        const auto found = std::find_if(channels_.begin(), channels_.end(),
                                        [&](const Channel& one) { return one.name == channel; });
        if (found == channels_.end()) return hear_beat(text);
        const std::string_view from = text.substr(0, text.find(' '));
        if (from == own_id_ || listener_ == nullptr) return;
        text.remove_prefix(std::min(text.size(), from.size() + 1));
        auto change = parse_change(found->chain, text);
        if (!change) {  // of another version of this program, perhaps
            change.emplace();
            change->chain = found->chain;
            change->everything = true;
        }
        probe_.received();
        listener_->changed(*change);
    }

    void hear_beat(std::string_view text) {
        while (!beats_.empty()) {
            const Beat beat = beats_.front();
            beats_.pop_front();
            if (beat.text != text) continue;  // of a connection before this one
            const bool in_time = clock_.now() - beat.sent <= kSilenceMost;
            if (in_time) return begin_to_hear(beat.sent);
            heard_at_ = clock_.now();
            return;
        }
    }

    runtime::Task<void> keep_beating() {
        for (;;) {
            co_await clock_.sleep_until(clock_.now() + kBeat);
            if (clock_.now() - heard_up_to_ > kSilenceMost) stop_hearing("no beat");
            if (subscribed_ && clock_.now() - heard_at_ > kSilenceOfABrokenOne) {
                heard_at_ = clock_.now();
                subscriber_.reconnect("no beat");
            }
            if (beats_.size() == kQueuedMost) beats_.pop_front();
            beats_.push_back({std::to_string(++beat_), clock_.now()});
            std::vector<RedisCommand> command(1);
            command[0] = {"PUBLISH", prefix_ + own_id_, beats_.back().text};
            const runtime::Deadline by = runtime::Deadline::after(clock_, kSilenceMost);
            (void)co_await publisher_.run(std::move(command), by);
        }
    }

    // Telling.

    bool is_owed(ChainId chain) const {
        return std::find(owed_.begin(), owed_.end(), chain) != owed_.end();
    }

    /// What waits of the chain is in it.
    void owe(ChainId chain) {
        std::erase_if(queue_, [&](const Change& change) { return change.chain == chain; });
        if (!is_owed(chain)) owed_.push_back(chain);
    }

    std::vector<Change> take_some() {
        std::vector<Change> some;
        for (const ChainId chain : std::exchange(owed_, {})) {
            Change& all = some.emplace_back();
            all.chain = chain;
            all.everything = true;
        }
        while (!queue_.empty() && some.size() < kTogetherMost) {
            some.push_back(std::move(queue_.front()));
            queue_.pop_front();
        }
        return some;
    }

    runtime::Task<void> keep_sending() {
        for (;;) {
            std::vector<Change> some = take_some();
            if (some.empty()) {
                (void)co_await to_send_.wait_until(clock_, clock_.now() + kIdle);
                continue;
            }
            const bool sent = co_await send(some);
            if (sent) probe_.sent(some.size());
            if (sent) continue;
            for (const Change& change : some) owe(change.chain);
            co_await clock_.sleep_until(clock_.now() + kRetryPause);
        }
    }

    runtime::Task<bool> send(const std::vector<Change>& some) {
        std::vector<RedisCommand> commands;
        for (const Change& change : some) {
            const auto channel =
                std::find_if(channels_.begin(), channels_.end(),
                             [&](const Channel& one) { return one.chain == change.chain; });
            if (channel == channels_.end()) continue;
            commands.push_back({"PUBLISH", channel->name,
                                std::string(own_id_).append(" ").append(to_text(change))});
        }
        if (commands.empty()) co_return true;
        const runtime::Deadline by = runtime::Deadline::after(clock_, kSilenceMost);
        const auto replies = co_await publisher_.run(std::move(commands), by);
        co_return replies && std::none_of(replies->begin(), replies->end(), [](const auto& reply) {
            return reply.kind == RedisReply::Kind::error;
        });
    }

    struct Beat {
        std::string text;
        Instant sent;
    };

    runtime::Clock& clock_;
    ChangesProbe probe_;
    const std::string own_id_;
    const std::string prefix_;
    const std::vector<Channel> channels_;
    ChangeListener* listener_ = nullptr;

    bool subscribed_ = false;
    bool hears_ = false;
    bool missed_ = true;  // since it heard last; not when its connection was only slow
    bool said_deaf_ = false;
    Instant heard_up_to_;  // all that was told before
    Instant heard_at_;     // something of our own, last
    std::uint64_t beat_ = 0;
    std::deque<Beat> beats_;  // on their way

    std::vector<ChainId> owed_;  // of which everything is to be told
    std::deque<Change> queue_;   // of other chains
    runtime::Wakeup to_send_;
    RedisConnection publisher_;
    RedisConnection subscriber_;
};

}  // namespace

Result<std::unique_ptr<ChangeFeed>> make_change_feed(const Settings& settings,
                                                     const std::vector<ChainId>& chains,
                                                     runtime::Executor executor,
                                                     runtime::Clock& clock,
                                                     runtime::Random& random,
                                                     telemetry::Registry* metrics) {
    CB_TRY(address, parse_redis_url(settings.redis_url));
    if (settings.redis_timeout <= Millis::zero())
        return Error(Errc::invalid, "redis: its time-out is above zero");
    ignore_broken_pipes();
    return std::make_unique<RedisChanges>(executor, clock, random, address, settings.redis_timeout,
                                          chains, metrics);
}

}  // namespace custodialbridge::cache

#include <algorithm>
#include <span>
#include <utility>

#include "balance_text.hpp"
#include "custodialbridge/cache/make_redis.hpp"
#include "ignore_broken_pipes.hpp"
#include "redis_connection.hpp"

namespace custodialbridge::cache {
namespace {

constexpr std::size_t kCommandsPerBatch = 512;
static_assert(kCommandsPerBatch <= RedisConnection::kInFlightMax);

using Kind = RedisReply::Kind;

Error declined(const RedisReply& reply) {
    return {Errc::unavailable, "redis: " + (reply.kind == Kind::error ? reply.text : "odd reply")};
}

class RedisBalances final : public BalanceCache {
  public:
    RedisBalances(runtime::Executor executor, runtime::Clock& clock, runtime::Random& random,
                  RedisConnection::Options options, Millis ttl)
        : ttl_(std::to_string(ttl.count())),
          connection_(executor, clock, random, std::move(options)) {}

    Task<Result<std::optional<Balance>>> find(BalanceKey key, Deadline by) override {
        std::vector<RedisCommand> get(1);
        get[0] = {"GET", key_text(key)};
        CB_CO_TRY(replies, co_await connection_.run(std::move(get), by));
        const RedisReply& held = replies.front();
        if (held.kind == Kind::nil) co_return std::nullopt;
        if (held.kind == Kind::text) {
            if (auto balance = parse_balance(held.text)) co_return balance;
        } else if (!held.is_error("WRONGTYPE")) {
            co_return declined(held);
        }
        std::vector<BalanceKey> malformed{std::move(key)};
        co_await forget(std::move(malformed), by);  // if it stays, the next look deletes it
        co_return std::nullopt;
    }

    Task<Result<std::vector<std::optional<Balance>>>> find_all(std::vector<BalanceKey> keys,
                                                               Deadline by) override {
        std::vector<std::optional<Balance>> found;
        std::vector<BalanceKey> malformed;
        std::span<const BalanceKey> rest(keys);
        while (!rest.empty()) {
            const auto some = rest.first(std::min(rest.size(), kCommandsPerBatch));
            std::vector<RedisCommand> gets;  // MGET says nil of what is no string
            for (const auto& key : some) gets.push_back({"GET", key_text(key)});
            CB_CO_TRY(replies, co_await connection_.run(std::move(gets), by));
            for (std::size_t i = 0; i < some.size(); ++i) {
                const RedisReply& held = replies[i];
                const bool is_value = held.kind == Kind::nil || held.kind == Kind::text;
                if (!is_value && !held.is_error("WRONGTYPE")) co_return declined(held);
                found.push_back(held.kind == Kind::text ? parse_balance(held.text) : std::nullopt);
                if (!found.back() && held.kind != Kind::nil) malformed.push_back(some[i]);
            }
            rest = rest.subspan(some.size());
        }
        if (!malformed.empty()) (void)co_await forget(std::move(malformed), by);
        co_return found;
    }

    Task<Result<void>> publish(std::vector<CacheEntry> entries, Deadline by) override {
        std::span<const CacheEntry> rest(entries);
        while (!rest.empty()) {
            const auto some = rest.first(std::min(rest.size(), kCommandsPerBatch));
            CB_CO_CHECKED(co_await publish_batch(some, by));
            rest = rest.subspan(some.size());
        }
        co_return Result<void>();
    }

    Task<Result<void>> forget(std::vector<BalanceKey> keys, Deadline by) override {
        std::span<const BalanceKey> rest(keys);
        while (!rest.empty()) {
            const auto some = rest.first(std::min(rest.size(), kCommandsPerBatch));
            std::vector<RedisCommand> del(1);
            del[0].push_back("DEL");
            for (const auto& key : some) del[0].push_back(key_text(key));
            CB_CO_TRY(replies, co_await connection_.run(std::move(del), by));
            if (replies.front().kind == Kind::error) co_return declined(replies.front());
            rest = rest.subspan(some.size());
        }
        co_return Result<void>();
    }

    Task<Result<void>> ping(Deadline by) override {
        std::vector<RedisCommand> command(1);
        command[0] = {"PING"};
        CB_CO_TRY(replies, co_await connection_.run(std::move(command), by));
        if (replies.front().kind != Kind::text) co_return declined(replies.front());
        co_return Result<void>();
    }

  private:
    RedisCommand set_if_newer(const CacheEntry& entry, const char* verb,
                              const std::string& script) const {
        return {verb, script, "1", key_text(entry.key), to_text(entry.balance), ttl_};
    }

    Task<Result<void>> publish_batch(std::span<const CacheEntry> entries, Deadline by) {
        std::vector<RedisCommand> commands;
        commands.reserve(entries.size());
        for (const auto& entry : entries)
            commands.push_back(set_if_newer(entry, "EVALSHA", connection_.script_id()));
        CB_CO_TRY(replies, co_await connection_.run(std::move(commands), by));

        // Redis forgot the script (SCRIPT FLUSH): EVAL brings it back.
        std::vector<RedisCommand> again;
        for (std::size_t i = 0; i < replies.size(); ++i) {
            if (replies[i].is_error("NOSCRIPT"))
                again.push_back(set_if_newer(entries[i], "EVAL", kSetIfNewerScript));
            else if (replies[i].kind == Kind::error)
                co_return declined(replies[i]);
        }
        if (again.empty()) co_return Result<void>();
        CB_CO_TRY(second, co_await connection_.run(std::move(again), by));
        for (const auto& reply : second)
            if (reply.kind == Kind::error) co_return declined(reply);
        co_return Result<void>();
    }

    std::string ttl_;  // milliseconds, as Redis is told
    RedisConnection connection_;
};

}  // namespace

Result<std::string> place_of(const Settings& settings) {
    CB_TRY(address, parse_redis_url(settings.redis_url));
    return to_string(address);
}

Result<std::unique_ptr<BalanceCache>> make_redis(const Settings& settings,
                                                 runtime::Executor executor, runtime::Clock& clock,
                                                 runtime::Random& random,
                                                 std::function<void()> returned,
                                                 ConnectionMetrics metrics) {
    CB_TRY(address, parse_redis_url(settings.redis_url));
    if (settings.redis_ttl <= Millis::zero() || settings.redis_timeout <= Millis::zero())
        return Error(Errc::invalid, "redis: its time to live and time-out are above zero");
    ignore_broken_pipes();
    RedisConnection::Options options{address, settings.redis_timeout, kSetIfNewerScript,
                                     std::move(returned), {}, std::move(metrics)};
    return std::make_unique<RedisBalances>(executor, clock, random, std::move(options),
                                           settings.redis_ttl);
}

}  // namespace custodialbridge::cache

#include "support/fake_cache.hpp"

namespace custodialbridge::testing {

const FakeRedis::Held* FakeRedis::held(const BalanceKey& key) const {
    const auto found = entries.find(key);
    if (found == entries.end() || clock.now() >= found->second.expires) return nullptr;
    return &found->second;
}

void FakeRedis::set(const cache::CacheEntry& entry) {
    if (const Held* there = held(entry.key);
        there != nullptr && entry.balance.version < there->balance.version)
        return;
    entries[entry.key] = {entry.balance, clock.now() + ttl};
}

Task<Result<std::optional<Balance>>> FakeCache::find(BalanceKey key, Deadline by) {
    CB_CO_CHECKED(co_await server_.script.pass(Point::arriving, "find", by));
    std::optional<Balance> answer;
    if (const auto* held = server_.held(key)) answer = held->balance;
    CB_CO_CHECKED(co_await server_.script.pass(Point::answering, "find", by));
    co_return answer;
}

Task<Result<std::vector<std::optional<Balance>>>> FakeCache::find_all(std::vector<BalanceKey> keys,
                                                                      Deadline by) {
    CB_CO_CHECKED(co_await server_.script.pass(Point::arriving, "find", by));
    std::vector<std::optional<Balance>> answer;
    for (const BalanceKey& key : keys) {
        const auto* held = server_.held(key);
        answer.push_back(held == nullptr ? std::nullopt : std::optional(held->balance));
    }
    CB_CO_CHECKED(co_await server_.script.pass(Point::answering, "find", by));
    co_return answer;
}

Task<Result<void>> FakeCache::publish(std::vector<cache::CacheEntry> entries, Deadline by) {
    CB_CO_CHECKED(co_await server_.script.pass(Point::arriving, "publish", by));
    for (const cache::CacheEntry& entry : entries) server_.set(entry);
    CB_CO_CHECKED(co_await server_.script.pass(Point::answering, "publish", by));
    co_return Result<void>{};
}

Task<Result<void>> FakeCache::forget(std::vector<BalanceKey> keys, Deadline by) {
    CB_CO_CHECKED(co_await server_.script.pass(Point::arriving, "forget", by));
    for (const BalanceKey& key : keys) server_.entries.erase(key);
    CB_CO_CHECKED(co_await server_.script.pass(Point::answering, "forget", by));
    co_return Result<void>{};
}

Task<Result<void>> FakeCache::ping(Deadline by) {
    co_return co_await server_.script.pass(Point::arriving, "ping", by);
}

}  // namespace custodialbridge::testing

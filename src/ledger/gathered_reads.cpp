#include "gathered_reads.hpp"

#include <string>
#include <utility>

namespace custodialbridge::ledger {
namespace {

/// Of one loop; a pool has about as many sessions. What comes meanwhile is gathered.
constexpr std::size_t kStatementsAtOnce = 8;
constexpr std::size_t kBatchesAtOnce = 4;
constexpr runtime::GatheringPace kToStore{Millis{0}, 512, kStatementsAtOnce};
constexpr runtime::GatheringPace kToCache{Millis{0}, 512, kBatchesAtOnce};

Error late() { return {Errc::timed_out, "a balance: no answer in time"}; }

template <class Answer>
std::vector<Answer> all_of(std::size_t count, const Error& error) {
    return std::vector<Answer>(count, Answer(error));
}

}  // namespace

GatheredReads::GatheredReads(cache::BalanceCache* redis, store::BalanceStore& balances,
                             runtime::Clock& clock)
    : redis_(redis),
      balances_(balances),
      cached_(clock, kToCache, late(),
              [this](std::vector<BalanceKey> keys, Deadline by) {
                  return find_cached(std::move(keys), by);
              }),
      stored_(clock, kToStore, late(),
              [this](std::vector<BalanceKey> keys, Deadline by) {
                  return find_stored(std::move(keys), by);
              }),
      published_(clock, kToCache, late(),
                 [this](std::vector<cache::CacheEntry> entries, Deadline by) {
                     return publish_all(std::move(entries), by);
                 }) {}

Task<Result<std::optional<Balance>>> GatheredReads::cached(BalanceKey key, Deadline by) {
    return cached_.ask(std::move(key), by);
}

Task<Result<store::StoredBalance>> GatheredReads::stored(BalanceKey key, Deadline by) {
    return stored_.ask(std::move(key), by);
}

Task<Result<void>> GatheredReads::publish(std::vector<cache::CacheEntry> entries, Deadline by) {
    const auto published = co_await published_.ask_all(std::move(entries), by);
    for (const Published& one : published)
        if (!one) co_return one.error();
    co_return Result<void>();
}

Task<std::vector<GatheredReads::Cached>> GatheredReads::find_cached(std::vector<BalanceKey> keys,
                                                                    Deadline by) {
    const std::size_t count = keys.size();
    auto found = co_await redis_->find_all(std::move(keys), by);
    if (!found) co_return all_of<Cached>(count, found.error());
    std::vector<Cached> answers;
    for (auto& balance : *found) answers.emplace_back(std::move(balance));
    co_return answers;
}

Task<std::vector<GatheredReads::Stored>> GatheredReads::find_stored(std::vector<BalanceKey> keys,
                                                                    Deadline by) {
    auto found = co_await balances_.find_all(keys, by);
    if (!found) co_return all_of<Stored>(keys.size(), found.error());
    std::vector<Stored> answers;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if ((*found)[i])
            answers.emplace_back(std::move(*(*found)[i]));
        else
            answers.emplace_back(Error(
                Errc::not_found, "no ledger of chain " + std::to_string(keys[i].chain.value)));
    }
    co_return answers;
}

Task<std::vector<GatheredReads::Published>> GatheredReads::publish_all(
    std::vector<cache::CacheEntry> entries, Deadline by) {
    const std::size_t count = entries.size();
    const auto published = co_await redis_->publish(std::move(entries), by);
    if (!published) co_return all_of<Published>(count, published.error());
    co_return std::vector<Published>(count);
}

}  // namespace custodialbridge::ledger

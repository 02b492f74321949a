#include "sharing.hpp"

#include <utility>

namespace custodialbridge::ledger {
namespace {

/// At their end, however it comes, the tiers know what to make of the values: as long as Redis is
/// not `sure` to hold each rightly or not at all, nobody uses it; and when one was overtaken, what
/// others took from there meanwhile is dropped.
struct OnTheirWay {
    OnTheirWay(ChainTip& chain, cache::LocalCache& cache, std::vector<KeptBalance> balances)
        : tip(chain), local(cache), kept(std::move(balances)) {
        for (const KeptBalance& one : kept) local.begin_sharing(one.key.user, one.key.chain);
    }
    OnTheirWay(const OnTheirWay&) = delete;
    OnTheirWay& operator=(const OnTheirWay&) = delete;
    ~OnTheirWay() {
        if (!sure) tip.distrust_redis();
        for (const KeptBalance& one : kept) {
            if (is_overtaken(one)) local.drop_user(one.key.user, one.key.chain);
            local.end_sharing(one.key.user, one.key.chain);
        }
    }

    bool is_overtaken(const KeptBalance& one) const {
        return local.overtaken(one.key, one.balance.version, one.followed, one.ticket);
    }

    std::vector<BalanceKey> overtaken() const {
        std::vector<BalanceKey> keys;
        for (const KeptBalance& one : kept)
            if (is_overtaken(one)) keys.push_back(one.key);
        return keys;
    }

    ChainTip& tip;
    cache::LocalCache& local;
    const std::vector<KeptBalance> kept;
    bool sure = false;
};

}  // namespace

Task<void> Sharing::share(ChainTip& tip, std::vector<KeptBalance> kept, Deadline by) {
    std::vector<cache::CacheEntry> entries;
    entries.reserve(kept.size());
    for (const KeptBalance& one : kept) entries.push_back({one.key, one.balance});
    OnTheirWay way(tip, local_, std::move(kept));
    const auto published =
        co_await lower_.publish(std::move(entries), by.at_most(clock_, timeout_));
    if (!published) co_return;  // some may still arrive
    std::vector<BalanceKey> overtaken = way.overtaken();
    way.sure = overtaken.empty();
    if (way.sure) co_return;
    const auto forgot = co_await redis_->forget(std::move(overtaken), by.at_most(clock_, timeout_));
    way.sure = forgot.has_value();
}

}  // namespace custodialbridge::ledger

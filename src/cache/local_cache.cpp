#include "custodialbridge/cache/local_cache.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "local_shard.hpp"

namespace custodialbridge::cache {
namespace {

// A lower tier still says the same.
void live_on(LocalBalance& held, const LocalBalance& confirmation) {
    held.expires = confirmation.expires;
    held.balance.as_of = std::max(held.balance.as_of, confirmation.balance.as_of);
}

// A chain read ahead of the ledger, of a key that the ledger follows: the blocks up to it will not
// change it, and later ones replace it.
void follow_on(LocalBalance& held) {
    held.followed = true;
    held.current = true;
}

bool same_amount(const LocalBalance& a, const LocalBalance& b) {
    return a.known == b.known && a.balance.amount == b.balance.amount;
}

// A value that nobody follows, of the block up to which a followed one says the same.
bool is_less_of_the_same(const LocalBalance& value, const LocalBalance& held,
                         const ChainMark& mark) {
    return held.current && !value.current && same_amount(held, value) &&
           value.balance.version == good_for(held, mark);
}

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;

// One pass over the user's letters gives both the shard (upper bits; without the token) and the
// key's hash.
struct Place {
    std::size_t shard;
    LocalKey key;
};

Place place_of(std::string_view user, ChainId chain, TokenId token) {
    const std::uint64_t of_user = hash_of(user, chain, TokenId{});
    const std::uint64_t mixed = (of_user ^ token.value) * kGolden;
    return {of_user >> 58, {user, chain, token, mixed ^ (mixed >> 32)}};
}

}  // namespace

LocalCache::LocalCache(std::size_t capacity, Millis ttl)
    : shards_(std::make_unique<std::array<Shard, kShards>>()),
      capacity_per_shard_(std::max<std::size_t>((capacity + kShards - 1) / kShards, 1)),
      ttl_(ttl) {
    static_assert(kShards == std::size_t{1} << (64 - 58), "place_of takes the upper 6 bits");
}

LocalCache::~LocalCache() = default;

bool LocalCache::find(std::string_view user, ChainId chain, TokenId token, Instant now,
                      LocalBalance& out, bool& expired) {
    const Place place = place_of(user, chain, token);
    Shard& shard = (*shards_)[place.shard];
    std::lock_guard lock(shard.mutex);
    LocalEntry* const entry = shard.entries.find(place.key);
    if (entry == nullptr) return false;
    shard.entries.touch(*entry);
    out = entry->value;
    expired = now >= out.expires;
    return true;
}

void LocalCache::begin_block(ChainId chain, Version version) {
    for (Shard& shard : *shards_) {
        std::lock_guard lock(shard.mutex);
        ChainMark& mark = shard.mark_of(chain);
        if (version == mark.published) {
            mark.restated = version;
            mark.restated_at = ++shard.events;
        }
        mark.published = std::max(mark.published, version);
    }
}

bool LocalCache::put(const BalanceKey& key, LocalBalance value, Instant now, std::uint64_t drops) {
    const Place place = place_of(key.user.value, key.chain, key.token);
    Shard& shard = (*shards_)[place.shard];
    std::lock_guard lock(shard.mutex);
    const Version version = value.balance.version;
    LocalEntry* entry = shard.entries.find(place.key);
    if (shard.dropped_since(drops, key.user.value, key.chain)) {
        if (entry != nullptr) shard.evict(*entry);
        return false;
    }
    if (entry != nullptr && version < entry->value.balance.version) {
        if (value.followed && same_amount(entry->value, value)) follow_on(entry->value);
        return true;
    }
    // Nobody asked for a key that was not there: it enters where it is the first to leave.
    if (entry == nullptr)
        entry = &shard.add(place.key, LruSlab::End::least_recent, capacity_per_shard_);
    value.current = value.followed && version >= shard.mark_of(key.chain).published;
    value.expires = now + ttl_;
    entry->value = std::move(value);
    entry->written_through = true;
    return true;
}

bool LocalCache::holds(const BalanceKey& key) const {
    const Place place = place_of(key.user.value, key.chain, key.token);
    Shard& shard = (*shards_)[place.shard];
    std::lock_guard lock(shard.mutex);
    return shard.entries.find(place.key) != nullptr;
}

bool LocalCache::dropped_since(std::uint64_t drops, std::string_view user, ChainId chain) const {
    const Shard& shard = (*shards_)[place_of(user, chain, TokenId{}).shard];
    std::lock_guard lock(shard.mutex);
    return shard.dropped_since(drops, user, chain);
}

std::uint64_t LocalCache::ticket(std::string_view user, ChainId chain) const {
    const Shard& shard = (*shards_)[place_of(user, chain, TokenId{}).shard];
    std::lock_guard lock(shard.mutex);
    return shard.events;
}

bool LocalCache::fill(const BalanceKey& key, LocalBalance value, std::uint64_t ticket,
                      Instant now) {
    const Place place = place_of(key.user.value, key.chain, key.token);
    Shard& shard = (*shards_)[place.shard];
    std::lock_guard lock(shard.mutex);
    const ChainMark mark = shard.mark_of(key.chain);
    const Version version = value.balance.version;
    if (shard.overtaken(key, mark, version, value.followed, ticket)) return false;
    if (ticket < mark.lost_at && version < mark.lost) return false;
    if (version.epoch < mark.published.epoch) return false;  // read before a reorg was unwound

    LocalEntry* entry = shard.entries.find(place.key);
    if (entry != nullptr && entry->value.current && same_amount(entry->value, value))
        value.followed = true;
    value.current = value.followed && version >= mark.published;
    value.expires = value.expires > now ? std::min(value.expires, now + ttl_) : now + ttl_;
    if (entry != nullptr) {
        LocalBalance& held = entry->value;
        if (is_less_of_the_same(value, held, mark)) {
            held.balance.as_of = std::max(held.balance.as_of, value.balance.as_of);
            return true;
        }
        const bool is_same = version == held.balance.version;
        const bool is_older = version < good_for(held, mark);
        if (is_older || (is_same && entry->written_through)) {
            if (same_amount(held, value)) live_on(held, value);
            return is_same;
        }
    } else {
        entry = &shard.add(place.key, LruSlab::End::most_recent, capacity_per_shard_);
    }
    entry->value = std::move(value);
    entry->written_through = false;
    return true;
}

bool LocalCache::overtaken(const BalanceKey& key, const Version& version, bool followed,
                           std::uint64_t ticket) const {
    Shard& shard = (*shards_)[place_of(key.user.value, key.chain, key.token).shard];
    std::lock_guard lock(shard.mutex);
    return shard.overtaken(key, shard.mark_of(key.chain), version, followed, ticket);
}

void LocalCache::begin_sharing(const UserId& user, ChainId chain) {
    Shard& shard = (*shards_)[place_of(user.value, chain, TokenId{}).shard];
    std::lock_guard lock(shard.mutex);
    ++shard.sharing;
}

void LocalCache::end_sharing(const UserId& user, ChainId chain) {
    Shard& shard = (*shards_)[place_of(user.value, chain, TokenId{}).shard];
    std::lock_guard lock(shard.mutex);
    --shard.sharing;
}

bool LocalCache::is_sharing(const UserId& user, ChainId chain) const {
    const Shard& shard = (*shards_)[place_of(user.value, chain, TokenId{}).shard];
    std::lock_guard lock(shard.mutex);
    return shard.sharing > 0;
}

void LocalCache::drop_chain(ChainId chain) {
    for (Shard& shard : *shards_) {
        std::lock_guard lock(shard.mutex);
        shard.entries.erase_if([&](const LocalEntry& entry) {
            if (entry.chain != chain) return false;
            shard.let_go(entry);
            return true;
        });
    }
}

void LocalCache::age_chain(ChainId chain) {
    for (Shard& shard : *shards_) {
        std::lock_guard lock(shard.mutex);
        shard.age_chain(chain);
    }
}

void LocalCache::doubt_chain(ChainId chain) {
    for (Shard& shard : *shards_) {
        std::lock_guard lock(shard.mutex);
        shard.user_dropped_at = ++shard.events;
        shard.last_drop = ++drops_;
        shard.age_chain(chain);
    }
}

void LocalCache::age(const BalanceKey& key) {
    const Place place = place_of(key.user.value, key.chain, key.token);
    Shard& shard = (*shards_)[place.shard];
    std::lock_guard lock(shard.mutex);
    shard.user_dropped_at = ++shard.events;
    LocalEntry* entry = shard.entries.find(place.key);
    if (entry == nullptr) return;
    entry->value.expires = {};
    entry->value.current = false;
}

void LocalCache::drop_user(const UserId& user, ChainId chain) {
    Shard& shard = (*shards_)[place_of(user.value, chain, TokenId{}).shard];
    std::lock_guard lock(shard.mutex);
    shard.drop_user(user.value, chain, ++drops_);
}

void LocalCache::begin_change(const UserId& user, ChainId chain) {
    Shard& shard = (*shards_)[place_of(user.value, chain, TokenId{}).shard];
    std::lock_guard lock(shard.mutex);
    shard.changing.emplace_back(user.value, chain);
    shard.hold_user(user.value, chain);
}

void LocalCache::end_change(const UserId& user, ChainId chain, WalletsChange change) {
    Shard& shard = (*shards_)[place_of(user.value, chain, TokenId{}).shard];
    std::lock_guard lock(shard.mutex);
    if (change == WalletsChange::made) shard.drop_user(user.value, chain, ++drops_);
    if (change != WalletsChange::made) shard.age_user(user.value, chain, ++drops_);
    const auto one = std::find(shard.changing.begin(), shard.changing.end(),
                               std::pair(user.value, chain));
    if (one != shard.changing.end()) shard.changing.erase(one);
}

std::vector<BalanceKey> LocalCache::recently_read(ChainId chain, std::size_t most) const {
    return newest(chain, most, [](const LocalBalance& value) { return !value.followed; });
}

std::vector<BalanceKey> LocalCache::recent_keys(ChainId chain, std::size_t most) const {
    return newest(chain, most, [](const LocalBalance&) { return true; });
}

template <class Wanted>
std::vector<BalanceKey> LocalCache::newest(ChainId chain, std::size_t most, Wanted wanted) const {
    constexpr std::size_t kLooksPerKey = 8;  // among entries of other kinds
    const std::size_t of_each = most / kShards + 1;
    std::vector<BalanceKey> keys;
    for (const Shard& shard : *shards_) {
        std::size_t taken = 0, looked = 0;
        std::lock_guard lock(shard.mutex);
        shard.entries.newest_first([&](const LocalEntry& entry) {
            if (entry.chain == chain && entry.value.known && wanted(entry.value)) {
                keys.push_back({{entry.user}, entry.chain, entry.token});
                ++taken;
            }
            return taken < of_each && ++looked < of_each * kLooksPerKey;
        });
    }
    return keys;
}

LocalCache::Filling LocalCache::filling() const {
    Filling filling;
    filling.capacity = capacity_per_shard_ * kShards;
    for (const Shard& shard : *shards_) {
        std::lock_guard lock(shard.mutex);
        filling.entries += shard.entries.size();
        filling.evictions += shard.evictions;
    }
    return filling;
}

}  // namespace custodialbridge::cache

#include "custodialbridge/cache/local_cache.hpp"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "lru_slab.hpp"

namespace custodialbridge::cache {
namespace {

constexpr std::size_t kCacheLine = 64;

// What a shard remembers of a chain, whichever entries it still holds.
struct ChainMark {
    ChainId chain;
    Version published;  // the highest version that the writer announced
    Version lost;       // the highest version that an entry was good for when it was let go …
    std::uint64_t lost_at = 0;  // … and when the last one was, in the shard's events
};

// As of when an entry is true: no later than this was a reader told.
Version good_for(const LocalBalance& value, const ChainMark& mark) {
    const Version& own = value.balance.version;
    return value.current ? std::max(own, mark.published) : own;
}

// A lower tier still says the same.
void live_on(LocalBalance& held, const LocalBalance& confirmation) {
    held.expires = confirmation.expires;
    held.balance.as_of = std::max(held.balance.as_of, confirmation.balance.as_of);
}

bool same_amount(const LocalBalance& a, const LocalBalance& b) {
    return a.known == b.known && a.balance.amount == b.balance.amount;
}

}  // namespace

struct alignas(kCacheLine) LocalCache::Shard {
    ChainMark& mark_of(ChainId chain) {
        for (ChainMark& mark : marks)
            if (mark.chain == chain) return mark;
        return marks.emplace_back(ChainMark{chain, {}, {}, 0});
    }

    // Remembers that readers were perhaps told the entry; a fill that was already on its way may
    // not take them back behind it.
    void let_go(const LocalEntry& entry) {
        ChainMark& mark = mark_of(entry.chain);
        mark.lost = std::max(mark.lost, good_for(entry.value, mark));
        mark.lost_at = ++events;
    }

    LocalEntry& add(const LocalKey& key, LruSlab::End end, std::size_t capacity) {
        if (entries.size() >= capacity) {
            LocalEntry* const oldest = entries.least_recent();
            let_go(*oldest);
            entries.erase(*oldest);
        }
        return entries.add(key, end);
    }

    mutable std::mutex mutex;
    LruSlab entries;
    std::vector<ChainMark> marks;       // a few: one a chain
    std::uint64_t events = 0;           // counts what makes older tickets doubtful
    std::uint64_t user_dropped_at = 0;  // the last such event that was a dropped user
};

namespace {

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
        mark.published = std::max(mark.published, version);
    }
}

void LocalCache::put(const BalanceKey& key, LocalBalance value, Instant now) {
    const Place place = place_of(key.user.value, key.chain, key.token);
    Shard& shard = (*shards_)[place.shard];
    std::lock_guard lock(shard.mutex);
    const Version version = value.balance.version;
    LocalEntry* entry = shard.entries.find(place.key);
    if (entry != nullptr && version < entry->value.balance.version) return;
    // Nobody asked for a key that was not there: it enters where it is the first to leave.
    if (entry == nullptr)
        entry = &shard.add(place.key, LruSlab::End::least_recent, capacity_per_shard_);
    value.current = value.followed && version >= shard.mark_of(key.chain).published;
    value.expires = now + ttl_;
    entry->value = std::move(value);
    entry->written_through = true;
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
    if (ticket < shard.user_dropped_at) return false;
    if (ticket < mark.lost_at && version < mark.lost) return false;
    if (version.epoch < mark.published.epoch) return false;  // read before a reorg was unwound

    value.current = value.followed && version >= mark.published;
    value.expires = value.expires > now ? std::min(value.expires, now + ttl_) : now + ttl_;
    LocalEntry* entry = shard.entries.find(place.key);
    if (entry != nullptr) {
        LocalBalance& held = entry->value;
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

void LocalCache::drop_user(const UserId& user, ChainId chain) {
    Shard& shard = (*shards_)[place_of(user.value, chain, TokenId{}).shard];
    std::lock_guard lock(shard.mutex);
    shard.user_dropped_at = ++shard.events;
    shard.entries.erase_if(
        [&](const LocalEntry& entry) { return entry.chain == chain && entry.user == user.value; });
}

std::size_t LocalCache::size() const {
    std::size_t total = 0;
    for (const Shard& shard : *shards_) {
        std::lock_guard lock(shard.mutex);
        total += shard.entries.size();
    }
    return total;
}

}  // namespace custodialbridge::cache

/// One of the local tier's shards; everything under its mutex.
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "custodialbridge/cache/local_cache.hpp"
#include "lru_slab.hpp"

namespace custodialbridge::cache {

inline constexpr std::size_t kCacheLineOfShard = 64;

// What a shard remembers of a chain, whichever entries it still holds.
struct ChainMark {
    ChainId chain;
    Version published;  // the highest version that the writer announced
    Version lost;       // the highest version that an entry was good for when it was let go …
    std::uint64_t lost_at = 0;  // … and when the last one was, in the shard's events
    Version restated;           // the highest version that was announced again …
    std::uint64_t restated_at = 0;  // … and when
};

// As of when an entry is true: no later than this was a reader told.
inline Version good_for(const LocalBalance& value, const ChainMark& mark) {
    const Version& own = value.balance.version;
    return value.current ? std::max(own, mark.published) : own;
}

struct alignas(kCacheLineOfShard) LocalCache::Shard {
    ChainMark& mark_of(ChainId chain) {
        for (ChainMark& mark : marks)
            if (mark.chain == chain) return mark;
        return marks.emplace_back(ChainMark{chain, {}, {}, 0, {}, 0});
    }

    // Remembers that readers were perhaps told the entry; a fill that was already on its way may
    // not take them back behind it.
    void let_go(const LocalEntry& entry) {
        ChainMark& mark = mark_of(entry.chain);
        mark.lost = std::max(mark.lost, good_for(entry.value, mark));
        mark.lost_at = ++events;
    }

    void evict(LocalEntry& entry) {
        let_go(entry);
        entries.erase(entry);
    }

    LocalEntry& add(const LocalKey& key, LruSlab::End end, std::size_t capacity) {
        if (entries.size() >= capacity) {
            evict(*entries.least_recent());
            ++evictions;
        }
        return entries.add(key, end);
    }

    void drop_user(std::string_view user, ChainId chain, std::uint64_t drop) {
        user_dropped_at = ++events;
        last_drop = drop;
        entries.erase_if(
            [&](const LocalEntry& entry) { return entry.chain == chain && entry.user == user; });
    }

    // Later blocks may not tell any more when they change what is held.
    void hold_user(std::string_view user, ChainId chain) {
        entries.erase_if([&](LocalEntry& entry) {
            if (entry.chain == chain && entry.user == user) entry.value.current = false;
            return false;
        });
    }

    // Only good when every lower tier fails.
    void age_user(std::string_view user, ChainId chain, std::uint64_t drop) {
        user_dropped_at = ++events;
        last_drop = drop;
        entries.erase_if([&](LocalEntry& entry) {
            if (entry.chain != chain || entry.user != user) return false;
            entry.value.expires = {};
            entry.value.current = false;
            return false;
        });
    }

    void age_chain(ChainId chain) {
        entries.erase_if([&](LocalEntry& entry) {
            if (entry.chain != chain) return false;
            let_go(entry);
            entry.value.expires = {};
            entry.value.current = false;
            entry.written_through = false;
            return false;
        });
    }

    bool is_changing(std::string_view user, ChainId chain) const {
        return std::any_of(changing.begin(), changing.end(), [&](const auto& one) {
            return one.first == user && one.second == chain;
        });
    }

    bool dropped_since(std::uint64_t drops, std::string_view user, ChainId chain) const {
        return drops < last_drop || is_changing(user, chain);
    }

    bool overtaken(const BalanceKey& key, const ChainMark& mark, const Version& version,
                   bool followed, std::uint64_t ticket) const {
        if (ticket < user_dropped_at || is_changing(key.user.value, key.chain)) return true;
        return followed && ticket < mark.restated_at && version <= mark.restated;
    }

    mutable std::mutex mutex;
    LruSlab entries;
    std::vector<ChainMark> marks;       // a few: one a chain
    std::uint64_t events = 0;           // counts what makes older tickets doubtful
    std::uint64_t user_dropped_at = 0;  // the last such event that was a dropped user …
    std::uint64_t last_drop = 0;        // … and its number among the cache's
    std::vector<std::pair<std::string, ChainId>> changing;  // few, and not for long
    unsigned sharing = 0;
    std::uint64_t evictions = 0;
};

}  // namespace custodialbridge::cache

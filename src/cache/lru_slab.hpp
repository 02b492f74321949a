/// The storage of one shard of the local tier: entries by key, in the order of their last use.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "custodialbridge/cache/local_cache.hpp"

namespace custodialbridge::cache {

/// A key that is looked up, with its hash; no string is made of it.
struct LocalKey {
    std::string_view user;
    ChainId chain;
    TokenId token;
    std::size_t hash = 0;
};

struct LocalEntry {
    std::string user;
    ChainId chain;
    TokenId token;
    std::size_t hash = 0;
    LocalBalance value;
    bool written_through = false;  ///< by the ledger's writer, not filled from a lower tier
};

/// Not thread-safe. Entries live in one vector and are named by index; pointers are good until the
/// next `add`. A freed entry keeps its strings for the next one.
class LruSlab {
  public:
    LruSlab();
    LruSlab(const LruSlab&) = delete;
    LruSlab& operator=(const LruSlab&) = delete;

    std::size_t size() const { return index_.size(); }

    LocalEntry* find(const LocalKey& key);

    /// The entry becomes the most recently used one.
    void touch(LocalEntry& entry);

    enum class End : std::uint8_t { most_recent, least_recent };

    /// The key must not be there yet. The caller sets the value; the old one's is still in it.
    LocalEntry& add(const LocalKey& key, End end);

    LocalEntry* least_recent();  ///< nothing when empty

    void erase(LocalEntry& entry);

    template <class Predicate>
    void erase_if(Predicate predicate) {
        for (std::uint32_t i = order_[kEnds].newer; i != kEnds;) {
            LocalEntry& entry = entries_[i];
            i = order_[i].newer;
            if (predicate(entry)) erase(entry);
        }
    }

    /// The most recently used ones first, while `wanted` says so.
    template <class Wanted>
    void newest_first(Wanted wanted) const {
        for (std::uint32_t i = order_[kEnds].older; i != kEnds; i = order_[i].older)
            if (!wanted(entries_[i])) return;
    }

  private:
    // Closes the order of use to a ring; no entry of its own.
    static constexpr std::uint32_t kEnds = 0;

    // Neighbours in the order of use, by index. Apart from the entries: a use touches several
    // neighbours.
    struct Links {
        std::uint32_t newer = kEnds;
        std::uint32_t older = kEnds;
    };

    struct Hash {
        using is_transparent = void;
        const std::vector<LocalEntry>* entries;
        std::size_t operator()(std::uint32_t i) const { return (*entries)[i].hash; }
        std::size_t operator()(const LocalKey& key) const { return key.hash; }
    };

    struct Same {
        using is_transparent = void;
        const std::vector<LocalEntry>* entries;
        bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }
        bool operator()(const LocalKey& key, std::uint32_t i) const {
            const LocalEntry& entry = (*entries)[i];
            return entry.token == key.token && entry.chain == key.chain && entry.user == key.user;
        }
        bool operator()(std::uint32_t i, const LocalKey& key) const { return (*this)(key, i); }
    };

    std::uint32_t index_of(const LocalEntry& entry) const;
    void link_between(std::uint32_t i, std::uint32_t older, std::uint32_t newer);
    void unlink(std::uint32_t i);

    std::vector<LocalEntry> entries_;
    std::vector<Links> order_;
    std::vector<std::uint32_t> free_;
    boost::unordered_flat_set<std::uint32_t, Hash, Same> index_;
};

}  // namespace custodialbridge::cache

/// The local tier: a sharded LRU over balances, shared by all threads of the process.
///
/// It never serves a value older than one it served before (but after a reorg, whose epoch is
/// higher), and it knows which values may be said to be true as of the ledger's cursor: those that
/// every later block of their chain would have replaced. See `begin_block`.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "custodialbridge/core/balance.hpp"
#include "custodialbridge/runtime/clock.hpp"

namespace custodialbridge::cache {

/// A cached balance. Known-absent keys are cached too (`known` false), so that they cost no
/// stampede.
struct LocalBalance {
    Balance balance;
    bool known = true;
    bool followed =
        false;  ///< from events: later blocks of the chain replace it when they change it
    bool current = false;  ///< set by the cache: true as of the chain's published cursor, not only
                           ///< as of `balance.version`
    std::uint8_t decimals = 0;
    std::string symbol;
    std::string units;      ///< the amount with its decimals, ready to print
    std::string raw;        ///< the amount in smallest units, ready to print
    Instant expires;  ///< given earlier than the TTL (an unknown user), kept; else the TTL
};

/// What became of a change of a user's wallets.
enum class WalletsChange : std::uint8_t {
    made,
    not_made,  ///< what was cached is to be confirmed: blocks meanwhile may have passed it by
    unknown    ///< what was cached is only better than nothing
};

class LocalCache {
  public:
    LocalCache(std::size_t capacity, Millis ttl);
    ~LocalCache();
    LocalCache(const LocalCache&) = delete;
    LocalCache& operator=(const LocalCache&) = delete;

    /// Copies the entry into `out` (whose strings keep their capacity) and marks it recently used.
    /// False when absent. An entry past `expires` is returned with `expired` set: stale is better
    /// than nothing when every other tier fails, but only then. Any thread.
    bool find(std::string_view user, ChainId chain, TokenId token, Instant now, LocalBalance& out,
              bool& expired);

    /// The ledger's writer is about to publish `version`'s block of `chain`, whose changed balances
    /// follow with `put`. Fills read at an older cursor can from now on not be `current`. The same
    /// version again: what the ledger says of that block has changed; of followed values, only
    /// fills whose ticket is taken from now on are kept. Writer's thread only.
    void begin_block(ChainId chain, Version version);

    /// Counts dropped users. To be taken before a commit, and given to `put`. Any thread.
    std::uint64_t drops() const { return drops_.load(); }

    /// Write-through of a committed balance; always wins over older versions. False, and nothing
    /// kept of the key, when its user was perhaps dropped after `drops` was taken, or is changing:
    /// then it may be the sum of other wallets.
    bool put(const BalanceKey& key, LocalBalance value, Instant now,
             std::uint64_t drops = kNothingDropped);

    /// Is there an entry of the key? Any thread.
    bool holds(const BalanceKey& key) const;

    /// What `put` looks at. Any thread.
    bool dropped_since(std::uint64_t drops, std::string_view user, ChainId chain) const;

    /// To be taken before a lower tier is read, and given to `fill`. Any thread.
    std::uint64_t ticket(std::string_view user, ChainId chain) const;

    /// A value read from a lower tier as of `value.balance.version`. False, and nothing kept, when
    /// a newer one is held or the value is `overtaken`. Followed values become `current` when no
    /// block after that version was published. Any thread.
    bool fill(const BalanceKey& key, LocalBalance value, std::uint64_t ticket, Instant now);

    /// True when, after `ticket` was taken, the user was dropped or is changing or, for a followed
    /// value, the ledger has changed what it says of that version. Any thread.
    bool overtaken(const BalanceKey& key, const Version& version, bool followed,
                   std::uint64_t ticket) const;

    /// A value that was filled is on its way to a tier that others read: until the end, what that
    /// tier holds of the user may be overtaken. For each begin one end. Any thread.
    void begin_sharing(const UserId& user, ChainId chain);
    void end_sharing(const UserId& user, ChainId chain);
    bool is_sharing(const UserId& user, ChainId chain) const;

    /// Forgets all of a chain's entries (catching up: too many changes to write through).
    void drop_chain(ChainId chain);

    /// The same, but what was there is still found, expired: better than nothing when every other
    /// tier fails.
    void age_chain(ChainId chain);

    /// All that was read or committed of the chain until now is perhaps not true any more: the
    /// same, and fills and puts whose ticket was taken before this call are refused. Any thread.
    void doubt_chain(ChainId chain);

    /// What is held of a key is perhaps not true any more: it is only found expired, and fills
    /// whose ticket was taken before this call are refused. Any thread.
    void age(const BalanceKey& key);

    /// Forgets a user's entries on a chain; fills and puts whose ticket was taken before this call
    /// are refused. Any thread.
    void drop_user(const UserId& user, ChainId chain);

    /// The user's set of wallets on a chain is about to change; in between nothing new of theirs is
    /// kept, at the end they are dropped if it was made. For each begin one end. Any thread.
    void begin_change(const UserId& user, ChainId chain);
    void end_change(const UserId& user, ChainId chain, WalletsChange change);

    /// Keys of a chain that are not followed from events and were read lately, about `most`. Any
    /// thread.
    std::vector<BalanceKey> recently_read(ChainId chain, std::size_t most) const;

    /// The same of all known balances, followed or not. Any thread.
    std::vector<BalanceKey> recent_keys(ChainId chain, std::size_t most) const;

    struct Filling {
        std::size_t entries = 0;
        std::size_t capacity = 0;
        std::uint64_t evictions = 0;  ///< since the start
    };
    Filling filling() const;
    std::size_t size() const { return filling().entries; }

  private:
    static constexpr std::uint64_t kNothingDropped = std::numeric_limits<std::uint64_t>::max();

    template <class Wanted>
    std::vector<BalanceKey> newest(ChainId chain, std::size_t most, Wanted wanted) const;

    struct Shard;  // chosen by user and chain, so that a user's entries of a chain share one
    static constexpr std::size_t kShards = 64;
    std::unique_ptr<std::array<Shard, kShards>> shards_;
    std::size_t capacity_per_shard_;
    Millis ttl_;
    std::atomic<std::uint64_t> drops_{0};
};

}  // namespace custodialbridge::cache

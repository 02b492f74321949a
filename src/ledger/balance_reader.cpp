#include "custodialbridge/ledger/balance_reader.hpp"

#include <algorithm>
#include <array>

#include "custodialbridge/ledger/make_ledger.hpp"
#include "custodialbridge/ledger/tier_refresher.hpp"
#include "custodialbridge/runtime/run_together.hpp"
#include "failures.hpp"
#include "gathered_reads.hpp"
#include "local_entry.hpp"
#include "sharing.hpp"
#include "tier_counters.hpp"

namespace custodialbridge::ledger {

std::string_view to_string(Tier tier) {
    switch (tier) {
        case Tier::local: return "local";
        case Tier::redis: return "redis";
        case Tier::database: return "database";
        case Tier::chain: return "chain";
    }
    return "unknown";
}

void throw_exception_from_error(const ReadFailure& failure, const boost::source_location& at) {
    throw_exception_from_error(Error(Errc::unavailable, failure.detail), at);
}

namespace {

/// For the lower tiers, when there is an expired value to fall back on.
constexpr Millis kPatienceWithFallback{2'000};

ReadFailure unavailable(const Error& error) { return {NoBalance::unavailable, error.message()}; }

bool may_pass(const ReadFailure& failure) {
    return failure.why == NoBalance::unavailable || failure.why == NoBalance::chain_unavailable;
}

/// A key that the chain is asked for.
struct AskedOfChain {
    const BalanceKey& key;
    const Token& token;
    std::uint64_t ticket;
    OneRead& read;
};

class TieredReader final : public BalanceReader, public TierRefresher {
  public:
    explicit TieredReader(ReaderParts parts)
        : parts_(std::move(parts)),
          lower_(parts_.redis.get(), parts_.balances, parts_.clock),
          sharing_(parts_.redis.get(), lower_, parts_.local, parts_.clock,
                   parts_.settings.redis_timeout),
          local_(parts_.metrics, Tier::local),
          redis_(parts_.metrics, Tier::redis),
          database_(parts_.metrics, Tier::database),
          chain_(parts_.metrics, Tier::chain) {}

    bool find_local(std::string_view user, ChainId chain, TokenId token,
                    BalanceView& out) override {
        const ChainTip* tip = parts_.board.find(chain);
        if (tip == nullptr) return false;
        const ChainPosition position = tip->read();  // before the entry: see chain_board.hpp
        bool expired = false;
        if (!parts_.local.find(user, chain, token, parts_.clock.now(), scratch_, expired) ||
            expired || !scratch_.known) {
            local_.miss.add();
            return false;
        }
        local_.hit.add();
        show(scratch_, position, parts_.clock.wall(), Tier::local, out);
        return true;
    }

    Task<ReadResult> read(BalanceKey key, BalanceView& out, Deadline by) override {
        const Token* token = parts_.tokens.find(key.chain, key.token);
        if (token == nullptr) co_return unknown_token(parts_.board, key);
        const std::uint64_t ticket = parts_.local.ticket(key.user.value, key.chain);
        const ChainPosition position =
            position_of(key.chain);  // before the entry: it may be current
        cache::LocalBalance fallback;
        bool expired = false;
        const bool held = parts_.local.find(key.user.value, key.chain, key.token,
                                            parts_.clock.now(), fallback, expired);
        if (held && !expired) {
            if (!fallback.known) co_return unknown_user(key);
            show(fallback, position, parts_.clock.wall(), Tier::local, out);
            co_return ReadResult{};
        }
        const Deadline patience =
            held && fallback.known ? by.at_most(parts_.clock, kPatienceWithFallback) : by;
        if (co_await read_redis(key, *token, ticket, out, patience)) co_return ReadResult{};
        const auto lower = co_await read_below(key, *token, ticket, out, patience);
        if (lower || !may_pass(lower.error()) || !held || !fallback.known) co_return lower;
        show(fallback, position, parts_.clock.wall(), Tier::local, out);
        co_return ReadResult{};  // stale, and it says so: better than nothing
    }

    Task<ReadResult> read_realtime(BalanceKey key, std::uint32_t confirmations, BalanceView& out,
                                   Deadline by) override {
        const Token* token = parts_.tokens.find(key.chain, key.token);
        if (token == nullptr) co_return unknown_token(parts_.board, key);
        const std::uint64_t ticket = parts_.local.ticket(key.user.value, key.chain);
        const auto seen = co_await read_chain(key, *token, ticket, confirmations, out, by);
        co_return as_realtime(seen, out);
    }

    Task<std::vector<OneRead>> read_realtime_all(std::vector<BalanceKey> keys,
                                                 std::uint32_t confirmations,
                                                 Deadline by) override {
        std::vector<OneRead> reads(keys.size());
        std::map<ChainId, std::vector<AskedOfChain>> asked;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const BalanceKey& key = keys[i];
            const Token* token = parts_.tokens.find(key.chain, key.token);
            if (token != nullptr && parts_.chains.contains(key.chain))
                asked[key.chain].push_back({key, *token,
                                            parts_.local.ticket(key.user.value, key.chain),
                                            reads[i]});
            else
                reads[i].result = unknown_token(parts_.board, key);
        }
        std::vector<Task<void>> parts;
        for (auto& [chain, of_chain] : asked)
            parts.push_back(read_of_chain(chain, std::move(of_chain), confirmations, by));
        if (!parts.empty()) co_await runtime::run_all(std::move(parts));
        co_return reads;
    }

    Task<Result<std::size_t>> refresh(std::vector<BalanceKey> keys, Deadline by) override {
        Result<std::size_t> kept(0);
        std::vector<Task<void>> parts;
        for (const BalanceKey& key : keys)
            if (const Token* token = parts_.tokens.find(key.chain, key.token))
                parts.push_back(refresh_one(key, *token, by, kept));
        if (!parts.empty()) co_await runtime::run_all(std::move(parts));
        co_return kept;
    }

  private:
    Task<void> refresh_one(BalanceKey key, const Token& token, Deadline by,
                           Result<std::size_t>& kept) {
        const std::uint64_t ticket = parts_.local.ticket(key.user.value, key.chain);
        auto stored = co_await lower_.stored(key, by);
        if (!stored && stored.error().code() != Errc::not_found) kept = stored.error();
        if (!stored) co_return;
        if (stored->wallets == 0) {
            forget_user(key, stored->cursor.version(), ticket);
        } else if (is_known(*stored, token) && !is_touched(*stored, token)) {
            BalanceView nobody_asked;
            co_await keep_stored(key, token, *stored, ticket, nobody_asked, by);
            if (kept) ++*kept;
        }
    }

    static bool is_known(const store::StoredBalance& stored, const Token& token) {
        return stored.complete && (is_followed(token) || stored.polled);
    }

    /// A later block names one of the user's wallets.
    static bool is_touched(const store::StoredBalance& stored, const Token& token) {
        return is_known(stored, token) && stored.polled && stored.polled->touched;
    }

    ChainPosition position_of(ChainId chain) const { return parts_.board.find(chain)->read(); }

    Task<bool> read_redis(BalanceKey key, const Token& token, std::uint64_t ticket,
                          BalanceView& out, Deadline by) {
        const ChainTip& tip = *parts_.board.find(key.chain);
        const ChainPosition told = tip.read();  // of all up to here, as we ask
        if (parts_.redis == nullptr || !tip.trusts_redis(told)) co_return false;
        auto found = co_await lower_.cached(
            key, by.at_most(parts_.clock, parts_.settings.redis_timeout));
        if (!found) {
            redis_.failed.add();
            co_return false;
        }
        const ChainPosition position = tip.read();
        const bool of_use = *found && position.known && tip.trusts_redis(position) &&
                            (*found)->version >= position.redis_floor &&
                            !parts_.local.is_sharing(key.user, key.chain);
        if (!of_use) {
            redis_.miss.add();
            co_return false;
        }
        if (is_followed(token)) carry_on(**found, told);
        const bool newest = remember(key, token, **found, ticket, Tier::redis, out);
        (newest ? redis_.hit : redis_.miss).add();
        co_return newest;
    }

    /// Redis had been told of every change up to `position`: what it holds was still true there.
    static void carry_on(Balance& balance, const ChainPosition& position) {
        const Version cursor{position.epoch, position.cursor.number};
        if (!position.known || cursor <= balance.version) return;
        balance.version = cursor;
        balance.block_hash = position.cursor.hash;
    }

    /// The database, and where it has none, the chain.
    Task<ReadResult> read_below(BalanceKey key, const Token& token, std::uint64_t ticket,
                                BalanceView& out, Deadline by) {
        const auto stored = co_await lower_.stored(key, by);
        if (!stored && stored.error().code() != Errc::not_found) {
            database_.failed.add();
            co_return unavailable(stored.error());
        }
        if (stored && stored->wallets == 0) {
            database_.miss.add();
            forget_user(key, stored->cursor.version(), ticket);
            co_return unknown_user(key);
        }
        const bool known = stored && is_known(*stored, token);
        const bool touched = stored && is_touched(*stored, token);
        if (known && !touched) {
            database_.hit.add();
            co_await keep_stored(key, token, *stored, ticket, out, by);
            co_return ReadResult{};
        }
        database_.miss.add();
        const auto seen = co_await read_chain(key, token, ticket, 1, out, by);
        if (seen) co_return ReadResult{};
        if (!touched || !may_pass(seen.error())) co_return seen.error();
        co_await keep_stored(key, token, *stored, ticket, out, by);  // still true as of its block
        co_return ReadResult{};
    }

    Task<void> keep_stored(BalanceKey key, const Token& token, store::StoredBalance stored,
                           std::uint64_t ticket, BalanceView& out, Deadline by) {
        Balance balance{stored.amount, stored.cursor.version(), stored.cursor.block.hash,
                        position_of(key.chain).at_head};
        if (stored.polled) {  // its block is one of the present epoch's, too
            balance.version.block = stored.polled->version.block;
            balance.block_hash = stored.polled->block_hash;
            balance.as_of = stored.polled->read_at;
        }
        if (!remember(key, token, balance, ticket, Tier::database, out)) co_return;
        std::vector<KeptBalance> kept(1, KeptBalance{key, balance, is_followed(token), ticket});
        co_await share(key.chain, std::move(kept), by);
    }

    /// The number of confirmations of the block that was read.
    using Confirmations = boost::system::result<std::uint64_t, ReadFailure>;

    Task<Confirmations> read_chain(BalanceKey key, const Token& token, std::uint64_t ticket,
                                   std::uint32_t confirmations, BalanceView& out, Deadline by) {
        const auto reader = parts_.chains.find(key.chain);
        if (reader == parts_.chains.end()) co_return unknown_token(parts_.board, key);
        const auto seen = co_await reader->second->read(key.user, token, confirmations, by);
        std::vector<KeptBalance> kept;
        const auto read = take(seen, key, token, ticket, out, kept);
        if (!kept.empty()) co_await share(key.chain, std::move(kept), by);
        co_return read;
    }

    Task<void> read_of_chain(ChainId chain, std::vector<AskedOfChain> asked,
                             std::uint32_t confirmations, Deadline by) {
        ChainReader& reader = *parts_.chains.at(chain);
        std::vector<ChainQuestion> questions;
        questions.reserve(asked.size());
        for (const AskedOfChain& one : asked) questions.push_back({one.key.user, &one.token});
        const auto seen = co_await reader.read_all(std::move(questions), confirmations, by);
        std::vector<KeptBalance> kept;
        for (std::size_t i = 0; i < asked.size(); ++i) {
            const AskedOfChain& one = asked[i];
            BalanceView& out = one.read.view;
            const auto read = take(seen[i], one.key, one.token, one.ticket, out, kept);
            one.read.result = as_realtime(read, out);
        }
        if (!kept.empty()) co_await share(chain, std::move(kept), by);
    }

    static ReadResult as_realtime(const Confirmations& read, BalanceView& out) {
        if (!read) return read.error();
        out.realtime = true;
        out.sync_lag_seconds = 0;
        out.confirmations = *read;
        return {};
    }

    /// Shows what the chain said, and keeps it where that is of use; `kept` is for others, too.
    Confirmations take(const ChainReadResult& seen, const BalanceKey& key, const Token& token,
                       std::uint64_t ticket, BalanceView& out, std::vector<KeptBalance>& kept) {
        if (!seen) {
            if (seen.error().why == NoBalance::unavailable) database_.failed.add();
            if (seen.error().why == NoBalance::chain_unavailable) chain_.failed.add();
            return seen.error();
        }
        if (seen->wallets == 0) return unknown_user(key);
        chain_.hit.add();
        const Balance balance{seen->amount, {seen->epoch, seen->block.number}, seen->block.hash,
                              parts_.clock.wall()};
        const bool worth_keeping = is_followed(token) || seen->usual;
        if (!worth_keeping || !is_of_use(token, balance, position_of(key.chain)))
            show_once(token, balance, out);
        else if (remember(key, token, balance, ticket, Tier::chain, out) && !is_followed(token))
            kept.push_back({key, balance, false, ticket});
        return seen->head - seen->block.number.value + 1;
    }

    static bool is_of(const Balance& balance, const ChainPosition& position) {
        return balance.version == Version{position.epoch, position.cursor.number} &&
               balance.block_hash == position.cursor.hash;
    }

    /// Of a token that the ledger follows, a read of the chain is only worth keeping when the
    /// ledger has not passed its block, and stands at no other block of that number.
    static bool is_of_use(const Token& token, const Balance& balance,
                          const ChainPosition& position) {
        return !is_followed(token) || !position.known ||
               balance.version > Version{position.epoch, position.cursor.number} ||
               is_of(balance, position);
    }

    void show_once(const Token& token, const Balance& balance, BalanceView& out) {
        auto entry = local_entry(token, balance, parts_.clock.now());
        show(entry, {}, parts_.clock.wall(), Tier::chain, out);
    }

    /// Fills the local tier and shows the value; false when the tier knows better. Of the ledger's
    /// own values later blocks tell when they change. What was read from the chain is true as of
    /// its block alone, like what Redis holds of another block than the ledger's.
    bool remember(const BalanceKey& key, const Token& token, const Balance& balance,
                  std::uint64_t ticket, Tier tier, BalanceView& out) {
        const Instant now = parts_.clock.now();
        auto entry = local_entry(token, balance, now + parts_.settings.local_ttl);
        const ChainPosition before = position_of(key.chain);
        entry.followed = is_followed(token) && tier != Tier::chain && !before.standby &&
                         (tier == Tier::database || is_of(balance, before));
        const bool kept = parts_.local.fill(key, entry, ticket, now);
        const ChainPosition position = position_of(key.chain);  // before the entry
        entry.current = tier == Tier::database && entry.followed && kept &&
                        position.cursor == BlockRef{balance.version.block, balance.block_hash};
        if (tier != Tier::chain) prefer_held(key, now, is_followed(token) && before.standby, entry);
        show(entry, position, parts_.clock.wall(), tier, out);
        return kept;
    }

    /// What Redis says of an unchanged balance is as of its last change; the local tier may know
    /// that it stands to this day, and readers were told so: they are not taken back.
    /// But a standby knows of an expired one only that it was so: another process has changed it,
    /// perhaps at its very block.
    void prefer_held(const BalanceKey& key, Instant now, bool standby, cache::LocalBalance& entry) {
        cache::LocalBalance held;
        bool expired = false;
        const bool found =
            parts_.local.find(key.user.value, key.chain, key.token, now, held, expired);
        // Of a polled balance, what was read later is better, however long ago that was.
        const bool usable = found && held.known && (!expired || !entry.followed);
        if (!usable || held.balance.version < entry.balance.version) return;
        if (standby && expired && held.balance.version == entry.balance.version) return;
        entry = std::move(held);
    }

    void forget_user(const BalanceKey& key, const Version& version, std::uint64_t ticket) {
        const Instant now = parts_.clock.now();
        const Millis ttl = std::min(parts_.settings.unknown_ttl, parts_.settings.local_ttl);
        parts_.local.fill(key, unknown_entry(version, now + ttl), ticket, now);
    }

    Task<void> share(ChainId chain, std::vector<KeptBalance> kept, Deadline by) {
        ChainTip& tip = *parts_.board.find(chain);
        if (parts_.redis == nullptr || tip.read().standby) co_return;
        co_await sharing_.share(tip, std::move(kept), by);
    }

    ReaderParts parts_;
    GatheredReads lower_;
    Sharing sharing_;
    TierCounters local_, redis_, database_, chain_;
    cache::LocalBalance scratch_;  // reused by find_local: its strings keep their capacity
};

}  // namespace

std::unique_ptr<BalanceReader> make_balance_reader(ReaderParts parts) {
    return std::make_unique<TieredReader>(std::move(parts));
}

std::unique_ptr<TierRefresher> make_tier_refresher(ReaderParts parts) {
    return std::make_unique<TieredReader>(std::move(parts));
}

}  // namespace custodialbridge::ledger

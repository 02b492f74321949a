#include "custodialbridge/ledger/ledger_writer.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "custodialbridge/core/limits.hpp"
#include "custodialbridge/ledger/make_ledger.hpp"
#include "custodialbridge/telemetry/log.hpp"
#include "local_entry.hpp"

namespace custodialbridge::ledger {

namespace {

constexpr std::size_t kObservedAheadMax = 64;

class PublishingWriter final : public LedgerWriter {
  public:
    explicit PublishingWriter(WriterParts parts) : parts_(parts) {}

    Task<Result<store::Committed>> apply(LedgerPlan plan, Pace pace, Deadline by) override {
        const bool following = pace == Pace::following;
        const AppliedBlock newest = plan.blocks.back();
        const std::uint64_t drops = parts_.local.drops();
        auto work = parts_.committer.commit(
            std::move(plan), following ? store::Totals::wanted : store::Totals::not_wanted, by);
        CB_CO_TRY(committed, co_await landed(std::move(work)));
        settle_observations(newest.header.ref);
        if (following && !committed.native_users.empty())  // before readers see the block
            co_await forget_native(committed.native_users, by);
        if (following) {
            co_await publish(committed, drops, by);
        } else {
            forget_chain(committed.cursor);
            announce_everything();
        }
        co_return std::move(committed);
    }

    Task<Result<store::Committed>> open(OpeningPlan plan, Deadline by) override {
        return commit_and_publish(parts_.committer.open(std::move(plan), by), by);
    }

    Task<Result<store::Committed>> open_token(OpeningPlan plan, TokenId token, bool last,
                                              Deadline by) override {
        return commit_and_publish(parts_.committer.open_token(std::move(plan), token, last, by),
                                  by);
    }

    Task<Result<store::Committed>> adjust(AdjustmentPlan plan, Deadline by) override {
        return commit_and_publish(parts_.committer.adjust(std::move(plan), by), by);
    }

    Task<Result<store::Committed>> correct(CorrectionPlan plan, Deadline by) override {
        return commit_and_publish(parts_.committer.correct(std::move(plan), by), by);
    }

    Task<Result<std::size_t>> poll(PollPlan plan, Deadline by) override {
        const Balance as_of{0, {plan.epoch, plan.at.number}, plan.at.hash, plan.read_at};
        Tickets tickets;  // a block that touches a balance meanwhile makes them void
        const auto draw = [&](const PolledBalance& one) {
            tickets[one.user.value] = parts_.local.ticket(one.user.value, plan.chain);
        };
        for (const PolledBalance& one : plan.balances) draw(one);
        for (const PolledSegment& segment : plan.segments)
            for (const PolledBalance& one : segment.balances) draw(one);
        CB_CO_TRY(totals, co_await parts_.committer.poll(std::move(plan), by));
        auto entries = write_through(totals, as_of, tickets);
        if (!entries.empty() && parts_.redis != nullptr && !parts_.tip.read().standby)
            co_await share(std::move(entries), tickets, by);
        std::vector<BalanceKey> changed;
        for (const store::PolledTotal& total : totals)
            if (total.changed) changed.push_back(total.key);
        if (!changed.empty()) announce(std::move(changed));
        co_return totals.size();
    }

    Task<Result<store::Committed>> unwind(UnwindPlan plan, Deadline by) override {
        const std::uint64_t drops = parts_.local.drops();
        auto work = parts_.committer.unwind(std::move(plan), by);
        CB_CO_TRY(committed, co_await landed(std::move(work)));
        forget_chain(committed.cursor);  // also what was only read at an orphaned block
        co_await publish_to_tiers(committed, drops, by);
        announce_everything();
        co_return std::move(committed);
    }

    void saw_head(BlockRef head, bool cursor_is_head) override {
        change_position([&](ChainPosition& position) {
            position.head = head.number.value;
            if (cursor_is_head) position.at_head = parts_.clock.wall();
        });
    }

    void saw_finality(BlockNumber safe, BlockNumber finalized) override {
        change_position([&](ChainPosition& position) {
            position.safe = safe.value;
            position.finalized = finalized.value;
        });
    }

    void loaded(const Cursor& cursor, Time block_time, Role role) override {
        parts_.local.begin_block(parts_.tip.chain(), cursor.version());
        parts_.local.age_chain(parts_.tip.chain());
        stand_at(cursor);
        change_position([&](ChainPosition& position) {
            position.standby = role == Role::standby;
            position.at_head = std::max(position.at_head, block_time);
            raise_redis_floor(position);  // of the cursor's block too: it was perhaps adjusted
        });
        if (role == Role::writer) announce_everything();  // of a commit whose end was not known
    }

    void distrust_redis() override {
        parts_.tip.distrust_redis();
        change_position([](ChainPosition&) {});
    }

    void observed_ahead(const BlockRef& block) override {
        if (block.number <= parts_.tip.read().cursor.number) return;
        if (observed_.size() == kObservedAheadMax) observed_.erase(observed_.begin());
        if (std::find(observed_.begin(), observed_.end(), block) == observed_.end())
            observed_.push_back(block);
    }

  private:
    /// Entries read ahead of the ledger at a block that another block has replaced must go.
    void settle_observations(const BlockRef& applied) {
        const bool replaced = std::any_of(observed_.begin(), observed_.end(), [&](auto& block) {
            return block.number == applied.number && block.hash != applied.hash;
        });
        std::erase_if(observed_, [&](auto& block) { return block.number <= applied.number; });
        if (!replaced) return;
        parts_.local.drop_chain(parts_.tip.chain());
        distrust_redis();
    }

    /// All changes of the board go through here, so that doubts about Redis are answered: by the
    /// cursor, unless what is on its way may already stand in the store above it.
    template <class Change>
    void change_position(Change change) {
        const std::uint64_t doubts = parts_.tip.redis_doubts();
        ChainPosition position = parts_.tip.read();
        change(position);
        if (position.redis_doubts != doubts && under_way_ == 0) {
            raise_redis_floor(position);
            position.redis_doubts = doubts;
        }
        parts_.tip.write(position);
    }

    static void raise_redis_floor(ChainPosition& position) {
        const Version above{position.epoch, next(position.cursor.number)};
        position.redis_floor = std::max(position.redis_floor, above);
    }

    static void move_to(const Cursor& cursor, ChainPosition& position) {
        position.cursor = cursor.block;
        position.epoch = cursor.epoch;
        position.known = true;
    }

    /// Nothing cached of this chain may be used again but what is read from now on.
    void forget_chain(const Cursor& cursor) {
        parts_.local.begin_block(parts_.tip.chain(), cursor.version());
        parts_.local.drop_chain(parts_.tip.chain());
        stand_at(cursor);
    }

    void stand_at(const Cursor& cursor) {
        change_position([&](ChainPosition& position) {
            move_to(cursor, position);
            position.redis_behind = false;
            position.redis_floor = std::max(position.redis_floor, cursor.version());
        });
    }

    Task<Result<store::Committed>> landed(Task<Result<store::Committed>> work) {
        struct Count {
            unsigned& works;
            explicit Count(unsigned& count) : works(++count) {}
            ~Count() { --works; }
        };
        const Count counted(under_way_);
        co_return co_await std::move(work);
    }

    Task<Result<store::Committed>> commit_and_publish(Task<Result<store::Committed>> work,
                                                      Deadline by) {
        const std::uint64_t drops = parts_.local.drops();
        CB_CO_TRY(committed, co_await landed(std::move(work)));
        co_await publish(committed, drops, by);
        co_return std::move(committed);
    }

    void announce(std::vector<BalanceKey> changed) {
        if (parts_.changes == nullptr) return;
        const ChainPosition position = parts_.tip.read();
        cache::Change change;
        change.chain = parts_.tip.chain();
        change.at = {position.epoch, position.cursor.number};
        change.balances = std::move(changed);
        parts_.changes->announce(std::move(change));
    }

    void announce_everything() {
        if (parts_.changes == nullptr) return;
        cache::Change change;
        change.chain = parts_.tip.chain();
        change.everything = true;
        parts_.changes->announce(std::move(change));
    }

    /// Where native balances are asked of the chain, too.
    void announce(const store::Committed& committed) {
        std::vector<BalanceKey> changed = native_keys(committed.native_users);
        for (const store::UserTotal& total : committed.totals) changed.push_back(total.key);
        announce(std::move(changed));
    }

    std::vector<BalanceKey> native_keys(const std::vector<UserId>& users) const {
        const ChainId chain = parts_.tip.chain();
        std::vector<BalanceKey> keys;
        for (const Token& token : parts_.tokens.of_chain(chain))
            for (const UserId& user : users)
                if (token.kind == TokenKind::native) keys.push_back({user, chain, token.id});
        return keys;
    }

    /// What was read of their native balance is perhaps not true any more: the next reader asks the
    /// chain.
    Task<void> forget_native(std::vector<UserId> users, Deadline by) {
        std::vector<BalanceKey> keys = native_keys(users);
        for (const BalanceKey& key : keys) parts_.local.age(key);
        if (parts_.redis == nullptr || keys.empty()) co_return;
        const auto forgot = co_await parts_.redis->forget(
            std::move(keys), by.at_most(parts_.clock, parts_.settings.redis_timeout));
        if (!forgot) distrust_redis();
    }

    /// To all tiers, then to other processes. `drops` are the local tier's of before the commit.
    Task<void> publish(const store::Committed& committed, std::uint64_t drops, Deadline by) {
        co_await publish_to_tiers(committed, drops, by);
        announce(committed);
    }

    Task<void> publish_to_tiers(const store::Committed& committed, std::uint64_t drops,
                                Deadline by) {
        auto entries = write_through(committed, drops);
        const bool told = parts_.redis != nullptr && !committed.totals.empty();
        change_position([&](ChainPosition& position) {
            move_to(committed.cursor, position);
            position.redis_behind = told;
        });
        if (!told) co_return;
        const auto published = co_await tell_redis(std::move(entries), committed, drops, by);
        change_position([&](ChainPosition& position) {
            position.redis_behind = false;
            if (!published) raise_redis_floor(position);
        });
        if (!published)
            telemetry::log(telemetry::LogLevel::debug, "balances not published to redis",
                           {{"chain", parts_.tip.chain().value}, {"error", published.error()}});
    }

    using Tickets = std::unordered_map<std::string, std::uint64_t>;  // by user

    bool overtaken(const cache::CacheEntry& entry, const Tickets& tickets) const {
        return parts_.local.overtaken(entry.key, entry.balance.version, false,
                                      tickets.at(entry.key.user.value));
    }

    /// Of polled balances. What Redis is to be told of it.
    std::vector<cache::CacheEntry> write_through(const std::vector<store::PolledTotal>& totals,
                                                 const Balance& as_of, const Tickets& tickets) {
        std::vector<cache::CacheEntry> entries;
        const Instant now = parts_.clock.now();
        for (const store::PolledTotal& total : totals) {
            const Token* token = parts_.tokens.find(total.key.chain, total.key.token);
            const bool held = parts_.local.holds(total.key);
            if (token == nullptr || (!total.changed && !held)) continue;
            cache::CacheEntry entry{total.key, as_of};
            entry.balance.amount = total.amount;
            if (overtaken(entry, tickets)) continue;
            auto local = local_entry(*token, entry.balance, now + parts_.settings.local_ttl);
            const std::uint64_t ticket = tickets.at(total.key.user.value);
            if (held && !parts_.local.fill(total.key, std::move(local), ticket, now)) continue;
            entries.push_back(std::move(entry));
        }
        return entries;
    }

    /// Polled balances. When one does not arrive, what Redis holds of it may be older than what
    /// readers were given from the store.
    Task<void> share(std::vector<cache::CacheEntry> entries, const Tickets& tickets, Deadline by) {
        const std::vector<cache::CacheEntry> told = entries;
        const Deadline patience = by.at_most(parts_.clock, parts_.settings.redis_timeout);
        const auto published = co_await parts_.redis->publish(std::move(entries), patience);
        if (!published) distrust_redis();
        std::vector<BalanceKey> late;
        for (const cache::CacheEntry& entry : told)
            if (overtaken(entry, tickets)) late.push_back(entry.key);
        if (late.empty()) co_return;
        const auto forgot = co_await parts_.redis->forget(std::move(late), patience);
        if (!forgot) distrust_redis();
    }

    /// What Redis is to be told of it.
    std::vector<cache::CacheEntry> write_through(const store::Committed& committed,
                                                 std::uint64_t drops) {
        const Cursor& cursor = committed.cursor;
        const Time now = parts_.clock.wall();
        const Instant started = parts_.clock.now();
        std::vector<cache::CacheEntry> entries;
        entries.reserve(committed.totals.size());
        parts_.local.begin_block(parts_.tip.chain(), cursor.version());
        for (const store::UserTotal& total : committed.totals) {
            const Token* token = parts_.tokens.find(total.key.chain, total.key.token);
            if (token == nullptr) continue;
            const Balance balance{total.amount, cursor.version(), cursor.block.hash, now};
            auto entry = local_entry(*token, balance, started + parts_.settings.local_ttl);
            if (parts_.local.put(total.key, std::move(entry), started, drops))
                entries.push_back({total.key, balance});
        }
        return entries;
    }

    /// A user whose wallets changed since the commit began is forgotten: the total may be the one
    /// of before, and may reach Redis after the change made it forget.
    Task<Result<void>> tell_redis(std::vector<cache::CacheEntry> entries,
                                  const store::Committed& committed, std::uint64_t drops,
                                  Deadline by) {
        const Millis patience = parts_.settings.redis_timeout;
        CB_CO_CHECKED(co_await parts_.redis->publish(std::move(entries),
                                                     by.at_most(parts_.clock, patience)));
        std::vector<BalanceKey> late;
        for (const store::UserTotal& total : committed.totals)
            if (parts_.local.dropped_since(drops, total.key.user.value, total.key.chain))
                late.push_back(total.key);
        if (late.empty()) co_return Result<void>{};
        co_return co_await parts_.redis->forget(std::move(late),
                                                by.at_most(parts_.clock, patience));
    }

    WriterParts parts_;
    std::vector<BlockRef> observed_;
    unsigned under_way_ = 0;  // units of work that the store was given and has not answered
};

}  // namespace

std::unique_ptr<LedgerWriter> make_ledger_writer(WriterParts parts) {
    return std::make_unique<PublishingWriter>(parts);
}

}  // namespace custodialbridge::ledger

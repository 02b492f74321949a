#include "custodialbridge/ledger/ledger_writer.hpp"

#include <algorithm>

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
        CB_CO_TRY(committed,
                  co_await parts_.committer.commit(
                      std::move(plan),
                      following ? store::Totals::wanted : store::Totals::not_wanted, by));
        settle_observations(newest.header.ref);
        if (following)
            co_await publish(committed, by);
        else
            forget_chain(committed.cursor);
        co_return std::move(committed);
    }

    Task<Result<store::Committed>> open(OpeningPlan plan, Deadline by) override {
        CB_CO_TRY(committed, co_await parts_.committer.open(std::move(plan), by));
        co_await publish(committed, by);
        co_return std::move(committed);
    }

    Task<Result<store::Committed>> open_token(OpeningPlan plan, TokenId token, bool last,
                                              Deadline by) override {
        CB_CO_TRY(committed,
                  co_await parts_.committer.open_token(std::move(plan), token, last, by));
        co_await publish(committed, by);
        co_return std::move(committed);
    }

    Task<Result<store::Committed>> adjust(AdjustmentPlan plan, Deadline by) override {
        CB_CO_TRY(committed, co_await parts_.committer.adjust(std::move(plan), by));
        co_await publish(committed, by);
        co_return std::move(committed);
    }

    Task<Result<store::Committed>> unwind(UnwindPlan plan, Deadline by) override {
        CB_CO_TRY(committed, co_await parts_.committer.unwind(std::move(plan), by));
        forget_chain(committed.cursor);  // also what was only read at an orphaned block
        co_await publish(committed, by);
        co_return std::move(committed);
    }

    void saw_head(BlockRef head, bool cursor_is_head) override {
        ChainPosition position = parts_.tip.read();
        position.head = head.number.value;
        if (cursor_is_head) position.at_head = parts_.clock.wall();
        parts_.tip.write(position);
    }

    void saw_finality(BlockNumber safe, BlockNumber finalized) override {
        ChainPosition position = parts_.tip.read();
        position.safe = safe.value;
        position.finalized = finalized.value;
        parts_.tip.write(position);
    }

    void loaded(const Cursor& cursor, Time block_time) override {
        forget_chain(cursor);
        ChainPosition position = parts_.tip.read();
        position.at_head = std::max(position.at_head, block_time);
        parts_.tip.write(position);
    }

    void distrust_redis() override {
        const ChainPosition position = parts_.tip.read();
        raise_redis_floor({position.epoch, next(position.cursor.number)});
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
        raise_redis_floor({parts_.tip.read().epoch, next(applied.number)});
    }

    void move_cursor(const Cursor& cursor, bool redis_behind = false) {
        ChainPosition position = parts_.tip.read();
        position.redis_behind = redis_behind;
        position.cursor = cursor.block;
        position.epoch = cursor.epoch;
        position.known = true;
        parts_.tip.write(position);
    }

    void redis_caught_up() {
        ChainPosition position = parts_.tip.read();
        position.redis_behind = false;
        parts_.tip.write(position);
    }

    void raise_redis_floor(const Version& floor) {
        ChainPosition position = parts_.tip.read();
        position.redis_floor = std::max(position.redis_floor, floor);
        position.redis_behind = false;
        parts_.tip.write(position);
    }

    /// Nothing cached of this chain may be used again but what is read from now on.
    void forget_chain(const Cursor& cursor) {
        parts_.local.begin_block(parts_.tip.chain(), cursor.version());
        parts_.local.drop_chain(parts_.tip.chain());
        raise_redis_floor(cursor.version());
        move_cursor(cursor);
    }

    Task<void> publish(const store::Committed& committed, Deadline by) {
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
            parts_.local.put(total.key,
                             local_entry(*token, balance, started + parts_.settings.local_ttl),
                             started);
            entries.push_back({total.key, balance});
        }
        const bool told = parts_.redis != nullptr && !entries.empty();
        move_cursor(cursor, told);
        if (!told) co_return;
        const auto published = co_await parts_.redis->publish(
            std::move(entries), by.at_most(parts_.clock, parts_.settings.redis_timeout));
        if (published) {
            redis_caught_up();
            co_return;
        }
        distrust_redis();
        telemetry::log(telemetry::LogLevel::debug, "balances not published to redis",
                       {{"chain", parts_.tip.chain().value}, {"error", published.error()}});
    }

    WriterParts parts_;
    std::vector<BlockRef> observed_;
};

}  // namespace

std::unique_ptr<LedgerWriter> make_ledger_writer(WriterParts parts) {
    return std::make_unique<PublishingWriter>(parts);
}

}  // namespace custodialbridge::ledger

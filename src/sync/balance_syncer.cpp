#include "custodialbridge/sync/balance_syncer.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "custodialbridge/rules/poll_pace.hpp"
#include "custodialbridge/runtime/run_together.hpp"
#include "poll_agenda.hpp"
#include "poll_batches.hpp"
#include "syncer_probe.hpp"

namespace custodialbridge::sync {

namespace {

using runtime::Deadline;
using runtime::Progress;
using runtime::Task;

constexpr Millis kStepTimeout{30'000};
constexpr Millis kIntervalMin{1'000};
constexpr Millis kLookMin{100};
constexpr Millis kLookMax{1'000};
constexpr Millis kCountMin{10'000};
constexpr Millis kCountMax{60'000};
constexpr Millis kReadPatience{10'000};
constexpr std::size_t kQuestionsAtOnce = 2'000;  // a read, and a commit
constexpr std::size_t kObservedAtOnce = 1'000;

Millis interval_of(SyncClass sync_class, const ChainSyncIntervals& intervals) {
    switch (sync_class) {
        case SyncClass::cpop: return std::max(intervals.cpop, kIntervalMin);
        case SyncClass::major: return std::max(intervals.major_tokens, kIntervalMin);
        case SyncClass::other: return std::max(intervals.other_tokens, kIntervalMin);
        case SyncClass::nft: return std::max(intervals.nfts, kIntervalMin);
    }
    return kIntervalMin;
}

/// Of the tokens that are polled.
Millis shortest(const std::vector<Token>& tokens, const ChainSyncIntervals& intervals) {
    Millis least = std::chrono::hours(1);
    for (const Token& token : tokens)
        if (is_polled(token))
            least = std::min(least, interval_of(token.sync_class, intervals));
    return least;
}

bool is_empty(const PollPlan& plan) {
    return plan.balances.empty() && plan.missed.empty() && plan.segments.empty() &&
           plan.apart.empty();
}

class ChainSyncer final : public BalanceSyncer {
  public:
    explicit ChainSyncer(BalanceSyncerParts parts)
        : parts_(std::move(parts)), probe_(parts_),
          agenda_(parts_.chain, parts_.polls, parts_.clock) {
        take_over(std::move(parts_.tokens));
    }

    void set_tokens(std::vector<Token> tokens) override { next_tokens_ = std::move(tokens); }

    void set_pace(const ChainSyncIntervals& intervals, const AlertThresholds& thresholds) override {
        parts_.intervals = intervals;
        probe_.judge_by(thresholds);
        counted_ = {};
        set_paces();
    }

    std::optional<Millis> idle() const override {
        return balance_syncer_pace(parts_.tokens, parts_.intervals);
    }

    std::string_view name() const override { return "balance_syncer"; }

    void failed(const Error& error, unsigned in_a_row, Millis pause) override {
        probe_.failed(error, in_a_row, pause);
    }

    Task<Result<Progress>> converge() override {
        const Deadline by = Deadline::after(parts_.clock, kStepTimeout);
        if (next_tokens_) take_over(*std::exchange(next_tokens_, std::nullopt));
        CB_CO_TRY(state, co_await parts_.chains.load(parts_.chain, by));
        if (!state) co_return Progress::caught_up;
        CB_CO_CHECKED(co_await store_observed(state->cursor, by));
        if (polled_.empty() || !parts_.leads()) {
            counted_ = {};
            agenda_.pause();
            co_return Progress::caught_up;
        }
        CB_CO_TRY(at, co_await settled_block(state->cursor.block, by));
        if (!at) co_return Progress::caught_up;
        CB_CO_CHECKED(co_await count(by));
        CB_CO_TRY(due, co_await agenda_.find(parts_.interest, by));
        if (due.empty()) co_return Progress::caught_up;
        CB_CO_TRY(stood, co_await poll(*at, state->cursor.epoch, std::move(due), by));
        co_return stood && agenda_.has_backlog() ? Progress::more : Progress::caught_up;
    }

  private:
    /// Between looks, since within one they are looked at.
    void take_over(std::vector<Token> tokens) {
        parts_.tokens = std::move(tokens);
        polled_.clear();
        for (const Token& token : parts_.tokens)
            if (is_polled(token)) polled_[token.id] = &token;
        counted_ = {};
        set_paces();
    }

    void set_paces() {
        std::map<TokenId, rules::PollPace> paces;
        for (const auto& [id, token] : polled_)
            paces[id] = {interval_of(token->sync_class, parts_.intervals)};
        agenda_.set_paces(std::move(paces));
    }

    /// Whoever asks for a balance has it read; it is as good as a poll.
    Task<Result<void>> store_observed(Cursor cursor, Deadline by) {
        auto observed = parts_.desk.take(cursor.block.number, kObservedAtOnce);
        for (std::size_t i = 0; i < observed.size();) {
            PollPlan plan{parts_.chain, observed[i].at, cursor.epoch, observed[i].read_at, {}};
            for (; i < observed.size() && observed[i].at == plan.at; ++i)
                plan.balances.push_back(std::move(observed[i].balance));
            const auto stored = co_await parts_.writer.poll(std::move(plan), by);
            if (!stored && stored.error().code() != Errc::conflict) co_return stored.error();
        }
        co_return Result<void>{};
    }

    /// The newest block when it has been that since the last look: a node that is about to mine is
    /// not asked for what it may answer from the next block. A chain that is faster than that is
    /// read one block below, at every second look.
    Task<Result<std::optional<BlockRef>>> settled_block(BlockRef newest, Deadline by) {
        const bool stands = std::exchange(newest_, newest) == newest;
        const bool waited = std::exchange(waited_, !stands && !waited_);
        if (stands) co_return std::optional(newest);
        if (!waited) co_return std::optional<BlockRef>();
        CB_CO_TRY(recent, co_await parts_.chains.recent_blocks(parts_.chain, 2, by));
        co_return std::optional(recent.empty() ? newest : recent.back());
    }

    /// How much there is to do, now and then, and how old it has become.
    Task<Result<void>> count(Deadline by) {
        const Instant now = parts_.clock.now();
        const Millis pause = 
            std::clamp(shortest(parts_.tokens, parts_.intervals), kCountMin, kCountMax);
        if (counted_ && now - *counted_ < pause) co_return Result<void>{};
        CB_CO_TRY(tokens, co_await parts_.polls.tokens(parts_.chain, by));
        counted_ = now;
        std::map<TokenId, std::uint64_t> users;
        std::map<SyncClass, Millis> oldest;
        for (const store::PolledToken& token : tokens) {
            if (!polled_.contains(token.token)) continue;
            users[token.token] = token.users;
            Millis& age = oldest[polled_.at(token.token)->sync_class];
            age = std::max(age, age_of(token));
        }
        agenda_.set_users(std::move(users));
        for (const auto& [sync_class, age] : oldest)
            probe_.oldest(sync_class, age, interval_of(sync_class, parts_.intervals));
        co_return Result<void>{};
    }

    /// Of what was never read: since that was seen first.
    Millis age_of(const store::PolledToken& token) {
        const Time now = parts_.clock.wall();
        const Time oldest = token.oldest == Time{} ? now : token.oldest;
        if (token.unread == 0) new_since_.erase(token.token);
        const Time unread_since = token.unread == 0
                                      ? now
                                      : new_since_.try_emplace(token.token, now).first->second;
        return std::chrono::duration_cast<Millis>(now - std::min(oldest, unread_since));
    }

    /// The next batch is read while the last one is stored. False when the block was reorganised
    /// away or pruned meanwhile: the next look is at another one.
    Task<Result<bool>> poll(BlockRef at, std::uint32_t epoch, DuePolls due, Deadline by) {
        Result<void> outcome;
        PollPlan ready{parts_.chain, at, epoch, {}, {}};
        PollBatches batches(std::move(due));
        while (!batches.at_end() && outcome) {
            if (by.left(parts_.clock) < kReadPatience) {
                agenda_.not_all_was_read();
                break;
            }
            PollReading reading = batches.next(at_once_, polled_);
            PollPlan apart{parts_.chain, at, epoch, {}, {}};
            apart.apart = batches.apart();
            co_await keep(std::move(apart), outcome, by);
            PollPlan plan{parts_.chain, at, epoch, {}, {}};
            std::vector<Task<void>> both;
            both.push_back(read(reading, plan, outcome));
            both.push_back(keep(std::exchange(ready, {}), outcome, by));
            co_await runtime::run_all(std::move(both));
            ready = std::move(plan);
        }
        co_await keep(std::move(ready), outcome, by);
        const Errc code = outcome ? Errc::invalid : outcome.error().code();
        const bool moved_on =
            code == Errc::conflict || code == Errc::orphaned || code == Errc::unsupported;
        if (outcome || moved_on) co_return !moved_on;
        co_return outcome.error();
    }

    /// An endpoint that does not answer as much in time is asked for less from now on; what it does
    /// not even answer alone is missed.
    Task<void> read(const PollReading& reading, PollPlan& plan, Result<void>& outcome) {
        plan.read_at = parts_.clock.wall();
        const Deadline by = Deadline::after(parts_.clock, kReadPatience);
        std::vector<rpc::BalanceAnswer> answers;
        if (!reading.questions().empty()) {
            auto told = co_await parts_.rpc.balances(plan.at, reading.questions(), by);
            const bool late = !told && told.error().code() == Errc::timed_out;
            const bool too_much = late || (!told && told.error().code() == Errc::limited);
            at_once_ = too_much ? std::max<std::size_t>(at_once_ / 4, 1)
                                : std::min(at_once_ * 2, kQuestionsAtOnce);
            if (!told && !(late && reading.is_of_one())) {
                outcome = told.error();
                co_return;
            }
            answers = told ? std::move(*told)
                           : std::vector<rpc::BalanceAnswer>(reading.questions().size(),
                                                             told.error());
        }
        const Time now = parts_.clock.wall();
        reading.take(answers, plan, [&](const store::DuePoll& poll) {
            return agenda_.pace_of(poll.token).missed(now, poll.failures);
        });
    }

    Task<void> keep(PollPlan plan, Result<void>& outcome, Deadline by) {
        if (is_empty(plan)) co_return;
        const std::size_t missed = plan.missed.size();
        const auto stored = co_await parts_.writer.poll(std::move(plan), by);
        if (stored)
            probe_.polled(*stored, missed);
        else
            outcome = stored.error();
    }

    BalanceSyncerParts parts_;
    SyncerProbe probe_;
    PollAgenda agenda_;
    std::optional<std::vector<Token>> next_tokens_;  // from the next look on
    std::map<TokenId, const Token*> polled_;
    BlockRef newest_;      // of the last look
    bool waited_ = false;  // then, for it to stand
    std::optional<Instant> counted_;  // when
    std::map<TokenId, Time> new_since_;
    std::size_t at_once_ = kQuestionsAtOnce;
};

}  // namespace

std::unique_ptr<BalanceSyncer> make_balance_syncer(BalanceSyncerParts parts) {
    return std::make_unique<ChainSyncer>(std::move(parts));
}

Millis balance_syncer_pace(const std::vector<Token>& tokens, const ChainSyncIntervals& intervals) {
    return std::clamp(shortest(tokens, intervals) / 8, kLookMin, kLookMax);
}

}  // namespace custodialbridge::sync

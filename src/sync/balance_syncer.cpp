#include "custodialbridge/sync/balance_syncer.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "custodialbridge/rules/poll_pace.hpp"
#include "custodialbridge/runtime/run_together.hpp"
#include "poll_reading.hpp"
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
constexpr std::size_t kAtOnce = 20'000;         // balances a look
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

class ChainSyncer final : public BalanceSyncer {
  public:
    explicit ChainSyncer(BalanceSyncerParts parts) : parts_(std::move(parts)), probe_(parts_) {
        take_over(std::move(parts_.tokens));
    }

    void set_tokens(std::vector<Token> tokens) override { next_tokens_ = std::move(tokens); }

    void set_pace(const ChainSyncIntervals& intervals, const AlertThresholds& thresholds) override {
        parts_.intervals = intervals;
        probe_.judge_by(thresholds);
        counted_ = {};
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
            counted_ = looked_ = {};
            co_return Progress::caught_up;
        }
        CB_CO_TRY(at, co_await settled_block(state->cursor.block, by));
        if (!at) co_return Progress::caught_up;
        CB_CO_CHECKED(co_await count(by));
        CB_CO_TRY(due, co_await find_due(by));
        if (due.empty()) co_return Progress::caught_up;
        CB_CO_TRY(stood, co_await poll(*at, state->cursor.epoch, std::move(due), by));
        co_return stood && backlog_ ? Progress::more : Progress::caught_up;
    }

  private:
    /// Between looks, since within one they are looked at.
    void take_over(std::vector<Token> tokens) {
        parts_.tokens = std::move(tokens);
        polled_.clear();
        for (const Token& token : parts_.tokens)
            if (is_polled(token)) polled_[token.id] = &token;
        counted_ = {};
    }

    rules::PollPace pace_of(TokenId token) const {
        return {interval_of(polled_.at(token)->sync_class, parts_.intervals)};
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
        users_.clear();
        std::map<SyncClass, Millis> oldest;
        for (const store::PolledToken& token : tokens) {
            if (!polled_.contains(token.token)) continue;
            users_[token.token] = token.users;
            Millis& age = oldest[polled_.at(token.token)->sync_class];
            age = std::max(age, age_of(token));
        }
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

    Task<Result<std::vector<store::DuePoll>>> find_due(Deadline by) {
        const Time now = parts_.clock.wall();
        const Instant here = parts_.clock.now();
        const auto elapsed =
            std::chrono::duration_cast<Millis>(here - std::exchange(looked_, here).value_or(here));
        std::vector<store::DuePoll> first;
        if (backlog_) {
            CB_CO_TRY(asked_for, co_await due_interest(now, by));
            first = std::move(asked_for);
        }
        std::vector<store::PollsBefore> before;
        for (const auto& [id, token] : polled_) {
            before.push_back({id, pace_of(id).overdue(now), kAtOnce});
            gathered_[id] += pace_of(id).share(users_[id], elapsed);
        }
        CB_CO_TRY(overdue, co_await parts_.polls.due(parts_.chain, std::move(before), by));
        CB_CO_TRY(early, co_await find_early(overdue, now, by));
        co_return merged(std::move(first), std::move(overdue), std::move(early));
    }

    /// What may be read before its time, as far as the shares go.
    Task<Result<std::vector<store::DuePoll>>> find_early(
        const std::vector<store::DuePoll>& overdue, Time now, Deadline by) {
        std::map<TokenId, std::size_t> late;
        for (const store::DuePoll& poll : overdue) ++late[poll.token];
        std::vector<store::PollsBefore> before;
        backlog_ = false;
        for (const auto& [id, token] : polled_) {
            const std::size_t more = rules::early_polls(gathered_[id], late[id]);
            // Those that are overdue are the first of these, again.
            if (more > 0) before.push_back({id, pace_of(id).early(now), late[id] + more});
            backlog_ = backlog_ || late[id] == kAtOnce;
        }
        std::vector<store::DuePoll> early;
        if (!before.empty()) {
            CB_CO_TRY(found, co_await parts_.polls.due(parts_.chain, before, by));
            early = std::move(found);
        }
        std::map<TokenId, std::size_t> taken = late;
        for (const store::PollsBefore& asked : before) taken[asked.token] = 0;
        for (const store::DuePoll& poll : early) ++taken[poll.token];
        for (const auto& [id, token] : polled_) settle_share(id, taken[id], before);
        co_return std::move(early);
    }

    /// Shares that nothing was left for are not kept.
    void settle_share(TokenId token, std::size_t taken,
                      const std::vector<store::PollsBefore>& asked) {
        double& gathered = gathered_[token];
        gathered = std::max(0.0, gathered - static_cast<double>(taken));
        for (const store::PollsBefore& one : asked)
            if (one.token == token && taken < one.limit) gathered = 0;
    }

    /// Of what is overdue, what somebody reads.
    Task<Result<std::vector<store::DuePoll>>> due_interest(Time now, Deadline by) {
        std::map<TokenId, std::vector<UserId>> wanted;
        for (BalanceKey& key : parts_.interest())
            if (key.chain == parts_.chain && polled_.contains(key.token))
                wanted[key.token].push_back(std::move(key.user));
        std::vector<store::DuePoll> all;
        for (auto& [token, users] : wanted) {
            CB_CO_TRY(due,
                      co_await parts_.polls.due_of(parts_.chain, token, std::move(users),
                                                   pace_of(token).overdue(now), by));
            std::move(due.begin(), due.end(), std::back_inserter(all));
        }
        co_return std::move(all);
    }

    /// In this order, each once.
    static std::vector<store::DuePoll> merged(std::vector<store::DuePoll> first,
                                              std::vector<store::DuePoll> overdue,
                                              std::vector<store::DuePoll> early) {
        std::set<std::pair<TokenId, std::string>> named;
        std::vector<store::DuePoll> all;
        for (auto* part : {&first, &overdue, &early})
            for (store::DuePoll& poll : *part)
                if (named.insert({poll.token, poll.user.value}).second)
                    all.push_back(std::move(poll));
        return all;
    }

    /// The next batch is read while the last one is stored. False when the block was reorganised
    /// away or pruned meanwhile: the next look is at another one.
    Task<Result<bool>> poll(BlockRef at, std::uint32_t epoch, std::vector<store::DuePoll> due,
                            Deadline by) {
        Result<void> outcome;
        PollPlan ready{parts_.chain, at, epoch, {}, {}};
        for (std::size_t next = 0; next < due.size() && outcome;) {
            if (by.left(parts_.clock) < kReadPatience) backlog_ = true;
            if (by.left(parts_.clock) < kReadPatience) break;
            PollReading reading(batch(due, next), polled_);
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

    /// From `next` on, as much as is read at once.
    std::vector<store::DuePoll> batch(std::vector<store::DuePoll>& due, std::size_t& next) const {
        std::vector<store::DuePoll> taken;
        for (std::size_t wallets = 0; next < due.size(); ++next) {
            const std::size_t more = std::max<std::size_t>(due[next].wallets.size(), 1);
            if (wallets > 0 && wallets + more > at_once_) break;
            wallets += more;
            taken.push_back(std::move(due[next]));
        }
        return taken;
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
            if (!told && !(late && reading.polls() == 1)) {
                outcome = told.error();
                co_return;
            }
            answers = told ? std::move(*told)
                           : std::vector<rpc::BalanceAnswer>(reading.questions().size(),
                                                             told.error());
        }
        const Time now = parts_.clock.wall();
        reading.take(std::move(answers), plan, [&](const store::DuePoll& poll) {
            return pace_of(poll.token).missed(now, poll.failures);
        });
    }

    Task<void> keep(PollPlan plan, Result<void>& outcome, Deadline by) {
        if (plan.balances.empty() && plan.missed.empty()) co_return;
        const std::size_t missed = plan.missed.size();
        const auto stored = co_await parts_.writer.poll(std::move(plan), by);
        if (stored)
            probe_.polled(*stored, missed);
        else
            outcome = stored.error();
    }

    BalanceSyncerParts parts_;
    SyncerProbe probe_;
    std::optional<std::vector<Token>> next_tokens_;  // from the next look on
    std::map<TokenId, const Token*> polled_;
    BlockRef newest_;      // of the last look
    bool waited_ = false;  // then, for it to stand
    std::optional<Instant> looked_, counted_;  // when
    std::map<TokenId, std::uint64_t> users_;
    std::map<TokenId, double> gathered_;  // shares that were not used up
    std::map<TokenId, Time> new_since_;
    bool backlog_ = false;  // more is overdue than was taken
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

/// The store's write port with every accident that may befall a unit of work.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <functional>

#include "dice.hpp"
#include "support/fake_store.hpp"
#include "support/virtual_loop.hpp"
#include "tally.hpp"

namespace custodialbridge::simulation {

/// How often what fails; in percent. All zero: the world is calm.
struct Faults {
    unsigned calls = 0;  ///< of the store's reads and small writes
    unsigned lost = 0;   ///< units of work refused, or done without an answer
    unsigned slips = 0;  ///< given up by the daemon, and done later all the same
    unsigned kills = 0;  ///< the daemon dies right before or right after it
};

class CommitPoints final : public store::PlanCommitter {
  public:
    using Committed = store::Committed;
    template <class T>
    using Task = runtime::Task<T>;

    CommitPoints(testing::FakeStore& store, testing::VirtualLoop& loop, const Faults& faults,
                 Dice dice, Tally& tally)
        : store_(store), loop_(loop), faults_(faults), dice_(dice), tally_(tally) {}

    /// The daemon that uses it got to the end of its life, and waits for it.
    bool doomed = false;

    Task<Result<Committed>> commit(LedgerPlan plan, store::Totals totals,
                                   runtime::Deadline) override {
        return pass([&store = store_, by = later(), plan = std::move(plan), totals] {
            return store.commit(plan, totals, by);
        });
    }
    Task<Result<Committed>> open(OpeningPlan plan, runtime::Deadline) override {
        return pass([&store = store_, by = later(), plan = std::move(plan)] {
            return store.open(plan, by);
        });
    }
    Task<Result<Committed>> open_token(OpeningPlan plan, TokenId token, bool last,
                                       runtime::Deadline) override {
        return pass([&store = store_, by = later(), plan = std::move(plan), token, last] {
            return store.open_token(plan, token, last, by);
        });
    }
    Task<Result<Committed>> adjust(AdjustmentPlan plan, runtime::Deadline) override {
        return pass([&store = store_, by = later(), plan = std::move(plan)] {
            return store.adjust(plan, by);
        });
    }
    Task<Result<Committed>> correct(CorrectionPlan plan, runtime::Deadline) override {
        const bool moves = !plan.missing.empty() || !plan.phantom.empty();
        const bool events = !plan.missing_events.empty() || !plan.phantom_events.empty();
        if (moves) ++tally_["moves corrected"];
        if (events) ++tally_["events corrected"];
        return pass([&store = store_, by = later(), plan = std::move(plan)] {
            return store.correct(plan, by);
        });
    }
    Task<Result<std::vector<store::PolledTotal>>> poll(PollPlan plan,
                                                       runtime::Deadline) override {
        return store_.poll(std::move(plan), later());
    }
    Task<Result<Committed>> unwind(UnwindPlan plan, runtime::Deadline) override {
        return pass([&store = store_, by = later(), plan] { return store.unwind(plan, by); });
    }

  private:
    /// Outlives the daemon, as what a database was sent does.
    using Work = std::function<Task<Result<Committed>>()>;

    Task<Result<Committed>> pass(Work work) {
        const Millis takes = dice_.up_to(3);
        co_await loop_.clock.sleep_until(loop_.clock.now() + takes);
        if (dice_.chance(faults_.slips)) {
            ++tally_["commits that land late"];
            const Millis late = dice_.up_to(1'500);
            boost::asio::co_spawn(loop_.executor(), do_later(loop_, std::move(work), late),
                                  boost::asio::detached);
            co_return Error(Errc::timed_out, "no answer from the store");
        }
        const bool kills = dice_.chance(faults_.kills);
        const bool loses = dice_.chance(faults_.lost);
        const bool before = dice_.chance(50);
        ++tally_["commits"];
        if (kills) ++tally_[before ? "kills before a commit" : "kills after a commit"];
        if (loses) ++tally_[before ? "commits refused" : "commits without an answer"];
        if (kills && before) co_await die();
        if (loses && before) co_return Error(Errc::unavailable, "the store is not there");
        auto done = co_await work();
        if (kills) co_await die();
        if (loses) co_return Error(Errc::timed_out, "no answer from the store");
        co_return std::move(done);
    }

    static Task<void> do_later(testing::VirtualLoop& loop, Work work, Millis time) {
        co_await loop.clock.sleep_until(loop.clock.now() + time);
        const auto done = co_await work();
        static_cast<void>(done);
    }

    Task<void> die() {
        doomed = true;
        co_await loop_.clock.sleep_until(loop_.clock.now() + std::chrono::hours(24));
    }

    runtime::Deadline later() const {
        return runtime::Deadline::after(loop_.clock, std::chrono::hours(1));
    }

    testing::FakeStore& store_;
    testing::VirtualLoop& loop_;
    const Faults& faults_;
    Dice dice_;
    Tally& tally_;
};

}  // namespace custodialbridge::simulation

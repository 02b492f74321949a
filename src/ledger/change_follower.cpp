#include "custodialbridge/ledger/change_follower.hpp"

#include <deque>
#include <utility>

#include "changing_wallets.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/run_together.hpp"
#include "custodialbridge/runtime/wakeup.hpp"

namespace custodialbridge::ledger {

namespace {

using runtime::Task;

/// A feed says within a second of the first missed change that it is deaf, so that nothing outlives
/// a change for much longer than that.
constexpr Millis kLifeWhenDeaf{500};
constexpr Millis kIdle{60'000};
constexpr std::size_t kWaitingMost = 64;

class LettingGo final : public ChangeFollower, private cache::ChangeListener {
  public:
    explicit LettingGo(FollowerParts parts) : parts_(std::move(parts)), to_forget_(parts_.loop) {}

    Task<void> run() override {
        std::vector<Task<void>> tasks;
        tasks.push_back(keep_lives_short());
        tasks.push_back(keep_forgetting());
        if (parts_.feed != nullptr) tasks.push_back(parts_.feed->run(*this));
        co_await runtime::run_together(std::move(tasks));
    }

  private:
    void changed(const cache::Change& change) override {
        const ChainTip* tip = parts_.board.find(change.chain);
        if (tip == nullptr) return;
        const bool writes = writes_(*tip);
        if (change.everything) doubt(*tip);
        for (const BalanceKey& key : change.balances) parts_.local.age(key);
        for (const UserId& user : change.users) parts_.local.drop_user(user, change.chain);
        // Only who writes a chain fills Redis: perhaps with a sum of before, after the other
        // process had made Redis forget it.
        if (writes && parts_.redis != nullptr && !change.users.empty()) begin_to_forget(change);
        if (writes || !change.everything) parts_.on_change(change.chain);
    }

    void hears(bool missed) override {
        deaf_ = false;
        if (!missed) return;
        for (const auto& tip : parts_.board.tips()) doubt(*tip);
    }

    void deaf() override {
        deaf_ = true;
        doubt_what_others_write();
    }

    static bool writes_(const ChainTip& tip) {
        const ChainPosition position = tip.read();
        return position.known && !position.standby;
    }

    void doubt(const ChainTip& tip) {
        if (writes_(tip)) parts_.distrust_redis(tip.chain());
        parts_.local.doubt_chain(tip.chain());
    }

    void doubt_what_others_write() {
        for (const auto& tip : parts_.board.tips())
            if (tip->read().standby) parts_.local.doubt_chain(tip->chain());
    }

    Task<void> keep_lives_short() {
        for (;;) {
            co_await parts_.clock.sleep_until(parts_.clock.now() + kLifeWhenDeaf);
            if (deaf_) doubt_what_others_write();
        }
    }

    struct Forgetting {
        ChainId chain;
        std::vector<UserId> users;
        std::vector<std::unique_ptr<ChangingWallets>> changing;
    };

    /// Until it is done, nothing new of them is kept.
    void begin_to_forget(const cache::Change& change) {
        if (waiting_.size() == kWaitingMost) return doubt(*parts_.board.find(change.chain));
        Forgetting& one = waiting_.emplace_back();
        one.chain = change.chain;
        one.users = change.users;
        for (const UserId& user : change.users) {
            one.changing.push_back(
                std::make_unique<ChangingWallets>(parts_.local, user, change.chain));
            one.changing.back()->outcome = cache::WalletsChange::made;
        }
        to_forget_.notify();
    }

    Task<void> keep_forgetting() {
        for (;;) {
            if (waiting_.empty()) {
                (void)co_await to_forget_.wait_until(parts_.clock, parts_.clock.now() + kIdle);
                continue;
            }
            const Forgetting one = std::move(waiting_.front());
            waiting_.pop_front();
            auto keys = keys_of(one.users, one.chain, parts_.tokens);
            const auto by = runtime::Deadline::after(parts_.clock, parts_.redis_timeout);
            const auto forgot = co_await parts_.redis->forget(std::move(keys), by);
            if (!forgot) parts_.distrust_redis(one.chain);
        }
    }

    FollowerParts parts_;
    bool deaf_ = true;
    std::deque<Forgetting> waiting_;
    runtime::Wakeup to_forget_;
};

}  // namespace

std::unique_ptr<ChangeFollower> make_change_follower(FollowerParts parts) {
    return std::make_unique<LettingGo>(std::move(parts));
}

}  // namespace custodialbridge::ledger

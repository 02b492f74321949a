#include <random>

#include "many_users.hpp"
#include "support/each_seed.hpp"

namespace custodialbridge::store {
namespace {

using namespace many;

/// The chain of a random test: what each wallet has at each block of the canonical branch.
class History {
  public:
    void mine(std::uint64_t block, std::map<std::string, U256> amounts) {
        at_[block] = std::move(amounts);
    }
    void unwind(std::uint64_t to) { at_.erase(at_.upper_bound(to), at_.end()); }
    const std::map<std::string, U256>& at(std::uint64_t block) const { return at_.at(block); }

  private:
    std::map<std::uint64_t, std::map<std::string, U256>> at_;
};

/// Reads truly, and stores in any order what was read before.
class RandomPolls {
  public:
    RandomPolls(StoreHandle& store, std::uint64_t seed)
        : users_(store), store_(store), random_(seed) {
        history_.mine(100, users_.amounts);
    }

    void step() {
        switch (random_() % 8) {
            case 0: return mine();
            case 1: return read();
            case 2: return change_wallets();
            case 3: return unwind();
            case 4: return read_one();
            default: return poll();
        }
    }
    /// Whatever is told is what the chain says at that block, and the journal sums to it.
    void check() {
        for (std::size_t n = 0; n < kUsers; ++n) {
            const StoredBalance found = users_.find(n);
            if (!found.complete || !found.polled) continue;
            const auto& truth = history_.at(found.polled->version.block.value);
            ASSERT_EQ(found.amount, truth.at(user(n)) * found.wallets) << user(n);
        }
        for (int some = 0; some < 3; ++some) {
            const std::size_t n = random_() % kUsers;
            if (!users_.find(n).complete) continue;
            U256 sum = 0;
            for (const WalletId wallet : wallets_of(n))
                sum += U256(store_.journal_sum(wallet, kEther));
            ASSERT_EQ(sum, users_.find(n).amount) << user(n);
        }
    }
    std::size_t known() {
        std::size_t known = 0;
        for (std::size_t n = 0; n < kUsers; ++n) known += users_.block_of(n).has_value();
        return known;
    }
    /// Above all blocks that touched anybody.
    void settle() {
        for (int block = 0; block < 10; ++block) mine();
        for (int round = 0; round < 3; ++round) users_.poll_all(head());
    }

  private:
    std::uint64_t head() const { return users_.at.block.number.value; }
    std::string anybody() { return user(random_() % kUsers); }

    void mine() {
        std::vector<WalletId> touched;
        for (std::uint64_t left = random_() % 3; left > 0; --left) {
            const std::size_t n = random_() % kUsers;
            users_.amounts[user(n)] = random_() % 5;
            const auto wallets = wallets_of(n);
            if (random_() % 2 == 0) touched.insert(touched.end(), wallets.begin(), wallets.end());
        }
        std::sort(touched.begin(), touched.end());
        touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
        users_.mine(std::move(touched));
        history_.mine(head(), users_.amounts);
    }
    std::vector<WalletId> wallets_of(std::size_t n) {
        auto all = store_.polls().due_of(kChain, kEther, {{user(n)}}, kLater, store_.soon());
        std::vector<WalletId> ids;
        for (const DuePoll& poll : await(std::move(all)).value())
            for (const TrackedWallet& wallet : poll.wallets) ids.push_back(wallet.id);
        return ids;
    }
    /// At one of the last blocks; kept for later, when much may have changed.
    void read() { kept_.push_back(plan_at(users_.due(), users_.segments())); }
    void read_one() {
        auto due = store_.polls().due_of(kChain, kEther, {{anybody()}}, kLater, store_.soon());
        store(plan_at(await(std::move(due)).value(), {}));
    }
    PollPlan plan_at(const std::vector<DuePoll>& due, const std::vector<DueSegment>& segments) {
        const std::uint64_t back = std::min<std::uint64_t>(random_() % 3, head() - 100);
        const auto now = std::exchange(users_.amounts, history_.at(head() - back));
        PollPlan plan = users_.plan(due, segments, head() - back);
        users_.amounts = now;
        return plan;
    }
    void poll() {
        if (random_() % 3 == 0 && !kept_.empty()) {
            store(kept_.front());
            kept_.erase(kept_.begin());
        } else {
            store(plan_at(users_.due(), users_.segments()));
        }
    }
    void store(PollPlan plan) {
        const auto stored = await(store_.committer().poll(std::move(plan), store_.soon()));
        const Errc code = stored ? Errc::conflict : stored.error().code();
        ASSERT_EQ(code, Errc::conflict) << stored.error().message();
    }
    void change_wallets() {
        const std::string name = anybody();
        const Address extra = address_of(10'000 + random_() % 10);
        if (random_() % 2 == 0)
            (void)await(store_.wallets().put({name}, kChain, extra, true, store_.soon()));
        else
            (void)await(store_.wallets().remove({name}, kChain, extra, store_.soon()));
    }
    void unwind() {
        const std::uint64_t to = head() - std::min<std::uint64_t>(random_() % 3, head() - 100);
        if (to == head()) return;
        users_.unwind(to);
        history_.unwind(to);
        users_.amounts = history_.at(to);
    }

    ManyUsers users_;
    StoreHandle& store_;
    std::mt19937_64 random_;
    History history_;
    std::vector<PollPlan> kept_;
};

TEST_P(Segmenting, WhateverHappensABalanceIsWhatTheChainSaysAtItsBlock) {
    const auto given = testing::number_from_environment("CB_SEED");
    const std::uint64_t seed = given.value_or(std::random_device()());
    SCOPED_TRACE("CB_SEED=" + std::to_string(seed));
    RandomPolls polls(store_, seed);
    for (int step = 0; step < 80; ++step) {
        polls.step();
        SCOPED_TRACE("step " + std::to_string(step));
        ASSERT_NO_FATAL_FAILURE(polls.check());
    }
    polls.settle();
    EXPECT_EQ(polls.known(), kUsers);
    polls.check();
}

}  // namespace
}  // namespace custodialbridge::store

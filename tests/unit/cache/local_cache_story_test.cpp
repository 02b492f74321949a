#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <random>

#include "custodialbridge/cache/local_cache.hpp"

namespace custodialbridge::cache {
namespace {

constexpr ChainId kChain{31337};
constexpr Instant kNow{std::chrono::seconds(1)};
constexpr int kUsers = 5;
constexpr std::uint32_t kTokens = 3;

using KeyName = std::pair<int, std::uint32_t>;  // user, token
using Amounts = std::map<KeyName, std::uint64_t>;

// One random history of a ledger, its writer and its readers, whose steps fall between one another
// in any order. It knows what is true of every key at every version, and holds each answer of the
// cache against it.
class Story {
  public:
    Story(unsigned seed, std::size_t capacity, bool stale_tier)
        : random_(seed), stale_tier_(stale_tier), cache_(capacity, Millis(1'000'000)) {
        truth_[store_] = {};
        for (int user = 0; user < kUsers; ++user)
            for (std::uint32_t token = 0; token < kTokens; ++token)
                truth_[store_][{user, token}] = 100;
    }

    void run(int steps) {
        for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
            switch (pick(10)) {
                case 0:
                case 1:
                case 2:
                    writer_step();
                    break;
                case 3:
                case 4:
                    begin_read();
                    break;
                case 5:
                case 6:
                    end_read();
                    break;
                case 7:
                    maybe_drop_user();
                    maybe_adjust();
                    break;
                default:
                    look();
            }
        }
    }

    int seen_current = 0;
    int seen_not_current = 0;
    int refused = 0;
    int refused_puts = 0;

  private:
    struct Read {
        KeyName key;
        std::uint64_t ticket;
        LocalBalance value;
    };

    unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
    KeyName pick_key() { return {static_cast<int>(pick(kUsers)), pick(kTokens)}; }
    static std::string user_of(const KeyName& key) { return "u" + std::to_string(key.first); }
    static BalanceKey key_of(const KeyName& key) { return {{user_of(key)}, kChain, {key.second}}; }

    LocalBalance value_at(const KeyName& key, Version version) {
        LocalBalance value;
        value.balance.amount = truth_.at(version).at(key);
        value.balance.version = version;
        value.followed = true;
        return value;
    }

    void writer_step() {
        if (todo_.empty()) commit();
        todo_.front()();
        todo_.pop_front();
    }

    // Plans the steps of a commit: into the store; the announcement; each changed key; the board.
    void commit() {
        Version next = store_;
        const bool reorg = pick(12) == 0 && store_.block.value > 5;
        const bool catching_up = !reorg && pick(8) == 0;
        if (reorg)
            next = {store_.epoch + 1, {store_.block.value - 1 - pick(4)}};
        else
            next.block.value += catching_up ? 1 + pick(20) : 1;
        std::map<KeyName, std::uint64_t> changes;
        for (unsigned i = 0; i < pick(catching_up ? 15 : 5); ++i) changes[pick_key()] = random_();

        todo_.push_back([this] { drops_ = cache_.drops(); });
        todo_.push_back([this, next, changes] {
            truth_[next] = truth_.at(store_);
            for (const auto& [key, amount] : changes) truth_[next][key] = amount;
            store_ = next;
            totals_ = truth_[next];
        });
        todo_.push_back([this, next] { cache_.begin_block(kChain, next); });
        if (catching_up) todo_.push_back([this] { cache_.drop_chain(kChain); });
        for (const auto& [changed, amount] : changes)
            if (!catching_up)
                todo_.push_back([this, key = changed, next] {
                    write_through(key, next, drops_);
                });
        todo_.push_back([this, next] { board_ = next; });
    }

    // What the commit said, whatever has become of the user's wallets since.
    void write_through(const KeyName& key, Version version, std::uint64_t drops) {
        LocalBalance value = value_at(key, version);
        value.balance.amount = totals_.at(key);
        if (!cache_.put(key_of(key), value, kNow, drops)) ++refused_puts;
    }

    // The ledger sets a balance right at its cursor.
    void maybe_adjust() {
        if (!todo_.empty() || pick(3) != 0) return;
        const KeyName key = pick_key();
        truth_.at(store_).at(key) += 1 + pick(9);
        totals_ = truth_.at(store_);
        cache_.begin_block(kChain, store_);
        write_through(key, store_, cache_.drops());
    }

    void begin_read() {
        if (reads_.size() > 10) return;
        const KeyName key = pick_key();
        Read read{key, cache_.ticket(user_of(key), kChain), {}};
        Version as_of = store_;
        if (stale_tier_ && pick(2) == 0)  // such as a Redis that was not written to for a while
            as_of = std::next(truth_.begin(), pick(static_cast<unsigned>(truth_.size())))->first;
        read.value = value_at(key, as_of);
        reads_.push_back(std::move(read));
    }

    void end_read() {
        if (reads_.empty()) return;
        const auto at = reads_.begin() + pick(static_cast<unsigned>(reads_.size()));
        if (!cache_.fill(key_of(at->key), at->value, at->ticket, kNow)) ++refused;
        reads_.erase(at);
    }

    // A wallet joined the user: every amount of theirs is another one from now on.
    void maybe_drop_user() {
        if (pick(5) != 0) return;
        const int user = static_cast<int>(pick(kUsers));
        const std::uint64_t more = 1 + pick(1'000);
        for (auto& [version, amounts] : truth_)
            for (auto& [key, amount] : amounts)
                if (key.first == user) amount += more;
        cache_.drop_user({"u" + std::to_string(user)}, kChain);
    }

    void look() {
        const KeyName key = pick_key();
        LocalBalance out;
        bool expired = false;
        if (!cache_.find(user_of(key), kChain, {key.second}, kNow, out, expired)) return;
        ++(out.current ? seen_current : seen_not_current);
        const Version own = out.balance.version;
        const Version told = out.current ? std::max(own, board_) : own;
        ASSERT_EQ(out.balance.amount, truth_.at(told).at(key)) << "not true as of what was told";
        // A stale tier may take a key back that was let go; with a good one nothing does.
        ASSERT_TRUE(stale_tier_ || told >= told_[key]) << "went backwards";
        told_[key] = told;
    }

    std::mt19937_64 random_;
    bool stale_tier_;
    LocalCache cache_;
    std::map<Version, Amounts> truth_;  // at every version that the store ever had
    Version store_;
    Version board_;
    std::uint64_t drops_ = 0;  // before the commit that is under way
    Amounts totals_;           // what it said
    std::deque<std::function<void()>> todo_;
    std::vector<Read> reads_;
    std::map<KeyName, Version> told_;
};

class LocalTierStories : public ::testing::TestWithParam<std::size_t> {};

TEST_P(LocalTierStories, ServeOnlyWhatIsTrueAsOfTheirBlockAndNeverGoBackwards) {
    int current = 0;
    int not_current = 0;
    int refused = 0;
    int refused_puts = 0;
    for (unsigned seed = 0; seed < 60 && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Story story(seed, GetParam(), false);
        story.run(3'000);
        current += story.seen_current;
        not_current += story.seen_not_current;
        refused += story.refused;
        refused_puts += story.refused_puts;
    }
    EXPECT_GT(refused_puts, 100);
    EXPECT_GT(current, 1'000);
    EXPECT_GT(not_current, 100);
    EXPECT_GT(refused, 100);
}

TEST_P(LocalTierStories, ServeOnlyWhatIsTrueAsOfTheirBlockAboveAStaleTier) {
    int current = 0;
    for (unsigned seed = 0; seed < 60 && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Story story(seed, GetParam(), true);
        story.run(3'000);
        current += story.seen_current;
    }
    EXPECT_GT(current, 1'000);
}

// No entry is ever evicted, or a user's tokens push one another out all the time.
INSTANTIATE_TEST_SUITE_P(Capacities, LocalTierStories, ::testing::Values(100'000, 128, 1));

}  // namespace
}  // namespace custodialbridge::cache

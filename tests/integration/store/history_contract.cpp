#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "store_contract.hpp"

namespace custodialbridge::store {
namespace {

using Key = std::pair<WalletId, TokenId>;

/// The ledger in the most naive way: a list of entries; a balance is the sum of its own.
class NaiveLedger {
  public:
    struct Row {
        BlockNumber block;
        TokenId token;
        WalletId debit, credit;
        U256 amount;
    };

    SignedAmount balance(Key key, std::optional<BlockNumber> at = std::nullopt) const {
        U256 in = 0, out = 0;  // amounts here are far from 2^256
        for (const Row& row : rows_) {
            if (row.token != key.second || (at && row.block > *at)) continue;
            if (row.credit == key.first) in += row.amount;
            if (row.debit == key.first) out += row.amount;
        }
        return difference(in, out);
    }

    void add(Row row) { rows_.push_back(std::move(row)); }

    void add_plan(const LedgerPlan& plan) {
        for (const Move& move : plan.moves)
            add({move.block, move.token, move.debit, move.credit, move.amount});
        for (const BalanceDelta& delta : plan.deltas)
            supply({delta.wallet, delta.token}, delta.last_block);
    }

    void set(Key key, const U256& amount, BlockNumber at, WalletId other) {
        const SignedAmount change = difference(amount, balance(key).magnitude);
        if (change.negative)
            add({at, key.second, key.first, other, change.magnitude});
        else
            add({at, key.second, other, key.first, change.magnitude});
    }

    void unwind(BlockNumber ancestor, const std::vector<Key>& all) {
        std::erase_if(rows_, [&](const Row& row) { return row.block > ancestor; });
        for (const Key& key : all) supply(key, ancestor);
    }

  private:
    void supply(Key key, BlockNumber at) {
        const SignedAmount now = balance(key);
        if (now.negative) add({at, key.second, kSuspense, key.first, now.magnitude});
    }

    std::vector<Row> rows_;
};

/// A random history against a store and the naive ledger at once.
class History {
  public:
    History(StoreHandle& store, std::uint64_t seed) : store_(store), random_(seed) {
        cursor_ = store_.begin_at(1'000, {kCpop, kGold});
        blocks_.push_back(cursor_.block);
        for (int i = 0; i < 4; ++i) register_wallet();
        open_waiting();
    }

    void step() {
        switch (random_() % 12) {
            case 0:
                register_wallet();
                break;
            case 1:
                open_waiting();
                break;
            case 2:
                adjust();
                break;
            case 3:
                unwind();
                break;
            default:
                commit();
                break;
        }
    }

    void check() {
        for (const auto& [wallet, user] : users_) {
            for (const TokenId token : {kCpop, kGold}) {
                const SignedAmount naive = naive_.balance({wallet, token});
                ASSERT_FALSE(naive.negative);
                ASSERT_EQ(store_.journal_sum(wallet, token), to_string(naive));
                const StoredBalance found = store_.find(user, token);
                ASSERT_EQ(found.complete, tracked_.contains(wallet));
                ASSERT_EQ(found.amount, naive.magnitude);
                ASSERT_EQ(found.cursor, cursor_);
            }
        }
        ASSERT_EQ(store_.recent(3).front(), cursor_.block);
        check_past();
    }

  private:
    /// Of one wallet: any block up to now, and the way there.
    void check_past() {
        if (tracked_.empty()) return;
        const WalletId wallet = any_tracked();
        const TokenId token = random_() % 2 == 0 ? kCpop : kGold;
        const std::uint64_t now = cursor_.block.number.value;
        const BlockNumber block{now - random_() % (now - 998)};  // from 999 on: begun at 1000
        const PastBalance past = store_.balance_at(users_[wallet], block, token);
        ASSERT_EQ(past.covered(), block >= tracked_[wallet]);
        ASSERT_EQ(past.covered_from, tracked_[wallet]);
        const SignedAmount naive = naive_.balance({wallet, token}, block);
        if (past.covered()) {
            ASSERT_EQ(past.amount, naive.negative ? U256(0) : naive.magnitude);
        }
        if (past.block_hash) {
            ASSERT_THAT(blocks_, ::testing::Contains(BlockRef{block, *past.block_hash}));
        }
        if (random_() % 8 == 0) check_changes(wallet, token);
    }

    void check_changes(WalletId wallet, TokenId token) {
        ChangeQuery query;
        query.user = {users_[wallet]};
        query.token = token;
        query.include_orphaned = random_() % 2 == 0;
        U256 in = 0, out = 0;
        for (const LedgerChange& change : store_.changes(query, 5 + random_() % 50)) {
            if (change.orphaned) continue;
            (change.delta.negative ? out : in) += change.delta.magnitude;
        }
        ASSERT_EQ(to_string(difference(in, out)), store_.journal_sum(wallet, token));
    }

    U256 any_amount() {
        const U256 wide = U256(random_()) << (random_() % 120);
        return random_() % 3 == 0 ? wide : U256(random_() % 100);
    }

    WalletId any_tracked() {
        auto at = tracked_.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(random_() % tracked_.size()));
        return at->first;
    }

    void register_wallet() {
        if (users_.size() == kWalletsMax) return;
        const std::string user = "u" + std::to_string(users_.size());
        const WalletId wallet = store_.put(user, users_.size());
        users_[wallet] = user;
        waiting_.insert(wallet);
    }

    void open_waiting() {
        for (const WalletId wallet : waiting_) {
            std::vector<std::pair<TokenId, U256>> amounts;
            for (const TokenId token : {kCpop, kGold}) {
                amounts.emplace_back(token, any_amount());
                naive_.set({wallet, token}, amounts.back().second, cursor_.block.number, kOutside);
            }
            ASSERT_TRUE(store_.open(cursor_, wallet, amounts));
            tracked_[wallet] = cursor_.block.number;
        }
        waiting_.clear();
    }

    void adjust() {
        if (tracked_.empty()) return;
        const WalletId wallet = any_tracked();
        const U256 amount = any_amount();
        ASSERT_TRUE(store_.adjust(cursor_, wallet, amount));
        naive_.set({wallet, kCpop}, amount, cursor_.block.number, kSuspense);
    }

    void commit() {
        PlanBuilder builder(kChain, cursor_);
        BlockNumber number = cursor_.block.number;
        const std::string branch = "e" + std::to_string(cursor_.epoch);
        for (std::uint64_t blocks = 1 + random_() % 3; blocks > 0; --blocks) {
            number = next(number);
            builder.block(number.value, branch);
            blocks_.push_back(block_ref(number.value, branch));
            for (std::uint64_t moves = random_() % 5; moves > 0 && !tracked_.empty(); --moves) {
                const bool inside = random_() % 2 == 0;
                WalletId from = any_tracked();
                WalletId to = inside ? any_tracked() : kOutside;
                if (random_() % 2 == 0) std::swap(from, to);
                builder.transfer(from, to, random_() % 2 == 0 ? kCpop : kGold, any_amount());
            }
        }
        const auto done = store_.commit(builder);
        ASSERT_TRUE(done) << done.error().message();
        naive_.add_plan(builder.build());
        cursor_ = done->cursor;
        for (const UserTotal& total : done->totals)
            ASSERT_EQ(total.amount, store_.amount(total.key.user.value, total.key.token));
    }

    void unwind() {
        const std::size_t depth = std::min<std::size_t>(random_() % 6, blocks_.size() - 1);
        blocks_.resize(blocks_.size() - depth);
        const BlockRef ancestor = blocks_.back();
        const auto done = store_.unwind(cursor_, ancestor);
        ASSERT_TRUE(done) << done.error().message();
        cursor_ = done->cursor;
        for (auto at = tracked_.begin(); at != tracked_.end();) {
            const bool above = at->second > ancestor.number;
            if (above) waiting_.insert(at->first);
            at = above ? tracked_.erase(at) : std::next(at);
        }
        std::vector<Key> keys;
        for (const auto& [wallet, from] : tracked_)
            for (const TokenId token : {kCpop, kGold}) keys.emplace_back(wallet, token);
        naive_.unwind(ancestor.number, keys);
    }

    static constexpr std::size_t kWalletsMax = 8;

    StoreHandle& store_;
    std::mt19937_64 random_;
    NaiveLedger naive_;
    Cursor cursor_;
    std::vector<BlockRef> blocks_;
    std::map<WalletId, std::string> users_;
    std::map<WalletId, BlockNumber> tracked_;
    std::set<WalletId> waiting_;
};

TEST_P(AnyHistory, LeavesTheJournalsSumInEveryBalance) {
    const std::uint64_t seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(store_, seed);
    for (int step = 0; step < 250 && !HasFatalFailure(); ++step) {
        history.step();
        if (!HasFatalFailure()) history.check();
    }
}

}  // namespace
}  // namespace custodialbridge::store

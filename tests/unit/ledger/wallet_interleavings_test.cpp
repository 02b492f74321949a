/// Users' wallets come and go between commits, reorgs, slow and failing tiers and lost writes, in
/// random interleavings. Whatever a reader is told is the sum over wallets that were the user's
/// while it asked. A run replays from its seed.
#include <cstdlib>
#include <limits>
#include <list>

#include "custodialbridge/runtime/random.hpp"
#include "ledger_model.hpp"
#include "support/each_seed.hpp"

namespace custodialbridge::ledger {
namespace {

constexpr std::uint64_t kUsers = 4;
constexpr std::uint64_t kEver = std::numeric_limits<std::uint64_t>::max();

UserId user_of(std::uint64_t number) {
    return {"user" + std::to_string(number)};
}
Address first_wallet(std::uint64_t user) {
    return address(100 + user);
}
Address second_wallet(std::uint64_t user) {
    return address(200 + user);
}

class WalletInterleavings {
  public:
    explicit WalletInterleavings(std::uint64_t seed) : random_(seed) {
        model.local_capacity = 1 + below(3) * 40;  // often one entry a shard
        model.settings.local_ttl = Millis{300};
        model.redis.ttl = Millis{600};
        model.start();
        std::vector<ModelMove> mints;
        for (std::uint64_t i = 0; i < kUsers; ++i) {
            mints.push_back({kCpop, kZero, first_wallet(i), 1'000});
            mints.push_back({kCpop, kZero, second_wallet(i), 1'000'000});
        }
        model.chain.mine(mints);
        model.begin();
        for (std::uint64_t i = 0; i < kUsers; ++i) {
            model.add_wallet(user_of(i), first_wallet(i));
            eras_.push_back({{0, kEver, false}});
        }
        disturb();
    }

    void run(int steps) {
        for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
            ++moment_;
            act();
            model.loop.pass(Millis{static_cast<std::int64_t>(below(12))});
            collect();
        }
        model.loop.pass(std::chrono::seconds(60));
        ++moment_;
        collect();
        EXPECT_TRUE(readings_.empty() && !writing_ && !change_) << "something never ended";
    }

    LedgerModel model;
    std::size_t answers = 0;
    std::size_t changes = 0;

  private:
    /// Whether the second wallet is the user's: perhaps from when the change to it began, until the
    /// change from it was done.
    struct Era {
        std::uint64_t from, until;
        bool has_second;
    };
    struct Reading {
        std::uint64_t user, began;
        std::unique_ptr<BalanceView> view;
        testing::Running<ReadResult> running;
    };
    struct Change {
        std::uint64_t user;
        testing::Running<Result<void>> running;
    };

    std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }

    void disturb() {
        model.store.script.delay = model.redis.script.delay =
            model.rpc.script.delay = [this](Point, std::string_view) {
                return Millis{below(3) == 0 ? static_cast<std::int64_t>(below(30)) : 0};
            };
        model.redis.script.fault = [this](Point, std::string_view) -> std::optional<Error> {
            if (below(redis_is_bad_ ? 2 : 25) != 0) return std::nullopt;
            return Error(Errc::unavailable, "now and then");
        };
    }

    void act() {
        switch (below(20)) {
            case 0:
            case 1:
            case 2:
            case 3:
                write();
                break;
            case 4:
            case 5:
            case 6:
                change_wallets();
                break;
            case 7:
                model.local->drop_chain(kChain);
                break;  // stands for evictions of everything
            case 8:
                if (below(3) == 0) redis_is_bad_ = !redis_is_bad_;
                break;
            case 9:
                lose_redis_writes();
                break;
            case 10:
                ask(true);
                break;
            case 11:
                model.saw_head();
                break;
            default:
                ask(false);
        }
        look_locally();
    }

    /// The writer does one thing at a time.
    void write() {
        if (writing_) return;
        const bool behind = model.cursor().block.number.value < model.chain.height();
        if (!behind && below(3) == 0) return open_waiting();
        if (!behind && below(8) == 0) return reorganise();
        if (!behind) mine();
        const Pace pace = below(12) == 0 ? Pace::catching_up : Pace::following;
        writing_.emplace(model.loop.start(model.applying(pace)));
    }

    void mine() {
        const std::uint64_t from = below(kUsers), to = below(kUsers);
        std::vector<ModelMove> moves{{kCpop, first_wallet(from), first_wallet(to), below(3)}};
        if (below(2) == 0)
            moves.push_back({kCpop, second_wallet(to), second_wallet(from), 1 + below(3)});
        model.chain.mine(moves);
    }

    void open_waiting() {
        OpeningPlan plan = model.opening_plan();
        if (plan.wallets.empty()) return;
        writing_.emplace(model.loop.start(model.writer->open(std::move(plan), model.soon())));
    }

    void reorganise() {
        const std::uint64_t cursor = model.cursor().block.number.value;
        if (cursor < 8) return;
        const std::uint64_t ancestor = cursor - 1 - below(3);
        model.chain.drop(model.chain.height() - ancestor);
        mine();
        const UnwindPlan plan{kChain, model.cursor(), model.block(ancestor)};
        writing_.emplace(model.loop.start(model.writer->unwind(plan, model.soon())));
    }

    void change_wallets() {
        if (change_) return;
        const std::uint64_t user = below(kUsers);
        const bool has_second = !eras_[user].back().has_second;
        eras_[user].push_back({moment_, kEver, has_second});
        change_.emplace(Change{user, model.loop.start(changing(user, has_second))});
        if (below(4) == 0) change_->running.cancel();
        ++changes;
    }

    Task<Result<void>> changing(std::uint64_t user, bool has_second) {
        const Address wallet = second_wallet(user);
        if (!has_second)
            co_return co_await model.wallets->remove(user_of(user), kChain, wallet, model.soon());
        const auto put =
            co_await model.wallets->put(user_of(user), kChain, wallet, true, model.soon());
        if (!put) co_return put.error();
        co_return Result<void>{};
    }

    void lose_redis_writes() {
        if (below(3) == 0) {
            kept_ = model.redis.entries;
        } else if (kept_) {
            model.redis.entries = *kept_;
            model.board->distrust_redis();
        }
    }

    void ask(bool realtime) {
        const std::uint64_t user = below(kUsers);
        auto view = std::make_unique<BalanceView>();
        BalanceView& out = *view;
        auto task = realtime ? model.reader->read_realtime(key_of(user_of(user)), 1, out,
                                                           model.soon())
                             : model.reader->read(key_of(user_of(user)), out, model.soon());
        readings_.push_back({user, moment_, std::move(view), model.loop.start(std::move(task))});
        if (below(12) == 0) {
            readings_.back().running.cancel();
            readings_.pop_back();
        }
    }

    void collect() {
        if (writing_ && writing_->done()) {
            writing_->take().value();
            writing_.reset();
            if (below(2) == 0) model.saw_head();
        }
        if (change_ && change_->running.done()) {
            auto& eras = eras_[change_->user];
            (eras.end() - 2)->until = moment_;
            change_.reset();
        }
        std::erase_if(readings_, [&](Reading& reading) {
            if (!reading.running.done()) return false;
            const bool answered = reading.running.take().has_value();
            if (answered) check(reading.user, *reading.view, reading.began);
            return true;
        });
    }

    void look_locally() {
        const std::uint64_t user = below(kUsers);
        BalanceView view;
        if (model.reader->find_local(user_of(user).value, kChain, kCpopId, view))
            check(user, view, moment_);
    }

    void check(std::uint64_t user, const BalanceView& view, std::uint64_t since) {
        ++answers;
        const testing::ModelBlock* block = model.chain.ever(view.block.hash);
        ASSERT_NE(block, nullptr);
        ASSERT_EQ(block->header.ref, view.block);
        std::string expected;
        for (const Era& era : eras_[user]) {
            if (era.until < since) continue;
            U256 sum =
                testing::ModelChain::balance_in(block->state, kCpop, first_wallet(user));
            if (era.has_second)
                sum += testing::ModelChain::balance_in(block->state, kCpop, second_wallet(user));
            if (view.raw == to_string(sum)) return;
            expected += (expected.empty() ? "" : " or ") + to_string(sum);
        }
        FAIL() << "user" << user << " was told " << view.raw << " by " << to_string(view.tier)
               << " at block " << view.block.number.value << (view.realtime ? " (realtime)" : "")
               << " instead of " << expected;
    }

    runtime::SeededRandom random_;
    bool redis_is_bad_ = false;
    std::uint64_t moment_ = 0;
    std::vector<std::vector<Era>> eras_;  ///< of each user
    std::optional<decltype(testing::FakeRedis::entries)> kept_;
    std::optional<testing::Running<Result<store::Committed>>> writing_;
    std::optional<Change> change_;
    std::list<Reading> readings_;
};

TEST(WalletInterleavings, ShowNoReaderASumOverOtherWallets) {
    testing::for_each_seed(60, [](std::uint64_t seed) {
        WalletInterleavings interleavings(seed);
        interleavings.run(400);
        EXPECT_GT(interleavings.answers, 100u);
        EXPECT_GT(interleavings.changes, 10u);
    });
}

}  // namespace
}  // namespace custodialbridge::ledger

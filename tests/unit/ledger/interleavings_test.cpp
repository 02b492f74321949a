/// One writer and several readers in random interleavings of commits, reorgs, slow and failing
/// tiers, evictions, registrations and restarts. Whatever a reader is told is what the model chain
/// says at the block that is named, and no reader is taken back behind what it was told. A run
/// replays from its seed.
#include <cstdlib>
#include <list>
#include <map>

#include "custodialbridge/runtime/random.hpp"
#include "ledger_model.hpp"
#include "support/each_seed.hpp"

namespace custodialbridge::ledger {
namespace {

constexpr std::uint64_t kUsers = 5;

UserId user_of(std::uint64_t number) {
    return {"user" + std::to_string(number)};
}
Address wallet_of(std::uint64_t number) {
    return address(100 + number);
}

class Interleavings {
  public:
    explicit Interleavings(std::uint64_t seed) : random_(seed) {
        model.local_capacity = 1 + below(3) * 40;  // often one entry a shard
        model.settings.local_ttl = Millis{200};
        model.redis.ttl = Millis{400};
        model.start();
        std::vector<ModelMove> mints;
        for (std::uint64_t i = 0; i < kUsers; ++i)
            mints.push_back({kCpop, kZero, wallet_of(i), 1'000});
        model.chain.mine(mints);
        model.begin();
        for (std::uint64_t i = 0; i < kUsers; ++i) model.add_wallet(user_of(i), wallet_of(i));
        model.store.script.delay = model.redis.script.delay =
            model.rpc.script.delay = [this](Point, std::string_view) {
                return Millis{below(3) == 0 ? static_cast<std::int64_t>(below(30)) : 0};
            };
        model.redis.script.fault = [this](Point, std::string_view) -> std::optional<Error> {
            if (below(redis_is_bad_ ? 2 : 12) != 0) return std::nullopt;
            return Error(Errc::unavailable, "now and then");
        };
        model.store.script.fault = [this](Point, std::string_view call) -> std::optional<Error> {
            if (call != "find" || below(10) != 0) return std::nullopt;
            return Error(Errc::unavailable, "now and then");
        };
    }

    void run(int steps) {
        for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
            act();
            model.loop.pass(Millis{static_cast<std::int64_t>(below(25))});
            collect();
        }
    }

    LedgerModel model;
    std::size_t answers = 0;

  private:
    struct Reading {
        std::uint64_t user;
        Version told_before;  ///< when it was asked
        std::unique_ptr<BalanceView> view;
        testing::Running<ReadResult> running;
    };

    std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }

    void act() {
        switch (below(16)) {
            case 0:
            case 1:
            case 2:
            case 3:
                commit();
                break;
            case 4:
                if (below(3) == 0) reorganise();
                break;
            case 5:
                model.local->drop_chain(kChain);
                break;  // stands for evictions of everything
            case 6:
                model.redis.entries.clear();
                break;  // restarted empty
            case 7:
                redis_is_bad_ = !redis_is_bad_;
                break;
            case 8:
                if (below(4) == 0) restart();
                break;
            case 9:
                realtime();
                break;
            default:
                ask();
        }
        look_locally();
    }

    void commit() {
        if (below(4) == 0) {
            model.chain.mine();
        } else {
            const std::uint64_t from = below(kUsers), to = below(kUsers);
            model.chain.mine({{kCpop, wallet_of(from), wallet_of(to), 1 + below(5)}});
        }
        if (below(5) == 0) return;  // the ledger is behind for a while
        while (model.cursor().block.number.value < model.chain.height())
            model.loop.run(model.applying(below(12) == 0 ? Pace::catching_up : Pace::following))
                .value();
        model.saw_head();
    }

    void reorganise() {
        const std::uint64_t cursor = model.cursor().block.number.value;
        if (cursor < 8) return;
        const std::uint64_t ancestor = cursor - 1 - below(4);
        model.chain.drop(model.chain.height() - ancestor);
        if (below(2) == 0) model.chain.mine({{kCpop, wallet_of(0), wallet_of(1), 1 + below(9)}});
        if (below(2) == 0) ask();
        if (below(2) == 0) realtime();
        if (below(2) == 0) model.loop.pass(Millis{3});
        model.unwind_to(ancestor);
        commit();
    }

    void restart() {
        readings_.clear();
        model.restart();
        told_.clear();  // callers of another process; the epoch in the store goes on
    }

    void ask() {
        const std::uint64_t user = below(kUsers);
        auto view = std::make_unique<BalanceView>();
        BalanceView& out = *view;
        start(user, std::move(view), model.reader->read(key_of(user_of(user)), out, model.soon()));
    }

    void realtime() {
        const std::uint64_t user = below(kUsers);
        auto view = std::make_unique<BalanceView>();
        BalanceView& out = *view;
        const auto confirmations = static_cast<std::uint32_t>(1 + below(3) * below(3));
        start(user, std::move(view),
              model.reader->read_realtime(key_of(user_of(user)), confirmations, out, model.soon()));
    }

    void start(std::uint64_t user, std::unique_ptr<BalanceView> view, Task<ReadResult> task) {
        readings_.push_back(
            {user, told_[user], std::move(view), model.loop.start(std::move(task))});
    }

    void collect() {
        std::erase_if(readings_, [&](Reading& reading) {
            if (!reading.running.done()) return false;
            if (reading.running.take()) {
                const bool pinned =
                    reading.view->realtime;  // asked for a block, not for the newest
                check(reading.user, *reading.view, pinned ? Version{} : reading.told_before,
                      pinned);
            }
            return true;
        });
    }

    void look_locally() {
        const std::uint64_t user = below(kUsers);
        BalanceView view;
        if (model.reader->find_local(user_of(user).value, kChain, kCpopId, view))
            check(user, view, told_[user], false);
    }

    void check(std::uint64_t user, const BalanceView& view, const Version& told_before,
               bool pinned) {
        ++answers;
        const testing::ModelBlock* block = model.chain.ever(view.block.hash);
        ASSERT_NE(block, nullptr);
        ASSERT_EQ(block->header.ref, view.block);
        ASSERT_EQ(view.raw,
                  to_string(testing::ModelChain::balance_in(block->state, kCpop, wallet_of(user))))
            << "user" << user << " from " << to_string(view.tier) << " at block "
            << view.block.number.value << (pinned ? " (realtime)" : "");
        if (!model.chain.is_canonical(view.block)) return;  // asked before a reorganisation
        const Version version{model.position().epoch, view.block.number};
        if (told_before.epoch == version.epoch && version < told_before)
            check_step_back(user, view, told_before);
        if (!pinned) told_[user] = std::max(told_[user], version);
    }

    /// Redis names the block of a balance's last change. After the local tier has let the balance
    /// go, that can be an older one than was named before; the amount is still that of the newer
    /// one.
    void check_step_back(std::uint64_t user, const BalanceView& view, const Version& told_before) {
        ASSERT_NE(view.tier, Tier::database);
        const auto& state = model.chain.at(told_before.block.value)->state;
        ASSERT_EQ(view.raw,
                  to_string(testing::ModelChain::balance_in(state, kCpop, wallet_of(user))))
            << "user" << user << " was told of block " << told_before.block.value << ", now of "
            << view.block.number.value << " by " << to_string(view.tier);
    }

    runtime::SeededRandom random_;
    bool redis_is_bad_ = false;
    std::map<std::uint64_t, Version> told_;
    std::list<Reading> readings_;
};

TEST(LedgerInterleavings, ShowNoReaderABalanceThatWasNotAndTakeNoneBack) {
    testing::for_each_seed(60, [](std::uint64_t seed) {
        Interleavings interleavings(seed);
        interleavings.run(300);
        EXPECT_GT(interleavings.answers, 100u);
    });
}

}  // namespace
}  // namespace custodialbridge::ledger

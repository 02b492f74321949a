/// The listener against a chain that reorganises, a node that lags and fails, a store that fails
/// before and after it did its work, and kills at any moment. Each run is one seed, and replays
/// from it.
#include <cstdlib>

#include "followed_model.hpp"
#include "support/each_seed.hpp"

namespace custodialbridge::sync {
namespace {

class Simulation {
  public:
    explicit Simulation(std::uint64_t seed) : random_(seed) {
        model.rpc.finalized_depth = model.rpc.safe_depth = 14;
        model.settings.start_block = {{1}};
        model.tokens.push_back(followed_token(kUsdtId, kUsdt));
        for (std::uint64_t i = 0; i < kHolders; ++i) holders_.push_back(address(100 + i));
        const auto fault = [this](Point point, std::string_view) -> std::optional<Error> {
            if (!faults_ || below(25) != 0) return std::nullopt;
            const bool done = point == Point::answering;
            return Error(done || below(2) == 0 ? Errc::timed_out : Errc::unavailable, "fault");
        };
        const auto delay = [this](Point, std::string_view) {
            return Millis{below(3) == 0 ? static_cast<std::int64_t>(below(40)) : 0};
        };
        model.rpc.script.fault = model.store.script.fault = fault;
        model.rpc.script.delay = model.store.script.delay = delay;
    }

    void run(int steps) {
        for (int i = 0; i < 5; ++i) mine();
        model.add_wallet(holders_[0]);
        model.start();
        faults_ = true;
        for (int i = 0; i < steps; ++i) {
            act();
            model.loop.pass(Millis{static_cast<std::int64_t>(below(300))});
            ASSERT_NE(model.listener->state(), ListenerState::stopped);
            ASSERT_EQ(model.difference_at_cursor(), "") << "step " << i;
        }
        faults_ = false;
        model.rpc.behind = 0;
        ASSERT_TRUE(model.catch_up(std::chrono::hours(1))) << model.standing();
        model.loop.pass(std::chrono::minutes(1));
        ASSERT_TRUE(model.catch_up(std::chrono::hours(1)));
        ASSERT_EQ(model.difference_from_chain(), "");
    }

    FollowedModel model;

  private:
    static constexpr std::uint64_t kHolders = 12;

    std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }
    const Address& anyone() { return holders_[below(kHolders)]; }

    void mine() {
        std::vector<ModelMove> moves;
        std::map<std::pair<Address, Address>, U256> left = model.chain.head().state;
        for (std::uint64_t count = below(4); count-- > 0;) {
            const Address contract = below(2) == 0 ? kCpop : kUsdt;
            const Address from = anyone(), to = anyone();
            const U256 has = left[{contract, from}];
            if (has < 10) {
                const Told told = below(2) == 0 ? Told::by_both : Told::by_transfer;
                moves.push_back({contract, kZero, to, 50, told});
                left[{contract, to}] += 50;
            } else {
                const U256 amount = 1 + below(10);
                moves.push_back({contract, from, to, amount, Told::by_transfer});
                left[{contract, from}] -= amount;
                left[{contract, to}] += amount;
            }
        }
        model.chain.mine(moves);
    }

    /// Never down to a block that a node ever called finalized.
    void reorganise() {
        highest_ = std::max(highest_, model.chain.height());
        const std::uint64_t lowest = highest_ > 13 ? highest_ - 12 : 1;
        if (model.chain.height() <= lowest) return mine();
        const std::uint64_t gone = 1 + below(model.chain.height() - lowest);
        model.chain.drop(gone);
        for (std::uint64_t made = below(gone + 3); made-- > 0;) mine();
    }

    void add_wallet(const Address& at) {
        faults_ = false;
        model.add_wallet(at);
        faults_ = true;
    }

    void act() {
        switch (below(12)) {
            case 0:
                reorganise();
                break;
            case 1:
                add_wallet(anyone());
                break;
            case 2:
                model.rpc.behind = below(3);
                break;
            case 3:
                faults_ =
                    false;  // the new process's own first call is the test's, not the listener's
                model.restart();
                faults_ = true;
                break;
            case 4:
                for (std::uint64_t burst = below(90); burst-- > 0;) mine();
                break;
            default:
                mine();
        }
        model.wakeup.notify();
    }

    runtime::SeededRandom random_;
    std::vector<Address> holders_;
    bool faults_ = false;
    std::uint64_t highest_ = 0;
};

TEST(ListenerSimulation, ComesToTheChainsBalancesWhateverHappens) {
    testing::for_each_seed(40, [](std::uint64_t seed) {
        Simulation simulation(seed);
        simulation.run(120);
    });
}

}  // namespace
}  // namespace custodialbridge::sync

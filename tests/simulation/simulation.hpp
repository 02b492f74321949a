/// One run: a chain that moves and reorganises, adverse endpoints, a store that fails, daemons that
/// die. The same seed is the same run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon.hpp"
#include "traffic.hpp"
#include "truths.hpp"

namespace custodialbridge::simulation {

/// What is drawn once a run.
struct Setup {
    rpc::Proof proof = rpc::Proof::required;
    std::size_t endpoints = 2;
    std::size_t honest = 0;              ///< which of them
    std::optional<std::size_t> strange;  ///< which of them is on another chain
    std::uint32_t quorum = 1;            ///< 2: all of three but one are honest
    bool two_daemons = false;
    bool multicall = false;
    bool far_behind = false;  ///< bursts of blocks that are caught up in ranges
    bool removes_wallets = false;
    bool lies_in_ranges = false;  ///< and the daemons audit
    bool hides_others = false;    ///< those lies are about what is no Transfer alone
    bool verifies = false;        ///< what events changed; then too
    bool secretive = false;       ///< contracts refuse balances now and then
    bool settles = false;         ///< what differs, instead of calling it a mismatch

    /// With a quorum, the next one lies, and nobody else does.
    std::size_t liar() const { return (honest + 1) % endpoints; }
    bool is_honest(std::size_t which) const {
        return quorum > 1 ? which != liar() : which == honest;
    }

    std::string text() const;
};

/// Of five seeds one is with a quorum, and in one ranges are lied about.
Setup any_setup(Dice& dice, std::uint64_t seed);

class Simulation {
  public:
    explicit Simulation(std::uint64_t seed);

    /// What went wrong, or nothing.
    std::string run(int steps);

    std::string setup() const { return setup_.text(); }
    const Tally& tally() const { return tally_; }

  private:
    void make_nodes();
    void make_auditors();
    void act();
    void spread();
    void change_habits(std::size_t which);
    void burst();
    void put(const Address& wallet);
    void remove(const Address& wallet);
    void set_faults(bool on);
    void revive();
    Daemon& any_daemon() { return *dice_.one_of(daemons_); }
    std::string check(bool thoroughly);
    std::string come_to_rest();
    std::string standing() const;
    std::string catch_up();
    void count_ledger();
    runtime::Deadline soon();

    Dice dice_;
    Setup setup_;
    Dice store_dice_;
    Tally tally_;
    testing::VirtualLoop loop_;
    SealedChain chain_{"this"};
    SealedChain other_chain_{"other"};
    Traffic traffic_;
    testing::FakeStore store_{loop_.clock};
    Faults faults_;
    runtime::BlockingPool work_{"work", 1, 64};
    std::vector<std::unique_ptr<Node>> nodes_;
    Site site_;
    Truths truths_;
    std::vector<std::unique_ptr<Daemon>> daemons_;
};

}  // namespace custodialbridge::simulation

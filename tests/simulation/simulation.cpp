#include "simulation.hpp"

#include <algorithm>
#include <array>

namespace custodialbridge::simulation {

namespace {

constexpr ChainId kChain{7};
constexpr ChainId kOtherChain{8};
const Address kMulticall = testing::address(0xca11);

Token followed(TokenId id, const Address& contract) {
    Token token;
    token.chain = kChain;
    token.id = id;
    token.kind = TokenKind::erc20;
    token.address = contract;
    token.symbol = "T" + std::to_string(id.value);
    token.decimals = 6;
    token.realtime = true;
    return token;
}

std::string_view name_of(rpc::Proof proof) {
    switch (proof) {
        case rpc::Proof::automatic: return "automatic";
        case rpc::Proof::required: return "required";
        case rpc::Proof::none: return "none";
    }
    return "?";
}

}  // namespace

std::string Setup::text() const {
    std::string text = "proof ";
    text.append(name_of(proof)).append(", ").append(std::to_string(endpoints));
    text.append(" endpoints, honest: ").append(std::to_string(honest));
    if (quorum > 1) text.append(", quorum, liar: ").append(std::to_string(liar()));
    if (strange) text.append(", on another chain: ").append(std::to_string(*strange));
    if (two_daemons) text.append(", two daemons");
    if (multicall) text.append(", multicall");
    if (far_behind) text.append(", far behind");
    if (removes_wallets) text.append(", wallets removed");
    if (lies_in_ranges) text.append(hides_others ? ", hides in ranges" : ", lies in ranges");
    if (secretive) text.append(", secretive contracts");
    if (verifies) text.append(settles ? ", differences settled" : ", verified");
    return text;
}

Setup any_setup(Dice& dice, std::uint64_t seed) {
    Setup setup;
    const std::array proofs{rpc::Proof::required, rpc::Proof::required, rpc::Proof::required,
                            rpc::Proof::automatic, rpc::Proof::none};
    setup.proof = dice.one_of(proofs);
    setup.endpoints = 2 + dice.below(2);
    setup.honest = dice.chance(70) ? setup.endpoints - 1 : dice.below(setup.endpoints);
    const std::size_t another = (setup.honest + 1) % setup.endpoints;
    if (dice.chance(15)) setup.strange = another;
    setup.two_daemons = dice.chance(30);
    setup.multicall = dice.chance(50);
    setup.far_behind = dice.chance(25);
    setup.removes_wallets = dice.chance(50);
    if (seed % 5 == 2) {
        setup.lies_in_ranges = setup.far_behind = true;
        setup.removes_wallets = false;  // what was told of those is not corrected
        setup.verifies = seed % 2 == 0;
        setup.settles = seed % 3 == 0;
        setup.hides_others = seed % 3 == 1;
        if (setup.proof == rpc::Proof::none) setup.proof = rpc::Proof::required;
    }
    setup.secretive = seed % 4 == 1;
    if (seed % 5 == 0) {
        setup.quorum = 2;
        setup.endpoints = 3;
        setup.strange.reset();
    }
    return setup;
}

Simulation::Simulation(std::uint64_t seed)
    : dice_(seed), setup_(any_setup(dice_, seed)), store_dice_(dice_.more()),
      traffic_(chain_, dice_.more(), setup_.proof != rpc::Proof::none),
      site_{loop_, store_, work_, nodes_, {}, {}, {}, false, Millis{0}, {}, faults_, tally_},
      truths_(chain_, store_, kChain, {kCpopId, kUsdtId}) {
    loop_.wait_for(work_);
    store_.tables.checks_deltas = true;
    site_.rpc.chain = site_.listener.chain = kChain;
    site_.rpc.proof = setup_.proof;
    site_.rpc.quorum = setup_.quorum;
    site_.rpc.call_timeout = Millis{3'000};
    if (setup_.multicall) site_.rpc.multicall3 = kMulticall;
    if (setup_.proof == rpc::Proof::none) site_.listener.integrity = sync::Integrity::bloom;
    site_.pace.step_timeout = Millis{10'000};
    site_.listener.start_block = {{1}};
    site_.listener.confirmations = 4;
    site_.listener.reorg_depth = 16;
    site_.tokens = {followed(kCpopId, kCpop), followed(kUsdtId, kUsdt)};
    if (setup_.proof != rpc::Proof::none) site_.tokens.push_back(followed(kOddId, kOdd));
    if (setup_.lies_in_ranges) make_auditors();
    make_nodes();
    store_.script.fault = [this](testing::Point point,
                                 std::string_view) -> std::optional<Error> {
        if (!store_dice_.chance(faults_.calls)) return std::nullopt;
        const bool done = point == testing::Point::answering;
        return Error(done || store_dice_.chance(50) ? Errc::timed_out : Errc::unavailable, "fault");
    };
}

/// Whoever is lied to about ranges finds it out later.
void Simulation::make_auditors() {
    site_.audits = true;
    site_.pace.walked_when_proven = 0;
    if (setup_.verifies) site_.verify_changed = Millis{2'000};
    for (Token& token : site_.tokens)
        if (setup_.settles) token.on_difference = OnDifference::sync;
    traffic_.name_all_moves();
    truths_.expect_lies();
}

void Simulation::make_nodes() {
    const Names names{traffic_.contracts(), traffic_.holders()};
    for (std::size_t i = 0; i < setup_.endpoints; ++i) {
        const bool strange = setup_.strange == i;
        nodes_.push_back(std::make_unique<Node>(strange ? other_chain_ : chain_,
                                                strange ? kOtherChain : kChain, names,
                                                loop_.clock, dice_.more(), tally_, i));
        if (setup_.multicall) nodes_[i]->multicall = kMulticall;
        nodes_[i]->secretive = setup_.secretive;
        change_habits(i);
        rpc::EndpointSettings settings;
        settings.http = "http://node" + std::to_string(i) + ":8545";
        site_.rpc.endpoints.push_back(std::move(settings));
    }
}

/// Without a proof that is required or a quorum, an honest endpoint that does not answer leaves it
/// to the others to say what they like.
void Simulation::change_habits(std::size_t which) {
    Habits& habits = nodes_[which]->habits;
    if (setup_.quorum > 1)
        habits = setup_.is_honest(which) ? honest_habits(dice_) : lone_liars_habits(dice_);
    else if (which != setup_.honest && setup_.lies_in_ranges)
        habits = range_liars_habits(dice_, setup_.proof, setup_.hides_others);
    else if (which != setup_.honest)
        habits = adverse_habits(dice_, setup_.proof);
    else if (setup_.proof == rpc::Proof::required)
        habits = honest_habits(dice_);
    else
        habits = steady_habits();
}

/// What the chain has comes to the nodes, to some of them later.
void Simulation::spread() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const bool steady = setup_.quorum == 1 && setup_.is_honest(i) &&
                            setup_.proof != rpc::Proof::required;
        if (steady || dice_.chance(65)) nodes_[i]->sync();
        else if (dice_.chance(40)) nodes_[i]->sync(1 + dice_.below(3));
        if (dice_.chance(30)) nodes_[i]->sync_other(dice_.below(4));
    }
}

runtime::Deadline Simulation::soon() {
    return runtime::Deadline::after(loop_.clock, Millis{10'000});
}

void Simulation::set_faults(bool on) {
    faults_ = on ? Faults{3, 4, 2, 2} : Faults{};
}

void Simulation::put(const Address& wallet) {
    const Faults before = std::exchange(faults_, {});
    loop_.run(store_.put({"user"}, kChain, wallet, true, soon())).value();
    faults_ = before;
}

void Simulation::remove(const Address& wallet) {
    const Faults before = std::exchange(faults_, {});
    const auto removed = loop_.run(store_.remove({"user"}, kChain, wallet, soon()));
    static_cast<void>(removed);
    faults_ = before;
}

void Simulation::burst() {
    const std::uint64_t most = setup_.far_behind ? 100 : 12;
    std::uint64_t blocks = dice_.below(most);
    if (setup_.lies_in_ranges) blocks += 60;
    while (blocks-- > 0) traffic_.mine();
}

void Simulation::act() {
    switch (dice_.below(16)) {
        case 0:
        case 1: traffic_.reorganise(); break;
        case 2: put(traffic_.anyone()); break;
        case 3:
            if (setup_.removes_wallets) remove(traffic_.anyone());
            break;
        case 4: change_habits(static_cast<std::size_t>(dice_.below(nodes_.size()))); break;
        case 5: {
            Daemon& daemon = any_daemon();
            daemon.kill();
            daemon.start();
            break;
        }
        case 6: any_daemon().lose_lead(); break;
        case 7: burst(); break;
        case 8:
            if (setup_.lies_in_ranges) burst();
            else traffic_.mine();
            break;
        default: traffic_.mine(); break;
    }
    if (setup_.strange && dice_.chance(50)) other_chain_.model.mine();
    spread();
    for (const auto& daemon : daemons_)
        if (dice_.chance(60)) daemon->wake();
}

/// Whoever is to die does, and comes up again.
void Simulation::revive() {
    for (const auto& daemon : daemons_) {
        if (!daemon->is_doomed()) continue;
        daemon->kill();
        daemon->start();
    }
}

std::string Simulation::check(bool thoroughly) {
    for (const auto& daemon : daemons_)
        if (auto failure = daemon->failure(); !failure.empty()) return failure;
    return thoroughly ? truths_.thoroughly() : truths_.at_cursor();
}

std::string Simulation::standing() const {
    std::string text = truths_.standing();
    for (const auto& daemon : daemons_) text.append("; ").append(daemon->standing());
    return text;
}

std::string Simulation::run(int steps) {
    for (std::uint64_t blocks = 2 + dice_.below(4); blocks-- > 0;) traffic_.mine();
    if (setup_.lies_in_ranges) burst();
    for (const auto& node : nodes_) node->sync();
    loop_.run(store_.sync_tokens(site_.tokens, soon())).value();
    put(traffic_.holders().front());
    for (std::size_t i = 1; setup_.lies_in_ranges && i < 4; ++i) put(traffic_.holders()[i]);
    for (int i = 0; i < (setup_.two_daemons ? 2 : 1); ++i)
        daemons_.push_back(std::make_unique<Daemon>(site_, dice_.more()));
    for (const auto& daemon : daemons_) daemon->start();
    set_faults(true);
    for (int i = 0; i < steps; ++i) {
        act();
        loop_.pass(dice_.up_to(dice_.chance(10) ? 4'000 : 300));
        if (auto wrong = check(i % 8 == 7); !wrong.empty())
            return "step " + std::to_string(i) + ": " + wrong;
        revive();
    }
    return come_to_rest();
}

/// The liars lie on; but every node comes to have the chain, and nothing breaks any more.
std::string Simulation::come_to_rest() {
    set_faults(false);
    for (std::size_t i = 0; i < nodes_.size(); ++i)
        if (setup_.is_honest(i)) nodes_[i]->habits = steady_habits();
    if (!setup_.lies_in_ranges) traffic_.name_everybody();
    if (setup_.lies_in_ranges) traffic_.keep_odd_still();
    for (std::uint64_t i = 0; setup_.lies_in_ranges && i < kFinalityDepth; ++i) traffic_.mine();
    for (const auto& node : nodes_) {
        node->sync();
        node->sync_other(0);
        node->secretive = false;
    }
    if (auto waits = catch_up(); !waits.empty()) return waits;
    loop_.pass(Millis{20'000});
    if (auto waits = catch_up(); !waits.empty()) return waits;
    if (auto wrong = check(true); !wrong.empty()) return "at the end: " + wrong;
    count_ledger();
    if (setup_.quorum > 1) ++tally_["runs with a quorum"];
    if (setup_.lies_in_ranges) ++tally_["runs with lies in ranges"];
    const std::string wrong = truths_.at_the_end();
    return wrong.empty() ? "" : "at the end: " + wrong;
}

void Simulation::count_ledger() {
    const testing::ChainRow& row = store_.tables.chains.at(kChain);
    tally_["reorgs unwound"] += row.state.cursor.epoch;
    for (const testing::BlockRow& block : row.blocks) {
        const bool proven = block.block.completeness == Completeness::proven;
        const bool checked = block.block.completeness == Completeness::checked;
        ++tally_[proven ? "blocks proven" : checked ? "blocks checked" : "blocks claimed"];
    }
    for (const testing::JournalRow& entry : row.journal) {
        if (entry.orphaned) ++tally_["rows orphaned"];
        if (entry.move.kind == MoveKind::sync) ++tally_["rows settled"];
        if (entry.move.debit.value > 0 && entry.move.credit.value > 0)
            ++tally_["moves between own wallets"];
    }
    for (const auto& [id, balance] : store_.tables.balances)
        if (balance.learnt_at) ++tally_["balances learnt"];
    for (const auto& [id, wallet] : store_.tables.wallets)
        ++tally_[wallet.deleted ? "wallets removed" : "wallets tracked"];
}

std::string Simulation::catch_up() {
    for (const auto& daemon : daemons_) daemon->wake();
    const auto reached = [this] {
        revive();
        return truths_.is_caught_up() &&
               (!setup_.lies_in_ranges || truths_.is_audited(kFinalityDepth));
    };
    if (loop_.run_until(reached, std::chrono::hours(setup_.lies_in_ranges ? 12 : 1))) return "";
    return "it does not catch up: " + standing();
}

}  // namespace custodialbridge::simulation

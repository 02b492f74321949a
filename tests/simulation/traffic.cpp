#include "traffic.hpp"

#include <algorithm>

#include "rpc_answers.hpp"

namespace custodialbridge::simulation {

using testing::ModelMove;
using testing::Told;

namespace {

constexpr std::size_t kHolders = 8;
constexpr std::uint64_t kReorgMax = kFinalityDepth - 2;

void book(std::map<std::pair<Address, Address>, U256>& left, const ModelMove& move) {
    if (!move.from.is_zero()) left[{move.contract, move.from}] -= move.amount;
    if (!move.to.is_zero()) left[{move.contract, move.to}] += move.amount;
}

}  // namespace

Traffic::Traffic(SealedChain& chain, Dice dice, bool with_odd)
    : chain_(chain.model), dice_(dice), with_odd_(with_odd) {
    for (std::size_t i = 0; i < kHolders; ++i) holders_.push_back(testing::address(100 + i));
}

std::vector<Address> Traffic::contracts() const {
    if (!with_odd_) return {kCpop, kUsdt};
    return {kCpop, kUsdt, kOdd};
}

Told Traffic::any_notice() {
    const std::vector<Told> ways{Told::by_transfer, Told::by_both, Told::by_notice_alone};
    return dice_.one_of(ways);
}

ModelMove Traffic::standard_move(Left& left) {
    ModelMove move{dice_.chance(50) ? kCpop : kUsdt, anyone(), anyone(), 0, Told::by_transfer};
    const U256 has = left[{move.contract, move.from}];
    if (has < 10) {
        move.from = {};
        move.amount = 20 + dice_.below(40);
        move.told = any_notice();
    } else if (dice_.chance(10)) {
        move.to = {};
        move.amount = 1 + dice_.below(10);
        move.told = any_notice();
    } else if (!dice_.chance(10)) {  // else of nothing
        move.amount = dice_.chance(20) ? has : U256(1 + dice_.below(10));
        if (dice_.chance(10)) move.to = move.from;
    }
    book(left, move);
    return move;
}

ModelMove Traffic::odd_move(Left& left) {
    std::vector<Told> ways{Told::by_transfer, Told::by_another_event};
    if (silent_) ways.push_back(Told::not_at_all);
    ModelMove move{kOdd, anyone(), anyone(), 1 + dice_.below(10), dice_.one_of(ways)};
    if (left[{kOdd, move.from}] < move.amount) move.from = {};
    book(left, move);
    return move;
}

void Traffic::mine() {
    Left left = chain_.head().state;
    std::vector<ModelMove> moves;
    for (std::uint64_t count = dice_.below(5); count-- > 0;)
        moves.push_back(with_odd_ && dice_.chance(odd_) ? odd_move(left) : standard_move(left));
    chain_.mine(moves);
    highest_ = std::max(highest_, chain_.height());
}

void Traffic::reorganise() {
    const std::uint64_t lowest = highest_ > kReorgMax ? highest_ - kReorgMax : 1;
    if (chain_.height() <= lowest) return mine();
    const std::uint64_t gone = 1 + dice_.below(chain_.height() - lowest);
    chain_.drop(gone);
    for (std::uint64_t made = dice_.below(gone + 3); made-- > 0;) mine();
}

void Traffic::name_everybody() {
    std::vector<ModelMove> moves;
    for (const Address& holder : holders_)
        if (with_odd_) moves.push_back({kOdd, holder, holder, 0, Told::by_another_event});
    chain_.mine(moves);
}

}  // namespace custodialbridge::simulation

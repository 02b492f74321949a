/// Random logs, read by the planner and by a naive reader that knows nothing of plans. RapidCheck
/// prints its seed.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "custodialbridge/rules/plan_blocks.hpp"
#include "made_logs.hpp"

namespace custodialbridge::rules {
namespace {

struct Event {
    EventType type = EventType::transfer;
    Address contract;
    Address from;
    Address to;
    U256 amount{0};
    std::uint64_t block = 0;
    std::uint32_t transaction = 0;
};

/// Few contracts, holders and amounts, so that equal ones meet often.
std::vector<Event> any_events() {
    const auto holders = rc::gen::element(kZero, kAlice, kBob, kCarol, address(4));
    std::vector<Event> events(*rc::gen::inRange<std::size_t>(0, 40));
    std::uint64_t block = 1;
    std::uint32_t transaction = 0;
    for (Event& event : events) {
        const int jump = *rc::gen::inRange(0, 6);
        if (jump == 0) {
            ++block;
            transaction = 0;
        } else if (jump == 1) {
            ++transaction;
        }
        event.block = block;
        event.transaction = transaction;
        event.type = *rc::gen::element(EventType::transfer, EventType::transfer, EventType::mint,
                                       EventType::burn);
        event.contract = *rc::gen::element(kCpop, kCpop, kUsdt, kUnknownContract);
        if (event.type != EventType::mint) event.from = *holders;
        if (event.type != EventType::burn) event.to = *holders;
        event.amount = *rc::gen::inRange(0, 4);
    }
    return events;
}

LogBatch logs_of(const std::vector<Event>& events) {
    MadeLogs logs;
    for (const Event& event : events) {
        logs.in(event.block, event.transaction);
        switch (event.type) {
            case EventType::mint:
                logs.mint(event.contract, event.to, event.amount);
                break;
            case EventType::burn:
                logs.burn(event.contract, event.from, event.amount);
                break;
            default:
                logs.transfer(event.contract, event.from, event.to, event.amount);
                break;
        }
    }
    return logs.batch;
}

LedgerPlan plan_of(const std::vector<Event>& events) {
    const Watchlist watchlist = alice_and_bob();
    MovePlanner planner(watchlist);
    LedgerPlan plan;
    planner.read(logs_of(events), plan).value();
    sum_deltas(plan);
    RC_ASSERT(planner.malformed() == 0u);
    return plan;
}

using Balances = std::map<std::pair<WalletId, TokenId>, std::int64_t>;

bool explains(const Event& transfer, const Event& notice) {
    const bool same_place =
        transfer.block == notice.block && transfer.transaction == notice.transaction &&
        transfer.contract == notice.contract && transfer.amount == notice.amount;
    return transfer.type == EventType::transfer && same_place && transfer.from == notice.from &&
           transfer.to == notice.to;
}

/// Marks the notices that say again what a Transfer said: each Transfer explains one at most.
std::vector<bool> told_again(const std::vector<Event>& events) {
    std::vector<bool> used(events.size()), again(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (events[i].type == EventType::transfer) continue;
        for (std::size_t j = 0; j < events.size() && !again[i]; ++j)
            if (!used[j] && explains(events[j], events[i])) used[j] = again[i] = true;
    }
    return again;
}

Balances naive_balances(const std::vector<Event>& events) {
    const std::map<Address, WalletId> wallets{{kAlice, kAliceWallet}, {kBob, kBobWallet}};
    const std::map<Address, TokenId> tokens{{kCpop, kCpopId}, {kUsdt, kUsdtId}};
    const auto again = told_again(events);
    Balances balances;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const Event& event = events[i];
        if (again[i] || !tokens.contains(event.contract)) continue;
        const auto amount = static_cast<std::int64_t>(event.amount);
        const TokenId token = tokens.at(event.contract);
        if (const auto from = wallets.find(event.from); from != wallets.end())
            balances[{from->second, token}] -= amount;
        if (const auto to = wallets.find(event.to); to != wallets.end())
            balances[{to->second, token}] += amount;
    }
    std::erase_if(balances, [](const auto& row) { return row.second == 0; });
    return balances;
}

RC_GTEST_PROP(PlanProperties, DeltasAreTheNaiveBalances, ()) {
    const auto events = any_events();
    Balances planned;
    for (const BalanceDelta& delta : plan_of(events).deltas) {
        const auto net =
            static_cast<std::int64_t>(delta.credit) - static_cast<std::int64_t>(delta.debit);
        if (net != 0) planned[{delta.wallet, delta.token}] = net;
    }
    RC_ASSERT(planned == naive_balances(events));
}

/// The outside's side is taken from the moves, the wallets' sides from the events.
RC_GTEST_PROP(PlanProperties, SidesSumToZeroInEveryBlockAndToken, ()) {
    const auto events = any_events();
    using Place = std::pair<BlockNumber, TokenId>;
    std::map<Place, std::int64_t> sums;
    for (const Move& move : plan_of(events).moves) {
        const auto amount = static_cast<std::int64_t>(move.amount);
        if (move.debit == kOutside) sums[{move.block, move.token}] -= amount;
        if (move.credit == kOutside) sums[{move.block, move.token}] += amount;
    }
    for (auto first = events.begin(); first != events.end();) {
        const auto end = std::find_if(first, events.end(),
                                      [&](const Event& e) { return e.block != first->block; });
        for (const auto& [row, net] : naive_balances({first, end}))
            sums[{BlockNumber{first->block}, row.second}] += net;
        first = end;
    }
    for (const auto& [place, sum] : sums) RC_ASSERT(sum == 0);
}

RC_GTEST_PROP(PlanProperties, EveryEventOfAWalletIsAMoveOrAnAnnouncement, ()) {
    const auto events = any_events();
    const LedgerPlan plan = plan_of(events);
    std::size_t named = 0;
    for (const Event& event : events) {
        const bool ours =
            event.from == kAlice || event.from == kBob || event.to == kAlice || event.to == kBob;
        named += ours && event.contract != kUnknownContract;
    }
    RC_ASSERT(plan.moves.size() + plan.announcements.size() == named);
    const auto again = told_again(events);
    std::size_t announced = 0;
    for (std::size_t i = 0; i < events.size(); ++i)
        announced += again[i] && events[i].contract != kUnknownContract &&
                     (events[i].from == kAlice || events[i].from == kBob ||
                      events[i].to == kAlice || events[i].to == kBob);
    RC_ASSERT(plan.announcements.size() == announced);
}

RC_GTEST_PROP(PlanProperties, RowsAreInOrderAndEachHasItsOwnLog, ()) {
    const LedgerPlan plan = plan_of(any_events());
    const auto ascend = [](const auto& rows) {
        return std::is_sorted(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
            return std::tie(a.block, a.log_index) < std::tie(b.block, b.log_index);
        });
    };
    RC_ASSERT(ascend(plan.moves));
    RC_ASSERT(ascend(plan.announcements));
    std::set<std::pair<BlockNumber, std::uint32_t>> logs;
    for (const Move& move : plan.moves) RC_ASSERT(logs.insert({move.block, move.log_index}).second);
    for (const Announcement& notice : plan.announcements)
        RC_ASSERT(logs.insert({notice.block, notice.log_index}).second);
}

RC_GTEST_PROP(PlanProperties, ReadingBlockByBlockIsTheSameAsAtOnce, ()) {
    const auto events = any_events();
    const LedgerPlan at_once = plan_of(events);
    const Watchlist watchlist = alice_and_bob();
    MovePlanner planner(watchlist);
    LedgerPlan together;
    for (auto first = events.begin(); first != events.end();) {
        const auto end = std::find_if(first, events.end(),
                                      [&](const Event& e) { return e.block != first->block; });
        planner.read(logs_of({first, end}), together).value();
        first = end;
    }
    sum_deltas(together);
    RC_ASSERT(together == at_once);
}

RC_GTEST_PROP(PlanProperties, JoiningWhatWasReadApartIsTheSameAsAtOnce, ()) {
    const auto events = any_events();
    const std::uint64_t border = *rc::gen::inRange<std::uint64_t>(0, 12);
    const auto middle = std::find_if(events.begin(), events.end(),
                                     [&](const Event& e) { return e.block >= border; });
    LedgerPlan joined = plan_of({events.begin(), middle});
    LedgerPlan rest = plan_of({middle, events.end()});
    joined.blocks.push_back({{{{1}, {}}, {}, {}, {}}, Completeness::claimed});
    rest.blocks.push_back({{{{2}, {}}, {}, {}, {}}, Completeness::checked});
    RC_ASSERT(join_plans(joined, rest));
    LedgerPlan at_once = plan_of(events);
    at_once.blocks.push_back({{{{1}, {}}, {}, {}, {}}, Completeness::claimed});
    at_once.blocks.push_back({{{{2}, {}}, {}, {}, {}}, Completeness::checked});
    RC_ASSERT(joined == at_once);
}

/// Valid moves of a token of any supply between Alice, Bob and the outside, and what they hold
/// then.
struct Holdings {
    std::map<WalletId, U256> held;
    std::vector<Move> moves;
};

Holdings any_holdings() {
    Holdings all;
    all.held[kOutside] = *rc::gen::element(U256(5), U256(1) << 255, ~U256(0));
    const auto holders = rc::gen::element(kOutside, kAliceWallet, kBobWallet);
    const auto count = *rc::gen::inRange<std::uint32_t>(0, 30);
    for (std::uint32_t i = 0; i < count; ++i) {
        Move move;
        move.block = {i};
        move.token = kCpopId;
        move.debit = *holders;
        move.credit = *holders;
        const U256& most = all.held[move.debit];
        move.amount = *rc::gen::element(most, most - most / 3, most / 2);
        all.held[move.debit] -= move.amount;
        all.held[move.credit] += move.amount;
        all.moves.push_back(move);
    }
    return all;
}

LedgerPlan summed(std::span<const Move> moves) {
    LedgerPlan plan;
    plan.moves.assign(moves.begin(), moves.end());
    sum_deltas(plan);
    return plan;
}

/// What a plan makes of `held`; every balance fits.
void apply_to(std::map<WalletId, U256>& held, const LedgerPlan& plan) {
    for (const BalanceDelta& delta : plan.deltas) {
        const SignedAmount net = difference(delta.credit, delta.debit);
        const auto now = net.negative ? checked_sub(held[delta.wallet], net.magnitude)
                                      : checked_add(held[delta.wallet], net.magnitude);
        RC_ASSERT(now.has_value());
        held[delta.wallet] = *now;
    }
}

RC_GTEST_PROP(PlanProperties, MovesOfAnySupplyFitFromAnyMomentOnAndJoined, ()) {
    const Holdings all = any_holdings();
    const std::span<const Move> moves(all.moves);
    const auto border = *rc::gen::inRange<std::size_t>(0, moves.size() + 1);
    const auto begin = *rc::gen::inRange<std::size_t>(0, border + 1);
    std::map<WalletId, U256> held;
    apply_to(held, summed(moves.first(begin)));
    LedgerPlan joined = summed(moves.subspan(begin, border - begin));
    LedgerPlan rest = summed(moves.subspan(border));
    RC_ASSERT(join_plans(joined, rest));
    apply_to(held, joined);
    for (const WalletId wallet : {kAliceWallet, kBobWallet})
        RC_ASSERT(held[wallet] == (all.held.contains(wallet) ? all.held.at(wallet) : U256(0)));
}

}  // namespace
}  // namespace custodialbridge::rules

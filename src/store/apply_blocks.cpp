#include <utility>

#include "apply_plans.hpp"
#include "custodialbridge/core/check.hpp"
#include "holding_statements.hpp"
#include "ledger_statements.hpp"
#include "ledger_work.hpp"
#include "poll_statements.hpp"
#include "segment_statements.hpp"

namespace custodialbridge::store {
namespace {

/// What the tables say when a change does not fit the balances: kApplyDeltas missed a row, or
/// balances_amount was violated.
constexpr std::string_view kMissedRow = "22012";
constexpr std::string_view kCheckViolated = "23514";

/// Are the stored amounts read before they are changed?
enum class Balances { as_planned, read_first };

void check_shape(const LedgerPlan& plan) {
    CB_CHECK(!plan.blocks.empty());
    BlockNumber before = plan.expected.block.number;
    for (const AppliedBlock& block : plan.blocks) {
        CB_CHECK(block.header.ref.number > before);
        before = block.header.ref.number;
    }
}

std::vector<NetChange> net_of(const std::vector<BalanceDelta>& deltas) {
    std::vector<NetChange> changes;
    changes.reserve(deltas.size());
    for (const BalanceDelta& delta : deltas)
        changes.push_back(
            {delta.wallet, delta.token, difference(delta.credit, delta.debit), delta.last_block});
    return changes;
}

std::vector<HoldingChange> net_of(const std::vector<HoldingDelta>& deltas) {
    std::vector<HoldingChange> changes;
    changes.reserve(deltas.size());
    for (const HoldingDelta& delta : deltas)
        changes.push_back({delta.wallet, delta.token, delta.nft_id,
                           difference(delta.credit, delta.debit), delta.last_block});
    return changes;
}

void touch_natives(LedgerWork& work, const LedgerPlan& plan) {
    if (plan.native_touched.empty()) return;
    const auto id = [](const WalletId& wallet) { return column(wallet); };
    Params touched = params(column(plan.chain), column(plan.blocks.back().header.ref.number));
    touched.add_array(plan.native_touched, id);
    work.add(kTouchPolls, std::move(touched));
    Params leaving = params(column(plan.chain));
    leaving.add_array(plan.native_touched, id);
    work.add(kLeaveTouched, std::move(leaving));
}

Result<std::vector<UserId>> users_of(LedgerWork& work, const std::vector<WalletId>& wallets) {
    std::vector<UserId> users;
    if (wallets.empty()) return users;
    Params named;
    named.add_array(wallets, [](const WalletId& wallet) { return column(wallet); });
    CB_TRY(rows, work.ask(kUsersOf, named));
    for (std::size_t i = 0; i < rows.count(); ++i) users.push_back({std::string(rows.text(i, 0))});
    return users;
}

Result<Committed> attempt(Connection& session, const Clock& clock, const LedgerPlan& plan,
                          Totals totals, Balances balances, Deadline by) {
    LedgerWork work(session, clock, plan.chain, by);
    CB_CHECKED(work.begin_advance(plan));
    std::vector<NetChange> changes = net_of(plan.deltas);
    std::vector<HoldingChange> holdings = net_of(plan.holdings);
    std::vector<Entry> entries;
    Committed done;
    if (balances == Balances::read_first) {
        CB_TRY(shortfalls, work.settle(changes, entries));
        done.shortfalls = std::move(shortfalls);
        CB_CHECKED(work.settle_holdings(holdings, entries));
    }
    work.add_blocks(plan.blocks, plan.expected.epoch);
    work.add_events(kInsertEvents, plan.announcements, plan.expected.epoch);
    work.add_changes(changes);
    work.add_holdings(holdings);
    work.add_entries(entries, plan.expected.epoch);
    work.add_excesses(plan.excesses, plan.expected.epoch);
    work.add_mark(kMarkUnsettled, rows_of(done.shortfalls));
    work.add_mark(kMarkUnsettled, rows_of(plan.touched));
    work.mark_deployed(plan.deployed);
    touch_natives(work, plan);
    CB_TRY(paid, users_of(work, plan.native_touched));
    done.native_users = std::move(paid);
    auto summed = work.commit(rows_of(changes), totals);
    if (!summed && session.sqlstate() == kMissedRow)
        return Error(Errc::corrupt,
                     "the plan's deltas name a balance twice, or one that is not there");
    if (!summed) return summed.error();
    done.totals = std::move(*summed);
    done.cursor = plan.expected;
    done.cursor.block = plan.blocks.back().header.ref;
    return done;
}

Result<void> require_canonical(LedgerWork& work, const UnwindPlan& plan) {
    const Params ancestor =
        params(column(plan.chain), column(plan.ancestor.number), plan.ancestor.hash);
    CB_TRY(found, work.ask(kIsCanonical, ancestor));
    if (!found.empty()) return {};
    return Error(Errc::conflict, "block " + std::to_string(plan.ancestor.number.value) + " " +
                                     to_string(plan.ancestor.hash) +
                                     " is not one of the ledger's canonical blocks");
}

Result<void> fulfil_order(LedgerWork& work, const UnwindPlan& plan) {
    if (!plan.ordered_by) return {};
    const auto epoch = static_cast<std::int32_t>(plan.expected.epoch + 1);
    CB_TRY(hit, work.ask(kFulfilOrder, params(column(*plan.ordered_by), epoch)));
    if (!hit.empty()) return {};
    return Error(Errc::conflict, "the order to resume does not wait any more");
}

struct Undone {
    std::vector<NetChange> balances;
    std::vector<HoldingChange> holdings;
};

/// Marks the journal above the ancestor orphaned; what that means for each balance and holding.
Result<Undone> orphan_journal(LedgerWork& work, const UnwindPlan& plan) {
    const Params above = params(column(plan.chain), column(plan.ancestor.number));
    CB_CHECKED(work.ask(kForgetLearnt, above));
    CB_CHECKED(work.ask(kDoubtSettled, above));
    CB_TRY(undone, work.ask(kOrphanJournal, above));
    Undone changes;
    for (std::size_t i = 0; i < undone.count(); ++i) {
        const NetChange change{undone.id<WalletId>(i, 0), undone.id<TokenId>(i, 1),
                               undone.signed_amount(i, 2), plan.ancestor.number};
        if (undone.is_null(i, 3))
            changes.balances.push_back(change);
        else
            changes.holdings.push_back(
                {change.wallet, change.token, undone.amount(i, 3), change.net, change.as_of});
    }
    return changes;
}

}  // namespace

/// Balances nearly always suffice, so they are not read first: where one does not, the tables
/// refuse the whole, and the second attempt finds out which and by how much.
Result<Committed> commit_plan(Connection& session, const Clock& clock, const LedgerPlan& plan,
                              Totals totals, Deadline by) {
    check_shape(plan);
    auto done = attempt(session, clock, plan, totals, Balances::as_planned, by);
    if (done || (session.sqlstate() != kCheckViolated && session.sqlstate() != kMissedRow))
        return done;
    return attempt(session, clock, plan, totals, Balances::read_first, by);
}

Result<Committed> unwind_chain(Connection& session, const Clock& clock, const UnwindPlan& plan,
                               Deadline by) {
    LedgerWork work(session, clock, plan.chain, by);
    CB_TRY(finalized, work.begin_here(plan.expected));
    if (finalized && plan.ancestor.number < *finalized && !plan.ordered_by)
        return Error(Errc::refused, "block " + std::to_string(plan.ancestor.number.value) +
                                        " is below the finalized block " +
                                        std::to_string(finalized->value));
    CB_CHECKED(require_canonical(work, plan));
    CB_CHECKED(fulfil_order(work, plan));
    CB_TRY(undone, orphan_journal(work, plan));
    std::vector<NetChange>& changes = undone.balances;
    const std::uint32_t epoch = plan.expected.epoch + 1;
    std::vector<Entry> entries;
    CB_TRY(shortfalls, work.settle(changes, entries));
    CB_CHECKED(work.settle_holdings(undone.holdings, entries));
    work.add_changes(changes);
    work.add_holdings(undone.holdings);
    work.add_entries(entries, epoch);
    work.add_mark(kMarkUnsettled, rows_of(shortfalls));
    const Params above = params(column(plan.chain), column(plan.ancestor.number));
    for (const Statement* statement :
         {&kForgetHoldings, &kForgetOpenings, &kForgetTokens, &kForgetPolls,
          &kForgetSegments, &kOrphanEvents, &kOrphanBlocks})
        work.add(*statement, above);
    work.add(kRewindChain,
             params(column(plan.chain), column(plan.ancestor.number), plan.ancestor.hash));
    CB_TRY(totals, work.commit(rows_of(changes), Totals::wanted));
    const Cursor rewound{plan.ancestor, epoch, plan.expected.term};
    return Committed{rewound, std::move(totals), std::move(shortfalls), {}};
}

}  // namespace custodialbridge::store

#include "support/ledger_units.hpp"

namespace custodialbridge::testing {

Result<void> write_plan(LedgerTables& tables, ChainRow& chain, const LedgerPlan& plan) {
    const std::uint32_t epoch = plan.expected.epoch;
    BlockNumber before = plan.expected.block.number;
    for (const AppliedBlock& block : plan.blocks) {
        if (block.header.ref.number <= before) throw std::logic_error("blocks do not ascend");
        before = block.header.ref.number;
        CB_CHECKED(tables.insert_block(chain, block, epoch));
    }
    for (const Move& move : plan.moves) CB_CHECKED(tables.insert_move(chain, move, epoch));
    for (const Announcement& event : plan.announcements)
        chain.events.push_back({event, epoch, false});
    return {};
}

void require_deltas_sum_moves(const LedgerPlan& plan) {
    std::map<BalanceId, Net> sums;
    for (const Move& move : plan.moves) {
        if (move.debit == move.credit || move.amount == 0) continue;
        if (move.debit.value > 0) sums[{move.debit, move.token}].debit += move.amount;
        if (move.credit.value > 0) sums[{move.credit, move.token}].credit += move.amount;
    }
    for (const Excess& one : plan.excesses) {
        if (one.nft_id) continue;
        Net& sum = sums[{one.wallet, one.token}];
        (one.given ? sum.debit : sum.credit) += one.amount;
    }
    if (sums.size() != plan.deltas.size()) throw std::logic_error("deltas do not match the moves");
    for (const BalanceDelta& delta : plan.deltas) {
        const Net& sum = sums[{delta.wallet, delta.token}];
        if (difference(sum.credit, sum.debit) != difference(delta.credit, delta.debit))
            throw std::logic_error("a delta is not the sum of its moves");
    }
}

Result<Committed> commit_plan(LedgerTables& tables, const LedgerPlan& plan, store::Totals totals) {
    if (plan.blocks.empty()) throw std::logic_error("a plan without a block");
    if (tables.checks_deltas) require_deltas_sum_moves(plan);
    CB_TRY(chain, tables.locked(plan.chain, plan.expected));
    CB_CHECKED(write_plan(tables, *chain, plan));
    std::map<BalanceId, Net> changes;
    std::set<BalanceId> changed;
    for (const BalanceDelta& delta : plan.deltas) {
        changes[{delta.wallet, delta.token}] = {delta.credit, delta.debit, delta.last_block};
        if (!changed.insert({delta.wallet, delta.token}).second)
            return Error(Errc::corrupt, "the plan's deltas name a balance twice");
    }
    CB_TRY(shortfalls, tables.change(*chain, changes, plan.expected.epoch));
    std::map<HoldingId, Net> holdings;
    for (const HoldingDelta& delta : plan.holdings)
        holdings[{delta.wallet, delta.token, delta.nft_id}] = {delta.credit, delta.debit,
                                                               delta.last_block};
    CB_CHECKED(tables.change(*chain, holdings, plan.expected.epoch));
    tables.add_excesses(*chain, plan.excesses, plan.expected.epoch);
    for (const Touch& touch : plan.touched)
        if (const auto held = tables.balances.find({touch.wallet, touch.token});
            held != tables.balances.end())
            held->second.unsettled = held->second.known;
    for (const WalletId wallet : plan.deployed) tables.wallets.at(wallet).wallet.is_deployed = true;
    const BlockHeader& newest = plan.blocks.back().header;
    chain->state.cursor = {newest.ref, plan.expected.epoch};
    chain->state.cursor_time = newest.timestamp;
    Committed done;
    done.cursor = chain->cursor();
    if (totals == store::Totals::wanted) done.totals = tables.totals(plan.chain, changed);
    done.shortfalls = std::move(shortfalls);
    tables.touch_polls(plan.chain, plan.native_touched, newest.ref.number);
    std::set<std::string> paid;
    for (const WalletId wallet : plan.native_touched)
        if (!tables.wallets.at(wallet).deleted)
            paid.insert(tables.wallets.at(wallet).wallet.user.value);
    for (const std::string& user : paid) done.native_users.push_back({user});
    return done;
}

Result<Committed> open_wallets(LedgerTables& tables, const OpeningPlan& plan) {
    CB_TRY(chain, tables.locked(plan.chain, plan.at));
    Committed done;
    done.cursor = plan.at;
    std::set<WalletId> opened;
    for (const WalletId wallet : plan.wallets) {
        const auto found = tables.wallets.find(wallet);
        if (found == tables.wallets.end() || found->second.deleted ||
            found->second.wallet.tracked_from || found->second.wallet.chain != plan.chain)
            continue;
        found->second.wallet.tracked_from = plan.at.block.number;
        if (opened.insert(wallet).second) done.opened.push_back(wallet);
    }
    std::set<BalanceId> changed;
    for (const Observation& seen : plan.balances) {
        if (!opened.contains(seen.wallet)) continue;
        tables.open_balance(*chain, seen, plan.holdings, plan.at.block.number, plan.at.epoch);
        changed.insert({seen.wallet, seen.token});
    }
    for (const UnknownBalance& unknown : plan.unknown)
        if (opened.contains(unknown.wallet)) tables.open_unknown(unknown, plan.at.block.number);
    done.totals = tables.totals(plan.chain, changed);
    return done;
}

Result<Committed> open_token(LedgerTables& tables, const OpeningPlan& plan, TokenId token,
                             bool last) {
    CB_TRY(chain, tables.locked(plan.chain, plan.at));
    std::set<BalanceId> changed;
    for (const Observation& seen : plan.balances) {
        const WalletRow& row = tables.wallets.at(seen.wallet);
        if (row.deleted || !row.wallet.tracked_from || row.wallet.chain != plan.chain) continue;
        tables.open_balance(*chain, seen, plan.holdings, plan.at.block.number, plan.at.epoch);
        changed.insert({seen.wallet, seen.token});
    }
    for (const UnknownBalance& unknown : plan.unknown) {
        const WalletRow& row = tables.wallets.at(unknown.wallet);
        if (row.deleted || !row.wallet.tracked_from || row.wallet.chain != plan.chain) continue;
        tables.open_unknown(unknown, plan.at.block.number);
    }
    if (last) {
        for (const auto& [id, row] : tables.wallets) {
            if (row.deleted || !row.wallet.tracked_from || row.wallet.chain != plan.chain) continue;
            const BalanceRow* held = tables.balance(id, token);
            if (held == nullptr || held->as_of != plan.at.block.number)
                return Error(Errc::conflict, "not every tracked wallet was read at the cursor");
        }
        chain->opened_tokens[token] = plan.at.block.number;
    }
    Committed done;
    done.cursor = plan.at;
    done.totals = tables.totals(plan.chain, changed);
    return done;
}

Result<void> adjust_holdings(LedgerTables& tables, ChainRow& chain, const AdjustmentPlan& plan,
                             const std::set<BalanceId>& learnt, std::set<BalanceId>& changed) {
    const auto enter = [&](TokenId token, WalletId from, WalletId to, const U256& amount,
                           std::optional<U256> nft_id) {
        const bool opening = from == kOutside || to == kOutside;
        tables.add_entry(chain, plan.at.block.number, token, from, to, amount,
                         opening ? MoveKind::opening : plan.kind, plan.at.epoch, nft_id);
    };
    for (const HoldingObservation& seen : plan.holdings) {
        U256& held = tables.holdings[{seen.wallet, seen.token, seen.nft_id}];
        const SignedAmount net = difference(seen.amount, std::exchange(held, seen.amount));
        if (net.magnitude == 0) continue;
        BalanceRow& row = tables.balances.at({seen.wallet, seen.token});
        row.unsettled = false;
        const bool opening = learnt.contains({seen.wallet, seen.token});
        const WalletId other_side = opening ? kOutside : kSuspense;
        const WalletId from = net.negative ? seen.wallet : other_side;
        const WalletId to = net.negative ? other_side : seen.wallet;
        enter(seen.token, from, to, net.magnitude, seen.nft_id);
        const bool named =
            std::any_of(plan.balances.begin(), plan.balances.end(), [&](const Observation& one) {
                return one.wallet == seen.wallet && one.token == seen.token;
            });
        if (named) {
            enter(seen.token, to, from, net.magnitude, std::nullopt);
            continue;
        }
        if (net.negative)
            row.amount -= net.magnitude;
        else
            row.amount += net.magnitude;
        row.as_of = plan.at.block.number;
        changed.insert({seen.wallet, seen.token});
    }
    return {};
}

Result<Committed> adjust_balances(LedgerTables& tables, const AdjustmentPlan& plan) {
    CB_TRY(chain, tables.locked(plan.chain, plan.at));
    std::set<BalanceId> changed;
    std::set<BalanceId> named, learnt;
    for (const Observation& seen : plan.balances) {
        if (!named.insert({seen.wallet, seen.token}).second)
            return Error(Errc::corrupt, "the plan sets a balance twice");
        const auto held = tables.balances.find({seen.wallet, seen.token});
        if (held == tables.balances.end()) return Error(Errc::corrupt, "no such balance to adjust");
        BalanceRow& row = held->second;
        row.unsettled = false;
        if (row.amount == seen.amount && row.known) continue;
        const BlockNumber here = plan.at.block.number;
        if (!row.known) learnt.insert({seen.wallet, seen.token});
        tables.add_difference(*chain, row.amount, seen, here, row.known ? kSuspense : kOutside,
                              row.known ? plan.kind : MoveKind::opening, plan.at.epoch);
        row = {seen.amount, here, false, true, row.known ? row.learnt_at : std::optional(here)};
        changed.insert({seen.wallet, seen.token});
    }
    CB_CHECKED(adjust_holdings(tables, *chain, plan, learnt, changed));
    Committed done;
    done.cursor = plan.at;
    done.totals = tables.totals(plan.chain, changed);
    return done;
}

void forget_openings(LedgerTables& tables, ChainRow& chain, ChainId id, BlockNumber ancestor) {
    for (auto& [wallet, row] : tables.wallets) {
        if (row.wallet.chain != id || !row.wallet.tracked_from ||
            *row.wallet.tracked_from <= ancestor)
            continue;
        row.wallet.tracked_from.reset();
        std::erase_if(tables.balances, [&](const auto& b) {
            const bool polled_below = !tables.tokens.at({id, b.first.second}).realtime &&
                                      b.second.as_of <= ancestor;
            return b.first.first == wallet && b.second.amount == 0 && !polled_below;
        });
        std::erase_if(tables.holdings,
                      [&](const auto& h) { return std::get<0>(h.first) == wallet; });
    }
    std::erase_if(chain.opened_tokens, [&](const auto& opened) {
        if (opened.second <= ancestor) return false;
        std::erase_if(tables.balances, [&](const auto& row) {
            return row.first.second == opened.first && row.second.amount == 0 &&
                   tables.wallets.at(row.first.first).wallet.chain == id;
        });
        return true;
    });
}

Result<Committed> unwind_chain(LedgerTables& tables, const UnwindPlan& plan) {
    CB_TRY(chain, tables.locked(plan.chain, plan.expected));
    if (chain->state.finalized && plan.ancestor.number < *chain->state.finalized &&
        !plan.ordered_by)
        return Error(Errc::refused, "below the finalized block");
    const auto ancestor =
        std::find_if(chain->blocks.begin(), chain->blocks.end(), [&](const BlockRow& row) {
            return row.block.header.ref == plan.ancestor && !row.orphaned;
        });
    if (ancestor == chain->blocks.end()) return Error(Errc::conflict, "not a canonical block");
    if (plan.ordered_by) {
        OrderRow& order = tables.resume_orders.at(*plan.ordered_by);
        if (order.outcome) return Error(Errc::conflict, "the order does not wait any more");
        order.outcome = store::ResumeOutcome{std::nullopt, plan.expected.epoch + 1};
    }
    const Time ancestor_time = ancestor->block.header.timestamp;

    tables.forget_learnt(plan.chain, plan.ancestor.number);
    std::map<BalanceId, Net> undone;
    std::map<HoldingId, Net> undone_holdings;
    for (JournalRow& row : chain->journal) {
        if (row.orphaned || row.move.block <= plan.ancestor.number) continue;
        row.orphaned = true;
        const bool settled = row.move.kind == MoveKind::sync || row.move.kind == MoveKind::repair;
        if (settled && tables.tokens.at({plan.chain, row.move.token}).realtime)
            for (const WalletId wallet : {row.move.debit, row.move.credit})
                if (const auto held = tables.balances.find({wallet, row.move.token});
                    held != tables.balances.end())
                    held->second.unsettled = held->second.known;
        const auto side = [&](WalletId wallet) -> Net& {
            Net& net = undone[{wallet, row.move.token}];
            net.as_of = plan.ancestor.number;
            return net;
        };
        if (row.move.debit.value > 0) side(row.move.debit).credit += row.move.amount;
        if (row.move.credit.value > 0) side(row.move.credit).debit += row.move.amount;
        if (!row.move.nft_id) continue;
        const auto holding = [&](WalletId wallet) -> Net& {
            Net& net = undone_holdings[{wallet, row.move.token, *row.move.nft_id}];
            net.as_of = plan.ancestor.number;
            return net;
        };
        if (row.move.debit.value > 0) holding(row.move.debit).credit += row.move.amount;
        if (row.move.credit.value > 0) holding(row.move.credit).debit += row.move.amount;
    }
    const std::uint32_t epoch = plan.expected.epoch + 1;
    CB_TRY(shortfalls, tables.change(*chain, undone, epoch));
    CB_CHECKED(tables.change(*chain, undone_holdings, epoch));
    forget_openings(tables, *chain, plan.chain, plan.ancestor.number);
    tables.forget_polls(plan.chain, plan.ancestor.number);
    for (EventRow& row : chain->events)
        if (row.event.block > plan.ancestor.number) row.orphaned = true;
    for (BlockRow& row : chain->blocks)
        if (row.block.header.ref.number > plan.ancestor.number) row.orphaned = true;
    chain->state.cursor = {plan.ancestor, epoch};
    if (chain->audited) chain->audited = std::min(*chain->audited, plan.ancestor.number);
    if (chain->state.safe) chain->state.safe = std::min(*chain->state.safe, plan.ancestor.number);
    if (chain->state.finalized)
        chain->state.finalized = std::min(*chain->state.finalized, plan.ancestor.number);
    chain->state.cursor_time = ancestor_time;
    std::set<BalanceId> changed;
    for (const auto& [id, net] : undone) changed.insert(id);
    Committed done;
    done.cursor = chain->cursor();
    done.totals = tables.totals(plan.chain, changed);
    done.shortfalls = std::move(shortfalls);
    return done;
}

}  // namespace custodialbridge::testing

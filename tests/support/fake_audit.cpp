#include "support/fake_audit.hpp"

namespace custodialbridge::testing {

Result<void> correct_events(ChainRow& chain, const CorrectionPlan& plan, std::uint32_t epoch) {
    const auto same_place = [](const EventRow& row, const Announcement& event) {
        return row.event.block == event.block && row.event.log_index == event.log_index &&
               row.event.wallet == event.wallet;
    };
    for (const Announcement& phantom : plan.phantom_events) {
        const auto row = std::find_if(
            chain.events.begin(), chain.events.end(),
            [&](const EventRow& one) { return !one.orphaned && same_place(one, phantom); });
        if (row == chain.events.end()) return Error(Errc::conflict, "no such event any more");
        row->orphaned = true;
    }
    for (const Announcement& missing : plan.missing_events) {
        std::erase_if(chain.events, [&](const EventRow& one) {
            return one.epoch == epoch && same_place(one, missing);
        });
        chain.events.push_back({missing, epoch, false});
    }
    return {};
}

Result<Committed> correct_journal(LedgerTables& tables, const CorrectionPlan& plan) {
    CB_TRY(chain, tables.locked(plan.chain, plan.at));
    const std::uint32_t epoch = plan.at.epoch;
    for (const Move& phantom : plan.phantom) {
        const auto row = std::find_if(
            chain->journal.begin(), chain->journal.end(),
            [&](const JournalRow& one) { return !one.orphaned && one.move == phantom; });
        if (row == chain->journal.end()) return Error(Errc::conflict, "no such row any more");
        row->orphaned = true;
    }
    for (Move move : plan.missing) {
        for (const JournalRow& row : chain->journal)
            if (row.move.block == move.block && row.move.log_index == move.log_index)
                move.sub_index = std::max(move.sub_index, row.move.sub_index + 1);
        CB_CHECKED(tables.insert_move(*chain, move, epoch));
    }
    CB_CHECKED(correct_events(*chain, plan, epoch));
    std::map<BalanceId, Net> changes;
    std::set<BalanceId> changed;
    const BlockNumber here = plan.at.block.number;
    for (const BalanceDelta& delta : plan.deltas) {
        changes[{delta.wallet, delta.token}] = {delta.credit, delta.debit, here};
        changed.insert({delta.wallet, delta.token});
    }
    std::map<HoldingId, Net> holdings;
    for (const HoldingDelta& delta : plan.holdings)
        holdings[{delta.wallet, delta.token, delta.nft_id}] = {delta.credit, delta.debit, here};
    Committed done;
    CB_TRY(shortfalls, tables.change(*chain, changes, epoch));
    done.shortfalls = std::move(shortfalls);
    CB_CHECKED(tables.change(*chain, holdings, epoch));
    for (const Touch& touch : plan.touched)
        if (BalanceRow& held = tables.balances.at({touch.wallet, touch.token}); held.known)
            held.unsettled = true;
    for (const WalletId wallet : plan.deployed) tables.wallets.at(wallet).wallet.is_deployed = true;
    const BlockRef& proven = plan.block.header.ref;
    const auto block =
        std::find_if(chain->blocks.begin(), chain->blocks.end(), [&](const BlockRow& row) {
            return !row.orphaned && row.block.header.ref.number == proven.number;
        });
    if (block == chain->blocks.end())
        chain->blocks.push_back({plan.block, epoch, false});
    else if (block->block.header.ref == proven)
        block->block = plan.block;
    else
        return Error(Errc::conflict, "the ledger has another block of that number");
    done.cursor = chain->cursor();
    done.totals = tables.totals(plan.chain, changed);
    return done;
}

runtime::Task<Result<std::optional<store::AuditState>>> FakeAudit::state(ChainId chain,
                                                                         runtime::Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "audit_state", by));
    const auto found = tables_.chains.find(chain);
    if (found == tables_.chains.end()) co_return std::optional<store::AuditState>();
    const ChainRow& row = found->second;
    store::AuditState state{row.audited.value_or(lowest(row)), row.state.finalized,
                            row.state.cursor.epoch};
    co_return std::optional(state);
}

runtime::Task<Result<std::vector<BlockNumber>>> FakeAudit::unproven(ChainId chain,
                                                                    BlockNumber first,
                                                                    BlockNumber last,
                                                                    runtime::Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "unproven", by));
    std::vector<BlockNumber> blocks;
    for (BlockNumber number = first; number <= last; number = next(number))
        if (!is_proven(tables_.chains.at(chain), number)) blocks.push_back(number);
    co_return blocks;
}

runtime::Task<Result<store::AuditRows>> FakeAudit::rows(ChainId chain,
                                                        std::vector<BlockNumber> blocks,
                                                        std::vector<WalletId>,
                                                        runtime::Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "audit_rows", by));
    const ChainRow& row = tables_.chains.at(chain);
    store::AuditRows found;
    for (const JournalRow& entry : row.journal)
        if (!entry.orphaned && entry.move.log_index != LedgerTables::kNoLog &&
            std::find(blocks.begin(), blocks.end(), entry.move.block) != blocks.end())
            found.moves.push_back(entry.move);
    for (const EventRow& entry : row.events)
        if (!entry.orphaned &&
            std::find(blocks.begin(), blocks.end(), entry.event.block) != blocks.end())
            found.events.push_back(entry.event);
    for (const auto& [id, wallet] : tables_.wallets)
        if (!wallet.deleted && wallet.wallet.chain == chain && wallet.wallet.tracked_from)
            found.tracked_from[id] = *wallet.wallet.tracked_from;
    found.opened_at = row.opened_tokens;
    co_return found;
}

runtime::Task<Result<std::map<BlockNumber, Hash32>>> FakeAudit::hashes(
    ChainId chain, std::vector<BlockNumber> blocks, runtime::Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "audited_hashes", by));
    std::map<BlockNumber, Hash32> found;
    for (const BlockRow& row : tables_.chains.at(chain).blocks) {
        const BlockRef& ref = row.block.header.ref;
        const bool asked = std::find(blocks.begin(), blocks.end(), ref.number) != blocks.end();
        if (asked && !row.orphaned) found[ref.number] = ref.hash;
    }
    co_return found;
}

runtime::Task<Result<void>> FakeAudit::audited(ChainId chain, std::uint32_t epoch,
                                               store::AuditedBlocks blocks, runtime::Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "audited", by));
    ChainRow& row = tables_.chains.at(chain);
    if (row.state.cursor.epoch != epoch) co_return Result<void>{};
    for (const BlockHeader& proven : blocks.proven)
        for (BlockRow& block : row.blocks)
            if (!block.orphaned && block.block.header.ref == proven.ref)
                block.block = {proven, Completeness::proven};
    for (const Touch& touch : blocks.touched)
        if (const auto held = tables_.balances.find({touch.wallet, touch.token});
            held != tables_.balances.end())
            held->second.unsettled = held->second.known;
    for (const WalletId wallet : blocks.deployed)
        tables_.wallets.at(wallet).wallet.is_deployed = true;
    row.audited = std::max(row.audited.value_or(BlockNumber{0}), blocks.last);
    CB_CO_CHECKED(co_await script_.pass(Point::answering, "audited", by));
    co_return Result<void>{};
}

BlockNumber FakeAudit::lowest(const ChainRow& row) {
    BlockNumber number = row.state.cursor.block.number;
    for (const BlockRow& block : row.blocks)
        if (!block.orphaned) number = std::min(number, block.block.header.ref.number);
    return number;
}

bool FakeAudit::is_proven(const ChainRow& row, BlockNumber number) {
    return std::any_of(row.blocks.begin(), row.blocks.end(), [&](const BlockRow& block) {
        return !block.orphaned && block.block.header.ref.number == number &&
               block.block.completeness == Completeness::proven;
    });
}

}  // namespace custodialbridge::testing

#include "truths.hpp"

#include <algorithm>

#include "custodialbridge/core/hex.hpp"

namespace custodialbridge::simulation {

using testing::ChainRow;
using testing::JournalRow;
using testing::ModelBlock;
using testing::ModelChain;

namespace {

std::string text_of(const JournalRow& row) {
    std::string text = "the row of block " + std::to_string(row.move.block.value) + ", log " +
                       std::to_string(row.move.log_index) + " (token ";
    return text.append(std::to_string(row.move.token.value))
        .append(", from ").append(std::to_string(row.move.debit.value))
        .append(" to ").append(std::to_string(row.move.credit.value))
        .append(", amount ").append(to_string(row.move.amount)).append(") ");
}

}  // namespace

const ChainRow* Truths::row() const {
    const auto found = tables_.chains.find(id_);
    return found == tables_.chains.end() ? nullptr : &found->second;
}

bool Truths::tells(TokenId token) const {
    return std::find(telling_.begin(), telling_.end(), token) != telling_.end();
}

std::string Truths::at_cursor() const {
    const ChainRow* chain = row();
    if (chain == nullptr) return "";
    const std::string amounts = lied_to_ ? "" : balances(*chain, false);
    for (const auto& check : {blocks(*chain), amounts, journal(*chain)})
        if (!check.empty()) return check;
    return "";
}

std::string Truths::thoroughly() const {
    const std::string wrong = at_cursor();
    if (!wrong.empty() || lied_to_ || row() == nullptr) return wrong;
    const std::string rows = rows_beside_logs(*row());
    return rows.empty() ? events_beside_logs(*row()) : rows;
}

std::string Truths::at_the_end() const {
    for (const auto& check : {at_cursor(), rows_beside_logs(*row()), events_beside_logs(*row())})
        if (!check.empty()) return check;
    if (!chain_.is_canonical(row()->state.cursor.block)) return "the cursor is not canonical";
    return balances(*row(), true);
}

bool Truths::is_audited(std::uint64_t finality_depth) const {
    const ChainRow* chain = row();
    if (chain == nullptr || !chain->state.finalized) return false;
    const BlockNumber finalized = *chain->state.finalized;
    const BlockNumber audited = chain->audited.value_or(next(BlockNumber{chain_.first()}));
    return finalized.value + finality_depth >= chain_.height() && audited >= finalized;
}

bool Truths::is_caught_up() const {
    const ChainRow* chain = row();
    if (chain == nullptr || chain->state.cursor.block != chain_.head().header.ref) return false;
    for (const auto& [id, wallet] : tables_.wallets)
        if (!wallet.deleted && !wallet.wallet.tracked_from) return false;
    for (const auto& [id, balance] : tables_.balances)
        if ((balance.unsettled || !balance.known) && !tables_.wallets.at(id.first).deleted)
            return false;
    return true;
}

std::string Truths::standing() const {
    if (row() == nullptr) return "no ledger yet";
    std::string text = "cursor " + std::to_string(row()->state.cursor.block.number.value);
    text.append(", head ").append(std::to_string(chain_.height()));
    if (row()->audited) text.append(", audited ").append(std::to_string(row()->audited->value));
    for (const auto& [id, wallet] : tables_.wallets)
        if (!wallet.deleted && !wallet.wallet.tracked_from)
            text.append(", wallet ").append(std::to_string(id.value)).append(" waits");
    for (const auto& [id, balance] : tables_.balances)
        if (balance.unsettled)
            text.append(", wallet ").append(std::to_string(id.first.value)).append(" is unsettled");
    for (const auto& [id, balance] : tables_.balances)
        if (!balance.known)
            text.append(", wallet ").append(std::to_string(id.first.value)).append(" is unknown");
    return text;
}

/// What is stored of blocks is so, and one canonical block stands on the other.
std::string Truths::blocks(const ChainRow& row) const {
    if (chain_.ever(row.state.cursor.block.hash) == nullptr)
        return "the cursor's block never was";
    const BlockHeader* before = nullptr;
    for (const testing::BlockRow& stored : row.blocks) {
        const BlockHeader& header = stored.block.header;
        const std::string name = "stored block " + std::to_string(header.ref.number.value);
        const ModelBlock* block = chain_.ever(header.ref.hash);
        if (block == nullptr || block->header.ref != header.ref) return name + " never was";
        const bool proven = stored.block.completeness == Completeness::proven;
        if (proven && block->header != header) return name + " is proven, and not the chain's";
        if (stored.orphaned) continue;
        const bool is_next =
            before != nullptr && header.ref.number == next(before->ref.number);
        if (is_next && block->header.parent != before->ref.hash)
            return name + " does not stand on the one before";
        before = &header;
    }
    return "";
}

std::string Truths::balances(const ChainRow& row, bool all) const {
    const ModelBlock& block = *chain_.ever(row.state.cursor.block.hash);
    for (const auto& [id, balance] : tables_.balances) {
        const testing::WalletRow& owner = tables_.wallets.at(id.first);
        if (owner.deleted || !tables_.is_opened(id_, id.second)) continue;
        if (!balance.known || (!all && !tells(id.second))) continue;
        const Address& contract = tables_.tokens.at({id_, id.second}).address;
        const U256 expected =
            ModelChain::balance_in(block.state, contract, owner.wallet.address);
        if (balance.amount == expected) continue;
        std::string wrong = "wallet " + std::to_string(id.first.value);
        return wrong.append(", token ").append(std::to_string(id.second.value))
            .append(" has ").append(to_string(balance.amount)).append(" at block ")
            .append(std::to_string(block.header.ref.number.value))
            .append(", the chain says ").append(to_string(expected));
    }
    return "";
}

std::string Truths::journal(const ChainRow& row) const {
    std::map<testing::BalanceId, testing::Net> sums;
    std::set<std::tuple<BlockNumber, std::uint32_t, std::uint32_t>> places;
    for (const JournalRow& entry : row.journal) {
        const Move& move = entry.move;
        const bool suspense = move.debit == kSuspense || move.credit == kSuspense;
        if (suspense && tells(move.token) && !lied_to_) return text_of(entry) + "is of suspense";
        if (entry.orphaned) continue;
        if (move.block > row.state.cursor.block.number)
            return text_of(entry) + "is above the cursor";
        const bool has_log = move.log_index != testing::LedgerTables::kNoLog;
        if (has_log && !places.insert({move.block, move.log_index, move.sub_index}).second)
            return text_of(entry) + "is there twice";
        sums[{move.credit, move.token}].credit += move.amount;
        sums[{move.debit, move.token}].debit += move.amount;
    }
    for (const auto& [id, sum] : sums) {
        if (id.first.value <= 0) continue;
        const auto held = tables_.balances.find(id);
        const U256 amount = held == tables_.balances.end() ? U256(0) : held->second.amount;
        if (difference(sum.credit, sum.debit) != difference(amount, 0))
            return "the journal of wallet " + std::to_string(id.first.value) + ", token " +
                   std::to_string(id.second.value) + " does not sum to its balance";
    }
    return "";
}

/// A transaction of the model holds one move: as a Transfer, or as a Mint or Burn alone.
void Truths::add_expected(const ModelBlock& block, std::map<Place, Expected>& moves) const {
    std::map<std::uint32_t, Place> told;  // by transaction
    for (const Log& log : block.logs.logs) {
        const bool transfer = log.topics[0] == rules::transfer_topic();
        const bool mint = log.topics[0] == rules::mint_topic();
        if (!transfer && !mint && log.topics[0] != rules::burn_topic()) continue;
        for (const auto& [id, token] : tables_.tokens) {
            if (token.address != log.address) continue;
            Expected move{id.second, {}, {}, u256_from_be(block.logs.data_of(log))};
            if (transfer || !mint) address_from_word(log.topics[1], move.from);
            if (transfer || mint) address_from_word(log.topics[transfer ? 2 : 1], move.to);
            const Place place{block.header.ref.number, log.log_index};
            const auto other = told.find(log.tx_index);
            if (other != told.end() && !transfer) continue;
            if (other != told.end()) moves.erase(other->second);
            told.insert_or_assign(log.tx_index, place);
            moves[place] = move;
        }
    }
}

std::map<Truths::Place, Truths::Expected> Truths::expected_moves(const ChainRow& row) const {
    std::map<Place, Expected> moves;
    const ModelBlock* block = chain_.ever(row.state.cursor.block.hash);
    for (; block != nullptr; block = chain_.ever(block->header.parent))
        add_expected(*block, moves);
    return moves;
}

/// The living wallet that is followed from before this block on.
WalletId Truths::follower(const Address& address, TokenId token, BlockNumber block,
                          const ChainRow& row) const {
    const auto opened = row.opened_tokens.find(token);
    if (opened == row.opened_tokens.end() || opened->second >= block) return kOutside;
    for (const auto& [id, owner] : tables_.wallets)
        if (!owner.deleted && owner.wallet.address == address && owner.wallet.tracked_from &&
            *owner.wallet.tracked_from < block)
            return id;
    return kOutside;
}

bool Truths::is_side(WalletId side, const Address& address, const Expected& move, Place at,
                     const ChainRow& row) const {
    if (side == kOutside) return follower(address, move.token, at.first, row) == kOutside;
    return side != kSuspense && tables_.wallets.at(side).wallet.address == address;
}

std::string Truths::rows_beside_logs(const ChainRow& row) const {
    std::map<Place, Expected> moves = expected_moves(row);
    for (const JournalRow& entry : row.journal) {
        const Move& move = entry.move;
        if (entry.orphaned || move.log_index == testing::LedgerTables::kNoLog) continue;
        const Place place{move.block, move.log_index};
        const auto found = moves.find(place);
        if (found == moves.end()) return text_of(entry) + "is of no log";
        const Expected& told = found->second;
        if (move.token != told.token || move.amount != told.amount ||
            !is_side(move.debit, told.from, told, place, row) ||
            !is_side(move.credit, told.to, told, place, row))
            return text_of(entry) + "is not what its log says: token " +
                   std::to_string(told.token.value) + ", from " + to_hex(told.from.bytes) + " to " +
                   to_hex(told.to.bytes) + ", amount " + to_string(told.amount);
        moves.erase(found);
    }
    for (const auto& [place, move] : moves)
        for (const Address& side : {move.from, move.to})
            if (follower(side, move.token, place.first, row) != kOutside)
                return "the log " + std::to_string(place.second) + " of block " +
                       std::to_string(place.first.value) + " has no row";
    return "";
}

/// A Mint or Burn beside its Transfer; a transaction of the model holds one move.
std::map<Truths::Place, Truths::Notice> Truths::expected_notices(const ChainRow& row) const {
    std::map<Place, Notice> notices;
    const ModelBlock* block = chain_.ever(row.state.cursor.block.hash);
    for (; block != nullptr; block = chain_.ever(block->header.parent)) {
        const auto& logs = block->logs.logs;
        for (const Log& log : logs) {
            const bool mint = log.topics[0] == rules::mint_topic();
            if (!mint && log.topics[0] != rules::burn_topic()) continue;
            const bool beside = std::any_of(logs.begin(), logs.end(), [&](const Log& other) {
                return other.tx_index == log.tx_index &&
                       other.topics[0] == rules::transfer_topic();
            });
            if (!beside) continue;
            Notice notice;
            for (const auto& [id, token] : tables_.tokens)
                if (token.address == log.address) notice.token = id.second;
            address_from_word(log.topics[1], notice.holder);
            notice.amount = u256_from_be(block->logs.data_of(log));
            notice.type = mint ? EventType::mint : EventType::burn;
            notices[{block->header.ref.number, log.log_index}] = notice;
        }
    }
    return notices;
}

std::string Truths::events_beside_logs(const ChainRow& row) const {
    std::map<Place, Notice> notices = expected_notices(row);
    for (const testing::EventRow& entry : row.events) {
        const Announcement& event = entry.event;
        if (entry.orphaned) continue;
        const Place place{event.block, event.log_index};
        const auto found = notices.find(place);
        const bool right = found != notices.end() && event.token == found->second.token &&
                           event.amount == found->second.amount &&
                           event.event == found->second.type &&
                           tables_.wallets.at(event.wallet).wallet.address == found->second.holder;
        if (!right)
            return "the event of block " + std::to_string(event.block.value) + ", log " +
                   std::to_string(event.log_index) + " is of no such log";
        notices.erase(found);
    }
    for (const auto& [place, notice] : notices)
        if (follower(notice.holder, notice.token, place.first, row) != kOutside)
            return "the notice " + std::to_string(place.second) + " of block " +
                   std::to_string(place.first.value) + " has no event";
    return "";
}

}  // namespace custodialbridge::simulation

#include "ledger_work.hpp"

#include <algorithm>
#include <utility>

#include "copy_moves.hpp"
#include "custodialbridge/core/hex.hpp"
#include "ledger_statements.hpp"
#include "sqlstate.hpp"

namespace custodialbridge::store {
namespace {

const U256 kMost = ~U256(0);

constexpr Millis kRollbackPatience{1'000};  // also past the deadline; then the session is given up

std::string literal(const Hash32& hash) {
    std::string text = "'\\x";
    append_hex(text, hash.bytes);
    return text + "'";
}

std::string number(std::uint64_t value) {
    return std::to_string(static_cast<std::int64_t>(value));
}

}  // namespace

U256 room_for(const SignedAmount& net, const U256& stored) {
    return net.negative ? stored : kMost - stored;
}

Entry through_suspense(WalletId wallet, TokenId token, const U256& amount, bool above,
                       BlockNumber block, std::optional<U256> nft_id) {
    return {block,  token,         above ? wallet : kSuspense, above ? kSuspense : wallet,
            amount, MoveKind::sync, std::move(nft_id)};
}

Entry was_there(WalletId wallet, TokenId token, const U256& amount, BlockNumber block) {
    return {block, token, kOutside, wallet, amount, MoveKind::opening, {}};
}

LedgerWork::LedgerWork(Connection& session, const runtime::Clock& clock, ChainId chain, Deadline by)
    : session_(session), clock_(clock), chain_(chain), by_(by) {}

LedgerWork::~LedgerWork() {
    session_.roll_back(Deadline::after(clock_, kRollbackPatience));
}

std::string LedgerWork::at(const Cursor& cursor) const {
    return "chain_id = " + number(chain_.value) +
           " AND cursor_number = " + number(cursor.block.number.value) +
           " AND cursor_hash = " + literal(cursor.block.hash) +
           " AND epoch = " + number(cursor.epoch) + " AND term = " + number(cursor.term);
}

Error LedgerWork::moved_on(const Cursor& expected) const {
    return Error(Errc::conflict,
                 "the ledger of chain " + number(chain_.value) + " does not stand at block " +
                     number(expected.block.number.value) + " " + to_string(expected.block.hash) +
                     " of epoch " + number(expected.epoch) + ", term " + number(expected.term));
}

Error LedgerWork::no_balance(WalletId wallet, TokenId token, const char* why) const {
    return Error(Errc::corrupt, "wallet " + std::to_string(wallet.value) + ", token " +
                                    number(token.value) + " of chain " + number(chain_.value) +
                                    ": " + why);
}

Result<std::vector<Rows>> LedgerWork::begin(const std::string& fence) {
    const auto left = std::chrono::duration_cast<Millis>(by_.left(clock_)).count();
    return session_.execute(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL statement_timeout = " +
            std::to_string(std::clamp<std::int64_t>(left, 1, 2'000'000'000)) + ";" + fence,
        by_);
}

Result<void> LedgerWork::begin_advance(const LedgerPlan& plan) {
    const BlockRef& to = plan.blocks.back().header.ref;
    std::string fence = "UPDATE chains SET cursor_number = " + number(to.number.value) +
                        ", cursor_hash = " + literal(to.hash) + " WHERE " + at(plan.expected);
    if (!plan.moves.empty()) fence.append(";").append(kCopyMoves);
    CB_TRY(answers, begin(fence));
    if (answers[2].tag() != "UPDATE 1") {
        if (!plan.moves.empty()) session_.abandon_copy(by_);
        return moved_on(plan.expected);
    }
    if (plan.moves.empty()) return {};
    return copy_moves(session_, plan, by_);
}

Result<std::optional<BlockNumber>> LedgerWork::begin_here(const Cursor& expected) {
    CB_TRY(answers,
           begin("SELECT finalized_number FROM chains WHERE " + at(expected) + " FOR UPDATE"));
    const Rows& chain = answers[2];
    if (chain.empty()) return moved_on(expected);
    if (chain.is_null(0, 0)) return std::optional<BlockNumber>{};
    return std::optional(BlockNumber{std::stoull(std::string(chain.text(0, 0)))});
}

Result<void> LedgerWork::begin_at(const BlockRef& at, std::uint32_t epoch) {
    const std::string chain = "chain_id = " + number(chain_.value);
    CB_TRY(answers,
           begin("SELECT 1 FROM chains WHERE " + chain + " AND epoch = " + number(epoch) +
                 " FOR SHARE; SELECT 1 FROM blocks WHERE " + chain + " AND number = " +
                 number(at.number.value) + " AND hash = " + literal(at.hash) +
                 " AND NOT orphaned"));
    if (!answers[2].empty() && !answers[3].empty()) return {};
    return Error(Errc::conflict, "block " + number(at.number.value) + " " + to_string(at.hash) +
                                     " of epoch " + number(epoch) + " is not one of chain " +
                                     number(chain_.value) + "'s canonical blocks");
}

Result<Rows> LedgerWork::ask(const Statement& statement, const Params& params) {
    return session_.run(statement, params, by_);
}

Result<std::vector<std::optional<StoredAmount>>> LedgerWork::amounts(
    std::span<const BalanceRow> rows) {
    Params keys;
    keys.add_array(rows, [](const BalanceRow& row) { return column(row.wallet); });
    keys.add_array(rows, [](const BalanceRow& row) { return column(row.token); });
    CB_TRY(found, ask(kReadAmounts, keys));
    std::vector<std::optional<StoredAmount>> stored(rows.size());
    for (std::size_t i = 0; i < found.count(); ++i)
        if (!found.is_null(i, 0)) stored[i] = StoredAmount{found.amount(i, 0), found.truth(i, 1)};
    return stored;
}

Result<std::vector<Shortfall>> LedgerWork::settle(std::span<NetChange> changes,
                                                  std::vector<Entry>& entries) {
    CB_TRY(stored, amounts(rows_of(changes)));
    std::vector<Shortfall> shortfalls;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        NetChange& change = changes[i];
        if (!stored[i]) return no_balance(change.wallet, change.token, "no such balance");
        const U256 room = room_for(change.net, stored[i]->amount);
        if (change.net.magnitude <= room) continue;
        const bool above = !change.net.negative;
        const U256 rest = change.net.magnitude - room;
        if (!above && !stored[i]->known) {
            entries.push_back(was_there(change.wallet, change.token, rest, change.as_of));
            change.net.magnitude = room;
            continue;
        }
        shortfalls.push_back({change.wallet, change.token, rest, above});
        entries.push_back(through_suspense(change.wallet, change.token, rest, above, change.as_of));
        change.net.magnitude = room;
    }
    return shortfalls;
}

Result<std::vector<UserTotal>> LedgerWork::commit(std::span<const BalanceRow> changed,
                                                  Totals totals) {
    const std::size_t answer = commands_.size();
    const bool wanted = totals == Totals::wanted && !changed.empty();
    if (wanted) {
        Params keys = params(column(chain_));
        keys.add_array(changed, [](const BalanceRow& row) { return column(row.wallet); });
        keys.add_array(changed, [](const BalanceRow& row) { return column(row.token); });
        add(kTotals, std::move(keys));
    }
    add(kCommitWork, Params());
    auto answers = session_.pipeline(commands_, by_);
    if (!answers) {
        const bool told = !session_.sqlstate().empty() && !ends_session(session_.sqlstate());
        if (told || answers.error().code() == Errc::timed_out) return answers.error();
        return Error(Errc::timed_out, "lost while committing: " + answers.error().message());
    }
    std::vector<UserTotal> result;
    for (std::size_t i = 0; wanted && i < (*answers)[answer].count(); ++i) {
        const Rows& rows = (*answers)[answer];
        BalanceKey key{{std::string(rows.text(i, 0))}, chain_, rows.id<TokenId>(i, 1)};
        result.push_back({std::move(key), rows.amount(i, 2)});
    }
    return result;
}

}  // namespace custodialbridge::store

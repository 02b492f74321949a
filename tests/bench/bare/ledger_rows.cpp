#include "ledger_rows.hpp"

#include <algorithm>

#include "custodialbridge/core/hex.hpp"

namespace custodialbridge::bench {

namespace {

using store::Params;
using store::WireWriter;
using store::params;

constexpr const char* kInsertBlocks = R"(
    INSERT INTO blocks (chain_id, epoch, completeness, number, hash, parent_hash, "timestamp")
    SELECT $1::int8, 0, 0, d.*
    FROM unnest($2::int8[], $3::bytea[], $4::bytea[], $5::timestamptz[]) AS d)";

constexpr const char* kUpsertBalances = R"(
    INSERT INTO balances (chain_id, token_id, wallet_id, as_of_block, amount)
    SELECT $1::int8, $2::int4, d.* FROM unnest($3::int8[], $4::int8[], $5::numeric[]) AS d
    ON CONFLICT (wallet_id, token_id)
    DO UPDATE SET amount = EXCLUDED.amount, as_of_block = EXCLUDED.as_of_block)";

constexpr const char* kMoveCursor = R"(
    UPDATE chains SET cursor_number = $2::int8, cursor_hash = $3::bytea WHERE chain_id = $1::int8)";

constexpr const char* kCopyJournal =
    "COPY journal (chain_id, block_number, sub_index, debit, credit, epoch, log_index, token_id, "
    "kind, event, amount, tx_hash) FROM STDIN (FORMAT binary)";
constexpr std::int16_t kJournalFields = 12;

/// PostgreSQL documentation, COPY, "Binary Format": a signature, no flags, no extension.
constexpr std::string_view kSignature{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};

std::string literal(std::span<const std::uint8_t> bytes) {
    std::string text = "'\\x";
    append_hex(text, bytes);
    return text + "'::bytea";
}

/// Calls `each` with consecutive parts of at most `most`.
template <class T, class Each>
void in_parts(std::span<const T> all, std::size_t most, Each each) {
    for (; !all.empty(); all = all.subspan(std::min(all.size(), most)))
        each(all.first(std::min(all.size(), most)));
}

}  // namespace

BareLedger::BareLedger(Database& database, std::int64_t chain, std::int32_t token)
    : database_(database), chain_(chain), token_(token) {
    database_.prepare("insert_blocks", kInsertBlocks);
    database_.prepare("upsert_balances", kUpsertBalances);
    database_.prepare("move_cursor", kMoveCursor);
    database_.prepare("commit", "COMMIT");
}

void BareLedger::begin(const Address& contract, const std::vector<Address>& wallets) {
    const std::string chain = std::to_string(chain_), token = std::to_string(token_);
    std::string addresses;
    for (const Address& wallet : wallets)
        addresses += (addresses.empty() ? "" : ",") + literal(wallet.bytes);
    database_.run("BEGIN; INSERT INTO chains (chain_id, cursor_number, cursor_hash) VALUES (" +
                  chain + ", 0, " + literal(Hash32{}.bytes) +
                  "); INSERT INTO tokens (chain_id, token_id, kind, symbol, decimals, sync_class, "
                  "address, realtime, mismatch_threshold, on_difference, opened_at) VALUES (" +
                  chain + ", " + token + ", 'erc20', 'CPOP', 18, 'cpop', " +
                  literal(contract.bytes) +
                  ", true, 0, 'mismatch', 0); "
                  "INSERT INTO wallets (chain_id, tracked_from, is_deployed, address, user_id) "
                  "SELECT " +
                  chain +
                  ", 0, false, address, 'user-' || place "
                  "FROM unnest(ARRAY[" +
                  addresses +
                  "]) WITH ORDINALITY AS w (address, place); "
                  "INSERT INTO balances (wallet_id, chain_id, as_of_block, token_id, amount) "
                  "SELECT wallet_id, chain_id, 0, " +
                  token + ", 0 FROM wallets; COMMIT");
}

ReadyCommit BareLedger::ready(std::span<const BlockRow> blocks,
                              std::span<const JournalRow> journal,
                              std::span<const BalanceRow> balances) const {
    ReadyCommit made;
    WireWriter rows;
    rows.raw(kSignature);
    for (const JournalRow& row : journal) {
        rows.raw(kJournalFields);
        rows.put(chain_);
        rows.put(row.block);
        rows.put(std::int64_t{0});
        rows.put(row.debit);
        rows.put(row.credit);
        rows.put(std::int32_t{0});
        rows.put(row.log_index);
        rows.put(token_);
        rows.put(std::int16_t{row.debit == 0});  // 0 transfer, 1 mint
        rows.put(std::int16_t{0});
        rows.put(row.amount);
        rows.put(row.tx_hash);
    }
    rows.raw(std::int16_t{-1});
    made.journal = rows.bytes();
    in_parts(blocks, kBlockRowsPerStatement, [&](std::span<const BlockRow> part) {
        Params columns = params(chain_);
        columns.add_array(part, [](const BlockRow& row) { return store::column(row.ref.number); });
        columns.add_array(part, [](const BlockRow& row) { return row.ref.hash; });
        columns.add_array(part, [](const BlockRow& row) { return row.parent; });
        columns.add_array(part, [](const BlockRow& row) { return row.timestamp; });
        made.commands.push_back({"insert_blocks", std::move(columns)});
    });
    in_parts(balances, kBalanceRowsPerStatement, [&](std::span<const BalanceRow> part) {
        Params columns = params(chain_, token_);
        columns.add_array(part, [](const BalanceRow& row) { return row.wallet; });
        columns.add_array(part, [](const BalanceRow& row) { return row.as_of; });
        columns.add_array(part, [](const BalanceRow& row) { return row.amount; });
        made.commands.push_back({"upsert_balances", std::move(columns)});
    });
    const BlockRef& cursor = blocks.back().ref;
    made.commands.push_back(
        {"move_cursor", params(chain_, store::column(cursor.number), cursor.hash)});
    made.commands.push_back({"commit", Params()});
    return made;
}

void BareLedger::copy_journal(const ReadyCommit& ready) {
    database_.copy(std::string("BEGIN; ") + kCopyJournal, ready.journal);
}

void BareLedger::upsert_and_commit(const ReadyCommit& ready) {
    database_.pipeline(ready.commands);
}

}  // namespace custodialbridge::bench

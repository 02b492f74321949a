#include "copy_moves.hpp"

#include <cstdint>

namespace custodialbridge::store {
namespace {

constexpr std::size_t kChunk = 64 * 1024;
constexpr std::size_t kRowMax = 256;
constexpr std::int16_t kFields = 13;

/// PostgreSQL documentation, COPY, "Binary Format": a signature, no flags, no extension.
constexpr std::string_view kSignature{"PGCOPY\n\377\r\n\0", 11};

}  // namespace

void put_move(WireWriter& out, const LedgerPlan& plan, const Move& move) {
    out.raw(kFields);
    out.put(column(plan.chain));
    out.put(column(move.block));
    out.put(std::int64_t{move.sub_index});
    out.put(move.debit.value);
    out.put(move.credit.value);
    out.put(static_cast<std::int32_t>(plan.expected.epoch));
    out.put(static_cast<std::int32_t>(move.log_index));
    out.put(column(move.token));
    out.put(static_cast<std::int16_t>(move.kind));
    out.put(static_cast<std::int16_t>(move.event));
    out.put(move.amount);
    out.put(move.tx_hash);
    out.put(move.nft_id);
}

Result<void> copy_moves(Connection& session, const LedgerPlan& plan, Deadline by) {
    WireWriter chunk;
    chunk.reserve(kChunk + kRowMax);
    chunk.raw(kSignature);
    chunk.raw(std::int32_t{0});
    chunk.raw(std::int32_t{0});
    for (const Move& move : plan.moves) {
        put_move(chunk, plan, move);
        if (chunk.size() < kChunk) continue;
        CB_CHECKED(session.copy(chunk.bytes(), by));
        chunk.clear();
    }
    chunk.raw(std::int16_t{-1});
    CB_CHECKED(session.copy(chunk.bytes(), by));
    return session.end_copy(by);
}

}  // namespace custodialbridge::store

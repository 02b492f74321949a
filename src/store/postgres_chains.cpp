#include "postgres_chains.hpp"

#include <utility>

#include "custodialbridge/core/check.hpp"
#include "token_rows.hpp"

namespace custodialbridge::store {
namespace {

constexpr Statement kLoad{"load_chain", R"(
    SELECT c.cursor_number, c.cursor_hash, c.epoch, c.safe_number, c.finalized_number,
           b."timestamp", p.number IS NOT NULL
    FROM chains c
    LEFT JOIN LATERAL (
        SELECT number FROM blocks
        WHERE chain_id = c.chain_id AND number BETWEEN c.cursor_number - 1023 AND c.cursor_number
              AND NOT orphaned AND completeness = 2
        LIMIT 1) p ON true
    LEFT JOIN blocks b ON b.chain_id = c.chain_id AND b.number = c.cursor_number
                          AND b.hash = c.cursor_hash AND NOT b.orphaned
    WHERE c.chain_id = $1::int8)"};

constexpr Statement kBegin{"begin_chain", R"(
    WITH made AS (
        INSERT INTO chains (chain_id, cursor_number, cursor_hash)
        VALUES ($1::int8, $2::int8, $3::bytea)
        ON CONFLICT DO NOTHING RETURNING chain_id)
    INSERT INTO blocks (chain_id, epoch, number, hash, parent_hash, "timestamp", completeness)
    SELECT chain_id, 0, number, hash, parent_hash, "timestamp", 0
    FROM made, unnest($4::int8[], $5::bytea[], $6::bytea[], $7::timestamptz[])
               AS given (number, hash, parent_hash, "timestamp"))"};

constexpr Statement kRecentBlocks{"recent_blocks", R"(
    SELECT b.number, b.hash
    FROM chains c JOIN blocks b ON b.chain_id = c.chain_id AND b.number <= c.cursor_number
    WHERE c.chain_id = $1::int8 AND NOT b.orphaned
    ORDER BY b.number DESC LIMIT $2::int4)"};

constexpr Statement kBlocksBelow{"blocks_below", R"(
    SELECT number, hash FROM blocks
    WHERE chain_id = $1::int8 AND number <= $2::int8 AND NOT orphaned
    ORDER BY number DESC LIMIT $3::int4)"};

constexpr Statement kSetFinality{"set_finality", R"(
    UPDATE chains SET safe_number = $2::int8, finalized_number = $3::int8
    WHERE chain_id = $1::int8 AND coalesce(finalized_number, 0) <= $3::int8)"};

constexpr Statement kTokensToOpen{"tokens_to_open", R"(
    SELECT token_id FROM tokens
    WHERE chain_id = $1::int8 AND realtime AND opened_at IS NULL ORDER BY token_id)"};

Result<std::optional<ChainState>> load_chain(Connection& session, ChainId chain, Deadline by) {
    CB_TRY(rows, session.run(kLoad, params(column(chain)), by));
    if (rows.empty()) return std::optional<ChainState>();
    if (rows.is_null(0, 5))
        return Error(Errc::corrupt, "the block of the cursor of chain " +
                                        std::to_string(chain.value) + " is not stored");
    ChainState state;
    state.cursor.block = {rows.id<BlockNumber>(0, 0), rows.hash(0, 1)};
    state.cursor.epoch = static_cast<std::uint32_t>(rows.int32(0, 2));
    state.safe = rows.optional_id<BlockNumber>(0, 3);
    state.finalized = rows.optional_id<BlockNumber>(0, 4);
    state.cursor_time = rows.time(0, 5);
    state.has_proven = rows.truth(0, 6);
    return std::optional(state);
}

std::int32_t most(std::uint32_t count) {
    return static_cast<std::int32_t>(std::min(count, 1'000'000u));
}

std::vector<BlockRef> blocks_of(const Rows& rows) {
    std::vector<BlockRef> blocks;
    for (std::size_t i = 0; i < rows.count(); ++i)
        blocks.push_back({rows.id<BlockNumber>(i, 0), rows.hash(i, 1)});
    return blocks;
}

Result<ChainState> begin_chain(Connection& session, ChainId chain,
                               const std::vector<BlockHeader>& blocks, Deadline by) {
    const BlockRef& at = blocks.back().ref;
    Params first = params(column(chain), column(at.number), at.hash);
    first.add_array(blocks, [](const BlockHeader& block) { return column(block.ref.number); });
    first.add_array(blocks, [](const BlockHeader& block) { return block.ref.hash; });
    first.add_array(blocks, [](const BlockHeader& block) { return block.parent; });
    first.add_array(blocks, [](const BlockHeader& block) { return block.timestamp; });
    CB_CHECKED(session.run(kBegin, first, by));
    CB_TRY(state, load_chain(session, chain, by));
    if (!state) return Error(Errc::corrupt, "the chain's row went away");
    return *state;
}

Result<void> move_finality(Connection& session, ChainId chain, BlockNumber safe,
                           BlockNumber finalized, Deadline by) {
    if (safe < finalized) return Error(Errc::invalid, "the safe block is below the finalized one");
    CB_TRY(moved,
           session.run(kSetFinality, params(column(chain), column(safe), column(finalized)), by));
    if (moved.tag() == "UPDATE 1") return {};
    CB_TRY(rows, session.run(kLoad, params(column(chain)), by));
    if (rows.empty())
        return Error(Errc::not_found, "no ledger of chain " + std::to_string(chain.value));
    return Error(Errc::conflict, "the finalized block of chain " + std::to_string(chain.value) +
                                     " would move back");
}

}  // namespace

Task<Result<std::optional<ChainState>>> PostgresChains::load(ChainId chain, Deadline by) {
    return database_.read(
        by, [chain, by](Connection& session) { return load_chain(session, chain, by); });
}

Task<Result<ChainState>> PostgresChains::begin(ChainId chain, std::vector<BlockHeader> blocks,
                                               Deadline by) {
    CB_CHECK(!blocks.empty());
    auto work = [chain, blocks = std::move(blocks), by](Connection& session) {
        return begin_chain(session, chain, blocks, by);
    };
    return database_.run(by, std::move(work));
}

Task<Result<std::vector<BlockRef>>> PostgresChains::recent_blocks(ChainId chain,
                                                                  std::uint32_t count,
                                                                  Deadline by) {
    return database_.read(
        by, [chain, count, by](Connection& session) -> Result<std::vector<BlockRef>> {
            CB_TRY(rows, session.run(kRecentBlocks, params(column(chain), most(count)), by));
            return blocks_of(rows);
        });
}

Task<Result<std::vector<BlockRef>>> PostgresChains::blocks_below(ChainId chain, BlockNumber newest,
                                                                 std::uint32_t count, Deadline by) {
    auto work = [chain, newest, count, by](Connection& session) -> Result<std::vector<BlockRef>> {
        const Params asked = params(column(chain), column(newest), most(count));
        CB_TRY(rows, session.run(kBlocksBelow, asked, by));
        return blocks_of(rows);
    };
    return database_.read(by, std::move(work));
}

Task<Result<void>> PostgresChains::set_finality(ChainId chain, BlockNumber safe,
                                                BlockNumber finalized, Deadline by) {
    return database_.run(by, [chain, safe, finalized, by](Connection& session) {
        return move_finality(session, chain, safe, finalized, by);
    });
}

Task<Result<void>> PostgresChains::sync_tokens(std::vector<Token> tokens, Deadline by) {
    return database_.run(by, [tokens = std::move(tokens), by](Connection& session) {
        return store_tokens(session, tokens, by);
    });
}

Task<Result<std::vector<Token>>> PostgresChains::tokens(Deadline by) {
    return database_.read(by, [by](Connection& session) { return load_tokens(session, by); });
}

Task<Result<std::vector<TokenId>>> PostgresChains::tokens_to_open(ChainId chain, Deadline by) {
    return database_.read(by, [chain, by](Connection& session) -> Result<std::vector<TokenId>> {
        CB_TRY(rows, session.run(kTokensToOpen, params(column(chain)), by));
        std::vector<TokenId> tokens;
        for (std::size_t i = 0; i < rows.count(); ++i) tokens.push_back(rows.id<TokenId>(i, 0));
        return tokens;
    });
}

}  // namespace custodialbridge::store

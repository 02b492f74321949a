#include "token_rows.hpp"

#include <string>

#include "custodialbridge/core/token_draft.hpp"
#include "poll_statements.hpp"
#include "segment_statements.hpp"

namespace custodialbridge::store {
namespace {

constexpr Statement kBeginWork{"begin_work", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"};

/// Two daemons may start at once; balances are still written meanwhile.
constexpr Statement kLockTokens{"lock_tokens", "LOCK TABLE tokens IN SHARE ROW EXCLUSIVE MODE"};

constexpr Statement kOtherTokens{"other_tokens", R"(
    SELECT t.chain_id, t.token_id
    FROM unnest($1::int8[], $2::int4[], $3::text[], $4::bytea[], $5::numeric[])
         AS d (chain_id, token_id, kind, address, nft_id)
    JOIN tokens t USING (chain_id, token_id)
    WHERE (t.kind, t.address) <> (d.kind, d.address) OR t.nft_id IS DISTINCT FROM d.nft_id
    ORDER BY 1, 2 LIMIT 1)"};

constexpr Statement kPutTokens{"put_tokens", R"(
    INSERT INTO tokens AS t (chain_id, token_id, kind, address, nft_id, symbol, decimals,
                             sync_class, realtime, mismatch_threshold, on_difference, by_api)
    SELECT d.*, $12::bool
    FROM unnest($1::int8[], $2::int4[], $3::text[], $4::bytea[], $5::numeric[], $6::text[],
                $7::int2[], $8::text[], $9::bool[], $10::numeric[], $11::text[]) AS d
    ON CONFLICT (chain_id, token_id) DO UPDATE SET
        symbol = EXCLUDED.symbol, decimals = EXCLUDED.decimals, sync_class = EXCLUDED.sync_class,
        realtime = EXCLUDED.realtime, mismatch_threshold = EXCLUDED.mismatch_threshold,
        on_difference = EXCLUDED.on_difference, by_api = EXCLUDED.by_api,
        opened_at = CASE WHEN EXCLUDED.realtime THEN t.opened_at END)"};

/// Those that are named and not followed any more, and (of a configuration) those that are not
/// named. Also ends the term of a writer that still follows them.
constexpr Statement kUnfollowTokens{"unfollow_tokens", R"(
    WITH dropped AS (
        SELECT t.chain_id, t.token_id FROM tokens t
        LEFT JOIN unnest($1::int8[], $2::int4[], $3::bool[]) AS d (chain_id, token_id, realtime)
            USING (chain_id, token_id)
        WHERE t.realtime AND t.chain_id = ANY ($1::int8[])
              AND CASE WHEN t.by_api OR $4::bool THEN d.realtime IS false
                       ELSE d.realtime IS NOT true END),
    unfollowed AS (
        UPDATE tokens t SET realtime = false, opened_at = NULL FROM dropped
        WHERE t.chain_id = dropped.chain_id AND t.token_id = dropped.token_id)
    UPDATE chains SET term = term + 1 WHERE chain_id IN (SELECT chain_id FROM dropped))"};

constexpr Statement kSameContract{"same_contract", R"(
    SELECT t.chain_id, t.token_id, t.kind <> d.kind
    FROM unnest($1::int8[], $2::int4[], $3::text[], $4::bytea[], $5::numeric[])
         AS d (chain_id, token_id, kind, address, nft_id)
    JOIN tokens t ON t.chain_id = d.chain_id AND t.token_id <> d.token_id AND t.address = d.address
    WHERE t.kind <> d.kind OR t.nft_id IS NOT DISTINCT FROM d.nft_id
    ORDER BY 1, 2 LIMIT 1)"};

constexpr Statement kCommitTokens{"commit_tokens", "COMMIT"};

constexpr Statement kLoadTokens{"load_tokens", R"(
    SELECT chain_id, token_id, kind, address, nft_id, symbol, decimals, sync_class, realtime,
           mismatch_threshold, on_difference
    FROM tokens WHERE by_api OR NOT $1::bool ORDER BY chain_id, token_id)"};

Params keys_of(const std::vector<Token>& tokens) {
    Params made;
    made.add_array(tokens, [](const Token& t) { return column(t.chain); });
    made.add_array(tokens, [](const Token& t) { return column(t.id); });
    return made;
}

Params identities_of(const std::vector<Token>& tokens) {
    Params made = keys_of(tokens);
    made.add_array(tokens, [](const Token& t) { return to_string(t.kind); });
    made.add_array(tokens, [](const Token& t) { return t.address; });
    made.add_array(tokens, [](const Token& t) { return t.nft_id; });
    return made;
}

Params columns_of(const std::vector<Token>& tokens) {
    Params made = identities_of(tokens);
    made.add_array(tokens, [](const Token& t) { return std::string_view(t.symbol); });
    made.add_array(tokens, [](const Token& t) { return static_cast<std::int16_t>(t.decimals); });
    made.add_array(tokens, [](const Token& t) { return to_string(t.sync_class); });
    made.add_array(tokens, [](const Token& t) { return t.realtime; });
    made.add_array(tokens, [](const Token& t) { return t.mismatch_threshold; });
    made.add_array(tokens, [](const Token& t) { return to_string(t.on_difference); });
    return made;
}

enum class PutBy : bool { configuration, api };

Error another_token(std::int32_t token, std::int64_t chain, const char* what) {
    return {Errc::conflict, "token " + std::to_string(token) + " of chain " +
                                std::to_string(chain) + ' ' + what};
}

Result<void> lock_tokens(Connection& session, const std::vector<Token>& tokens, Deadline by) {
    std::vector<Command> first;
    first.push_back({&kBeginWork, Params()});
    first.push_back({&kLockTokens, Params()});
    first.push_back({&kOtherTokens, identities_of(tokens)});
    CB_TRY(answers, session.pipeline(first, by));
    const Rows& other = answers[2];
    if (other.empty()) return {};
    return another_token(other.int32(0, 1), other.int64(0, 0),
                         "is stored with another kind, address or nft_id");
}

Result<void> check_each_other(const std::vector<Token>& tokens) {
    for (auto one = tokens.begin(); one != tokens.end(); ++one)
        for (auto other = tokens.begin(); other != one; ++other) {
            if (one->chain == other->chain && one->id == other->id)
                return another_token(column(one->id), column(one->chain), "is given twice");
            CB_CHECKED(may_stand_beside(*one, *other));
        }
    return {};
}

Result<void> check_contracts(Connection& session, const std::vector<Token>& tokens, Deadline by) {
    CB_TRY(other, session.run(kSameContract, identities_of(tokens), by));
    if (other.empty()) return {};
    return another_token(other.int32(0, 1), other.int64(0, 0),
                         other.truth(0, 2) ? "has this contract as another kind"
                                           : "is this one already");
}

Result<void> put_in_transaction(Connection& session, const std::vector<Token>& tokens, PutBy who,
                                Deadline by) {
    CB_CHECKED(lock_tokens(session, tokens, by));
    if (who == PutBy::api) CB_CHECKED(check_contracts(session, tokens, by));
    const bool by_api = who == PutBy::api;
    std::vector<Command> second;
    Params followed = keys_of(tokens);
    followed.add_array(tokens, [](const Token& t) { return t.realtime; });
    followed.add(by_api);
    second.push_back({&kUnfollowTokens, std::move(followed)});
    Params columns = columns_of(tokens);
    columns.add(by_api);
    second.push_back({&kPutTokens, std::move(columns)});
    for (const Statement* step : {&kStopPolling, &kStopPolls, &kStopSegments, &kBeginPolls})
        second.push_back({step, Params()});
    second.push_back({&kCommitTokens, Params()});
    CB_CHECKED(session.pipeline(second, by));
    return {};
}

Result<std::vector<Token>> load(Connection& session, bool only_of_api, Deadline by);

}  // namespace

Result<void> store_tokens(Connection& session, const std::vector<Token>& tokens, Deadline by) {
    auto done = put_in_transaction(session, tokens, PutBy::configuration, by);
    session.roll_back(by);
    return done;
}

Result<void> store_tokens_of_api(Connection& session, const std::vector<Token>& tokens,
                                 Deadline by) {
    CB_CHECKED(check_each_other(tokens));
    auto done = put_in_transaction(session, tokens, PutBy::api, by);
    session.roll_back(by);
    return done;
}

Result<std::vector<Token>> load_tokens(Connection& session, Deadline by) {
    return load(session, false, by);
}

Result<std::vector<Token>> load_tokens_of_api(Connection& session, Deadline by) {
    return load(session, true, by);
}

namespace {

Result<std::vector<Token>> load(Connection& session, bool only_of_api, Deadline by) {
    CB_TRY(rows, session.run(kLoadTokens, params(only_of_api), by));
    std::vector<Token> tokens(rows.count());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        Token& token = tokens[i];
        token.chain = rows.id<ChainId>(i, 0);
        token.id = rows.id<TokenId>(i, 1);
        const auto kind = parse_token_kind(rows.text(i, 2));
        const auto sync_class = parse_sync_class(rows.text(i, 7));
        const auto on_difference = parse_on_difference(rows.text(i, 10));
        if (!kind || !sync_class || !on_difference)
            return Error(Errc::corrupt, "tokens: a stored word is not known");
        token.kind = *kind;
        token.address = rows.address(i, 3);
        if (!rows.is_null(i, 4)) token.nft_id = rows.amount(i, 4);
        token.symbol = rows.text(i, 5);
        token.decimals = static_cast<std::uint8_t>(rows.number<std::int16_t>(i, 6));
        token.sync_class = *sync_class;
        token.realtime = rows.truth(i, 8);
        token.mismatch_threshold = rows.amount(i, 9);
        token.on_difference = *on_difference;
    }
    return tokens;
}

}  // namespace
}  // namespace custodialbridge::store

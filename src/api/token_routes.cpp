#include <algorithm>
#include <tuple>

#include "fields.hpp"
#include "handlers.hpp"
#include "json_text.hpp"

namespace custodialbridge::api {
namespace {

constexpr std::string_view kList = "tokens";

void write_token(JsonText& json, const Token& token) {
    json.open_object();
    json.member("chain_id", token.chain.value);
    json.member("token_id", token.id.value);
    json.member("kind", to_string(token.kind));
    json.member("symbol", token.symbol);
    json.member("decimals", token.decimals);
    json.member("sync_class", to_string(token.sync_class));
    json.key("address");
    if (token.kind == TokenKind::native)
        json.null();
    else
        json.value(to_string(token.address));
    json.key("nft_id");
    if (token.nft_id)
        json.value(to_string(*token.nft_id));
    else
        json.null();
    json.member("realtime", token.realtime);
    json.member("mismatch_threshold", to_string(token.mismatch_threshold));
    json.member("on_difference", to_string(token.on_difference));
    json.close_object();
}

PageCursor cursor_of(const Token& token) { return {token.chain.value, token.id.value}; }

// Tokens stand by chain, then number.
bool is_behind(const Token& token, const PageCursor& after) {
    return std::tuple(token.chain.value, std::uint64_t{token.id.value}) <=
           std::tuple(after.first, after.second);
}

}  // namespace

Outcome list_tokens(Desk& desk, const Call& call) {
    const Query query = call.query();
    CB_TRY(chain, chain_parameter(query));
    CB_TRY(limit, limit_parameter(query));
    CB_TRY(after, cursor_parameter(query, kList));
    const TokenRegistry& registry = desk.services().wallets.tokens();
    auto tokens = chain ? registry.of_chain(*chain) : registry.all();
    if (after) {
        const auto first = std::partition_point(
            tokens.begin(), tokens.end(), [&](const Token& t) { return is_behind(t, *after); });
        tokens = {first, tokens.end()};
    }
    const auto page = tokens.first(std::min<std::size_t>(limit, tokens.size()));
    Answer answer;
    JsonText json(answer.body);
    json.open_object();
    json.key("items");
    json.open_list();
    for (const Token& token : page) write_token(json, token);
    json.close_list();
    json.key("next_cursor");
    if (page.size() < tokens.size())
        json.value(write_cursor(kList, cursor_of(page.back())));
    else
        json.null();
    json.close_object();
    return answer;
}

}  // namespace custodialbridge::api

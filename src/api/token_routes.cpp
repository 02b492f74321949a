#include <algorithm>
#include <array>
#include <tuple>

#include "fields.hpp"
#include "handlers.hpp"
#include "json_body.hpp"
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

using Json = nlohmann::json;
using runtime::Task;

Problem of_field(const char* name, std::string_view why) {
    return bad_body(std::string(name).append(": ").append(why));
}

/// A text that `parse` understands; null is none.
template <class T>
Checked<std::optional<T>> text_of(const Json& body, const char* name,
                                  std::optional<T> (*parse)(std::string_view)) {
    const auto found = body.find(name);
    if (found == body.end() || found->is_null()) return std::optional<T>();
    if (!found->is_string()) return of_field(name, "must be a text");
    const auto& text = found->template get_ref<const std::string&>();
    auto value = parse(text);
    if (!value) return of_field(name, "is not one of its values: " + shown(text));
    return value;
}

std::optional<std::string> any_text(std::string_view text) { return std::string(text); }

std::optional<Address> contract(std::string_view text) {
    auto parsed = parse_address(text);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

Checked<void> only_known(const Json& body) {
    static constexpr std::array<std::string_view, 11> kFields{
        "chain_id", "token_id", "kind",     "symbol",             "decimals",     "sync_class",
        "address",  "nft_id",   "realtime", "mismatch_threshold", "on_difference"};
    for (const auto& [name, value] : body.items())
        if (std::find(kFields.begin(), kFields.end(), name) == kFields.end())
            return bad_body(shown(name) + ": no such field here");
    return {};
}

/// As a list of tokens shows it, or a configuration; the path has it already.
Checked<void> repeats_path(const Json& body, const char* name, std::uint64_t number) {
    const auto found = body.find(name);
    if (found == body.end() || *found == number) return {};
    return of_field(name, "is not the path's");
}

Checked<void> read_plain(const Json& body, TokenDraft& draft) {
    if (const auto found = body.find("decimals"); found != body.end()) {
        if (!found->is_number_unsigned()) return of_field("decimals", "must be a number");
        draft.decimals = found->get<std::uint64_t>();
    }
    if (const auto found = body.find("realtime"); found != body.end()) {
        if (!found->is_boolean()) return of_field("realtime", "must be true or false");
        draft.realtime = found->get<bool>();
    }
    return {};
}

Checked<TokenDraft> parse_draft(const Call& call) {
    TokenDraft draft;
    CB_TRY(chain, chain_field(call.parameters[0]));
    CB_TRY(id, token_field(call.parameters[1]));
    draft.chain = chain;
    draft.id = id;
    CB_TRY(body, flat_object(call.request));
    CB_CHECKED(only_known(body));
    CB_CHECKED(repeats_path(body, "chain_id", chain.value));
    CB_CHECKED(repeats_path(body, "token_id", id.value));
    CB_CHECKED(read_plain(body, draft));
    CB_TRY(kind, text_of(body, "kind", parse_token_kind));
    CB_TRY(sync_class, text_of(body, "sync_class", parse_sync_class));
    CB_TRY(symbol, text_of(body, "symbol", any_text));
    CB_TRY(address, text_of(body, "address", contract));
    CB_TRY(nft_id, text_of(body, "nft_id", parse_u256));
    CB_TRY(threshold, text_of(body, "mismatch_threshold", parse_u256));
    CB_TRY(on_difference, text_of(body, "on_difference", parse_on_difference));
    draft.kind = kind;
    draft.sync_class = sync_class;
    draft.symbol = std::move(symbol);
    draft.address = address;
    draft.nft_id = nft_id;
    draft.mismatch_threshold = threshold;
    draft.on_difference = on_difference;
    return draft;
}

Problem problem_of_put(const Error& error) {
    if (error.code() == Errc::invalid) return bad_body(error.message());
    return problem_of(error, problems::kUnknownChain, problems::kTokenConflict);
}

}  // namespace

Task<Outcome> put_token(Desk& desk, const Call& call) {
    CB_CO_TRY(draft, parse_draft(call));
    auto put = co_await desk.services().tokens.put(std::move(draft), call.by);
    if (!put) co_return problem_of_put(put.error());
    Answer answer;
    JsonText json(answer.body);
    write_token(json, *put);
    co_return answer;
}

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

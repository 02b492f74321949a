#include "fields.hpp"
#include "handlers.hpp"
#include "json_text.hpp"

namespace custodialbridge::api {
namespace {

using runtime::Task;

constexpr std::string_view kChanges = "changes";
constexpr std::string_view kEvents = "events";

/// A value as its text, or null.
template <class T>
void text_or_null(JsonText& json, std::string_view name, const std::optional<T>& value) {
    json.key(name);
    if (value)
        json.value(to_string(*value));
    else
        json.null();
}

void write_change(JsonText& json, const LedgerChange& change) {
    json.open_object();
    json.member("chain_id", change.place.chain.value);
    json.member("token_id", change.token.value);
    json.member("address", to_string(change.address));
    text_or_null(json, "nft_id", change.nft_id);
    json.member("block_number", change.place.block.value);
    json.member("block_hash", to_string(change.block_hash));
    json.key("log_index");
    if (change.has_log())
        json.value(change.place.log_index);
    else
        json.null();
    text_or_null(json, "tx_hash", change.tx_hash);
    json.member("kind", to_string(change.kind));
    json.member("delta_raw", to_string(change.delta));
    json.member("timestamp", to_rfc3339(change.timestamp));
    if (change.orphaned) json.member("orphaned", true);
    json.close_object();
}

void write_event(JsonText& json, const LedgerEvent& event) {
    json.open_object();
    json.member("chain_id", event.place.chain.value);
    json.member("block_number", event.place.block.value);
    json.member("block_hash", to_string(event.block_hash));
    json.member("tx_hash", to_string(event.tx_hash));
    json.member("log_index", event.place.log_index);
    json.member("event_type", to_string(event.type));
    text_or_null(json, "contract_address", event.contract);
    json.member("user_address", to_string(event.wallet));
    json.member("amount", to_string(event.amount));
    json.key("token_id");
    if (event.token)
        json.value(event.token->value);
    else
        json.null();
    text_or_null(json, "nft_id", event.nft_id);
    json.member("timestamp", to_rfc3339(event.timestamp));
    json.close_object();
}

template <class Item>
Outcome answer_of_page(const Result<JournalPage<Item>>& page, std::string_view list,
                       void (*write)(JsonText&, const Item&)) {
    if (!page) return problem_of(page.error(), problems::kNotFound, problems::kUnavailable);
    Answer answer;
    JsonText json(answer.body);
    json.open_object();
    json.key("items");
    json.open_list();
    for (const Item& item : page->items) write(json, item);
    json.close_list();
    json.key("next_cursor");
    if (page->next)
        json.value(write_cursor(list, *page->next));
    else
        json.null();
    json.close_object();
    return answer;
}

Checked<ChangeQuery> parse_changes(const Call& call) {
    const Query given = call.query();
    ChangeQuery query;
    CB_TRY(user, user_field(call.parameters[0]));
    CB_TRY(chain, chain_parameter(given));
    CB_TRY(token, token_parameter(given));
    CB_TRY(include_orphaned, flag_parameter(given, "include_orphaned"));
    CB_TRY(limit, limit_parameter(given));
    CB_TRY(after, place_parameter(given, kChanges));
    query.user = std::move(user);
    query.chain = chain;
    query.token = token;
    query.include_orphaned = include_orphaned;
    query.limit = limit;
    query.after = after;
    return query;
}

Checked<EventQuery> parse_events(const Call& call) {
    const Query given = call.query();
    EventQuery query;
    CB_TRY(chain, chain_parameter(given));
    CB_TRY(type, event_type_parameter(given));
    CB_TRY(address, address_parameter(given));
    CB_TRY(from, block_parameter(given, "from_block"));
    CB_TRY(limit, limit_parameter(given));
    CB_TRY(after, place_parameter(given, kEvents));
    query.chain = chain;
    query.type = type;
    query.address = address;
    query.from = from.value_or(BlockNumber{0});
    query.limit = limit;
    query.after = after;
    return query;
}

}  // namespace

Task<Outcome> list_changes(Desk& desk, const Call& call) {
    CB_CO_TRY(query, parse_changes(call));
    const auto page = co_await desk.services().history.changes(std::move(query), call.by);
    co_return answer_of_page<LedgerChange>(page, kChanges, write_change);
}

Task<Outcome> list_events(Desk& desk, const Call& call) {
    CB_CO_TRY(query, parse_events(call));
    const auto page = co_await desk.services().history.events(std::move(query), call.by);
    co_return answer_of_page<LedgerEvent>(page, kEvents, write_event);
}

}  // namespace custodialbridge::api

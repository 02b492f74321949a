#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "fields.hpp"
#include "handlers.hpp"
#include "json_text.hpp"

namespace custodialbridge::api {
namespace {

using runtime::Task;

constexpr std::string_view kList = "wallets";

Problem wallet_problem(const Error& error) {
    return problem_of(error, problems::kUnknownWallet, problems::kForeignWallet);
}

void write_wallet(JsonText& json, const Wallet& wallet) {
    json.open_object();
    json.member("user_id", wallet.user.value);
    json.member("chain_id", wallet.chain.value);
    json.member("address", to_string(wallet.address));
    json.member("is_deployed", wallet.is_deployed);
    json.member("tracking", wallet.tracked_from ? "tracked" : "snapshotting");
    json.key("tracked_from_block");
    if (wallet.tracked_from)
        json.value(wallet.tracked_from->value);
    else
        json.null();
    json.member("created_at", to_rfc3339(wallet.created_at));
    json.close_object();
}

struct WalletKey {
    UserId user;
    ChainId chain;
    Address address;
};

Checked<WalletKey> parse_key(const Desk& desk, const Call& call) {
    WalletKey key;
    CB_TRY(user, user_field(call.parameters[0]));
    CB_TRY(chain, chain_field(call.parameters[1]));
    CB_TRY(address, address_field(call.parameters[2]));
    if (!desk.services().wallets.tokens().has_chain(chain))
        return Problem(problems::kUnknownChain,
                       "chain " + std::to_string(chain.value) + " is not configured");
    key.user = std::move(user);
    key.chain = chain;
    key.address = address;
    return key;
}

bool is_json(std::string_view content_type) {
    auto name = content_type.substr(0, content_type.find(';'));
    while (name.ends_with(' ')) name.remove_suffix(1);
    std::string lower(name);
    for (char& letter : lower)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + ('a' - 'A'));
    return lower == kJson;
}

using Json = nlohmann::json;

/// An object of plain fields. What is nested is not built, and remembered as a fault, like a name
/// that comes twice.
class FlatObject {
  public:
    explicit FlatObject(std::string_view text) {
        value_ = Json::parse(
            text.begin(), text.end(),
            [this](int depth, Json::parse_event_t event, Json& parsed) {
                return keep(depth, event, parsed);
            },
            false);
    }

    const Json& value() const { return value_; }
    const std::string& fault() const { return fault_; }

  private:
    bool keep(int depth, Json::parse_event_t event, const Json& parsed) {
        using Event = Json::parse_event_t;
        if (event == Event::key && depth == 1) {
            const auto& name = parsed.get_ref<const std::string&>();
            if (!names_.insert(name).second) fault_ = shown(name) + ": given more than once";
            last_ = name;
        }
        const bool opens = event == Event::object_start || event == Event::array_start;
        if (opens && depth > 0) fault_ = shown(last_) + ": must not be an object or a list";
        return !opens || depth == 0;
    }

    Json value_;
    std::set<std::string> names_;
    std::string last_, fault_;
};

Problem bad_body(std::string why) { return {problems::kInvalidBody, std::move(why)}; }

/// {"is_deployed": true|false}, if the body has it.
Checked<std::optional<bool>> parse_is_deployed(const Request& request) {
    std::optional<bool> is_deployed;
    if (request.body.empty()) return is_deployed;
    if (request.has_content_type && !is_json(request.content_type))
        return Problem(problems::kUnsupportedMediaType, "Content-Type must be application/json");
    const FlatObject body(request.body);
    if (body.value().is_discarded()) return bad_body("the body is not valid JSON");
    if (!body.value().is_object()) return bad_body("the body must be a JSON object");
    if (!body.fault().empty()) return bad_body(body.fault());
    for (const auto& [name, value] : body.value().items()) {
        if (name != "is_deployed") return bad_body(shown(name) + ": no such field here");
        if (!value.is_boolean()) return bad_body("is_deployed: must be true or false");
        is_deployed = value.get<bool>();
    }
    return is_deployed;
}

struct WalletQuery {
    UserId user;
    std::optional<ChainId> chain;
    std::optional<WalletId> after;
    std::size_t limit = 0;
};

Checked<WalletQuery> parse_list(const Call& call) {
    WalletQuery list;
    const Query query = call.query();
    CB_TRY(user, user_field(call.parameters[0]));
    CB_TRY(chain, chain_parameter(query));
    CB_TRY(limit, limit_parameter(query));
    CB_TRY(cursor, cursor_parameter(query, kList));
    list.user = std::move(user);
    list.chain = chain;
    list.limit = limit;
    if (cursor) {
        if (cursor->first > std::numeric_limits<std::int64_t>::max())
            return Problem(problems::kInvalidParameter, "cursor: out of range");
        list.after = WalletId{static_cast<std::int64_t>(cursor->first)};
    }
    return list;
}

}  // namespace

Task<Outcome> put_wallet(Desk& desk, const Call& call) {
    CB_CO_TRY(key, parse_key(desk, call));
    CB_CO_TRY(is_deployed, parse_is_deployed(call.request));
    auto put = co_await desk.services().wallets.put(key.user, key.chain, key.address, is_deployed,
                                                    call.by);
    if (!put) co_return wallet_problem(put.error());
    Answer answer;
    answer.status = put->created ? 201 : 200;
    JsonText json(answer.body);
    write_wallet(json, put->wallet);
    co_return answer;
}

Task<Outcome> delete_wallet(Desk& desk, const Call& call) {
    CB_CO_TRY(key, parse_key(desk, call));
    auto removed =
        co_await desk.services().wallets.remove(key.user, key.chain, key.address, call.by);
    if (!removed) co_return wallet_problem(removed.error());
    Answer answer;
    answer.status = 204;
    co_return answer;
}

Task<Outcome> list_wallets(Desk& desk, const Call& call) {
    CB_CO_TRY(list, parse_list(call));
    auto page = co_await desk.services().wallets.list(list.user, list.chain, list.after, list.limit,
                                                      call.by);
    if (!page) co_return wallet_problem(page.error());
    Answer answer;
    JsonText json(answer.body);
    json.open_object();
    json.key("items");
    json.open_list();
    for (const Wallet& wallet : page->wallets) write_wallet(json, wallet);
    json.close_list();
    json.key("next_cursor");
    if (page->next) {
        PageCursor cursor;
        cursor.first = static_cast<std::uint64_t>(page->next->value);
        json.value(write_cursor(kList, cursor));
    } else {
        json.null();
    }
    json.close_object();
    co_return answer;
}

}  // namespace custodialbridge::api

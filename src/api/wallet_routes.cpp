#include <limits>
#include <optional>
#include <string>

#include "fields.hpp"
#include "handlers.hpp"
#include "json_body.hpp"
#include "json_text.hpp"
#include "wallet_items.hpp"

namespace custodialbridge::api {
namespace {

using runtime::Task;

constexpr std::string_view kList = "wallets";

Problem wallet_problem(const Error& error) {
    return problem_of(error, problems::kUnknownWallet, problems::kForeignWallet);
}

/// Of one item of an import.
Problem import_problem(const Error& error) {
    if (error.code() == Errc::invalid) return bad_body("address: " + error.message());
    return problem_of(error, problems::kUnknownChain, problems::kForeignWallet);
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

/// {"is_deployed": true|false}, if the body has it.
Checked<std::optional<bool>> parse_is_deployed(const Request& request) {
    std::optional<bool> is_deployed;
    CB_TRY(body, flat_object(request));
    for (const auto& [name, value] : body.items()) {
        if (name != "is_deployed") return bad_body(shown(name) + ": no such field here");
        if (!value.is_boolean()) return bad_body("is_deployed: must be true or false");
        is_deployed = value.template get<bool>();
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

/// `said` is of the items that are wallets, in their order.
Answer answer_of_import(const std::vector<Checked<store::NewWallet>>& items,
                        const std::vector<Result<store::Registered>>& said) {
    Answer answer;
    std::string rejected;
    JsonText refused(rejected);
    std::uint64_t created = 0, unchanged = 0;
    std::size_t next = 0;
    refused.open_list();
    for (std::size_t i = 0; i < items.size(); ++i) {
        const Result<store::Registered>* registered = items[i] ? &said[next++] : nullptr;
        if (registered && *registered) {
            ++(**registered == store::Registered::now ? created : unchanged);
            continue;
        }
        refused.open_object();
        refused.member("index", std::uint64_t{i});
        refused.key("error");
        write_problem(refused, registered ? import_problem(registered->error()) : items[i].error());
        refused.close_object();
    }
    refused.close_list();
    JsonText json(answer.body);
    json.open_object();
    json.member("created", created);
    json.member("unchanged", unchanged);
    json.key("rejected");
    answer.body += rejected;
    json.close_object();
    return answer;
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

Task<Outcome> import_wallets(Desk& desk, const Call& call) {
    CB_CO_TRY(items, parse_wallet_items(call.request));
    std::vector<store::NewWallet> wallets;
    for (const auto& item : items)
        if (item) wallets.push_back(*item);
    auto said = co_await desk.services().wallets.import_all(std::move(wallets), call.by);
    if (!said) co_return problem_of(said.error(), problems::kNotFound, problems::kUnavailable);
    co_return answer_of_import(items, *said);
}

}  // namespace custodialbridge::api

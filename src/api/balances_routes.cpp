#include <algorithm>
#include <iterator>
#include <tuple>

#include "balance_answer.hpp"
#include "balance_items.hpp"
#include "custodialbridge/core/limits.hpp"
#include "custodialbridge/ledger/read_all.hpp"
#include "etag.hpp"
#include "fields.hpp"
#include "handlers.hpp"
#include "json_text.hpp"

namespace custodialbridge::api {
namespace {

using ledger::Freshness;
using ledger::NoBalance;
using ledger::OneRead;
using runtime::Task;

constexpr std::string_view kList = "balances";

void append_one(std::string& out, const BalanceKey& key, const OneRead& read) {
    append_balance(out, key.user.value, key.chain, key.token, read.view);
}

void append_error(std::string& out, const Problem& problem) {
    JsonText json(out);
    json.open_object();
    json.key("error");
    write_problem(json, problem);
    json.close_object();
}

/// `reads` are of the items that are keys, in their order.
std::string text_of(const std::vector<Checked<BalanceKey>>& items, std::vector<OneRead> reads) {
    std::string text = "{\"items\":[";
    auto read = reads.begin();
    for (const Checked<BalanceKey>& item : items) {
        if (&item != &items.front()) text += ',';
        if (!item) {
            append_error(text, item.error());
            continue;
        }
        if (read->result)
            append_one(text, *item, *read);
        else
            append_error(text, problem_of_failure(std::move(read->result).error()));
        ++read;
    }
    return text += "]}";
}

/// Items share their calls.
std::size_t queries_of(std::size_t items) {
    return (items + limits::kRealtimeItemsPerQuery - 1) / limits::kRealtimeItemsPerQuery;
}

/// A whole erc1155 collection that is not followed has no balance: nobody knows its ids.
bool has_balance(const Token& token) {
    return token.kind != TokenKind::erc1155 || token.nft_id || token.realtime;
}

struct BalanceList {
    UserId user;
    std::optional<ChainId> chain;
    std::optional<PageCursor> after;
    std::size_t limit = 0;

    bool is_behind(const Token& token) const {
        const std::tuple place(token.chain.value, std::uint64_t{token.id.value});
        return after && place <= std::tuple(after->first, after->second);
    }
};

Checked<BalanceList> parse_list(const Call& call) {
    BalanceList list;
    const Query query = call.query();
    CB_TRY(user, user_field(call.parameters[0]));
    CB_TRY(chain, chain_parameter(query));
    CB_TRY(limit, limit_parameter(query));
    CB_TRY(after, cursor_parameter(query, kList));
    list.user = std::move(user);
    list.chain = chain;
    list.limit = limit;
    list.after = after;
    return list;
}

struct Page {
    std::vector<BalanceKey> keys;
    std::optional<PageCursor> next;
};

Page page_of(const BalanceList& list, const std::vector<ChainId>& chains,
             const TokenRegistry& tokens) {
    Page page;
    for (const ChainId chain : chains) {
        if (list.chain && *list.chain != chain) continue;
        for (const Token& token : tokens.of_chain(chain)) {
            if (list.is_behind(token) || !has_balance(token)) continue;
            if (page.keys.size() == list.limit) {
                const BalanceKey& last = page.keys.back();
                page.next = PageCursor{last.chain.value, last.token.value};
                return page;
            }
            page.keys.push_back({list.user, chain, token.id});
        }
    }
    return page;
}

/// A list is whole or not given: whoever sums it up must not miss a balance unawares.
Outcome answer_of_list(const Page& page, std::vector<OneRead> reads) {
    Answer answer;
    answer.body = "{\"items\":[";
    bool first = true;
    for (std::size_t i = 0; i < reads.size(); ++i) {
        const BalanceKey& key = page.keys[i];
        if (!reads[i].result) {
            ledger::ReadFailure failure = std::move(reads[i].result).error();
            if (failure.why == NoBalance::unknown_user) continue;  // was removed meanwhile
            failure.detail = "chain " + std::to_string(key.chain.value) + ", token " +
                             std::to_string(key.token.value) + ": " + failure.detail;
            return problem_of_failure(std::move(failure));
        }
        if (!first) answer.body += ',';
        first = false;
        append_one(answer.body, key, reads[i]);
    }
    answer.body += "],\"next_cursor\":";
    if (page.next)
        append_json_string(answer.body, write_cursor(kList, *page.next));
    else
        answer.body += "null";
    answer.body += '}';
    return answer;
}

}  // namespace

Task<Outcome> query_balances(Desk& desk, const Call& call) {
    CB_CO_TRY(asked, parse_balance_items(call.request));
    std::vector<BalanceKey> keys;
    for (const Checked<BalanceKey>& item : asked.keys)
        if (item) keys.push_back(*item);
    const std::size_t queries = asked.realtime ? queries_of(keys.size()) : 0;
    CB_CO_CHECKED(desk.spend_realtime(call.caller, queries));
    const Freshness freshness = asked.realtime ? Freshness::realtime : Freshness::cached;
    auto reads = co_await ledger::read_all(desk.reader(), std::move(keys), freshness, call.by);
    Answer answer;
    answer.body = text_of(asked.keys, std::move(reads));
    co_return answer;
}

Task<Outcome> list_balances(Desk& desk, const Call& call) {
    CB_CO_TRY(list, parse_list(call));
    const auto chains = co_await desk.services().wallets.chains_of(list.user, call.by);
    if (!chains) co_return problem_of(chains.error(), problems::kNotFound, problems::kUnavailable);
    const Page page = page_of(list, *chains, desk.services().wallets.tokens());
    std::vector<BalanceKey> keys = page.keys;
    auto reads =
        co_await ledger::read_all(desk.reader(), std::move(keys), Freshness::cached, call.by);
    CB_CO_TRY(answer, answer_of_list(page, std::move(reads)));
    settle_tag(answer, call.request);
    co_return std::move(answer);
}

}  // namespace custodialbridge::api

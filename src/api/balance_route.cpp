#include <algorithm>
#include <charconv>

#include "balance_answer.hpp"
#include "etag.hpp"
#include "fields.hpp"
#include "handlers.hpp"
#include "json_text.hpp"

namespace custodialbridge::api {
namespace {

using ledger::BalanceView;
using runtime::Task;

bool take_text(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

template <class Number>
bool take_number(std::string_view& text, Number& number) {
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(stopped - text.data()));
    return error == std::errc();
}

// No query and no escapes; anything else goes the long way, which also says what is wrong with it.
bool parse_plain(std::string_view target, PlainKey& key) {
    if (!take_text(target, "/v1/users/")) return false;
    const auto end = target.find('/');
    if (end == std::string_view::npos) return false;
    key.user = target.substr(0, end);
    target.remove_prefix(end);
    return take_text(target, "/balances/") && take_number(target, key.chain.value) &&
           take_text(target, "/") && take_number(target, key.token.value) && target.empty();
}

struct BalanceQuestion {
    BalanceKey key;
    bool realtime = false;
    std::uint32_t confirmations = 0;  ///< 0: as the chain is configured
    std::optional<AsOf> at;           ///< from the ledger's past
};

/// at_block or finality, which go with nothing else.
Checked<std::optional<AsOf>> parse_as_of(const Query& query, bool realtime) {
    CB_TRY(block, block_parameter(query, "at_block"));
    CB_TRY(level, finality_parameter(query));
    const auto refuse = [](std::string_view name, std::string_view other) {
        return Problem(problems::kInvalidParameter,
                       std::string(name).append(": does not go with ").append(other));
    };
    if (block && level) return refuse("at_block", "finality");
    if (block && realtime) return refuse("at_block", "realtime=true");
    if (level && realtime) return refuse("finality", "realtime=true");
    std::optional<AsOf> at;
    if (block) at = *block;
    if (level) at = *level;
    return at;
}

Checked<BalanceQuestion> parse_question(const Call& call) {
    BalanceQuestion question;
    CB_TRY(user, user_field(call.parameters[0]));
    CB_TRY(chain, chain_field(call.parameters[1]));
    CB_TRY(token, token_field(call.parameters[2]));
    question.key.user = std::move(user);
    question.key.chain = chain;
    question.key.token = token;
    const Query query = call.query();
    CB_TRY(realtime, flag_parameter(query, "realtime"));
    CB_TRY(confirmations, confirmations_parameter(query));
    CB_TRY(at, parse_as_of(query, realtime));
    if (confirmations && !realtime)
        return Problem(problems::kInvalidParameter, "confirmations: only goes with realtime=true");
    question.realtime = realtime;
    question.confirmations = confirmations.value_or(0);
    question.at = at;
    return question;
}

Task<ledger::ReadResult> reading(Desk& desk, const BalanceQuestion& question, BalanceView& view,
                                 runtime::Deadline by) {
    if (question.at) return desk.services().history.read_at(question.key, *question.at, view, by);
    if (question.realtime)
        return desk.reader().read_realtime(question.key, question.confirmations, view, by);
    return desk.reader().read(question.key, view, by);
}

}  // namespace

bool find_local_balance(Desk& desk, std::string_view target, PlainKey& key) {
    return parse_plain(target, key) &&
           desk.reader().find_local(key.user, key.chain, key.token, desk.view);
}

unsigned append_local_balance(Desk& desk, const PlainKey& key, std::string_view if_none_match,
                              Connection connection, std::string& out) {
    const BalanceView& view = desk.view;
    std::string& body = desk.scratch;
    body.clear();
    append_balance(body, key.user, key.chain, key.token, view);
    const EntityTag tag(body);
    const unsigned status = tag.is_in(if_none_match) ? 304 : 200;
    append_status_line(out, status);
    out += desk.date();
    append_tier(out, view);
    append_tag(out, tag);
    append_connection(out, connection);
    if (status == 200) {
        out += "Content-Type: application/json\r\nContent-Length: ";
        append_number(out, body.size());
        out += "\r\n\r\n";
        out += body;
    } else {
        out += "\r\n";
    }
    return status;
}

Task<Outcome> get_balance(Desk& desk, const Call& call) {
    CB_CO_TRY(question, parse_question(call));
    const std::size_t queries = question.realtime ? 1 : 0;
    CB_CO_CHECKED(desk.spend_realtime(call.caller, queries));
    const BalanceKey& key = question.key;
    BalanceView view;  // the desk's may serve others while we wait
    auto outcome = co_await reading(desk, question, view, call.by);
    if (!outcome) co_return problem_of_failure(std::move(outcome).error());
    Answer answer;
    append_tier(answer.headers, view);
    append_balance(answer.body, key.user.value, key.chain, key.token, view);
    settle_tag(answer, call.request);
    co_return answer;
}

}  // namespace custodialbridge::api
